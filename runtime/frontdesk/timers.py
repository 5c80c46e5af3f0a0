"""Timers: set in a turn's transaction, fired as an inbound with an id of its own, so each acts once."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Sequence
from datetime import timedelta

from frontdesk.clock import Clock, iso
from frontdesk.inbox import Inbox
from frontdesk.messages import Inbound
from frontdesk.store.base import Store, TimerRow

log = logging.getLogger(__name__)

AT_ONCE = 256  # timers fired in one group commit
AGAIN = timedelta(seconds=5)
SWEEP = 1.0  # seconds: the longest a due timer waits when the clock jumped
REMEMBER = timedelta(days=8)  # delivery ids are kept this long: providers retry for 7 days

_Set = tuple[str, str, str, int, str]  # due, session, name, gen, user


class Timers:
    """The timers of this process."""

    def __init__(self, *, store: Store, clock: Clock, inbox: Inbox) -> None:
        self._store = store
        self._clock = clock
        self._inbox = inbox
        self._heap: list[_Set] = []
        self._live: dict[tuple[str, str], int] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read what was set before this process began, and begin to fire."""
        self.note(await self._store.timers())
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def note(self, rows: Sequence[TimerRow]) -> None:
        """Follow what a turn has just committed."""
        for row in rows:
            key = (row.session, row.name)
            if row.due is None:
                self._live.pop(key, None)
            else:
                self._live[key] = row.gen
                heapq.heappush(self._heap, (row.due, row.session, row.name, row.gen, row.user))

    async def fire_due(self) -> int:
        """Fire every timer that is due; gives how many. A cancelled or replaced one is passed over."""
        now = iso(self._clock.now())
        fired = 0
        while self._heap and self._heap[0][0] <= now:
            due: list[_Set] = []
            while self._heap and self._heap[0][0] <= now and len(due) < AT_ONCE:
                one = heapq.heappop(self._heap)
                if self._live.get((one[1], one[2])) == one[3]:
                    due.append(one)
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
