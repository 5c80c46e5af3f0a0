"""Thousands of small disasters on virtual time: nothing acknowledged is lost, reordered or doubled.

A seed that fails prints what was done to the desk and the command that shows it again.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.simulation.command import report, run_seeds
from tests.simulation.judge import Verdict
from tests.simulation.loop import Gone, Process, Stuck, VirtualLoop, outside
from tests.simulation.plan import Plan, plan_of, plan_of_several
from tests.simulation.world import simulate

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def test_whatever_goes_wrong_every_message_is_answered_once_and_in_order() -> None:
    summary = run_seeds(range(1, 151))
    print(summary)
    assert not summary.failed, summary.failed[0]
    assert summary.found["messages"] > 1000
    wanted = ("kill", "kill at step", "crash point", "drain", "store", "channel", "server", "clock")
    assert all(summary.faults[kind] for kind in wanted)


def test_several_processes_lose_double_and_reorder_nothing_whoever_dies_sleeps_or_joins() -> None:
    summary = run_seeds(range(1, 31), plan_of_several)
    print(summary)
    assert not summary.failed, summary.failed[0]
    assert summary.found["messages"] > 400
    wanted = ("kill", "stop", "stop at", "stood still", "join", "drain", "database away")
    assert all(summary.faults[kind] for kind in wanted)


def test_a_seed_is_always_the_same_run() -> None:
    for plan in (plan_of(3), plan_of(10), plan_of_several(4), plan_of_several(15)):
        lines = simulate(plan)[1].lines
        assert len(lines) > 5
        assert plan != plan_of_several(15) or any("stands still" in what for _, _, what in lines)
        assert simulate(plan)[1].lines == lines


def test_a_seed_that_fails_says_what_was_done_and_how_to_see_it() -> None:
    plan = plan_of_several(4)
    said = report(plan, Verdict(seed=4, lost=["key:u1: u1-2 is not in the log"]))
    assert "lost: key:u1: u1-2 is not in the log" in said
    assert all(str(fault) in said for fault in plan.faults)
    assert said.endswith("python -m tests.simulation 4 --several --trace")


@pytest.mark.slow
def test_a_seed_is_the_same_run_in_another_process_too() -> None:
    command = [sys.executable, "-m", "tests.simulation", "7", "--trace"]
    traces = [
        subprocess.check_output(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed})
        for seed in ("1", "2")
    ]
    assert traces[0] == traces[1]
    assert traces[0].count(b"\n") > 20


@pytest.mark.long
@pytest.mark.parametrize(("planned", "share"), [(plan_of, 1.0), (plan_of_several, 0.2)])
def test_ten_thousand_seeds(planned: Callable[[int], Plan], share: float) -> None:
    seeds = int(int(os.environ.get("FRONTDESK_SEEDS", "10000")) * share)
    summary = run_seeds(range(1, seeds + 1), planned)
    print(summary)
    assert not summary.failed, summary.failed[0]


# --- the loop itself -----------------------------------------------------------------------------


def loop_of(seed: int) -> VirtualLoop:
    return VirtualLoop(random.Random(seed))


def test_time_passes_without_waiting() -> None:
    loop = loop_of(1)
    loop.run_until_complete(asyncio.sleep(3600))
    assert loop.time() == 3600
    loop.close()


def test_somebody_who_waits_for_nothing_is_told() -> None:
    loop = loop_of(1)
    with pytest.raises(Stuck, match="nothing is ready"):
        loop.run_until_complete(loop.create_future())
    loop.close()


def test_what_is_ready_at_the_same_time_comes_in_every_order() -> None:
    def order(seed: int) -> str:
        said: list[str] = []

        async def say(word: str) -> None:
            await asyncio.sleep(1)
            said.append(word)

        async def all_three() -> None:
            await asyncio.gather(*map(say, "abc"))

        loop = loop_of(seed)
        loop.run_until_complete(all_three())
        loop.close()
        return "".join(said)

    assert {order(seed) for seed in range(60)} == {"abc", "acb", "bac", "bca", "cab", "cba"}


def test_a_dead_process_does_nothing_more_and_who_called_it_is_told() -> None:
    did: list[str] = []

    async def call_the_world() -> None:
        did.append("answered")

    async def work() -> None:
        try:
            did.append("began")
            await outside(call_the_world)
            did.append("went on")
        finally:
            did.append("tidied up")

    async def run() -> None:
        process = Process("one")
        process.dies_at = 2  # its first step is the beginning of its task
        with pytest.raises(Gone):
            await process.call(work)
        await asyncio.sleep(1)
        assert did == ["began", "answered"]
        process.close()

    loop = loop_of(1)
    loop.run_until_complete(run())
    loop.close()


def test_who_dies_in_the_middle_of_a_step_asks_nothing_of_the_world_any_more() -> None:
    did: list[str] = []

    async def call_the_world() -> None:
        did.append("answered")

    async def run() -> None:
        process = Process("one")

        async def work() -> None:
            process.die()  # as at a crash point
            await outside(call_the_world)

        with pytest.raises(Gone):
            await process.call(work)
        await asyncio.sleep(1)
        process.close()

    loop = loop_of(1)
    loop.run_until_complete(run())
    loop.close()
    assert did == []


def test_a_stopped_process_goes_on_where_it_was() -> None:
    async def tick() -> float:
        await asyncio.sleep(1)
        return asyncio.get_running_loop().time()

    async def run() -> float:
        process = Process("one")
        ticking = asyncio.create_task(process.call(tick))
        await asyncio.sleep(0.5)
        process.stop()
        await asyncio.sleep(10)
        process.go_on()
        return await ticking

    loop = loop_of(1)
    assert loop.run_until_complete(run()) == 10.5
    loop.close()


def test_a_process_stands_still_in_the_middle_of_a_step_while_others_go_on() -> None:
    did: list[tuple[float, str]] = []

    def note(what: str) -> None:
        did.append((asyncio.get_running_loop().time(), what))

    async def work(process: Process) -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(note, "scheduled before")
        loop.call_later(1, note, "due meanwhile")
        process.stand_still(5)
        loop.call_soon(note, "scheduled after")
        note("goes on")
        assert asyncio.current_task() is not None

    async def run() -> None:
        process = Process("one")
        working = asyncio.create_task(process.call(lambda: work(process)))
        await asyncio.sleep(2)
        note("another")
        await working
        await asyncio.sleep(1)

    loop = loop_of(1)
    loop.run_until_complete(run())
    loop.close()
    assert did == [
        (2, "another"),
        (5, "goes on"),
        (5, "scheduled before"),
        (5, "due meanwhile"),
        (5, "scheduled after"),
    ]


def test_who_stands_still_waits_for_who_stands_still_above_it_and_nobody_for_the_dead() -> None:
    went_on: list[tuple[float, str]] = []

    async def work(process: Process, after: float, seconds: float) -> None:
        await asyncio.sleep(after)
        process.stand_still(seconds)
        went_on.append((asyncio.get_running_loop().time(), process.name))

    async def run() -> None:
        below, above, dead = Process("below"), Process("above"), Process("dead")
        working = [
            asyncio.create_task(process.call(partial(work, process, after, seconds)))
            for process, after, seconds in ((below, 1, 3), (above, 2, 5), (dead, 10, 50))
        ]
        asyncio.get_running_loop().call_later(12, dead.die)
        await asyncio.gather(*working, return_exceptions=True)
        went_on.append((asyncio.get_running_loop().time(), "the world"))

    loop = loop_of(1)
    loop.run_until_complete(run())
    loop.close()
    assert went_on[:2] == [(7, "above"), (7, "below")]
    assert went_on[-1] == (12, "the world")


def test_a_loop_that_is_stuck_ends_also_while_somebody_stands_still() -> None:
    async def turn_in_a_circle() -> None:
        while True:
            await asyncio.sleep(0)

    async def work(process: Process) -> None:
        process.stand_still(5)

    async def run() -> None:
        process = Process("one")
        working = asyncio.create_task(process.call(lambda: work(process)))
        await turn_in_a_circle()
        await working

    loop = loop_of(1)
    with pytest.raises(Stuck, match="no time passes"):
        loop.run_until_complete(run())
    loop.close()
