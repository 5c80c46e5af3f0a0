"""Messages that have left, until the store knows: many in one step, where a repetition does no harm."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from frontdesk.crash import crash_point
from frontdesk.errors import ShardsLost, StoreUnavailable
from frontdesk.store.base import OutboxRow, Store, shard_of

log = logging.getLogger(__name__)

SOON = 0.02  # seconds until a message that has left is marked
CLOSE_WITHIN = 5.0  # seconds for the last marks
LOOK_AGAIN = 1.0  # seconds: when the store cannot be written


class Marks:
    """What is to be marked as sent."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sent: list[OutboxRow] = []
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: dict[asyncio.Task[bool], list[OutboxRow]] = {}
        self.unmarked: set[tuple[str, int]] = set()  # also what is being marked just now

    def add(self, row: OutboxRow) -> None:
        """A message has left; it is marked in a moment."""
        self._sent.append(row)
        self.unmarked.add((row.session, row.seq))
        self._within(SOON)

    async def all(self) -> None:
        """Mark all that has left; where the store cannot be written it is tried again, and not waited for."""
        self._begin()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))

    async def all_of(self, shards: Collection[int]) -> None:
        """Wait until everything that has left in these shards is marked; others' marks are not waited for."""
        while True:
            self._begin()
            tasks = [
                task
                for task, rows in self._tasks.items()
                if any(shard_of(row.user) in shards for row in rows)
            ]
            if not tasks:
                return
            await asyncio.wait(tasks)
            if not all(task.result() for task in tasks):
                await asyncio.sleep(LOOK_AGAIN)

    def forget(self, shards: Collection[int]) -> None:
        """Others judge what has left in these shards."""
        self._sent = [row for row in self._sent if shard_of(row.user) not in shards]
        self.unmarked = {(row.session, row.seq) for row in self._sent}

    async def close(self) -> None:
        """Mark what has left, if that is possible soon: else the next start reads what became of it."""
        self._begin()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=CLOSE_WITHIN)
        if self._timer is not None:
            self._timer.cancel()

    def _within(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._begin)

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        rows, self._sent = self._sent, []
        if rows:
            task = asyncio.get_running_loop().create_task(self._mark(rows))
            self._tasks[task] = rows
            task.add_done_callback(self._tasks.pop)

    async def _mark(self, rows: list[OutboxRow]) -> bool:
        keys = [(row.session, row.seq) for row in rows]
        try:
            await self._store.mark_sent(keys)
        except ShardsLost as error:
            log.info("%s sent messages are another process's to mark: %s", len(rows), error)
        except Exception as error:
            level = logging.INFO if isinstance(error, StoreUnavailable) else logging.ERROR
            log.log(level, "sent messages could not be marked: %s", error)
            self._sent += rows
            self._within(LOOK_AGAIN)
            return False
        self.unmarked.difference_update(keys)
        crash_point("after-mark")
        return True
