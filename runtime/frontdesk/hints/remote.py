"""What every bus to other processes does: collect, send what has come together, connect again.

Listeners of this process are called at once and directly. What is for the others waits in a bounded
list that one task empties; nothing here ever raises into whoever publishes, or makes them wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from abc import ABC, abstractmethod
from typing import Any

import orjson

from frontdesk.bus import InProcessBus
from frontdesk.metrics import BUS_UP, HINTS_DROPPED

log = logging.getLogger(__name__)

MOST_WAITING = 10_000  # hints; more than that and the oldest are dropped
STALE = 5.0  # seconds of no connection after which what waited is worth nothing: everybody has looked
CONNECT_WITHIN = 5.0  # seconds
ANSWER_WITHIN = 5.0  # seconds
QUIET = 10.0  # seconds without a word after which the connection is tried
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds between two attempts to connect
STOP_WITHIN = 1.0  # seconds for the last hints
STRICT = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME  # only what JSON has


class RemoteBus(InProcessBus, ABC):
    """A bus with a connection of its own to the desk's other processes."""

    largest: int  # bytes of one message
    gap: float  # seconds between two messages, so that hints come together; the first goes at once

    def __init__(self) -> None:
        super().__init__()
        self.alone = False
        self.is_connected = False
        self._own = os.urandom(8).hex()  # marks what this process has sent
        self._desk = ""
        self._waiting: dict[bytes, None] = {}  # the newest last; what is said twice is sent once
        self._more = asyncio.Event()
        self._is_lost = False
        self._is_stopping = False
        self._task: asyncio.Task[None] | None = None

    # --- what each kind does -----------------------------------------------------------------

    @property
    @abstractmethod
    def place(self) -> str:
        """Where it connects to, without secrets."""

    @abstractmethod
    async def _open(self) -> None:
        """Connect and listen."""

    @abstractmethod
    async def _close(self) -> None:
        """End the connection, whatever state it is in."""

    @abstractmethod
    async def _send(self, message: bytes) -> None: ...

    @abstractmethod
    async def _try(self) -> None:
        """Ask the other end for a sign of life."""

    # --- what whoever uses it sees -----------------------------------------------------------

    async def start(self, desk: str = "") -> None:
        self._desk = desk
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Send what waits, if that is possible at once, and end."""
        task, self._task = self._task, None
        if task is None:
            return
        self._is_stopping = True
        self._more.set()
        if not self.is_connected and not self._waiting:
            task.cancel()
        await asyncio.wait({task}, timeout=STOP_WITHIN)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    def publish(self, topic: str, hint: Any = None) -> None:
        self.tell(topic, hint)
        if self.alone or self._task is None:
            return
        try:
            line = orjson.dumps([topic, hint], option=STRICT)
        except orjson.JSONEncodeError:
            log.exception("a hint to %s cannot be sent to other processes", topic)
            return
        if len(line) + 40 > self.largest:
            HINTS_DROPPED.inc()
            return
        self._waiting.pop(line, None)  # the last one counts: on, off, on ends in on
        self._waiting[line] = None
        if len(self._waiting) > MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
            HINTS_DROPPED.inc()
        self._more.set()

    # --- the connection's life ---------------------------------------------------------------

    async def _run(self) -> None:
        pause, is_told, away_since = FIRST_PAUSE, False, 0.0
        now = asyncio.get_running_loop().time
        while not self._is_stopping:
            began = now()
            try:
                async with asyncio.timeout(CONNECT_WITHIN):
                    self._is_lost = False
                    await self._open()
                if away_since and began - away_since > STALE:
                    self._forget()
                log.log(logging.WARNING if is_told else logging.INFO, "hints go over %s", self.place)
                self.is_connected, is_told, began = True, False, now()
                BUS_UP.set(1)
                await self._pump()
            except Exception as error:
                if not is_told:
                    why = str(error) or type(error).__name__
                    log.warning("%s carries no hints (%s); news take seconds until it does", self.place, why)
                is_told = True
            finally:
                if self.is_connected:
                    away_since = now()
                self.is_connected = False
                BUS_UP.set(0)
                with contextlib.suppress(Exception):
                    async with asyncio.timeout(CONNECT_WITHIN):
                        await self._close()
            pause = FIRST_PAUSE if now() - began > 2 * LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            if not self._is_stopping:
                await asyncio.sleep(pause)

    async def _pump(self) -> None:
        """Send what waits, until the connection is lost or the bus stops."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(QUIET):
                    await self._more.wait()
            if self._is_lost:
                raise ConnectionError("the connection was lost")
            async with asyncio.timeout(ANSWER_WITHIN):
                if not self._more.is_set():
                    await self._try()
                self._more.clear()
                while self._waiting:
                    await self._send(self._message())
            if self._is_stopping:
                return
            await asyncio.sleep(self.gap)

    def _message(self) -> bytes:
        """As many of the hints that wait as go into one message."""
        parts = [b'["', self._own.encode()]
        left = self.largest - len(self._own) - 4
        while self._waiting and len(line := next(iter(self._waiting))) < left:
            del self._waiting[line]
            parts += (b'",' if len(parts) == 2 else b",", line)
            left -= len(line) + 1
        return b"".join([*parts, b"]"])

    def _forget(self) -> None:
        HINTS_DROPPED.inc(len(self._waiting))
        self._waiting.clear()

    def _lost(self) -> None:
        """The connection is gone."""
        self._is_lost = True
        self._more.set()

    def _heard(self, message: bytes | str) -> None:
        """A message of some process of the desk, this one included."""
        try:
            sender, *hints = orjson.loads(message)
            for topic, hint in hints if sender != self._own else ():
                self.tell(str(topic), hint)
        except (ValueError, TypeError) as error:
            log.warning("%s carried something that is no hint: %s", self.place, error)
