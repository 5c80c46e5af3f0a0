"""What a process keeps in memory of its users: of those used last so many, and so many bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontdesk import actor as actors
from frontdesk.actor import Actors
from frontdesk.events import MessageReceived
from frontdesk.sessions import SessionState
from tests.way.phone import Phone, write_desk


def kept(known: Actors) -> list[str]:
    return [actor.user for actor in known]


def know(known: Actors, user: str, size: int) -> None:
    state = SessionState(id=f"s-{user}", user=user, channel="key", channel_kind="loopback")
    known.know(known.of(user), state, size)


def test_of_those_who_are_quiet_the_ones_used_last_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actors, "IDLE", 3)
    known = Actors()
    for user in ("anna", "bob", "carla"):
        known.of(user)
    known.of("anna")
    known.of("dora")
    assert kept(known) == ["carla", "anna", "dora"]
    known.of("carla").is_busy = True
    known.of("anna").is_busy = True
    known.of("erik")
    assert kept(known) == ["carla", "anna", "erik"]


def test_long_conversations_make_room_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actors, "IDLE_BYTES", 1_000)
    known = Actors()
    for user in ("anna", "bob", "carla"):
        know(known, user, 300)
    know(known, "bob", 500)  # it grew: 1,100 bytes
    assert kept(known) == ["carla", "bob"]
    know(known, "dora", 2_000)  # alone more than all may be, and needed now
    assert kept(known) == ["dora"]
    known.know(known.of("dora"), None, 50)  # the session ended
    for user in ("anna", "bob", "carla"):
        know(known, user, 300)
    assert kept(known) == ["dora", "anna", "bob", "carla"]
    known.remove(known.of("anna"))
    know(known, "erik", 400)
    assert kept(known) == ["dora", "bob", "carla", "erik"]


async def test_a_desk_forgets_no_message_of_those_who_left_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actors, "IDLE_BYTES", 2_000)  # a session and a half
    phone = Phone.make(write_desk(tmp_path))
    await phone.desk.start()
    for turn in range(3):
        for sender in ("anna", "bob", "carla"):
            message = phone.message(f"{turn}")
            message.sender = sender  # type: ignore[misc]
            ticket = await phone.desk.inbox.receive(message, wants_turn=True)
            assert ticket.done is not None
            await ticket.done
    assert len(phone.desk.turns._actors) < 3
    for sender in ("anna", "bob", "carla"):
        log = await phone.log(f"key:{sender}")
        assert [event.text for event in log if isinstance(event, MessageReceived)] == ["0", "1", "2"]
    await phone.desk.stop()
