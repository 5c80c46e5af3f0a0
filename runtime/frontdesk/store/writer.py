"""Group commit: one thread, one connection, whatever queued during the last commit is the next one.

Committing on the event loop would cost the same CPU but block every socket for the fsync.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import apsw

from frontdesk.errors import StoreUnavailable

log = logging.getLogger(__name__)

MAX_BATCH = 512
Work = Callable[[apsw.Cursor], Any]
_Job = tuple[Work, "asyncio.Future[Any]", bool]


class Writer:
    """The only connection that writes or checkpoints."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="frontdesk-writer", daemon=True)
        self._is_full = True
        self._thread.start()

    def submit(self, work: Work, *, durable: bool = True) -> asyncio.Future[Any]:
        """Do `work` in the next transaction; done when that is committed.

        Not `durable`: the commit waits for no disk of its own. It survives a killed process, not a
        power cut.
        """
        future: asyncio.Future[Any] = self._loop.create_future()
        self._jobs.put((work, future, durable))
        return future

    def stop(self) -> None:
        """Finish what is queued, then end the thread."""
        self._jobs.put(None)
        self._thread.join()

    def close(self) -> None:
        """Close the connection; the last one to go writes the log back into the database."""
        self._connection.close()

    def _run(self) -> None:
        while True:
            batch = self._take()
            if batch is None:
                return
            done = self._commit(batch)
            self._loop.call_soon_threadsafe(_settle, done)

    def _take(self) -> list[_Job] | None:
        job = self._jobs.get()
        if job is None:
            return None
        batch = [job]
        while len(batch) < MAX_BATCH and not self._jobs.empty():
            job = self._jobs.get()
            if job is None:
                self._jobs.put(None)
                break
            batch.append(job)
        return batch

    def _commit(self, batch: list[_Job]) -> list[tuple[asyncio.Future[Any], Any, BaseException | None]]:
        try:
            results = self._transaction([work for work, _, _ in batch], any(durable for *_, durable in batch))
        except Exception as error:  # one bad step must not take the others with it
            if len(batch) == 1:
                return [(batch[0][1], None, _plain(error))]
            return [one for job in batch for one in self._commit([job])]
        return [(future, result, None) for (_, future, _), result in zip(batch, results, strict=True)]

    def _transaction(self, works: list[Work], durable: bool) -> list[Any]:
        cursor = self._cursor
        if durable is not self._is_full:
            cursor.execute("PRAGMA synchronous=FULL" if durable else "PRAGMA synchronous=NORMAL")
            self._is_full = durable
        cursor.execute("BEGIN IMMEDIATE")
        try:
            results = [work(cursor) for work in works]
            cursor.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                cursor.execute("ROLLBACK")
            raise
        return results


def _plain(error: Exception) -> Exception:
    if isinstance(error, apsw.FullError | apsw.ReadOnlyError | apsw.IOError | apsw.CantOpenError):
        unavailable = StoreUnavailable(f"the desk's database cannot be written: {error}")
        unavailable.__cause__ = error
        return unavailable
    return error


def _settle(done: list[tuple[asyncio.Future[Any], Any, BaseException | None]]) -> None:
    for future, result, error in done:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
