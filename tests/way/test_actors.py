"""What a process keeps in memory of its users: of those used last so many, and so many bytes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from frontdesk import actor as actors
from frontdesk.actor import Actors
from frontdesk.errors import StoreUnavailable
from frontdesk.events import MessageReceived
from frontdesk.sessions import SessionState
from frontdesk.store.base import ALL_SHARDS, Conversation
from tests.patience import PATIENCE
from tests.way.phone import Phone, until, write_desk


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


async def test_a_message_committed_while_its_user_left_memory_has_its_turn_with_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else two turns of one user could run at once."""
    monkeypatch.setattr(actors, "IDLE", 1)
    phone = Phone.make(write_desk(tmp_path))
    await phone.desk.start()
    deciding, may_decide, coming, may_come = (asyncio.Event() for _ in range(4))

    async def decide(*values: Any) -> None:
        deciding.set()
        await may_decide.wait()

    async def come(*values: Any) -> None:
        coming.set()
        await may_come.wait()

    phone.store.before = {"fused": [decide], "intake": [come]}
    known = phone.desk.turns._actors
    one = asyncio.create_task(phone.write("one"))
    await deciding.wait()
    two = asyncio.create_task(phone.write("two"))
    await coming.wait()
    may_decide.set()
    await one
    other = phone.message("hello")
    other.sender = "bob"  # type: ignore[misc]
    await phone.desk.inbox.receive(other)
    assert kept(known) == ["key:bob"]
    may_come.set()
    done = (await two).done
    assert done is not None
    assert kept(known) == ["key:anna"]
    await done
    await phone.desk.stop()


async def test_a_turn_that_is_lost_before_it_begins_holds_up_nobody(tmp_path: Path) -> None:
    phone = Phone.make(write_desk(tmp_path))
    await phone.desk.start()
    phone.desk.turns.want("key:anna")
    async with asyncio.timeout(PATIENCE):
        await phone.desk.turns.leave(ALL_SHARDS, is_lost=True)
    assert not phone.desk.turns.busy
    await phone.desk.stop()


async def test_a_user_who_could_not_be_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = Phone.make(write_desk(tmp_path))
    phone.desk.turns.retry = 0.01
    await phone.desk.start()
    read, asked = phone.store.conversation, 0

    async def failing_once(user: str) -> Conversation:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise StoreUnavailable
        return await read(user)

    monkeypatch.setattr(phone.store, "conversation", failing_once)
    phone.desk.turns.want("key:anna")
    await until(lambda: not phone.desk.turns.busy)
    assert asked == 2
    await phone.desk.stop()
