"""Opened sessions: one transcript for all the reps who read it, and who they are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from frontdesk.actor import Done
from frontdesk.app import RunningDesk
from frontdesk.desk.board import Board, Row
from frontdesk.desk.transcript import Transcript

log = logging.getLogger(__name__)

RETRY = 1.0  # seconds


class Reader(Protocol):
    """Someone who has a session open."""

    def wake(self) -> None:
        """There may be more to read."""

    def tell(self, frame: dict[str, Any]) -> None:
        """Something live that the log does not hold."""


@dataclass(slots=True, eq=False)
class Room:
    """One opened session."""

    transcript: Transcript
    readers: set[Reader] = field(default_factory=set)
    stop: Callable[[], None] = lambda: None


class Rooms:
    """Every opened session of this process."""

    def __init__(self, desk: RunningDesk, board: Board) -> None:
        self._desk = desk
        self._board = board
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
            room = self._rooms[session] = Room(transcript)
            room.stop = self._desk.bus.listen(
                f"customer-typing:{session}", lambda _, hint: self._typing(session, hint)
            )
        room.readers.add(reader)
        await room.transcript.read()
        return row, room.transcript

    def leave(self, session: str, reader: Reader) -> None:
        """The reader has closed a session."""
        room = self._rooms.get(session)
        if room is None:
            return
        room.readers.discard(reader)
        if not room.readers:
            room.stop()
            del self._rooms[session]

    def _hint(self, topic: str, hint: Any) -> None:
        if isinstance(hint, Done) and hint.session in self._rooms:
            task = asyncio.get_running_loop().create_task(self._read(hint.session))
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
