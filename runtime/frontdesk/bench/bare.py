"""The least that can answer: one Starlette endpoint that reads the message and gives it back."""

from __future__ import annotations

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def answer(request: Request) -> Response:
    """The message, as the REST channel would give it."""
    body = orjson.loads(await request.body())
    said = [{"recipient_id": body["sender"], "text": body["message"]}]
    return Response(orjson.dumps(said), media_type="application/json")


app = Starlette(routes=[Route("/webhooks/{channel}/webhook", answer, methods=["POST"])])
