"""A desk is killed, cut off, frozen and refused the disk under load; nothing acknowledged may be harmed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from frontdesk.crash import POINTS
from frontdesk.settings import Settings
from frontdesk.store.postgres_connect import LEASE
from frontdesk.store.sqlite import SqliteStore
from tests.torture.conftest import Tortured
from tests.torture.judge import _are_in_order, judge
from tests.torture.outside import Heard, Ledger, Outside
from tests.torture.verdict import Plan, Verdict

pytestmark = pytest.mark.torture

SEEDS = (1, 2, 3)
THREE = Plan(store="postgres", workers=3, bus="nats", pause=0.3)
TAKEN_OVER = LEASE + 5.0  # seconds within which a message is answered, whoever dies


async def test_kills_and_a_disk_that_refuses_lose_nothing_on_a_file(tortured: Tortured) -> None:
    verdict = await tortured(Plan(conversations=40, pause=0.3, kills=7, disks=1, syncs=1, clocks=2))
    assert verdict.acknowledged > 100


async def test_three_workers_lose_nothing_whatever_happens_to_them(tortured: Tortured) -> None:
    verdict = await tortured(
        Plan(
            conversations=20,
            store="postgres",
            workers=3,
            bus="nats",
            pause=0.6,
            kills=2,
            restarts=1,
            resets=1,
            freezes=1,
            changes=1,
            hints=1,
            clocks=1,
        )
    )
    assert verdict.acknowledged > 40


async def test_dying_at_every_named_point(tortured: Tortured) -> None:
    crashes = tuple(f"{point}:4" for point in POINTS)
    verdict = await tortured(Plan(conversations=20, faults=0, pause=0.1, waits=0.1, crashes=crashes))
    assert verdict.done["kills"] == len(POINTS)


@pytest.mark.long
@pytest.mark.parametrize("point", POINTS)
async def test_dying_at_a_named_point_on_postgresql(point: str, tortured: Tortured) -> None:
    plan = Plan(conversations=6, faults=0, pause=0.01, talks=2, crashes=(f"{point}:4",), store="postgres")
    assert (await tortured(plan)).done["kills"] == 1


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
async def test_twenty_kills_under_two_hundred_conversations(seed: int, tortured: Tortured) -> None:
    await tortured(Plan(conversations=200, kills=20, disks=5, syncs=3, clocks=3, pause=0.3, seed=seed))


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
async def test_twenty_kills_and_more_under_three_workers(seed: int, tortured: Tortured) -> None:
    plan = replace(THREE, conversations=60, pause=0.6, seed=seed, kills=20)
    await tortured(replace(plan, restarts=3, resets=5, freezes=3, changes=3, hints=3, clocks=3))


@pytest.mark.long
@pytest.mark.parametrize("fault", ["kills", "freezes"])
async def test_what_a_worker_leaves_is_taken_over_in_time(fault: str, tortured: Tortured) -> None:
    plan: dict[str, Any] = {fault: 5}
    verdict = await tortured(replace(THREE, conversations=20, pause=0.6, waits=0.7, **plan))
    assert verdict.slowest_s <= TAKEN_OVER


@pytest.mark.long
async def test_a_worker_that_goes_in_peace_repeats_no_call(tortured: Tortured) -> None:
    verdict = await tortured(replace(THREE, conversations=20, pause=0.6, faults=0, changes=5))
    assert (verdict.raw_repeats, verdict.in_doubt) == (0, 0)


@pytest.mark.parametrize(
    ("replies", "may_be_late", "is_good"),
    [("ab", "", True), ("ba", "", False), ("bca", "a", True), ("bca", "b", False), ("ax", "", False)],
)
def test_the_judge_lets_a_reply_be_late_and_never_early(
    replies: str, may_be_late: str, is_good: bool
) -> None:
    assert _are_in_order(list(replies), list("abc"), set(may_be_late)) is is_good


async def test_the_judge_finds_what_is_lost_reordered_and_doubled(tmp_path: Path) -> None:
    ledger, outside, verdict = Ledger(tmp_path / "ledger"), Outside(), Verdict(plan=Plan())
    settings = Settings(root=tmp_path)
    store = SqliteStore(settings.database)
    await store.open()
    await store.close()
    for number in (1, 2, 3):
        ledger.write("key", {"id": f"anna-{number}", "from": "anna", "text": f"note {number}"})
    outside.heard += [Heard(f"k{n}", "anna", f"got note {n}", 0.0) for n in (2, 1)]
    outside.heard += [Heard("k9", "anna", "got note 2", 0.0), Heard("k2", "anna", "got note 5", 0.0)]
    outside.acted["wire"] += [("wire 1", ""), ("wire 1", "")]
    await judge(settings, ledger, outside, verdict)
    assert not verdict.is_good
    said = verdict.details()
    for wanted in ("'got note 3'", "under 2 keys", "two contents", "was done 2 times", "is not in the log"):
        assert wanted in said
    assert verdict.reordered
