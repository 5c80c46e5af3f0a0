"""The chat protocol: one socket or long-poll a visitor, resumed by event id from the session's log.

The bus only says that there is something to read; what is sent is read from the store behind the
connection's cursor, so a lost hint or a cut socket costs time and never an event.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from frontdesk.app import RunningDesk
from frontdesk.channels.web import MAX_FRAME, Web
from frontdesk.desk.security import RateLimiter, is_allowed_origin
from frontdesk.desk.sweep import Sweep
from frontdesk.desk.visitor import Bye, Visitor
from frontdesk.errors import BadPayload, DeskBusy, StoreError
from frontdesk.locale import t
from frontdesk.metrics import SOCKETS

log = logging.getLogger(__name__)

SOCKET = "/ws/chat"
WAITING = 200  # unsent live frames; a slower reader is cut and resumes by id
LONGEST_POLL = 25.0  # seconds
HELLO_WITHIN = 15.0  # seconds
CLOSE = {
    "too_big": 1009,
    "bad_frame": 1008,
    "token": 4401,
    "origin": 4403,
    "too_fast": 4429,
    "unavailable": 4429,
    "restart": 1012,
}


class Chat:
    """The endpoints of the chat protocol."""

    def __init__(self, desk: RunningDesk, sweep: Sweep) -> None:
        self.desk = desk
        self._sweep = sweep
        self._limiters: dict[str, RateLimiter] = {}

    def limiter(self, channel: Web) -> RateLimiter:
        """The channel's own: a new release may change the limit, so it is made anew with the channel."""
        known = self._limiters.get(channel.name)
        if known is None or known.per_minute != channel.config.per_minute:
            known = self._limiters[channel.name] = RateLimiter(per_minute=channel.config.per_minute)
        return known

    def channel(self, name: Any) -> Web:
        found = self.desk.channels.get(name) if isinstance(name, str) else None
        if not isinstance(found, Web):
            raise Bye("bad_frame")
        return found

    def check_origin(self, channel: Web, headers: Any) -> None:
        if not is_allowed_origin(headers.get("origin"), headers.get("host"), channel.config.origins):
            raise Bye("origin")

    # --- socket ------------------------------------------------------------------------------

    async def socket(self, socket: WebSocket) -> None:
        await socket.accept()
        SOCKETS.labels(kind="chat").inc()
        visitor: Visitor | None = None
        try:
            visitor = await self._greet(socket)
            await self._talk(socket, visitor)
        except Exception as error:
            await _end(socket, error, visitor.language if visitor is not None else "en")
        finally:
            SOCKETS.labels(kind="chat").dec()
            if visitor is not None:
                visitor.leave()

    async def _greet(self, socket: WebSocket) -> Visitor:
        async with asyncio.timeout(HELLO_WITHIN):
            hello = _parse(await socket.receive_text())
        if hello["type"] != "hello":
            raise Bye("bad_frame")
        channel = self.channel(hello.get("channel"))
        self.check_origin(channel, socket.headers)
        visitor = Visitor(self.desk, channel, hello, self._sweep)
        visitor.listen(drafts=True)
        try:
            for frame in await visitor.welcome():
                await _write(socket, frame)
        except BaseException:
            visitor.leave()
            raise
        return visitor

    async def _talk(self, socket: WebSocket, visitor: Visitor) -> None:
        """This task reads, one other writes: a task is a tenth of what an idle socket costs."""
        writer = asyncio.create_task(self._write_news(socket, visitor))
        try:
            await self._read(socket, visitor)
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    async def _write_news(self, socket: WebSocket, visitor: Visitor) -> None:
        """Where this fails it closes the socket, and so ends the reading."""
        try:
            while True:
                visitor.wake.clear()
                for frame in await visitor.news():
                    await _write(socket, frame)
                await visitor.wake.wait()
                if len(visitor.live) > WAITING:
                    raise Bye("restart")
        except Exception as error:
            await _end(socket, error, visitor.language)

    async def _read(self, socket: WebSocket, visitor: Visitor) -> None:
        limiter = self.limiter(visitor.channel)
        while True:
            answer = await visitor.hear(_parse(await socket.receive_text()), limiter)
            if answer is not None:
                await _write(socket, answer)

    # --- long-poll ---------------------------------------------------------------------------

    async def poll(self, request: Request) -> Response:
        """One exchange: the client's frames up, and every event behind its cursor down."""
        try:
            channel = self.channel(request.path_params["channel"])
            self.check_origin(channel, request.headers)
            frames, wait = _poll_body(await request.body())
            visitor = Visitor(self.desk, channel, frames[0], self._sweep)
            answers = await self._exchange(visitor, frames[1:], wait)
        except Bye as bye:
            return _json({"frames": [{"type": "bye", "code": bye.code}]}, request, status=_STATUS[bye.code])
        return _json({"frames": answers}, request)

    async def _exchange(
        self, visitor: Visitor, frames: Iterable[dict[str, Any]], wait: float
    ) -> list[dict[str, Any]]:
        visitor.listen()
        try:
            answers = await visitor.welcome()
            limiter = self.limiter(visitor.channel)
            heard = [await visitor.hear(frame, limiter) for frame in frames]
            answers += [one for one in heard if one is not None]
            visitor.wake.clear()  # before the store is read: what comes meanwhile is not slept through
            news = await visitor.news()
            if not news and len(answers) == 1 and visitor.is_known:
                self.desk.waits.add(visitor.wake)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await visitor.wake.wait()
                news = await visitor.news()
            return answers + news
        finally:
            self.desk.waits.discard(visitor.wake)
            visitor.leave()

    async def preflight(self, request: Request) -> Response:
        """CORS for pages that embed the widget from another origin."""
        try:
            self.check_origin(self.channel(request.path_params["channel"]), request.headers)
        except Bye:
            return Response(status_code=403)
        return Response(status_code=204, headers=_cors(request))


_STATUS = {"bad_frame": 400, "too_big": 413, "token": 401, "origin": 403, "too_fast": 429, "restart": 503}


def routes(chat: Chat) -> list[BaseRoute]:
    """Where clients connect: by socket, or by long-poll where sockets do not pass."""
    return [
        WebSocketRoute(SOCKET, chat.socket),
        Route("/webhooks/{channel}/poll", chat.poll, methods=["POST"]),
        Route("/webhooks/{channel}/poll", chat.preflight, methods=["OPTIONS"]),
    ]


def _parse(raw: str) -> dict[str, Any]:
    try:
        return Web.parse_frame(raw)
    except BadPayload as error:
        raise Bye(str(error)) from None


def _poll_body(body: bytes) -> tuple[list[dict[str, Any]], float]:
    if len(body) > MAX_FRAME:
        raise Bye("too_big")
    try:
        values = orjson.loads(body)
        frames = [Web.parse_frame(orjson.dumps(frame)) for frame in values["frames"]]
        wait = float(values.get("wait", LONGEST_POLL))
    except (orjson.JSONDecodeError, BadPayload, KeyError, TypeError, ValueError, AttributeError):
        raise Bye("bad_frame") from None
    if not frames or frames[0]["type"] != "hello":
        raise Bye("bad_frame")
    return frames, min(max(wait, 0.0), LONGEST_POLL)


async def _write(socket: WebSocket, frame: dict[str, Any]) -> None:
    await socket.send_text(orjson.dumps(frame).decode())


async def _end(socket: WebSocket, error: Exception, language: str) -> None:
    """Close a socket, and say why where it was not the client who went."""
    if isinstance(error, Bye):
        await _say_bye(socket, error.code, language)
    elif isinstance(error, StoreError):
        # It comes again and sends what was not acknowledged, in order: none may pass the one refused.
        if not isinstance(error, DeskBusy):
            log.warning("a client was sent away: %s", error)
        await _say_bye(socket, "unavailable", language)
    else:
        is_gone = isinstance(error, WebSocketDisconnect | RuntimeError | TimeoutError)
        if not is_gone:
            log.error("a client was cut off", exc_info=error)
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(1000 if is_gone else 1011)


async def _say_bye(socket: WebSocket, code: str, language: str) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await _write(socket, {"type": "bye", "code": code, "text": t(language, f"refused.{code}")})
        await socket.close(CLOSE.get(code, 1011))


def _cors(request: Request) -> dict[str, str]:
    origin = request.headers.get("origin")
    if origin is None:
        return {}
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-headers": "content-type",
        "access-control-allow-methods": "POST",
        "access-control-max-age": "600",
        "vary": "origin",
    }


def _json(body: Any, request: Request, *, status: int = 200) -> Response:
    headers = {"cache-control": "no-store", **(_cors(request) if status != 403 else {})}
    return Response(orjson.dumps(body), status, headers, media_type="application/json")
