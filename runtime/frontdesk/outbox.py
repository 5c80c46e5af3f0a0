"""Committed messages on their way: sent in session order, retried, and counted when in doubt."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from frontdesk.channels.base import ApiCall, Channel
from frontdesk.clock import Clock, instant, iso
from frontdesk.crash import crash_point
from frontdesk.doubt import MARKED, settle
from frontdesk.errors import (
    ChannelInDoubt,
    ChannelRejected,
    ChannelUnavailable,
    ShardsLost,
    StoreError,
    StoreUnavailable,
)
from frontdesk.marks import Marks
from frontdesk.messages import Outbound
from frontdesk.metrics import IN_DOUBT, SENT, of_channel
from frontdesk.pace import LONGEST_WAIT, Pace, longest_first, longest_wait
from frontdesk.problems import message_set_aside, tell
from frontdesk.store.base import ALL_SHARDS, SHARDS, OutboxRow, Store, shard_of
from frontdesk.users import STOPPED

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

ATTEMPTS = 12  # then the message is given up
LONGEST_PAUSE = 3_600.0  # seconds that a provider's word makes an account wait
LOOK_AGAIN = 1.0  # seconds: when the store cannot be written, or the channel is off
AFTER_MISTAKE = 30.0  # seconds: when something failed that nobody has thought of
ASK_AGAIN = 0.05  # seconds: when it is not certain that nobody else sends
AT_ONCE = 64  # calls at a time: who waits for a connection is not yet on its way
ON_THE_WIRE = 10.0  # seconds a message may take to arrive when the desk stops
Report = Callable[[OutboxRow, str, str], Awaitable[None]]


@dataclass(slots=True)
class Sending:
    """A message in its lane."""

    row: OutboxRow
    calls_made: int = 0  # of the several that one message may need
    began: float | None = None  # when the last attempt did, by the clock that never jumps
    end: tuple[str, str] | None = None  # (status, reason): known, and not yet in the store
    wait: float = 0.0  # seconds the last failure asked for
    since: float = 0.0  # when it asked, by the clock that never jumps


@dataclass(slots=True, eq=False)
class Lane:
    """One messaging user's messages, in the order they leave."""

    user: str
    waiting: deque[Sending] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None
    is_left: bool = False  # nothing new begins
    is_sending: bool = False  # the first is on the wire, or the store has not heard yet how it ended


class Outbox:
    """One lane a messaging user: the messages leave one after the other, also over sessions.

    Only lanes of shards that `recover` took are worked here; all others are another process's.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        channels: Mapping[str, Channel],
        report: Report,
        may_send: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store = store
        self._clock = clock
        self._channels = channels
        self._report = report  # tells the session's log what became of a message
        self._may_send = may_send  # whether nobody else can have taken over, for another moment
        self._shards: set[int] = set()
        self._lanes: dict[str, Lane] = {}
        self._marks = Marks(store)
        self._at_rest: set[tuple[str, int]] = set()  # found at the last look without a lane
        self._pushed: set[tuple[str, int]] | None = None  # since the last look began
        self._http: httpx.AsyncClient | None = None
        self._places = asyncio.Semaphore(AT_ONCE)
        self._paces: defaultdict[str, Pace] = defaultdict(lambda: Pace(clock))

    def push(self, rows: Sequence[OutboxRow]) -> None:
        """Send what a turn has just committed."""
        for row in rows:
            lane = self._lanes.get(row.user)
            if lane is None:
                if shard_of(row.user) not in self._shards:
                    continue  # it is in the store, and its shard's new owner finds it there
                lane = self._lanes[row.user] = Lane(row.user)
                lane.task = asyncio.get_running_loop().create_task(self._drain(lane))
                lane.task.add_done_callback(lambda _, lane=lane: self._forget(lane))  # type: ignore[misc]
            lane.waiting.append(Sending(row))
            if self._pushed is not None:
                self._pushed.add((row.session, row.seq))

    async def recover(self, shards: Collection[int] = ALL_SHARDS) -> None:
        """Take up what another process left, before any turn adds to it: the order is the log's."""
        rows = await self._store.unsent(shards)
        self._shards.update(shards)
        self.push(longest_first(rows))

    async def look(self, shards: Collection[int]) -> None:
        """Take up what lies in the store without a lane: another process had it sent again.

        Only what two looks have found: a moment lies between a turn's commit and its lane.
        """
        marked_soon, self._pushed = self._marks.unmarked.copy(), set()
        rows = [row for row in await self._store.unsent(shards) if row.user not in self._lanes]
        known = marked_soon | self._pushed
        rows = [row for row in rows if (row.session, row.seq) not in known]
        before, self._at_rest = self._at_rest, {(row.session, row.seq) for row in rows}
        self.push([row for row in rows if (row.session, row.seq) in before])

    async def again(self, user: str, session: str, seq: int) -> bool:
        """Send a message that was given up, under its old key; False when the store has it no more."""
        lane = self._lanes.get(user)
        if lane is not None and any((one.row.session, one.row.seq) == (session, seq) for one in lane.waiting):
            return True  # it is being tried anyway
        await self._marks.all()
        now = iso(self._clock.now())
        await self._store.mark_failed(session, seq, status="retry", attempts=0, next_at=now)
        rows = await self._store.unsent({shard_of(user)})
        found = [row for row in rows if (row.session, row.seq) == (session, seq)]
        self.push(found)
        return bool(found)

    async def leave(self, shards: Collection[int], *, is_lost: bool) -> None:
        """Let go of shards: what is on the wire ends and is marked, the rest stays in the store.

        `is_lost`: they are another's already, who judges what was on the wire; nothing is waited for.
        When this returns nothing of these shards is sent or marked any more.
        """
        self._shards.difference_update(shards)
        lanes = [lane for lane in self._lanes.values() if shard_of(lane.user) in shards]
        await self._end(lanes, at_once=is_lost)
        if is_lost:
            self._marks.forget(shards)
        else:
            await self._marks.all_of(shards)

    async def close(self) -> None:
        """Let what is on the wire arrive; what waits for a retry stays in the store."""
        self._shards.clear()
        lanes = list(self._lanes.values())
        try:
            await asyncio.wait_for(self._end(lanes, at_once=False), ON_THE_WIRE)
        except TimeoutError:
            await self._end(lanes, at_once=True)
        await self._marks.close()
        if self._http is not None:
            await self._http.aclose()

    async def _end(self, lanes: Sequence[Lane], *, at_once: bool) -> None:
        """End lanes: those that only wait at once, and all of them where they may not end their work."""
        tasks = []
        for lane in lanes:
            assert lane.task is not None
            lane.is_left = True
            if at_once or not lane.is_sending:
                lane.task.cancel()
            tasks.append(lane.task)
        if tasks:
            await asyncio.wait(tasks)

    def _forget(self, lane: Lane) -> None:
        if self._lanes.get(lane.user) is lane:
            del self._lanes[lane.user]

    async def _drain(self, lane: Lane) -> None:
        try:
            while lane.waiting and not lane.is_left:
                try:
                    is_settled = await self._go_on(lane)
                except ShardsLost as error:
                    # Who has them now found these messages in the store: they are sent from there.
                    log.info("messages to %s are another process's now: %s", lane.user, error)
                    self._shards.discard(shard_of(lane.user))
                    return
                except StoreError as error:
                    # A store that is away says so itself, once and not for every lane.
                    level = logging.INFO if isinstance(error, StoreUnavailable) else logging.ERROR
                    log.log(level, "messages to %s wait: %s", lane.user, error)
                    await asyncio.sleep(LOOK_AGAIN)
                    continue
                except Exception:  # a mistake of ours costs time, never the order: nothing behind it passes
                    log.exception("messages to %s wait", lane.user)
                    await asyncio.sleep(AFTER_MISTAKE)
                    continue
                if is_settled:
                    lane.waiting.popleft()
        finally:  # in the same moment as the last look at what waits: what comes later gets a new lane
            self._forget(lane)

    async def _go_on(self, lane: Lane) -> bool:
        """Bring a lane's first message one step further; whether its end is known and kept."""
        sending = lane.waiting[0]
        if sending.end is None:
            sending.end = await self._attempt(lane, sending)
        if sending.end is None:
            return False
        lane.is_sending = True
        if sending.end[0] == "sent":
            await self._arrived(sending.row)
        else:
            await self._give_up(sending, *sending.end)
        return True

    async def _attempt(self, lane: Lane, sending: Sending) -> tuple[str, str] | None:
        """Try once to send a message: how it ended, or None when it is to be tried again."""
        row, lane.is_sending = sending.row, False
        if row.next_at and row.attempts:
            await self._wait(sending)
        channel = self._channels.get(row.channel)
        if channel is None:  # taken out of the desk, or off: perhaps it comes back
            await asyncio.sleep(LOOK_AGAIN)
            return None
        try:
            calls = channel.render(Outbound.load(row.body))
        except Exception as error:  # a mistake of ours in one message must not stop those behind it
            log.exception("message %s.%s could not be rendered", row.session, row.seq)
            return "failed", f"{type(error).__name__}: {error}"
        if channel.honours_stop and STOPPED in (await self._store.conversation(row.user)).slots:
            return "failed", "the customer wrote STOP: nothing is sent to this address"
        is_marked = channel.in_doubt in MARKED
        if row.is_on_its_way and is_marked:
            why = ChannelInDoubt("the desk stopped while the message was on its way")
            return await self._settle(channel, calls, sending, why)
        try:
            await self._keep_pace(channel)
            async with self._places:
                await self._until_allowed(lane)
                lane.is_sending = True
                sending.began = self._clock.monotonic()
                if is_marked:
                    await self._store.mark_sending(row.session, row.seq)
                if not await self._send(channel, calls, lane, sending):
                    await self._put_back(sending)
                    return None
        except ChannelRejected as error:
            return "failed", str(error)
        except ChannelUnavailable as error:
            asked = error.retry_after
            if asked:
                asked = min(asked, LONGEST_PAUSE)
                self._paces[channel.name].hold(asked)
            return await self._again(sending, "failed", error, asked)
        except StoreError:
            raise
        except Exception as error:  # in doubt, also where a channel is mistaken in how a call can fail
            if not isinstance(error, ChannelInDoubt):
                log.exception("message %s.%s could not be sent", row.session, row.seq)
            if is_marked:  # whatever happens while it is settled, it is not simply sent again
                sending.row = replace(row, is_on_its_way=True)
            lane.is_sending = False  # the store knows as much: another process may settle it
            return await self._settle(channel, calls, sending, error)
        return "sent", ""

    async def _keep_pace(self, channel: Channel) -> None:
        """Wait until the channel's account may send: this process's part of what it may send a second."""
        whole = channel.per_second
        part = None if whole is None else whole * max(len(self._shards), 1) / SHARDS
        await self._paces[channel.name].wait(part)

    async def _settle(
        self,
        channel: Channel,
        calls: Sequence[ApiCall],
        sending: Sending,
        error: Exception,
    ) -> tuple[str, str] | None:
        """Go on with a message whose end nobody knows, as its channel's policy has it."""
        row, monotonic = sending.row, self._clock.monotonic
        began = sending.began
        if began is None:  # another process began it, at the earliest when it was decided
            decided = (self._clock.now() - instant(row.next_at)).total_seconds() if row.next_at else 0
            began = monotonic() - max(decided, LONGEST_WAIT)
        became, taken = await settle(
            channel,
            row,
            calls[sending.calls_made :],
            age=lambda: monotonic() - began,
            store=self._store,
            http=self._connections(),
        )
        sending.calls_made += taken
        IN_DOUBT.labels(channel=channel.name, policy=channel.in_doubt, became=became).inc()
        if became == "again":
            return await self._again(sending, "in_doubt", error, None)
        return ("sent", "") if became == "sent" else ("in_doubt", str(error))

    async def _send(self, channel: Channel, calls: Sequence[ApiCall], lane: Lane, sending: Sending) -> bool:
        """Make a message's calls; False where the desk may not make the next one any more."""
        http = self._connections()
        crash_point("before-send")
        for place, call in enumerate(calls[sending.calls_made :]):
            if place:
                await self._keep_pace(channel)
            if not await self._until_allowed(lane):
                return False
            await channel.send(call, http)
            sending.calls_made += 1
        crash_point("after-send")
        return True

    def _connections(self) -> httpx.AsyncClient:
        if self._http is None:
            import httpx

            self._http = httpx.AsyncClient(timeout=httpx.Timeout(20, connect=5))
        return self._http

    async def _until_allowed(self, lane: Lane) -> bool:
        """Wait until this process certainly is the only one that sends; False when the lane is left first."""
        while not self._may_send():
            if lane.is_left:
                return False
            await asyncio.sleep(ASK_AGAIN)
        return True

    async def _put_back(self, sending: Sending) -> None:
        """A message that was to leave and did not: its next owner need not doubt it."""
        row = sending.row
        if not sending.calls_made:
            await self._store.mark_failed(
                row.session, row.seq, status="retry", attempts=row.attempts, next_at=row.next_at
            )

    async def _again(
        self, sending: Sending, end: str, error: Exception, after: float | None
    ) -> tuple[str, str] | None:
        row = sending.row
        attempts = row.attempts + 1
        if attempts >= ATTEMPTS:
            return end, str(error)
        longest = longest_wait(attempts)
        wait = after if after is not None else random.uniform(longest / 2, longest)
        next_at = iso(self._clock.now() + timedelta(seconds=wait))
        # A part that has left makes the whole in doubt for a process that does not remember which.
        status = "sending" if sending.calls_made else "retry"
        sending.wait, sending.since = wait, self._clock.monotonic()
        sending.row = replace(row, attempts=attempts, next_at=next_at, is_on_its_way=False)
        await self._store.mark_failed(row.session, row.seq, status=status, attempts=attempts, next_at=next_at)
        return None

    async def _arrived(self, row: OutboxRow) -> None:
        """Mark a message as sent; where sending it again does no harm, many in one step a moment later."""
        channel = self._channels.get(row.channel)
        of_channel(SENT, row.channel).inc()
        self._marks.add(row)
        if channel is None or channel.in_doubt != "key":
            await self._marks.all()

    async def _give_up(self, sending: Sending, status: str, reason: str) -> None:
        row = sending.row
        # Told first, which does no harm twice: what is marked nobody looks at again.
        await self._report(row, status, reason)
        problem = message_set_aside(row, status, reason, self._clock.now())
        attempts, next_at = row.attempts + 1, row.next_at
        await self._store.mark_failed(
            row.session, row.seq, status=status, attempts=attempts, next_at=next_at, problem=problem
        )
        tell(problem)

    async def _wait(self, sending: Sending) -> None:
        """Wait for a message's next attempt; no longer than it asked for, whatever clocks say meanwhile."""
        due = instant(sending.row.next_at)
        longest = sending.wait or longest_wait(sending.row.attempts)  # another's clock may have been ahead
        since = sending.since or self._clock.monotonic()
        while True:
            left = (due - self._clock.now()).total_seconds()
            left = min(left, longest - (self._clock.monotonic() - since))
            if left <= 0:
                return
            await asyncio.sleep(min(left, LOOK_AGAIN))
