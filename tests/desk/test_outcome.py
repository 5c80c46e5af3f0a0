"""What came of a message, found in the log: the turn may have been any process's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from frontdesk.actor import Done
from frontdesk.app import RunningDesk
from frontdesk.bus import InProcessBus
from frontdesk.desk import outcome
from frontdesk.desk.outcome import turn_of_message
from frontdesk.events import Event, MessageReceived, MessageSent
from frontdesk.store.base import EventRow, Turn, follower_of
from frontdesk.store.sqlite import SqliteStore
from tests.store.rows import AT, a_turn, an_intake

LATER = "2026-03-11T09:00:01.000Z"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "desk.db")
    await store.open()
    yield store
    await store.close()


def turn(session: str, n: int, after: int, *events: Event, at: str = AT, **more: object) -> Turn:
    rows = [
        EventRow(seq=seq, kind=event.KIND, version=event.VERSION, at=at, body=event.dump())
        for seq, event in enumerate(events, after + 1)
    ]
    made = a_turn(session, n, events=rows, last_event=after + len(rows))
    return replace(made, **more)  # type: ignore[arg-type]


def asks(key: str) -> MessageReceived:
    return MessageReceived(n=1, key=key, text=key)


def answers(text: str, author: str = "bot:shop") -> MessageSent:
    return MessageSent(text=text, author=author)


async def texts(store: SqliteStore, key: str, session: str = "s-m1", **more: bool) -> list[str] | None:
    found = await turn_of_message(store, session, key, **more)
    return None if found is None else [event.text for event in found if isinstance(event, MessageSent)]


async def test_a_turns_own_answers_are_found_and_no_others(store: SqliteStore) -> None:
    for key in ("m1", "m2", "m3", "m4"):
        await store.intake(an_intake(key))
    assert await texts(store, "m1") is None
    await store.commit(turn("s-m1", 1, 0, asks("m1"), answers("one"), answers("and more")))
    assert await texts(store, "m1") == ["one", "and more"]
    assert await texts(store, "m2") is None
    await store.commit(turn("s-m1", 2, 3, answers("hello", "rep:mia")))  # in the same millisecond
    await store.commit(turn("s-m1", 3, 4, asks("m2"), answers("two")))
    await store.commit(turn("s-m1", 4, 6, answers("still there?", "desk"), at=LATER))
    assert await texts(store, "m1") == ["one", "and more"]
    assert await texts(store, "m2") == ["two"]


async def test_a_message_that_was_moved_is_answered_from_the_session_that_follows(
    store: SqliteStore,
) -> None:
    for key in ("m1", "m2"):
        await store.intake(an_intake(key))
    await store.commit(turn("s-m1", 1, 0, asks("m1"), answers("goodbye"), status="ended"))
    assert await texts(store, "m2") is None
    follower = follower_of("s-m1")
    await store.commit(turn(follower, 1, 0, asks("m2"), answers("hello again"), ordinal=2))
    assert await texts(store, "m2") == ["hello again"]
    assert await texts(store, "m1") == ["goodbye"]


async def test_an_old_message_is_looked_for_in_the_whole_log_and_a_new_one_at_its_end(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcome, "RECENT", 2)
    for n in range(1, 6):
        await store.intake(an_intake(f"m{n}"))
        await store.commit(turn("s-m1", n, 2 * n - 2, asks(f"m{n}"), answers(f"answer {n}")))
    assert await texts(store, "m5") == ["answer 5"]
    assert await texts(store, "m1") is None
    assert await texts(store, "m1", is_recent=False) == ["answer 1"]


async def test_who_waits_no_longer_is_told_of_nothing() -> None:
    async def nothing_yet() -> None:
        return None

    bus = InProcessBus()
    desk = cast(RunningDesk, SimpleNamespace(bus=bus, is_ready=True))
    done: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(
        outcome.outcome(desk, "site:ada", done, decided=lambda done: done.session, read=nothing_yet)
    )
    await asyncio.sleep(0)
    assert bus.is_heard("user:site:ada")
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert not bus.is_heard("user:site:ada")
