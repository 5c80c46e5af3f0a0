"""What goes wrong on a message's way, and what the desk makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from frontdesk import pace
from frontdesk.channels.base import Parsed
from frontdesk.clock import FixedClock, iso
from frontdesk.desk.webhooks import Webhooks
from frontdesk.errors import StoreUnavailable
from frontdesk.events import (
    DeliveryChanged,
    ErrorHappened,
    MessageReceived,
    MessageSent,
    SessionStarted,
)
from frontdesk.store.base import Intake, OutboxRow, TimerRow, Turn, follower_of
from tests.patience import PATIENCE
from tests.way.phone import FlakyStore, Phone, Provider, failing, until, write_desk


@asynccontextmanager
async def running(root: Path, **more: object) -> AsyncIterator[Phone]:
    phone = Phone.make(write_desk(root), **more)  # type: ignore[arg-type]
    phone.desk.turns.retry = 0.01
    await phone.desk.start()
    try:
        yield phone
    finally:
        await phone.desk.stop()


@pytest.fixture
async def phone(tmp_path: Path, provider: Provider) -> AsyncIterator[Phone]:
    async with running(tmp_path) as phone:
        yield phone


# --- taking --------------------------------------------------------------------------------------
async def test_behind_a_message_of_a_payload_that_is_refused_none_is_taken(
    phone: Phone, provider: Provider
) -> None:
    """Else the provider, which delivers the payload again, would put the first behind the second."""
    phone.store.before["fused"] = [failing(StoreUnavailable("the database is away"))]
    channel = phone.desk.channels["key"]
    payload = Parsed(inbound=[phone.message("one"), phone.message("two")])
    webhooks = Webhooks(phone.desk)
    with pytest.raises(StoreUnavailable):
        await webhooks._take(channel, payload)
    await webhooks._take(channel, payload)
    received = [event.key for event in await phone.log() if isinstance(event, MessageReceived)]
    assert received == ["m1", "m2"]


# --- sending -------------------------------------------------------------------------------------
async def test_a_provider_that_is_busy_gets_the_message_again_and_none_overtakes_it(
    phone: Phone, provider: Provider
) -> None:
    await phone.greet(provider)
    provider.answers = [httpx.Response(503, headers={"retry-after": "0"})]
    await phone.write("one")
    await phone.write("two")
    await provider.has_heard(5)
    assert provider.texts == ["got one", "got one", "Next?", "got two", "Next?"]
    assert provider.heard[0] == provider.heard[1]


async def test_a_refused_message_is_failed_in_the_log_and_the_next_one_goes(
    phone: Phone, provider: Provider
) -> None:
    await phone.greet(provider)
    provider.answers = [httpx.Response(400, text="no such number")]
    await phone.write("one")
    await provider.has_heard(2)
    await until(lambda: not phone.desk.turns.busy)
    found = [event for event in await phone.log() if isinstance(event, DeliveryChanged)]
    assert [(one.status, one.key) for one in found] == [("failed", provider.heard[0][0])]
    assert "no such number" in found[0].reason


async def test_what_may_leave_only_once_is_not_sent_again_when_no_answer_comes(
    phone: Phone, provider: Provider
) -> None:
    await phone.greet(provider, "once")
    provider.answers = [httpx.ReadTimeout("nothing")]
    await phone.write("one", channel="once")
    await provider.has_heard(2)
    await until(lambda: not phone.desk.turns.busy)
    assert len(set(provider.heard)) == len(provider.heard)
    found = [event for event in await phone.log("once:anna") if isinstance(event, DeliveryChanged)]
    assert [one.status for one in found] == ["in_doubt"]


async def test_what_a_key_protects_is_sent_again_when_no_answer_comes(
    phone: Phone, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await phone.greet(provider)
    monkeypatch.setattr(pace, "FIRST_WAIT", 0.005)
    provider.answers = [httpx.ReadTimeout("nothing"), httpx.Response(500)]
    await phone.write("one")
    await provider.has_heard(4)
    assert len(set(provider.heard[:3])) == 1


async def test_a_message_the_channel_cannot_render_fails_alone(phone: Phone, provider: Provider) -> None:
    await phone.greet(provider)
    ticket = await phone.write("one")
    await provider.has_heard(2)
    session = ticket.taken.session
    bad = OutboxRow(session=session, seq=901, user="key:anna", channel="key", body=b"not a message")
    phone.desk.outbox.push([bad])
    await phone.write("two")
    await provider.has_heard(4)
    await until(lambda: not phone.desk.turns.busy)
    found = [event for event in await phone.log() if isinstance(event, DeliveryChanged)]
    assert [(one.key, one.status) for one in found] == [(f"{session}.901", "failed")]


async def test_messages_go_on_when_the_store_could_not_be_written_for_a_moment(
    phone: Phone, provider: Provider
) -> None:
    await phone.greet(provider, "once")
    phone.store.before["mark_sent"] = [failing(StoreUnavailable("disk full"))]
    await phone.write("one", channel="once")
    await phone.write("two", channel="once")
    await provider.has_heard(4)
    assert len(set(provider.heard)) == 4


# --- the next start ------------------------------------------------------------------------------
async def _left_by_a_stopped_desk(root: Path, provider: Provider, channel: str, sending: int | None) -> str:
    """A session with two messages that a desk decided and did not send; gives the session."""
    async with running(root) as phone:
        await phone.greet(provider, channel)
        session = (await phone.store.sessions())[0].id
    store = FlakyStore(phone.store.path)
    await store.open()
    row = await store.session(session)
    assert row is not None
    messages = [
        OutboxRow(
            session=session,
            seq=900 + number,
            user=row.user,
            channel=channel,
            body=(
                f'{{"id":"{session}.{900 + number}","session":"{session}","channel":"{channel}",'
                f'"to":"anna","text":"left {number}"}}'
            ).encode(),
            next_at="2026-01-01T00:00:00.000Z",
        )
        for number in (1, 2)
    ]
    state = await store.conversation(row.user)
    assert state.state is not None
    await store.intake(_intake(row.user))
    turn = Turn(
        session=session,
        user=row.user,
        channel=channel,
        ordinal=1,
        n=state.last_in + 1,
        is_new_session=False,
        status="active",
        owner=row.owner,
        waiting_since=None,
        last_at=row.last_at,
        last_event=row.last_event,
        state=state.state.replace(
            f'"last_inbound":{state.last_in}'.encode(), f'"last_inbound":{state.last_in + 1}'.encode()
        ),
        events=[],
        outbox=messages,
    )
    assert await store.commit(turn)
    if sending is not None:
        await store.mark_sending(session, 900 + sending)
    await store.close()
    return session


def _intake(user: str, external_id: str = "filler", body: bytes = b"{}") -> Intake:
    return Intake(
        account="test", external_id=external_id, user=user, kind="message", body=body, new_session="x"
    )


async def test_only_the_message_that_was_on_its_way_is_in_doubt(tmp_path: Path, provider: Provider) -> None:
    session = await _left_by_a_stopped_desk(tmp_path, provider, "once", sending=1)
    async with running(tmp_path) as phone:
        await provider.has_heard(1)
        await until(lambda: not phone.desk.turns.busy)
        assert provider.texts == ["left 2"]
        found = [event for event in await phone.log("once:anna") if isinstance(event, DeliveryChanged)]
        assert [(one.key, one.status) for one in found] == [(f"{session}.901", "in_doubt")]


async def test_what_never_left_is_sent_at_the_next_start(tmp_path: Path, provider: Provider) -> None:
    await _left_by_a_stopped_desk(tmp_path, provider, "once", sending=None)
    async with running(tmp_path):
        await provider.has_heard(2)
        assert provider.texts == ["left 1", "left 2"]


async def test_what_was_left_goes_before_what_comes(tmp_path: Path, provider: Provider) -> None:
    await _left_by_a_stopped_desk(tmp_path, provider, "key", sending=None)
    store = FlakyStore(Phone.make(tmp_path).store.path)
    await store.open()
    body = b'{"channel":"key","external_id":"late","sender":"anna","text":"late"}'
    await store.intake(_intake("key:anna", "late", body))
    await store.close()
    async with running(tmp_path):
        await provider.has_heard(4)
        assert provider.texts == ["left 1", "left 2", "got late", "Next?"]


# --- turns ---------------------------------------------------------------------------------------
async def test_a_turn_that_always_fails_ends_with_a_person_and_the_session_goes_on(phone: Phone) -> None:
    await phone.write("hello")

    async def poisoned(turn: Turn) -> None:
        if any(row.kind == "outbound" and b"got poison" in row.body for row in turn.events):
            phone.store.before["commit"].append(poisoned)
            raise ValueError("poison")

    phone.store.before["fused"] = [failing(StoreUnavailable("not now"))]
    phone.store.before["commit"] = [poisoned]
    with pytest.raises(StoreUnavailable):
        await phone.write("poison")
    message = phone.message("poison")
    await phone.store.intake(_intake(message.user, message.external_id, message.dump()))
    await phone.desk.turns.recover()
    await until(lambda: not phone.desk.turns.busy)
    log = await phone.log()
    assert [event.text for event in log if isinstance(event, MessageReceived)] == ["hello", "poison"]
    assert [event.what for event in log if isinstance(event, ErrorHappened)] == ["ValueError"]
    row = (await phone.store.sessions(user="key:anna"))[0]
    assert row.owner == "queue:general"
    done = (await phone.write("still here?")).done
    assert done is not None
    assert (await asyncio.wait_for(done, PATIENCE)).n == 3


async def test_a_caller_that_goes_away_does_not_take_the_reply_with_it(
    phone: Phone, provider: Provider
) -> None:
    await phone.greet(provider)

    deciding, may_decide = asyncio.Event(), asyncio.Event()

    async def slow(turn: Turn) -> None:
        deciding.set()
        await may_decide.wait()

    phone.store.before["fused"] = [slow]
    calling = asyncio.create_task(phone.write("one"))
    await deciding.wait()
    calling.cancel()
    await asyncio.wait({calling})
    assert calling.cancelled()
    may_decide.set()
    await provider.has_heard(2)
    assert "got one" in provider.texts


async def test_a_message_behind_the_end_opens_the_next_session_with_its_own_number(phone: Phone) -> None:
    await phone.write("hello")
    tickets = await asyncio.gather(
        phone.desk.inbox.receive(phone.message("", kind="end")), phone.write("hello"), phone.write("one")
    )
    done = [
        await asyncio.wait_for(ticket.done, PATIENCE) for ticket in tickets[1:] if ticket.done is not None
    ]
    assert [one.turn.ordinal for one in done] == [2, 2]
    assert [event.ordinal for event in await phone.log() if isinstance(event, SessionStarted)] == [1, 2]
    texts = [event.text for event in await phone.log() if isinstance(event, MessageSent)]
    assert [text for text in texts if text.startswith("got")] == ["got one"]


async def test_messages_behind_an_end_that_is_not_decided_yet_follow_in_order(phone: Phone) -> None:
    session = (await phone.write("hello")).taken.session
    first, ending, *behind = await asyncio.gather(
        phone.write("one"),
        phone.desk.inbox.receive(phone.message("", kind="end")),
        phone.write("hello again"),
        phone.write("two"),
    )
    done = [await asyncio.wait_for(ticket.done, PATIENCE) for ticket in behind if ticket.done is not None]
    assert {ticket.taken.session for ticket in (first, ending, *behind)} == {session}
    assert [(one.session, one.turn.ordinal) for one in done] == [(follower_of(session), 2)] * 2
    texts = [event.text for event in await phone.log() if isinstance(event, MessageReceived)]
    assert texts == ["hello", "one", "hello again", "two"]


# --- timers --------------------------------------------------------------------------------------
async def test_a_timer_that_could_not_be_fired_fires_later(tmp_path: Path, provider: Provider) -> None:
    clock = FixedClock()
    async with running(tmp_path, clock=clock) as phone:
        session = (await phone.write("one")).taken.session
        await phone.desk.timers.stop()  # the test fires them
        due = iso(clock.now() + timedelta(seconds=10))
        phone.desk.timers.note([TimerRow(session=session, user="key:anna", name="idle", gen=7, due=due)])
        clock.advance(timedelta(seconds=11))
        phone.store.before["fused"] = [failing(StoreUnavailable("disk full"))]
        await phone.desk.timers.fire_due()
        assert not [event for event in await phone.log() if type(event).__name__ == "TimerFired"]
        clock.advance(timedelta(seconds=6))
        await phone.desk.timers.fire_due()
        await phone.desk.timers.fire_due()
        fired = [event for event in await phone.log() if type(event).__name__ == "TimerFired"]
        assert [(one.name, one.gen) for one in fired] == [("idle", 7)]
