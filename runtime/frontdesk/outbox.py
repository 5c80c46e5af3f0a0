"""Committed messages on their way: sent in session order, retried, and counted when in doubt."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from frontdesk.channels.base import ApiCall, Channel
from frontdesk.clock import Clock, instant, iso
from frontdesk.crash import crash_point
from frontdesk.errors import ChannelInDoubt, ChannelRejected, ChannelUnavailable, StoreError
from frontdesk.messages import Outbound
from frontdesk.metrics import IN_DOUBT, SENT, of_channel
from frontdesk.store.base import OutboxRow, Store
from frontdesk.users import STOPPED

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

ATTEMPTS = 12  # then the message is given up
FIRST_WAIT, LONGEST_WAIT = 0.5, 300.0  # seconds
LOOK_AGAIN = 1.0  # seconds: when the store cannot be written, or the channel is off
AT_ONCE = 64  # calls at a time: who waits for a connection is not yet on its way
MARK_WITHIN = 0.02  # seconds until a message that has left is marked, where its key protects it
ON_THE_WIRE = 10.0  # seconds a message may take to arrive when the desk stops
Report = Callable[[OutboxRow, str, str], Awaitable[None]]


@dataclass(slots=True)
class Sending:
    """A message in its lane."""

    row: OutboxRow
    calls_made: int = 0  # of the several that one message may need
    end: tuple[str, str] | None = None  # (status, reason): known, and not yet in the store


class Outbox:
    """One lane a messaging user: the messages leave one after the other, also over sessions."""

    def __init__(
        self, *, store: Store, clock: Clock, channels: Mapping[str, Channel], report: Report
    ) -> None:
        self._store = store
        self._clock = clock
        self._channels = channels
        self._report = report  # tells the session's log what became of a message
        self._lanes: dict[str, deque[Sending]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent: list[tuple[str, int]] = []
        self._marking: asyncio.TimerHandle | None = None
        self._http: httpx.AsyncClient | None = None
        self._places = asyncio.Semaphore(AT_ONCE)
        self._is_stopping = False

    def push(self, rows: Sequence[OutboxRow]) -> None:
        """Send what a turn has just committed."""
        for row in rows:
            lane = self._lanes.get(row.user)
            if lane is not None:
                lane.append(Sending(row))
                continue
            self._lanes[row.user] = deque((Sending(row),))
            self._keep(self._drain_lane(row.user))

    async def recover(self) -> None:
        """Take up what a stopped process left, before any turn adds to it: the order is the log's."""
        self.push(await self._store.unsent())

    async def close(self) -> None:
        """Let what is on the wire arrive; what waits for a retry stays in the store."""
        self._is_stopping = True
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=ON_THE_WIRE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._mark()
        if self._http is not None:
            await self._http.aclose()

    async def _drain_lane(self, user: str) -> None:
        lane = self._lanes[user]
        try:
            while lane and not self._is_stopping:
                try:
                    is_settled = await self._go_on(lane[0])
                except StoreError as error:
                    log.error("messages to %s wait: %s", user, error)
                    await asyncio.sleep(LOOK_AGAIN)
                    continue
                if is_settled:
                    lane.popleft()
        except Exception:
            log.exception("messages to %s stopped; they go on at the next start", user)
        finally:
            del self._lanes[user]

    async def _go_on(self, sending: Sending) -> bool:
        """Bring a message one step further; whether its end is known and kept."""
        if sending.end is None:
            sending.end = await self._attempt(sending)
        if sending.end is None:
            return False
        if sending.end[0] == "sent":
            await self._arrived(sending.row)
        else:
            await self._give_up(sending.row, *sending.end)
        return True

    async def _attempt(self, sending: Sending) -> tuple[str, str] | None:
        """Try once to send a message: how it ended, or None when it is to be tried again."""
        row = sending.row
        if row.next_at and row.attempts:
            await self._wait_until(row.next_at)
        channel = self._channels.get(row.channel)
        if channel is None:  # taken out of the desk, or off: perhaps it comes back
            await asyncio.sleep(LOOK_AGAIN)
        if channel is None or self._is_stopping:
            return None
        try:
            calls = channel.render(Outbound.load(row.body))
        except Exception as error:  # a mistake of ours in one message must not stop those behind it
            log.exception("message %s.%s could not be rendered", row.session, row.seq)
            return "failed", f"{type(error).__name__}: {error}"
        if channel.honours_stop and STOPPED in (await self._store.conversation(row.user)).slots:
            return "failed", "the customer wrote STOP: nothing is sent to this address"
        once = channel.in_doubt == "once"
        if once and row.is_on_its_way:
            return "in_doubt", "the desk stopped while the message was on its way"
        try:
            async with self._places:
                if once:
                    await self._store.mark_sending(row.session, row.seq)
                await self._send(channel, calls, sending)
        except ChannelRejected as error:
            return "failed", str(error)
        except ChannelUnavailable as error:
            return await self._again(sending, "failed", error, error.retry_after)
        except StoreError:
            raise
        except Exception as error:  # in doubt, also where a channel is mistaken in how a call can fail
            if not isinstance(error, ChannelInDoubt):
                log.exception("message %s.%s could not be sent", row.session, row.seq)
            if once:
                return "in_doubt", str(error)
            return await self._again(sending, "in_doubt", error, None)
        return "sent", ""

    async def _send(self, channel: Channel, calls: Sequence[ApiCall], sending: Sending) -> None:
        if self._http is None:
            import httpx

            self._http = httpx.AsyncClient(timeout=httpx.Timeout(20, connect=5))
        crash_point("before-send")
        for call in calls[sending.calls_made :]:
            await channel.send(call, self._http)
            sending.calls_made += 1
        crash_point("after-send")

    async def _again(
        self, sending: Sending, end: str, error: Exception, after: float | None
    ) -> tuple[str, str] | None:
        row = sending.row
        attempts = row.attempts + 1
        if attempts >= ATTEMPTS:
            return end, str(error)
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2**attempts)
        wait = after if after is not None else random.uniform(longest / 2, longest)
        next_at = iso(self._clock.now() + timedelta(seconds=wait))
        # A part that has left makes the whole in doubt for a process that does not remember which.
        status = "sending" if sending.calls_made else "retry"
        sending.row = replace(row, attempts=attempts, next_at=next_at, is_on_its_way=False)
        await self._store.mark_failed(row.session, row.seq, status=status, attempts=attempts, next_at=next_at)
        return None

    async def _arrived(self, row: OutboxRow) -> None:
        """Mark a message as sent; where sending it again does no harm, many in one step a moment later."""
        channel = self._channels.get(row.channel)
        of_channel(SENT, row.channel).inc()
        self._sent.append((row.session, row.seq))
        if channel is not None and channel.in_doubt == "key":
            self._mark_within(MARK_WITHIN)
        else:
            await self._mark()

    def _mark_within(self, seconds: float) -> None:
        if self._marking is None and not self._is_stopping:
            loop = asyncio.get_running_loop()
            self._marking = loop.call_later(seconds, lambda: self._keep(self._mark()))

    async def _mark(self) -> None:
        if self._marking is not None:
            self._marking.cancel()
            self._marking = None
        rows, self._sent = self._sent, []
        if not rows:
            return
        try:
            await self._store.mark_sent(rows)
        except StoreError as error:
            log.error("sent messages could not be marked: %s", error)
            self._sent += rows
            self._mark_within(LOOK_AGAIN)
        crash_point("after-mark")

    async def _give_up(self, row: OutboxRow, status: str, reason: str) -> None:
        await self._store.mark_failed(
            row.session, row.seq, status=status, attempts=row.attempts + 1, next_at=row.next_at
        )
        if status == "in_doubt":
            IN_DOUBT.labels(channel=row.channel).inc()
        log.warning("message %s.%s on %s is %s: %s", row.session, row.seq, row.channel, status, reason)
        await self._report(row, status, reason)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _wait_until(self, at: str) -> None:
        while not self._is_stopping:
            seconds = (instant(at) - self._clock.now()).total_seconds()
            if seconds <= 0:
                return
            await asyncio.sleep(min(seconds, LOOK_AGAIN))
