"""Group commit: one connection, and whatever queued during the last commit is the next one.

Statements run on the event loop, each in microseconds; only COMMIT, which waits for the disk, runs in a
thread. Statements in the thread would hand the interpreter's lock over a dozen times a turn, and a
COMMIT on the loop would block every socket for the fsync.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

import apsw

from frontdesk.errors import StoreUnavailable

log = logging.getLogger(__name__)

PROBE = 1.0  # seconds between two looks whether a disk that failed can be written again
MAX_BATCH = 256  # steps of one transaction: how long the loop is kept from its sockets
T = TypeVar("T")
Later = Callable[[Callable[[], None]], object]
"""Runs a COMMIT on the loop, at once or a little later: for a loop that must not have threads beside it."""
_Job = tuple[Callable[[apsw.Cursor], Any], "asyncio.Future[Any]", bool]


class Writer:
    """The only connection that writes or checkpoints."""

    def __init__(self, connection: apsw.Connection, commit_later: Later | None = None) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._loop = asyncio.get_running_loop()
        self._jobs: deque[_Job] = deque()
        self._is_busy = False  # a batch is being committed, or is about to begin
        self._alone = 0  # of the next jobs, so many are committed one by one: together they failed
        self._is_full = True
        self._probe: asyncio.TimerHandle | None = None
        self.is_failing = False  # the disk does not take what is written
        self._idle = asyncio.Event()
        self._idle.set()
        self._commits: SimpleQueue[tuple[list[_Job], list[Any]] | None] = SimpleQueue()
        self._commit_later = commit_later
        self._thread: threading.Thread | None = None
        if commit_later is None:
            self._thread = threading.Thread(target=self._run, name="frontdesk-writer", daemon=True)
            self._thread.start()

    def submit(self, work: Callable[[apsw.Cursor], T], *, durable: bool = True) -> asyncio.Future[T]:
        """Do `work` in the next transaction; done when that is committed.

        Not `durable`: the commit waits for no disk of its own. It survives a killed process, not a
        power cut.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        self._jobs.append((work, future, durable))
        if not self._is_busy:
            self._is_busy = True
            self._idle.clear()
            self._loop.call_soon(self._begin)  # what this round of the loop still submits comes along
        return future

    async def stop(self) -> None:
        """Finish what is queued, then end the thread."""
        if self._probe is not None:
            self._probe.cancel()
        await self._idle.wait()
        if self._thread is not None:
            self._commits.put(None)
            self._thread.join()

    def close(self) -> None:
        """Close the connection; the last one to go writes the log back into the database."""
        self._connection.close()

    # --- on the loop -------------------------------------------------------------------------

    def _begin(self) -> None:
        """Run the next batch's statements and send it to be committed."""
        while self._jobs:
            batch = self._take()
            try:
                results = self._execute(batch)
            except Exception as error:
                self._roll_back()
                self._failed(batch, error)
            else:
                self._send(batch, results)
                return
        self._is_busy = False
        self._idle.set()

    def _send(self, batch: list[_Job], results: list[Any]) -> None:
        if self._commit_later is None:
            self._commits.put((batch, results))
        else:
            self._commit_later(lambda: self._ended(batch, results, self._commit()))

    def _take(self) -> list[_Job]:
        size = 1 if self._alone else min(len(self._jobs), MAX_BATCH)
        self._alone = max(0, self._alone - 1)
        return [self._jobs.popleft() for _ in range(size)]

    def _execute(self, batch: list[_Job]) -> list[Any]:
        cursor = self._cursor
        durable = any(durable for *_, durable in batch)
        if durable is not self._is_full:
            cursor.execute("PRAGMA synchronous=FULL" if durable else "PRAGMA synchronous=NORMAL")
            self._is_full = durable
        cursor.execute("BEGIN IMMEDIATE")
        return [work(cursor) for work, _, _ in batch]

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._cursor.execute("ROLLBACK")
        except apsw.Error as error:  # the next batch rolls back again, before it can begin
            log.error("a transaction could not be rolled back: %s", error)

    def _failed(self, batch: list[_Job], error: Exception) -> None:
        """One bad step must not take the others with it: each is tried on its own."""
        if len(batch) == 1:
            plain = _plain(error)
            if isinstance(plain, StoreUnavailable):
                self._fails(plain)
            _settle(batch[0][1], None, plain)
            return
        self._jobs.extendleft(reversed(batch))
        self._alone += len(batch)

    def _fails(self, error: StoreUnavailable) -> None:
        """The disk is at fault: say so once, and find out by itself when it is over."""
        if not self.is_failing:
            self.is_failing = True
            log.error("%s. Nothing is taken until it can be written again", error)
        if self._probe is None:
            self._probe = self._loop.call_later(PROBE, self._look)

    def _look(self) -> None:
        self._probe = None
        self.submit(_touch).add_done_callback(self._looked)

    def _looked(self, looked: asyncio.Future[Any]) -> None:
        is_well = not looked.cancelled() and looked.exception() is None
        if is_well and self.is_failing:  # a batch that failed while it looked may have had it look again
            self.is_failing = False
            log.warning("the desk's database can be written again")

    def _ended(self, batch: list[_Job], results: list[Any], error: Exception | None) -> None:
        """The commit is over: tell who waits, and go on with what queued meanwhile."""
        if error is not None:
            self._failed(batch, error)
        else:
            for (_, future, _), result in zip(batch, results, strict=True):
                _settle(future, result, None)
        if self._jobs:
            self._loop.call_soon(self._begin)
        else:
            self._is_busy = False
            self._idle.set()

    # --- in the thread -----------------------------------------------------------------------

    def _run(self) -> None:
        while (sent := self._commits.get()) is not None:
            self._loop.call_soon_threadsafe(self._ended, *sent, self._commit())

    def _commit(self) -> Exception | None:
        try:
            self._cursor.execute("COMMIT")
        except Exception as error:
            self._roll_back()
            return error
        return None


def _touch(cursor: apsw.Cursor) -> None:
    """Write a page as it is."""
    version = cursor.connection.pragma("user_version")
    cursor.execute(f"PRAGMA user_version={version}")


def _plain(error: Exception) -> Exception:
    if isinstance(error, apsw.FullError | apsw.ReadOnlyError | apsw.IOError | apsw.CantOpenError):
        unavailable = StoreUnavailable(f"the desk's database cannot be written: {error}")
        unavailable.__cause__ = error
        return unavailable
    return error


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
