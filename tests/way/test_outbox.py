"""The outbox by itself: a store on disk, a provider on loopback, and shards that come and go."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import orjson
import pytest

from frontdesk import doubt
from frontdesk.channels.base import ApiCall
from frontdesk.clock import Clock
from frontdesk.errors import ShardsLost, StoreUnavailable
from frontdesk.events import DeliveryChanged
from frontdesk.messages import Outbound
from frontdesk.outbox import Outbox
from frontdesk.pace import longest_first
from frontdesk.store.base import ALL_SHARDS, EventRow, OutboxRow, shard_of
from frontdesk.testing.loopback import Loopback, LoopbackConfig
from tests.patience import PATIENCE
from tests.store.rows import AT, a_turn, an_intake
from tests.torture.wire import Answer, Server
from tests.way.clocks import WatchedClock
from tests.way.phone import FlakyStore, failing, until


@dataclass
class Company:
    """A provider: it answers when the test lets it, with what it is told and else 200."""

    heard: list[str] = field(default_factory=list)  # texts, as they arrive
    answered: list[str] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)  # 0: it hangs up
    asked: list[str] = field(default_factory=list)  # keys it was to look up
    lookups: list[int] = field(default_factory=list)  # what it answers then, in the end that it fails
    line: asyncio.Event = field(default_factory=asyncio.Event)  # set: it answers

    async def __call__(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if "?key=" in path:
            self.asked.append(unquote(path.partition("?key=")[2]))
            return (self.lookups.pop(0) if self.lookups else 500), b""
        self.at.append(asyncio.get_running_loop().time())
        text = orjson.loads(body)["text"]
        self.heard.append(text)
        await self.line.wait()
        self.answered.append(text)
        return (self.answers.pop(0) if self.answers else 200), b""

    async def has_heard(self, *texts: str) -> None:
        await until(lambda: len(self.heard) >= len(texts))
        assert sorted(self.heard) == sorted(texts)


@dataclass
class Post:
    """An outbox with its store, and the way to have it send something."""

    store: FlakyStore
    company: Company
    channels: dict[str, Any]
    may_send: bool = True
    reports: list[tuple[str, str]] = field(default_factory=list)
    written: dict[str, int] = field(default_factory=dict)
    asked: int = 0  # how often an outbox asked whether it may send

    def outbox(self, clock: Clock | None = None) -> Outbox:
        async def report(row: OutboxRow, status: str, reason: str) -> None:
            self.reports.append((Outbound.load(row.body).text, status))

        outbox = Outbox(
            store=self.store,
            clock=clock or Clock(),
            channels=self.channels,
            report=report,
            may_send=self._may_send,
        )
        outbox._http = httpx.AsyncClient(timeout=PATIENCE)  # a call that is given up is no part of this
        return outbox

    def _may_send(self) -> bool:
        self.asked += 1
        return self.may_send

    async def decide(self, user: str, *texts: str) -> list[OutboxRow]:
        """Commit a turn that says this."""
        n = self.written[user] = self.written.get(user, 0) + 1
        session = f"s-{user}"
        channel, _, address = user.partition(":")
        rows = [
            OutboxRow(
                session=session,
                seq=n * 100 + place,
                user=user,
                channel=channel,
                body=Outbound(
                    id=f"{session}.{n * 100 + place}",
                    session=session,
                    channel=channel,
                    to=address,
                    text=text,
                ).dump(),
            )
            for place, text in enumerate(texts)
        ]
        intake = an_intake(f"{user}-{n}", user=user, new_session=session)
        turn = a_turn(
            session, n, user=user, channel=channel, is_new_session=n == 1, outbox=rows, last_event=n * 200
        )
        assert (await self.store.fused(intake, turn)).is_committed
        return rows

    async def left(self) -> list[tuple[str, bool]]:
        """What the store still holds: text, and whether it may be on its way."""
        rows = await self.store.unsent()
        return [(Outbound.load(row.body).text, row.is_on_its_way) for row in rows]


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    company = Company()
    company.line.set()
    server = await Server.start(company)
    url = f"http://127.0.0.1:{server.port}/"
    channels = {
        name: Loopback(name, LoopbackConfig(kind="loopback", url=url, secret="s", in_doubt=name))
        for name in ("key", "echo", "look_up", "once", "again")
    }
    store = FlakyStore(tmp_path / "desk.db")
    await store.open()
    yield Post(store, company, channels)
    await store.close()
    server.server.close()
    company.line.set()


AT_ONCE = 20.0  # seconds: nothing of what it must not wait for comes sooner
LONG = 600.0  # seconds
ANNA, BEN = "once:anna", "key:ben"
assert shard_of(ANNA) != shard_of(BEN)


# --- shards --------------------------------------------------------------------------------------
async def test_only_messages_of_its_own_shards_are_sent(post: Post) -> None:
    outbox = post.outbox()
    await post.decide(ANNA, "to anna")
    await post.decide(BEN, "to ben")
    await outbox.recover({shard_of(BEN)})
    outbox.push(await post.decide(ANNA, "more to anna"))
    await post.company.has_heard("to ben")
    await outbox.close()
    assert post.company.heard == ["to ben"]
    assert await post.left() == [("to anna", False), ("more to anna", False)]


@pytest.mark.parametrize("user", [ANNA, BEN])
async def test_who_leaves_a_shard_lets_what_is_on_the_wire_arrive_and_marks_it(post: Post, user: str) -> None:
    outbox = post.outbox()
    await outbox.recover()
    post.company.line.clear()
    outbox.push(await post.decide(user, "one", "two"))
    await post.company.has_heard("one")
    leaving = asyncio.create_task(outbox.leave({shard_of(user)}, is_lost=False))
    await until(lambda: outbox._lanes[user].is_left)
    await asyncio.sleep(0.02)
    assert not leaving.done()
    post.company.line.set()
    await leaving
    assert post.company.heard == ["one"]
    assert await post.left() == [("two", False)]
    assert not outbox._lanes
    await outbox.recover({shard_of(user)})  # it comes back: nothing is sent twice
    await post.company.has_heard("one", "two")
    await outbox.close()
    assert await post.left() == []


async def test_other_shards_go_on_while_one_is_left(post: Post) -> None:
    outbox = post.outbox()
    await outbox.recover()
    post.company.line.clear()
    outbox.push(await post.decide(ANNA, "to anna"))
    outbox.push(await post.decide(BEN, "one", "two"))
    await post.company.has_heard("to anna", "one")
    leaving = asyncio.create_task(outbox.leave({shard_of(ANNA)}, is_lost=False))
    post.company.line.set()
    await leaving
    await post.company.has_heard("to anna", "one", "two")
    await outbox.close()
    assert await post.left() == []


async def test_who_has_lost_a_shard_waits_for_nothing(post: Post) -> None:
    """What was on the wire is the new owner's to judge: sent once only, it is in doubt."""
    outbox = post.outbox()
    await outbox.recover()
    post.company.line.clear()
    outbox.push(await post.decide(ANNA, "to anna", "more"))
    outbox.push(await post.decide(BEN, "to ben"))
    await post.company.has_heard("to anna", "to ben")
    await asyncio.wait_for(outbox.leave(ALL_SHARDS, is_lost=True), AT_ONCE)
    assert not outbox._lanes
    assert await post.left() == [("to ben", False), ("to anna", True), ("more", False)]
    post.company.line.set()
    heir = post.outbox()
    await heir.recover()
    await post.company.has_heard("to anna", "to ben", "to ben", "more")
    await heir.close()
    assert post.reports == [("to anna", "in_doubt")]
    assert await post.left() == []
    await outbox.close()


async def test_a_shard_is_left_whatever_is_being_marked_in_others(post: Post) -> None:
    outbox, other = post.outbox(), "key:anna"
    assert shard_of(other) != shard_of(BEN)
    await outbox.recover()
    marking, may_mark = asyncio.Event(), asyncio.Event()

    async def slowly(*values: Any) -> None:
        marking.set()
        await may_mark.wait()

    post.store.before["mark_sent"] = [slowly]
    outbox.push(await post.decide(BEN, "to ben"))
    await marking.wait()
    outbox.push(await post.decide(other, "to anna"))
    await post.company.has_heard("to ben", "to anna")
    async with asyncio.timeout(AT_ONCE):
        await outbox.leave({shard_of(other)}, is_lost=False)
    assert await post.left() == [("to ben", False)]
    may_mark.set()
    await outbox.close()


async def test_a_desk_that_starts_serves_who_has_waited_longest_first() -> None:
    waits = [("anna", 1, "10:04"), ("anna", 2, "10:01"), ("ben", 1, "10:02"), ("zoe", 9, "10:01")]
    rows = [
        OutboxRow(session="s", seq=seq, user=user, channel="key", body=b"", next_at=at)
        for user, seq, at in waits
    ]
    assert [(row.user, row.seq) for row in longest_first(rows)] == [
        ("zoe", 9),
        ("ben", 1),
        ("anna", 1),  # and hers stay in order
        ("anna", 2),
    ]


async def test_what_a_slow_look_has_read_is_not_sent_again_when_its_shard_comes_back_meanwhile(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox, shards = post.outbox(), {shard_of(BEN)}
    await outbox.recover(shards)
    await post.decide(BEN, "to ben")
    await outbox.look(shards)
    read, may_read, unsent = asyncio.Event(), asyncio.Event(), post.store.unsent

    async def slow(shards: Any) -> list[OutboxRow]:
        rows = await unsent(shards)
        read.set()
        await may_read.wait()
        return rows

    with monkeypatch.context() as slowly:
        slowly.setattr(post.store, "unsent", slow)
        looking = asyncio.create_task(outbox.look(shards))
        await read.wait()
    await outbox.leave(shards, is_lost=False)
    await outbox.recover(shards)
    await until(lambda: not outbox._lanes)
    may_read.set()
    await looking
    await until(lambda: not outbox._lanes)
    await outbox.close()
    assert post.company.heard == ["to ben"]


async def test_a_lane_that_waits_for_its_next_attempt_is_left_at_once(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.pace.FIRST_WAIT", LONG)
    outbox = post.outbox()
    await outbox.recover()
    post.company.answers = [503] * 9
    outbox.push(await post.decide(BEN, "one"))
    await post.company.has_heard("one")
    await until(lambda: not outbox._lanes[BEN].is_sending)
    await asyncio.wait_for(outbox.leave({shard_of(BEN)}, is_lost=False), AT_ONCE)
    assert [row.attempts for row in await post.store.unsent()] == [1]
    await outbox.close()


class Ahead(Clock):
    """The clock of a process that is two hours ahead of the others."""

    def now(self) -> datetime:
        return super().now() + timedelta(hours=2)


async def test_what_a_process_with_a_clock_ahead_would_try_again_waits_no_longer_with_the_next_one(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = post.outbox(clock=Ahead())
    await ahead.recover()
    post.company.answers = [503]
    with monkeypatch.context() as patiently:
        patiently.setattr("frontdesk.pace.FIRST_WAIT", LONG)  # it is left before it tries again
        ahead.push(await post.decide(ANNA, "one"))
        await post.company.has_heard("one")
        await until(lambda: not ahead._lanes[ANNA].is_sending)
        await ahead.leave(ALL_SHARDS, is_lost=False)
    [row] = await post.store.unsent()
    assert row.attempts == 1
    outbox = post.outbox()
    await outbox.recover()
    await post.company.has_heard("one", "one")
    await outbox.close()
    await ahead.close()


async def test_a_lane_whose_failure_the_store_could_not_take_is_left_while_it_waits_for_its_next_attempt(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.outbox.LOOK_AGAIN", 0.01)
    monkeypatch.setattr("frontdesk.pace.FIRST_WAIT", LONG)
    post.store.before["mark_failed"] = [failing(StoreUnavailable("disk full"))]
    outbox = post.outbox()
    await outbox.recover()
    post.company.answers = [503]
    outbox.push(await post.decide(BEN, "one"))
    await until(lambda: not post.store.before["mark_failed"])
    await until(lambda: not outbox._lanes[BEN].is_sending)
    await asyncio.wait_for(outbox.leave({shard_of(BEN)}, is_lost=False), AT_ONCE)
    assert await post.left() == [("one", False)]
    await outbox.close()


async def test_marks_that_the_store_could_not_take_are_made_before_a_shard_is_left(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.marks.LOOK_AGAIN", 0.01)
    post.store.before["mark_sent"] = [failing(StoreUnavailable("disk full")) for _ in range(3)]
    outbox = post.outbox()
    await outbox.recover()
    outbox.push(await post.decide(BEN, "one"))
    await post.company.has_heard("one")
    await outbox.leave({shard_of(BEN)}, is_lost=False)
    assert await post.left() == []
    await outbox.close()


@pytest.mark.parametrize("user", [ANNA, BEN])
async def test_marks_that_another_process_has_to_make_are_dropped_without_an_error(
    post: Post, user: str, caplog: pytest.LogCaptureFixture
) -> None:
    post.store.before["mark_sent"] = [failing(ShardsLost("taken over"))]
    post.store.before["mark_sending"] = [failing(ShardsLost("taken over"))]
    outbox = post.outbox()
    await outbox.recover()
    with caplog.at_level(logging.INFO, "frontdesk"):
        outbox.push(await post.decide(user, "one"))
        await until(lambda: "another process's" in caplog.text)
        await until(lambda: not outbox._lanes)
    assert not [record for record in caplog.records if record.levelno > logging.INFO]
    assert await post.left() == [("one", False)]
    await outbox.close()


# --- the lease -----------------------------------------------------------------------------------
async def test_without_a_certain_lease_nothing_is_sent_until_it_is_certain_again(post: Post) -> None:
    outbox = post.outbox()
    await outbox.recover()
    post.may_send = False
    outbox.push(await post.decide(ANNA, "to anna"))
    outbox.push(await post.decide(BEN, "to ben"))
    await until(lambda: post.asked > 6)  # both, again and again
    assert post.company.heard == []
    assert {is_on_its_way for _, is_on_its_way in await post.left()} == {False}
    post.may_send = True
    await post.company.has_heard("to anna", "to ben")
    await outbox.close()
    assert await post.left() == []


async def test_a_lane_that_waits_for_the_lease_can_be_left(post: Post) -> None:
    outbox = post.outbox()
    await outbox.recover()
    post.may_send = False
    outbox.push(await post.decide(ANNA, "to anna"))
    await until(lambda: post.asked > 1)
    await asyncio.wait_for(outbox.leave(ALL_SHARDS, is_lost=False), AT_ONCE)
    post.may_send = True
    await outbox.close()
    assert post.company.heard == []
    assert await post.left() == [("to anna", False)]


async def test_a_lease_that_ends_just_before_the_call_leaves_no_doubt(post: Post) -> None:
    """It was marked as on its way, and is marked back: it has certainly not left."""
    outbox = post.outbox()
    await outbox.recover()

    async def over(*values: object) -> None:
        post.may_send = False

    post.store.before["mark_sending"] = [over]
    outbox.push(await post.decide(ANNA, "to anna"))
    await until(lambda: not post.may_send)
    await asyncio.sleep(0.02)
    await outbox.leave(ALL_SHARDS, is_lost=False)
    assert await post.left() == [("to anna", False)]
    post.may_send = True
    await outbox.recover()
    await post.company.has_heard("to anna")
    await outbox.close()


# --- an account's pace ---------------------------------------------------------------------------
async def test_an_account_sends_so_many_a_second_and_the_customers_take_turns(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.channels["key"].per_second = 20.0
    outbox = post.outbox()
    await outbox.recover()
    outbox.push(await post.decide("again:eve", "the first connection takes its time"))
    await post.company.has_heard("the first connection takes its time")
    await until(lambda: not outbox._lanes)
    post.company.heard.clear()
    left = leaving(post, monkeypatch)
    people = [f"key:{name}" for name in ("ann", "bob", "cleo", "dan")]
    decided = [await post.decide(user, f"{user} 1", f"{user} 2") for user in people]
    decided.append(await post.decide("again:eve", "another account"))
    began = asyncio.get_running_loop().time()
    for rows in decided:
        outbox.push(rows)
    await until(lambda: len(post.company.heard) == 9)
    await outbox.close()
    assert sorted(post.company.heard) == sorted(left)  # where neighbours may overtake each other on the way
    assert left[0] == people[0] + " 1"
    assert left.index("another account") <= 2, "who has another account waits for nobody"
    texts = [text for text in left if text != "another account"]
    assert texts == [f"{user} {n}" for n in (1, 2) for user in people]
    assert post.company.at[-1] - began >= 7 / 20 - 0.02


def leaving(post: Post, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of messages as they are given to the wire; they are answered in that order, too."""
    left: list[str] = []
    before = asyncio.Event()
    before.set()
    for channel in post.channels.values():

        async def noted(call: ApiCall, http: httpx.AsyncClient, send: Any = channel.send) -> None:
            nonlocal before
            left.append(call.json["text"])
            earlier, before = before, asyncio.Event()
            is_over = before
            await send(call, http)
            await earlier.wait()
            is_over.set()

        monkeypatch.setattr(channel, "send", noted)
    return left


async def test_a_process_takes_its_part_of_what_the_account_may_send(post: Post) -> None:
    post.channels["key"].per_second = 100.0
    outbox = post.outbox()
    half = {shard_of(BEN), *(shard for shard in range(256) if shard % 2 == shard_of(BEN) % 2)}
    await outbox.recover(half)
    rows = await post.decide(BEN, *"abcdef")
    began = asyncio.get_running_loop().time()
    outbox.push(rows)
    await until(lambda: len(post.company.heard) == 6)
    await outbox.close()
    assert post.company.at[-1] - began >= 5 / 50 - 0.02


async def test_when_the_provider_asks_for_a_pause_the_whole_account_makes_it(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("pace", "outbox"):
        monkeypatch.setattr(f"frontdesk.{module}.LOOK_AGAIN", 0.01)
    post.company.answers = [429]  # for a second
    clock = WatchedClock()
    outbox = post.outbox(clock)
    await outbox.recover()
    outbox.push(await post.decide(BEN, "to ben"))
    await until(lambda: bool(outbox._lanes[BEN].waiting[0].row.attempts))
    outbox.push(await post.decide("key:cleo", "to cleo"))
    outbox.push(await post.decide(ANNA, "another account"))
    await post.company.has_heard("to ben", "another account")
    clock.advance(timedelta(seconds=0.95))
    await clock.has_been_looked_at(6)
    assert post.company.heard == ["to ben", "another account"]
    clock.advance(timedelta(seconds=0.05))
    await post.company.has_heard("to ben", "another account", "to ben", "to cleo")
    await outbox.close()


# --- in doubt ------------------------------------------------------------------------------------
@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubt, "LOOKS", (0.01, 0.02))
    monkeypatch.setattr("frontdesk.pace.FIRST_WAIT", 0.005)


@pytest.mark.parametrize(
    ("policy", "still", "lookups", "calls", "reports"),
    [
        ("key", "once", [], 2, []),
        ("again", "once", [], 2, []),
        ("once", "again", [], 1, ["in_doubt"]),
        ("echo", "once", [], 1, ["in_doubt"]),
        ("echo", "again", [], 2, []),
        ("look_up", "once", [200], 1, []),
        ("look_up", "once", [404], 2, []),
        ("look_up", "once", [500, 200], 1, []),
        ("look_up", "once", [], 1, ["in_doubt"]),
        ("look_up", "again", [], 2, []),
    ],
)
@pytest.mark.usefixtures("quick")
async def test_what_becomes_of_a_message_nobody_knows_the_end_of(
    post: Post, policy: str, still: str, lookups: list[int], calls: int, reports: list[str]
) -> None:
    post.company.answers, post.company.lookups = [0], lookups
    post.channels[policy].still_in_doubt = still
    outbox = post.outbox()
    await outbox.recover()
    outbox.push(await post.decide(f"{policy}:anna", "one", "two"))
    await until(lambda: post.company.heard[-1:] == ["two"])
    await outbox.close()
    assert post.company.heard.count("one") == calls
    assert [status for _, status in post.reports] == reports
    assert await post.left() == []


@pytest.mark.usefixtures("quick")
async def test_a_receipt_that_names_the_message_ends_the_doubt(post: Post) -> None:
    post.company.answers = [0]
    outbox = post.outbox()
    await outbox.recover()
    [row] = await post.decide("echo:anna", "one")
    told = DeliveryChanged(key=f"{row.session}.{row.seq}", status="delivered")
    heard = EventRow(seq=row.seq + 1, kind=told.KIND, version=told.VERSION, at=AT, body=told.dump())
    turn = a_turn(row.session, 2, user=row.user, channel="echo", last_event=row.seq + 1, events=[heard])
    await post.store.fused(an_intake("receipt", user=row.user, session=row.session), turn)
    outbox.push([row])
    await until(lambda: not outbox._lanes)
    await outbox.close()
    assert (post.company.heard, post.reports) == (["one"], [])
    assert await post.left() == []


@pytest.mark.parametrize(("lookup", "calls"), [(200, 0), (404, 1)])
@pytest.mark.usefixtures("quick")
async def test_what_a_stopped_process_was_sending_is_looked_up(post: Post, lookup: int, calls: int) -> None:
    [row] = await post.decide("look_up:anna", "one")
    await post.store.mark_sending(row.session, row.seq)
    post.company.lookups = [lookup]
    outbox = post.outbox()
    await outbox.recover()
    await until(lambda: not outbox._lanes)
    await outbox.close()
    assert post.company.asked == [f"{row.session}.{row.seq}"]
    assert (len(post.company.heard), post.reports) == (calls, [])
    assert await post.left() == []


@pytest.mark.usefixtures("quick")
async def test_a_store_that_is_away_while_a_message_is_in_doubt_does_not_send_it_twice(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.outbox.LOOK_AGAIN", 0.01)
    post.company.answers, post.company.lookups = [0], [200]
    post.store.before["events"] = [failing(StoreUnavailable("away"))]
    outbox = post.outbox()
    await outbox.recover()
    outbox.push(await post.decide("look_up:anna", "one"))
    await until(lambda: not outbox._lanes)
    await outbox.close()
    assert post.company.heard == ["one"]
    assert await post.left() == []
