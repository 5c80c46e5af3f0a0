"""Opened sessions: one transcript for all the reps who read it, and who they are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from frontdesk.app import RunningDesk
from frontdesk.desk.board import Board, Row
from frontdesk.desk.sweep import Sweep
from frontdesk.desk.transcript import Transcript

log = logging.getLogger(__name__)

RETRY = 1.0  # seconds


class Reader(Protocol):
    """Someone who has a session open."""

    def wake(self) -> None:
        """There may be more to read."""

    def tell(self, frame: dict[str, Any]) -> None:
        """Something live that the log does not hold."""


@dataclass(slots=True, eq=False, kw_only=True)
class Room:
    """One opened session."""

    user: str
    transcript: Transcript
    read_soon: Callable[[str], None]
    readers: set[Reader] = field(default_factory=set)
    stop: Callable[[], None] = lambda: None
    known: int = 0  # the newest event of the user's that a sweep has seen

    def newest(self, number: int) -> None:
        """Another event of this user's conversation than last time: read, if no hint has led to it."""
        if number != self.known:
            self.known = number
            self.read_soon(self.transcript.session)


class Rooms:
    """Every opened session of this process."""

    def __init__(self, desk: RunningDesk, board: Board, sweep: Sweep) -> None:
        self._desk = desk
        self._board = board
        self._sweep = sweep
        self._rooms: dict[str, Room] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stop = desk.bus.listen("*", self._hint)

    async def enter(self, session: str, reader: Reader) -> tuple[Row, Transcript] | None:
        """Open a session for a reader; None when there is none of this id."""
        row = await self._board.look(session)
        if row is None:
            return None
        room = self._rooms.get(session)
        if room is None:
            transcript = Transcript(session, self._desk.store, self._desk.reps, row.private)
            room = Room(user=row.state.user, transcript=transcript, read_soon=self._read_soon)
            self._rooms[session] = room
            self._sweep.join(room)
            room.stop = self._desk.bus.listen(
                f"customer-typing:{session}", lambda _, hint: self._typing(session, hint)
            )
        room.readers.add(reader)
        try:
            await room.transcript.read()
        except BaseException:
            self.leave(session, reader)
            raise
        return row, room.transcript

    def leave(self, session: str, reader: Reader) -> None:
        """The reader has closed a session."""
        room = self._rooms.get(session)
        if room is None:
            return
        room.readers.discard(reader)
        if not room.readers:
            room.stop()
            self._sweep.leave(room)
            del self._rooms[session]

    def _hint(self, topic: str, hint: Any) -> None:
        if topic.startswith("user:") and hint["session"] in self._rooms:
            self._read_soon(hint["session"])

    def _read_soon(self, session: str) -> None:
        task = asyncio.get_running_loop().create_task(self._read(session))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _read(self, session: str) -> None:
        while room := self._rooms.get(session):
            try:
                await room.transcript.read()
            except Exception:
                log.exception("the log of session %s could not be read", session)
                await asyncio.sleep(RETRY)
                continue
            for reader in tuple(room.readers):
                reader.wake()
            return

    def _typing(self, session: str, hint: Any) -> None:
        is_on = bool(hint.get("on", True)) if isinstance(hint, dict) else True
        room = self._rooms.get(session)
        for reader in tuple(room.readers) if room is not None else ():
            reader.tell({"type": "typing", "session": session, "on": is_on})
