"""Coming and going of shards: whatever one of them waits for, the lease is renewed and nothing gets stuck."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from frontdesk import shards
from frontdesk.app import RunningDesk
from frontdesk.clock import iso
from frontdesk.errors import StoreUnavailable
from frontdesk.settings import Settings
from frontdesk.shards import Shards
from frontdesk.store.base import ALL_SHARDS, LATEST, Lease, TimerRow, shard_of
from frontdesk.store.postgres import PostgresStore
from tests.database import new_place
from tests.store.rows import a_timer, a_turn, an_intake
from tests.way.phone import Phone, until, write_desk


@dataclass
class Works:
    """What a desk does for its shards, as slowly as the test wants."""

    shards: Shards | None = None
    is_following: asyncio.Event = field(default_factory=asyncio.Event)
    may_follow: asyncio.Event = field(default_factory=asyncio.Event)
    may_leave: asyncio.Event = field(default_factory=asyncio.Event)

    async def enter(self, shards: Collection[int]) -> None:
        assert self.shards is not None
        self.shards.own(shards)

    async def leave(self, shards: Collection[int], *, is_lost: bool) -> None:
        await self.may_leave.wait()

    async def look(self, shards: Collection[int]) -> None:
        pass

    async def follow(self, lease: Lease) -> None:
        self.is_following.set()
        await self.may_follow.wait()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "BEAT", 0.05)


@pytest.fixture
async def place() -> str:
    return new_place(stands_still=True)


@dataclass
class Worker:
    """A process of a desk, as far as its shards go."""

    store: PostgresStore
    works: Works
    shards: Shards

    @classmethod
    async def start(cls, place: str) -> Worker:
        store = PostgresStore(place)
        await store.open()
        store._writes._judges_from = -math.inf
        works = Works()
        works.may_follow.set()
        works.may_leave.set()
        works.shards = Shards(store=store, works=works)
        await works.shards.start()
        return cls(store, works, works.shards)

    async def stop(self) -> None:
        await self.shards.stop()
        await self.store.close()


@pytest.fixture
async def alone(place: str, quick: None) -> AsyncIterator[Worker]:
    """A process that has every user."""
    worker = await Worker.start(place)
    yield worker
    await worker.stop()


async def test_while_a_release_is_being_loaded_the_lease_is_renewed(alone: Worker) -> None:
    alone.works.is_following.clear()
    alone.works.may_follow.clear()
    await alone.works.is_following.wait()
    before = alone.store._writes._renewed
    try:
        await until(lambda: alone.store._writes._renewed > before)
    finally:
        alone.works.may_follow.set()


async def test_who_leaves_more_than_it_has_to_by_now_leaves_nothing_more(alone: Worker, place: str) -> None:
    alone.works.may_leave.clear()
    second, third = await Worker.start(place), await Worker.start(place)
    await until(lambda: len(alone.shards.owned) == 86)
    await second.stop()
    share = 0

    def is_told() -> bool:
        return share == 128

    beat = alone.store.beat

    async def listened(**values: Any) -> Lease:
        nonlocal share
        lease = await beat(**values)
        share = lease.share
        return lease

    alone.store.beat = listened  # type: ignore[method-assign]
    await until(is_told)
    await asyncio.sleep(0)
    assert len(alone.shards.owned) == 86
    alone.works.may_leave.set()
    await until(lambda: len(alone.shards.owned) == len(third.shards.owned) == 128)
    await third.stop()


class Reads(PostgresStore):
    """A store of which nothing can be read the first time."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.failed: set[int] = set()

    async def timers(self, shards: Collection[int] = ALL_SHARDS, *, until: str = LATEST) -> list[TimerRow]:
        if not self.failed.issuperset(shards):
            self.failed.update(shards)
            raise StoreUnavailable
        return await super().timers(shards, until=until)


async def test_shards_that_could_not_be_taken_up_at_once_have_their_timers_too(
    tmp_path: Path, place: str, quick: None
) -> None:
    settings = Settings(root=write_desk(tmp_path), store=place)
    first, second = RunningDesk(settings), RunningDesk(settings, store=Reads(place))
    await first.start()
    due = iso(first.clock.now() + timedelta(minutes=5))
    users = [f"key:{number}" for number in range(40)]
    for user in users:
        session = f"s-{user}"
        intake, timer = an_intake(f"m-{user}", user=user), a_timer(session, user=user, due=due)
        await first.store.fused(intake, a_turn(session, 1, user=user, is_new_session=True, timers=[timer]))
    await second.start()
    try:
        await until(lambda: len(second.shards.owned) == 128 and not second.shards._entering)
        mine = {user for user in users if second.shards.owns(user)}
        assert mine
        assert {user for *_, user in second.timers._heap} == mine
    finally:
        await second.stop()
        await first.stop()


async def test_timers_of_shards_that_were_left_are_not_fired_and_are_read_anew(tmp_path: Path) -> None:
    phone = Phone.make(write_desk(tmp_path))
    await phone.desk.start()
    timers, now = phone.desk.timers, phone.desk.clock.now()
    kept, left = "key:anna", "key:bob"
    for user in (kept, left):
        for name, minutes in (("soon", 0), ("later", 30)):
            due = iso(now + timedelta(minutes=minutes))
            timers.note([a_timer(f"s-{user}", name, user=user, due=due)])
    shard = {shard_of(left)}
    timers.leave(shard)
    assert await timers.fire_due() == 1
    await timers.enter(shard)  # where the store knows of none by now
    assert list(timers._live) == [(f"s-{kept}", "later")]
    await phone.desk.stop()


async def test_nothing_of_a_start_that_failed_goes_on(
    tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = RunningDesk(Settings(root=write_desk(tmp_path), store=place))
    before = asyncio.all_tasks()

    async def failing() -> list[str]:
        raise StoreUnavailable

    monkeypatch.setattr(desk, "give_back", failing)
    with pytest.raises(StoreUnavailable):
        await desk.start()
    assert asyncio.all_tasks() == before
