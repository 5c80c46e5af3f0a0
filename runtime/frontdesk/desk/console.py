"""What the console asks over HTTP: signing in and out, who is signed in; and where its socket begins."""

from __future__ import annotations

import math
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from frontdesk.app import RunningDesk
from frontdesk.desk.accounts import (
    Accounts,
    BadCredentials,
    Forbidden,
    SignedIn,
    TooManyTries,
    require,
    shown_rep,
)
from frontdesk.desk.board import Board
from frontdesk.desk.explained import explained
from frontdesk.desk.rep_socket import RepSocket
from frontdesk.desk.rooms import Rooms
from frontdesk.desk.security import is_allowed_origin
from frontdesk.desk.sweep import Sweep
from frontdesk.locale import languages, t
from frontdesk.store.base import RepRow

COOKIE = "frontdesk_rep"
COOKIE_LASTS = 30 * 24 * 3600  # the desk decides when a sign-in ends, long before
MAX_BODY = 4_096  # bytes


class Console:
    """The endpoints of the console."""

    def __init__(self, desk: RunningDesk, board: Board, sweep: Sweep) -> None:
        self.desk = desk
        self.board = board
        self.accounts = Accounts.of(desk)
        self.rooms = Rooms(desk, board, sweep)

    async def sign_in(self, request: Request) -> Response:
        """Login and password for a cookie."""
        if not _is_own_page(request):
            return problem(request, 403, "other_site")
        fields = await _fields(request)
        login, password = fields.get("login"), fields.get("password")
        if not isinstance(login, str) or not isinstance(password, str):
            return problem(request, 400, "bad_frame")
        address = request.client.host if request.client is not None else ""
        try:
            token, signed = await self.accounts.sign_in(login, password, address)
        except BadCredentials:
            return problem(request, 401, "bad_credentials")
        except TooManyTries as error:
            answer = problem(request, 429, "too_many_tries", n=math.ceil(error.seconds / 60))
            answer.headers["retry-after"] = str(math.ceil(error.seconds))
            return answer
        await self.accounts.sign_out(request.cookies.get(COOKIE))
        response = _json({"rep": shown_rep(signed.rep)})
        response.set_cookie(
            COOKIE,
            token,
            max_age=COOKIE_LASTS,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    async def sign_out(self, request: Request) -> Response:
        """End this browser's sign-in."""
        if not _is_own_page(request):
            return problem(request, 403, "other_site")
        await self.accounts.sign_out(request.cookies.get(COOKIE))
        response = Response(status_code=204, headers={"cache-control": "no-store"})
        response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=request.url.scheme == "https")
        return response

    async def me(self, request: Request) -> Response:
        """Who is signed in."""
        signed = await self.accounts.who(request.cookies.get(COOKIE))
        if signed is None:
            return problem(request, 401, "signed_out")
        return _json(shown_rep(signed.rep))

    async def turn(self, request: Request) -> Response:
        """What led to an event of a session: the turn it belongs to."""
        signed = await self.accounts.who(request.cookies.get(COOKIE))
        code = _refusal(signed)
        if code is not None:
            return problem(request, 401 if signed is None else 403, code)
        found = await self.desk.store.session(request.path_params["session"])
        seq = request.path_params["seq"]
        turn = (
            await explained(self.desk.store, found, seq, self.board.private()) if found is not None else None
        )
        return _json(turn) if turn is not None else problem(request, 404, "unknown")

    async def socket(self, socket: WebSocket) -> None:
        """The desk protocol; who is not signed in is told so, other sites' pages are not let in."""
        if not is_allowed_origin(socket.headers.get("origin"), socket.headers.get("host")):
            await socket.close(4403)
            return
        signed = await self.accounts.who(socket.cookies.get(COOKIE))
        code = _refusal(signed)
        await socket.accept()
        if signed is None or code is not None:
            text = t(asked_language(socket), f"refused.{code}")
            await socket.send_text(orjson.dumps({"type": "bye", "code": code, "text": text}).decode())
            await socket.close(4401 if signed is None else 4403)
            return
        language = asked_language(socket, signed.rep)
        await RepSocket(self.desk, self.board, self.rooms, self.accounts, socket, signed, language).run()


def routes(desk: RunningDesk, board: Board, sweep: Sweep) -> list[BaseRoute]:
    """What the console needs of the server."""
    console = Console(desk, board, sweep)
    return [
        Route("/v1/desk/sign-in", console.sign_in, methods=["POST"]),
        Route("/v1/desk/sign-out", console.sign_out, methods=["POST"]),
        Route("/v1/desk/me", console.me, methods=["GET"]),
        Route("/v1/desk/sessions/{session}/turns/{seq:int}", console.turn, methods=["GET"]),
        WebSocketRoute("/ws/desk", console.socket),
    ]


def asked_language(connection: HTTPConnection, rep: RepRow | None = None) -> str:
    """The language to answer in: the page's, the rep's first one, the browser's."""
    wanted = [connection.query_params.get("lang", ""), *(rep.languages[:1] if rep is not None else ())]
    wanted += [part.partition(";")[0] for part in connection.headers.get("accept-language", "").split(",")]
    known = languages()
    return next(
        (short for one in wanted if (short := one.strip().lower().partition("-")[0]) in known), known[0]
    )


def problem(request: HTTPConnection, status: int, code: str, **values: Any) -> Response:
    """An error as RFC 9457 has it, in words for the rep."""
    language = asked_language(request)
    title = t(language, f"refused.{code}", **values)
    headers = {"cache-control": "no-store", "content-language": language, "vary": "Accept-Language"}
    body = orjson.dumps({"title": title, "status": status, "code": code})
    return Response(body, status, headers, media_type="application/problem+json")


def _refusal(signed: SignedIn | None) -> str | None:
    if signed is None:
        return "signed_out"
    try:
        require(signed.rep.role, "serve")
    except Forbidden:
        return "forbidden"
    return None


def _is_own_page(request: Request) -> bool:
    """No form of another site can send the header, and no script of one has this origin."""
    headers: Headers = request.headers
    is_ours = is_allowed_origin(headers.get("origin"), headers.get("host"))
    return is_ours and headers.get("x-frontdesk") == "1"


async def _fields(request: Request) -> dict[str, Any]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            return {}
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), headers={"cache-control": "no-store"}, media_type="application/json")
