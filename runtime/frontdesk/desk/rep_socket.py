"""A rep's socket: the board and the opened sessions out, commands in.

Nothing is queued for a slow reader but what is small: rows are sent as they are when their turn
comes, and events are read from the shared transcript behind the reader's own place.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from frontdesk.app import RunningDesk
from frontdesk.clock import iso
from frontdesk.desk.accounts import Accounts, Forbidden, SignedIn, require, shown_rep
from frontdesk.desk.board import Board
from frontdesk.desk.commands import Commands, Refusal
from frontdesk.desk.offered import components, labels, queues
from frontdesk.desk.opened import session_frame
from frontdesk.desk.rooms import Rooms
from frontdesk.desk.security import RateLimiter
from frontdesk.desk.transcript import Transcript
from frontdesk.locale import t
from frontdesk.metrics import SOCKETS

MAX_FRAME = 65_536  # characters
MAX_WAITING = 500  # live frames that wait to be sent
MAX_OPEN = 50  # sessions one page may have open
PER_MINUTE = 600  # frames of one page
BATCH = 100  # events between two looks at what is more urgent
SLOW = 10.0  # seconds that sending one frame may take
LOOK_AGAIN = 60.0  # seconds between two looks at whether the rep is still signed in
CLOSE = {
    "bad_frame": 1008,
    "too_big": 1009,
    "too_fast": 4429,
    "signed_out": 4401,
    "forbidden": 4403,
    "restart": 1012,
}


class Bye(Exception):
    """The connection ends, with a code the page knows."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(slots=True)
class Place:
    """How far the page has read an opened session."""

    transcript: Transcript
    seq: int


class RepSocket:
    """One connected page of one rep."""

    def __init__(
        self,
        desk: RunningDesk,
        board: Board,
        rooms: Rooms,
        accounts: Accounts,
        socket: WebSocket,
        signed: SignedIn,
        language: str,
    ) -> None:
        self._desk = desk
        self._board = board
        self._rooms = rooms
        self._accounts = accounts
        self._socket = socket
        self._signed = signed
        self._language = language
        self._commands = Commands(desk, board, signed.rep, language, self.tell)
        self._limiter = RateLimiter(per_minute=PER_MINUTE, max_keys=1)
        self._frames: deque[str] = deque()
        self._rows: dict[str, None] = {}  # sessions whose row is to be sent
        self._places: dict[str, Place] = {}
        self._more = asyncio.Event()
        self._doubt = asyncio.Event()  # the rep may be signed out

    # --- the connection's life ---------------------------------------------------------------

    async def run(self) -> None:
        """Serve the page until it leaves or must."""
        SOCKETS.labels(kind="desk").inc()
        listening = [
            self._board.listen(self._row_changed),
            self._desk.bus.listen("release", lambda topic, hint: self._tell_desk()),
            self._desk.bus.listen(f"rep:{self._signed.rep.login}", lambda topic, hint: self._doubt.set()),
        ]
        try:
            await self._board.start()
            self._tell_desk()
            await self._serve()
        except Bye as bye:
            await self._say_bye(bye.code)
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            for stop in listening:
                stop()
            for session in tuple(self._places):
                self._close(session)
            self._commands.stop()
            SOCKETS.labels(kind="desk").dec()

    async def _serve(self) -> None:
        tasks = [asyncio.create_task(work()) for work in (self._write, self._read, self._guard)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _say_bye(self, code: str) -> None:
        text = t(self._language, f"refused.{code}")
        with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
            async with asyncio.timeout(1):  # a slow reader is not waited for
                await self._socket.send_text(_dumps({"type": "bye", "code": code, "text": text}))
                await self._socket.close(CLOSE[code])

    async def _guard(self) -> None:
        """A rep who is removed, signs out or lets the time pass is out, here too."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN):
                    await self._doubt.wait()
            await self._check()

    async def _check(self) -> None:
        self._doubt.clear()
        signed = await self._accounts.still(self._signed.token_sha)
        if signed is None:
            raise Bye("signed_out")
        try:
            require(signed.rep.role, "serve")
        except Forbidden:
            raise Bye("forbidden") from None
        self._signed = signed

    # --- out ---------------------------------------------------------------------------------

    def wake(self) -> None:
        self._more.set()

    def tell(self, frame: dict[str, Any]) -> None:
        self._frames.append(_dumps(frame))
        self._more.set()

    def _row_changed(self, session: str) -> None:
        self._rows[session] = None
        self._more.set()

    def _tell_desk(self) -> None:
        content = self._desk.releases.current
        self.tell(
            {
                "type": "desk",
                "rep": shown_rep(self._signed.rep),
                "name": content.name,
                "queues": queues(content, self._language),
                "labels": labels(content, self._language),
                "languages": list(content.languages),
                "components": components(content, self._language),
                "sessions": self._board.rows(self._language),
                "now": iso(self._desk.clock.now()),
            }
        )

    async def _write(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            for frame in self._waiting():
                try:
                    async with asyncio.timeout(SLOW):
                        await self._socket.send_text(frame)
                except TimeoutError:
                    raise Bye("restart") from None

    def _waiting(self) -> Iterator[str]:
        """What is to be sent, the urgent first, until nothing is left."""
        while True:
            if len(self._frames) > MAX_WAITING:
                raise Bye("restart")
            if self._frames:
                yield self._frames.popleft()
            elif self._rows:
                session = next(iter(self._rows))
                del self._rows[session]
                yield _dumps(self._row_frame(session))
            else:
                frames = self._next_events()
                if not frames:
                    return
                yield from frames

    def _row_frame(self, session: str) -> dict[str, Any]:
        row = self._board.row(session, self._language)
        return {"type": "gone", "session": session} if row is None else {"type": "row", "session": row}

    def _next_events(self) -> list[str]:
        frames: list[str] = []
        for place in self._places.values():
            place.seq, more = place.transcript.after(place.seq, BATCH)
            frames += more
        return frames

    # --- in ----------------------------------------------------------------------------------

    async def _read(self) -> None:
        while True:
            frame = _parse(await self._receive())
            if not self._limiter.take(""):
                raise Bye("too_fast")
            if self._doubt.is_set():
                await self._check()
            await self._hear(frame)

    async def _receive(self) -> str:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        text = message.get("text")
        if text is None:
            raise Bye("bad_frame")
        if len(text) > MAX_FRAME:
            raise Bye("too_big")
        return str(text)

    async def _hear(self, frame: dict[str, Any]) -> None:
        kind, session = frame["type"], frame.get("session")
        if kind == "ping":
            self.tell({"type": "pong"})
            return
        if not isinstance(session, str) or not 0 < len(session) <= 64:
            raise Bye("bad_frame")
        if kind == "open":
            await self._open(session, _number(frame.get("after", 0)))
        elif kind == "close":
            self._close(session)
        elif kind == "seen":
            self._board.seen(session, _number(frame.get("seq")), self._signed.rep.login)
        elif kind == "typing":
            self._commands.typing(session)
        else:
            await self._command(frame, session)
            return
        if kind != "close":
            self._signed = await self._accounts.extend(self._signed)

    async def _command(self, frame: dict[str, Any], session: str) -> None:
        self._signed = await self._accounts.extend(self._signed)
        try:
            await self._commands.take(frame, session)
        except ValueError:
            raise Bye("bad_frame") from None
        except Refusal as refusal:
            self.tell(refusal.frame(self._language))

    async def _open(self, session: str, after: int) -> None:
        if len(self._places) >= MAX_OPEN and session not in self._places:
            raise Bye("too_fast")
        entered = await self._rooms.enter(session, self)
        if entered is None:
            self.tell({"type": "gone", "session": session})
            return
        row, transcript = entered
        shown = row.shown(self._desk.reps, self._language)
        self.tell(session_frame(row, shown, self._desk.releases.current, self._language))
        self._places[session] = Place(transcript, after)

    def _close(self, session: str) -> None:
        if self._places.pop(session, None) is not None:
            self._rooms.leave(session, self)


def _parse(raw: str) -> dict[str, Any]:
    try:
        frame = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Bye("bad_frame") from None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise Bye("bad_frame")
    return frame


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise Bye("bad_frame")
    return value


def _dumps(frame: dict[str, Any]) -> str:
    return orjson.dumps(frame, default=str).decode()
