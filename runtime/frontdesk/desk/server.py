"""The desk's web application: webhooks and sockets first, then pages. A worker only says how it is.

No `@app.middleware`: one of them costs a request four times what the rest of the way in does. What is
asked most, and what stays open longest, does not go through the others' layers at all.
"""

from __future__ import annotations

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from frontdesk.app import RunningDesk
from frontdesk.desk import chat, webhooks
from frontdesk.desk.board import Board
from frontdesk.desk.sweep import Sweep
from frontdesk.errors import StoreError
from frontdesk.metrics import STORE_UP


def server_config(desk: RunningDesk) -> uvicorn.Config:
    """How what a process serves goes over HTTP and web sockets."""
    return uvicorn.Config(
        asgi(desk),
        log_config=None,
        access_log=False,
        lifespan="off",
        ws_max_size=1 << 17,
        ws_ping_interval=25,
        ws_per_message_deflate=False,  # costs more than half of what a socket holds
        timeout_graceful_shutdown=10,
        server_header=False,
    )


def asgi(desk: RunningDesk) -> ASGIApp:
    """Everything that a process of a running desk serves in its role."""
    if desk.settings.role == "worker":
        return Starlette(routes=_health(desk))
    from frontdesk.desk import console, pages

    rest = webhooks.RestEndpoint(webhooks.Webhooks(desk))
    sweep = Sweep(desk)
    visitors = chat.Chat(desk, sweep)
    others = Starlette(
        routes=[
            *webhooks.routes(desk),
            *chat.routes(visitors),
            *_health(desk),
            *console.routes(desk, Board(desk), sweep),
            *pages.routes(desk),
        ],
        exception_handlers={StoreError: _away},
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == chat.SOCKET:
            await visitors.socket(WebSocket(scope, receive, send))
        else:
            await (rest if rest.serves(scope) else others)(scope, receive, send)

    return app


async def _away(request: Request, error: Exception) -> Response:
    """Whatever needs the store while it is away: later."""
    return webhooks.away(error)


def _health(desk: RunningDesk) -> list[BaseRoute]:
    async def alive(request: Request) -> Response:
        return PlainTextResponse("ok")

    async def ready(request: Request) -> Response:
        if desk.is_ready and desk.store.is_available:
            return PlainTextResponse("ready")
        return PlainTextResponse("the database is away" if desk.is_ready else "starting", 503)

    async def metrics(request: Request) -> Response:
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        STORE_UP.set(desk.store.is_available)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", alive),
        Route("/readyz", ready),
        Route("/metrics", metrics),
    ]
