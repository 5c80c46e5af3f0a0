"""A clock that is set forward and back: what is due happens once, and no message waits for a day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from frontdesk import outbox, pace
from frontdesk.clock import iso
from frontdesk.store.base import OutboxRow
from tests.way.clocks import WatchedClock
from tests.way.phone import Phone, Provider, until, write_desk

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


class SettableClock(WatchedClock):
    """A clock that somebody sets: what never jumps goes on as before."""

    def set_by(self, jump: timedelta) -> None:
        self._now += jump


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
async def phone(tmp_path: Path, clock: SettableClock, provider: Provider) -> AsyncIterator[Phone]:
    """A desk that asks, and after ten minutes without an answer says `still there?`."""
    root = write_desk(tmp_path)
    dialog = root / "bots" / "echo" / "dialogs" / "echo.yml"
    patient = "- ask: words\n  timeout: PT10M\n  on_timeout: [{say: still_there}, {goto: next}]\n"
    dialog.write_text(dialog.read_text().replace("- ask: words\n", patient))
    messages = root / "bots" / "echo" / "messages" / "en.yml"
    messages.write_text(messages.read_text() + 'still_there: "Still there?"\n')
    phone = Phone.make(root, clock)
    await phone.desk.start()
    await phone.desk.timers.stop()  # the test fires them
    yield phone
    await phone.desk.stop()


async def fire(phone: Phone) -> int:
    fired = await phone.desk.timers.fire_due()
    await until(lambda: not phone.desk.turns.busy and not phone.desk.outbox._lanes)
    return fired


async def test_a_clock_set_back_makes_a_timer_wait_for_its_time_and_fire_once(
    phone: Phone, provider: Provider, clock: SettableClock
) -> None:
    await phone.greet(provider)
    clock.advance(9 * MINUTE)
    clock.set_by(-DAY)
    clock.advance(2 * MINUTE)
    assert await fire(phone) == 0
    clock.set_by(DAY)
    assert await fire(phone) == 1
    assert provider.texts == ["Still there?", "Next?"]
    for jump in (-DAY, DAY):
        clock.set_by(jump)
        assert await fire(phone) == 0
    assert provider.texts == ["Still there?", "Next?"]


async def test_a_machine_that_slept_for_a_day_fires_what_was_due_once(
    phone: Phone, provider: Provider, clock: SettableClock
) -> None:
    await phone.greet(provider)
    clock.set_by(DAY)
    assert await fire(phone) == 1
    assert await fire(phone) == 0, "the next one is due ten minutes after the awakening"
    assert provider.texts == ["Still there?", "Next?"]
    clock.advance(11 * MINUTE)
    assert await fire(phone) == 1


async def test_a_message_that_waits_for_its_next_attempt_goes_when_it_would_have(
    phone: Phone, provider: Provider, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LOOK_AGAIN", 0.01)
    await phone.greet(provider)
    provider.answers = [httpx.Response(500)]
    await phone.write("one")
    await provider.has_heard(1)
    clock.set_by(-DAY)
    lane = phone.desk.outbox._lanes["key:anna"]
    await until(lambda: bool(lane.waiting[0].wait))
    await clock.has_been_looked_at()
    assert len(provider.heard) == 1
    clock.advance(timedelta(seconds=2))
    await provider.has_heard(3)
    assert provider.texts == ["got one", "got one", "Next?"]


async def test_a_message_left_for_tomorrow_by_another_clock_does_not_wait_so_long(
    phone: Phone, provider: Provider, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LOOK_AGAIN", 0.01)
    await phone.greet(provider)
    body = b'{"id":"s.1","session":"s","channel":"key","to":"anna","text":"left"}'
    tomorrow = iso(clock.now() + DAY)
    row = OutboxRow(
        session="s", seq=1, user="key:anna", channel="key", body=body, attempts=1, next_at=tomorrow
    )
    phone.desk.outbox.push([row])
    await clock.has_been_looked_at()
    assert provider.texts == []
    clock.advance(timedelta(seconds=pace.LONGEST_WAIT))
    await provider.has_heard(1)
    assert provider.texts == ["left"]
