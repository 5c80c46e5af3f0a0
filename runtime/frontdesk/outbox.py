"""Committed messages on their way: sent in session order, retried, and counted when in doubt."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from frontdesk.channels.base import Channel
from frontdesk.clock import Clock, instant, iso
from frontdesk.crash import crash_point
from frontdesk.errors import ChannelInDoubt, ChannelRejected, ChannelUnavailable
from frontdesk.messages import Outbound
from frontdesk.metrics import IN_DOUBT, SENT
from frontdesk.store.base import OutboxRow, Store

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

ATTEMPTS = 12  # then the message is given up as failed
FIRST_WAIT, LONGEST_WAIT = 0.5, 300.0  # seconds
Report = Callable[[OutboxRow, str, str], Awaitable[None]]


class Outbox:
    """One lane a session: its messages leave one after the other."""

    def __init__(
        self, *, store: Store, clock: Clock, channels: Mapping[str, Channel], report: Report
    ) -> None:
        self._store = store
        self._clock = clock
        self._channels = channels
        self._report = report  # tells the session's log what became of a message
        self._lanes: dict[str, deque[OutboxRow]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: httpx.AsyncClient | None = None
        self._is_stopping = False

    def push(self, rows: Sequence[OutboxRow]) -> None:
        """Send what a turn has just committed."""
        for row in rows:
            lane = self._lanes.get(row.session)
            if lane is not None:
                lane.append(row)
                continue
            self._lanes[row.session] = deque((row,))
            task = asyncio.get_running_loop().create_task(self._drain_lane(row.session))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def recover(self) -> None:
        """Take up what a stopped process left: each of them may have left already, so it is in doubt."""
        for row in await self._store.unsent():
            channel = self._channels.get(row.channel)
            if channel is None:
                continue
            if channel.in_doubt == "once" and row.attempts == 0:
                await self._give_up(row, "in_doubt", "the desk stopped while the message was on its way")
            else:
                self.push([row])

    async def close(self) -> None:
        """Let what is on the wire arrive; what waits for a retry stays in the store."""
        self._is_stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)
        if self._http is not None:
            await self._http.aclose()

    async def _drain_lane(self, session: str) -> None:
        lane = self._lanes[session]
        try:
            while lane and not self._is_stopping:
                await self._deliver(lane[0])
                lane.popleft()
        except Exception:
            log.exception("the outbox of session %s stopped; it goes on at the next start", session)
        finally:
            del self._lanes[session]

    async def _deliver(self, row: OutboxRow) -> None:
        channel = self._channels[row.channel]
        while not self._is_stopping:
            await self._wait_until(row.next_at)
            try:
                await self._send(channel, row)
            except ChannelUnavailable as error:
                attempts = row.attempts + 1
                if attempts >= ATTEMPTS:
                    await self._give_up(row, "failed", str(error))
                    return
                row = await self._retry_later(row, attempts, error.retry_after)
            except ChannelRejected as error:
                await self._give_up(row, "failed", str(error))
                return
            except ChannelInDoubt as error:
                if channel.in_doubt == "once":
                    await self._give_up(row, "in_doubt", str(error))
                    return
                row = await self._retry_later(row, row.attempts + 1, None)
            else:
                await self._store.mark_sent([(row.session, row.seq)])
                crash_point("after-mark")
                SENT.labels(channel=channel.kind).inc()
                return

    async def _send(self, channel: Channel, row: OutboxRow) -> None:
        if self._http is None:
            import httpx  # only a desk with a channel that must be called pays for it

            self._http = httpx.AsyncClient(timeout=httpx.Timeout(20, connect=5))
        crash_point("before-send")
        for call in channel.render(Outbound.load(row.body)):
            await channel.send(call, self._http)
        crash_point("after-send")

    async def _retry_later(self, row: OutboxRow, attempts: int, after: float | None) -> OutboxRow:
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2**attempts)
        wait = after if after is not None else random.uniform(longest / 2, longest)
        next_at = iso(self._clock.now() + timedelta(seconds=wait))
        await self._store.mark_failed(
            row.session, row.seq, status="retry", attempts=attempts, next_at=next_at
        )
        return replace(row, attempts=attempts, next_at=next_at)

    async def _wait_until(self, at: str) -> None:
        seconds = (instant(at) - self._clock.now()).total_seconds() if at else 0.0
        while seconds > 0 and not self._is_stopping:
            await asyncio.sleep(min(seconds, 1.0))
            seconds -= 1.0

    async def _give_up(self, row: OutboxRow, status: str, reason: str) -> None:
        await self._store.mark_failed(
            row.session, row.seq, status=status, attempts=row.attempts + 1, next_at=row.next_at
        )
        if status == "in_doubt":
            IN_DOUBT.labels(channel=row.channel).inc()
        log.warning("message %s.%s on %s is %s: %s", row.session, row.seq, row.channel, status, reason)
        await self._report(row, status, reason)
