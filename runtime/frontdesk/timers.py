"""Timers: set in a turn's transaction, fired as an inbound with an id of its own, so each acts once."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Collection, Sequence
from datetime import timedelta

from frontdesk.clock import Clock, iso
from frontdesk.inbox import Inbox
from frontdesk.messages import Inbound
from frontdesk.store.base import Store, TimerRow, shard_of

log = logging.getLogger(__name__)

AT_ONCE = 256  # timers fired in one group commit
AGAIN = timedelta(seconds=5)
SWEEP = 1.0  # seconds: the longest a due timer waits when the clock jumped
AHEAD = timedelta(hours=1)  # timers that are due later stay in the store
REMEMBER = timedelta(days=8)  # delivery ids are kept this long: providers retry for 7 days

_Set = tuple[str, str, str, int, str]  # due, session, name, gen, user


class Timers:
    """The timers of this process that are due within the hour; the others stay in the store."""

    def __init__(self, *, store: Store, clock: Clock, inbox: Inbox) -> None:
        self._store = store
        self._clock = clock
        self._inbox = inbox
        self._heap: list[_Set] = []
        self._live: dict[tuple[str, str], int] = {}
        self._shards: frozenset[int] = frozenset()
        self._left: frozenset[int] = frozenset()  # whose timers may still be in the heap
        self._until = ""  # what is due before is in the heap
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to fire."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def enter(self, shards: Collection[int]) -> None:
        """Read what is set for these shards' users."""
        self._until = self._until or self._horizon()
        self._drop(self._left & frozenset(shards))
        self._shards |= frozenset(shards)
        self.note(await self._store.timers(shards, until=self._until))

    def leave(self, shards: Collection[int]) -> None:
        """Fire no timer of these shards' users. At no cost: many are left at once, one after the other."""
        self._shards -= frozenset(shards)
        self._left |= frozenset(shards)

    def _drop(self, shards: frozenset[int]) -> None:
        """What was set while others had these shards is read anew."""
        if not shards:
            return
        self._left -= shards
        kept: list[_Set] = []
        for one in self._heap:
            if shard_of(one[4]) in shards:
                self._live.pop((one[1], one[2]), None)
            else:
                kept.append(one)
        heapq.heapify(kept)
        self._heap = kept

    def note(self, rows: Sequence[TimerRow]) -> None:
        """Follow what a turn has just committed."""
        for row in rows:
            key = (row.session, row.name)
            if row.due is None or row.due >= self._until:
                self._live.pop(key, None)
            elif self._live.get(key, -1) < row.gen:  # what was read may be older than what was noted
                self._live[key] = row.gen
                heapq.heappush(self._heap, (row.due, row.session, row.name, row.gen, row.user))

    def _horizon(self) -> str:
        return iso(self._clock.now() + AHEAD)

    async def _read_ahead(self) -> None:
        """Read what is due next, in good time before it is."""
        if not self._shards or self._until > iso(self._clock.now() + AHEAD / 2):
            return
        before, self._until = self._until, self._horizon()  # now: what a turn sets meanwhile counts too
        try:
            self.note(await self._store.timers(self._shards, until=self._until))
        except BaseException:
            self._until = before
            raise

    async def fire_due(self) -> int:
        """Fire every timer that is due; gives how many. A cancelled or replaced one is passed over."""
        await self._read_ahead()
        now = iso(self._clock.now())
        fired = 0
        while self._heap and self._heap[0][0] <= now:
            due: list[_Set] = []
            while self._heap and self._heap[0][0] <= now and len(due) < AT_ONCE:
                one = heapq.heappop(self._heap)
                if self._live.get((one[1], one[2])) != one[3]:
                    continue
                if shard_of(one[4]) in self._shards:
                    due.append(one)
                else:  # another process's by now
                    del self._live[one[1], one[2]]
            await asyncio.gather(*(self._fire(one) for one in due))
            fired += len(due)
        return fired

    async def _fire(self, one: _Set) -> None:
        _, session, name, gen, user = one
        channel, _, address = user.partition(":")
        try:
            await self._inbox.receive(
                Inbound(
                    channel=channel,
                    sender=address,
                    external_id=f"timer:{session}:{name}:{gen}",
                    kind="timer",
                    data={"name": name, "gen": gen},
                ),
                session=session,
            )
        except Exception as error:  # it stays set: its id makes a second try harmless
            log.error(
                "timer %s of session %s could not be fired, it is tried again: %s", name, session, error
            )
            later = iso(self._clock.now() + AGAIN)
            heapq.heappush(self._heap, (later, session, name, gen, user))
            return
        if self._live.get((session, name)) == gen:
            del self._live[session, name]

    async def _run(self) -> None:
        last_sweep = None
        while True:
            try:
                await self.fire_due()
                now = self._clock.now()
                if last_sweep is None or now - last_sweep > timedelta(hours=1):
                    await self._store.sweep(iso(now - REMEMBER))
                    last_sweep = now
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("timers could not be fired; they are tried again")
            await asyncio.sleep(SWEEP)
