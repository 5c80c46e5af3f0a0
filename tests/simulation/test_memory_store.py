"""The store in memory does what the real ones do: it passes the machine that they pass."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from frontdesk.errors import ShardsLost
from frontdesk.store.base import ALL_SHARDS, SHARDS, Store
from tests.simulation.loop import VirtualLoop
from tests.simulation.memory_store import MemoryStore
from tests.simulation.tables import DOUBTFUL, LEASE, Tables
from tests.store.conftest import KINDS, OpenStore
from tests.store.rows import a_turn, an_intake
from tests.store.test_model import StoreMachine


def memory(folder: Path) -> OpenStore:
    tables = Tables()
    return lambda: MemoryStore(tables)


class MemoryMachine(StoreMachine):
    """The model of the real stores' tests beside the store in memory."""

    kind = "memory"
    kinds: ClassVar[dict[str, Callable[[Path], OpenStore]]] = {**KINDS, "memory": memory}


def test_it_holds_what_a_dict_would() -> None:
    run_state_machine_as_test(
        MemoryMachine, settings=settings(max_examples=12, stateful_step_count=25, deadline=None)
    )


@pytest.mark.long
def test_it_holds_what_a_dict_would_over_thousands_of_steps() -> None:
    run_state_machine_as_test(
        MemoryMachine,
        settings=settings(max_examples=1000, stateful_step_count=60, deadline=None, derandomize=False),
    )


def test_two_processes_share_the_desk_and_the_one_that_was_away_is_refused() -> None:
    async def run() -> None:
        tables = Tables()
        first: Store = MemoryStore(tables)
        second: Store = MemoryStore(tables, names=iter(["second"]))
        await first.open()
        assert (await first.beat(takes=True)).shards == ALL_SHARDS
        await second.open()
        assert (await second.beat(takes=True)).shards == frozenset()
        lease = await first.beat(takes=True)
        assert lease.share == SHARDS // 2
        given = sorted(lease.shards)[: SHARDS // 2]
        await first.beat(takes=True, giving=given)
        assert (await second.beat(takes=True)).shards == set(given)

        taken = await first.intake(an_intake("m1"))
        await asyncio.sleep(LEASE - 1)
        await second.beat(takes=True)
        assert second.lease_left() == LEASE
        await asyncio.sleep(2)  # nothing was heard of the first one for longer than its lease
        assert first.lease_left() == 0
        assert (await second.beat(takes=True)).shards == ALL_SHARDS
        turn = a_turn(taken.session, 1)
        with pytest.raises(ShardsLost):
            await first.commit(turn)
        assert (await first.intake(an_intake("m2"))).n == 2  # the door is open to everyone
        with pytest.raises(ShardsLost):
            await first.beat(takes=True)
        assert (await first.beat(takes=True)).shards == frozenset()
        assert await second.commit(turn)
        assert not await first.commit(turn)

    loop = VirtualLoop(random.Random(1))
    loop.run_until_complete(run())
    loop.close()


def test_what_a_process_had_begun_is_doubtful_unless_its_connection_is_gone() -> None:
    async def run() -> None:
        for is_dead in (False, True):
            tables = Tables()
            first, second = MemoryStore(tables), MemoryStore(tables, names=iter(["second"]))
            await first.open()
            assert (await first.beat(takes=True)).doubtful == frozenset()
            await second.open()
            if is_dead:
                first.drop()
            await asyncio.sleep(LEASE + 1)
            lease = await second.beat(takes=True)
            assert lease.shards == ALL_SHARDS
            assert lease.doubtful == (frozenset() if is_dead else ALL_SHARDS)
            assert (await second.beat(takes=True)).doubtful == lease.doubtful
            await asyncio.sleep(DOUBTFUL)
            assert (await second.beat(takes=True)).doubtful == frozenset()

    loop = VirtualLoop(random.Random(1))
    loop.run_until_complete(run())
    loop.close()
