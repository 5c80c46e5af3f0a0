"""A desk is killed under load; nothing acknowledged may be lost, reordered or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontdesk.crash import POINTS
from tests.torture.play import torture
from tests.torture.verdict import Plan

pytestmark = pytest.mark.torture

SEEDS = (1, 2, 3)


async def test_kill_after_kill_nothing_is_lost_reordered_or_doubled(tmp_path: Path) -> None:
    verdict = await torture(tmp_path, Plan(conversations=40, kills=7))
    print(verdict)
    assert verdict.is_good, verdict.details()
    assert verdict.acknowledged > 100


async def test_kills_and_a_database_that_crashes_lose_nothing_on_postgresql(tmp_path: Path) -> None:
    verdict = await torture(tmp_path, Plan(conversations=20, kills=2, restarts=1, store="postgres"))
    print(verdict)
    assert verdict.is_good, verdict.details()
    assert verdict.acknowledged > 40


@pytest.mark.parametrize("point", POINTS)
async def test_dying_at_a_named_point(point: str, tmp_path: Path) -> None:
    plan = Plan(conversations=6, kills=0, faults=0, pause=0.01, talks=2, crash=f"{point}:4")
    verdict = await torture(tmp_path, plan)
    assert verdict.is_good, verdict.details()
    assert verdict.done["kills"] == 1


@pytest.mark.long
@pytest.mark.parametrize("point", POINTS)
async def test_dying_at_a_named_point_on_postgresql(point: str, tmp_path: Path) -> None:
    plan = Plan(conversations=6, kills=0, faults=0, pause=0.01, talks=2, crash=f"{point}:4", store="postgres")
    verdict = await torture(tmp_path, plan)
    assert verdict.is_good, verdict.details()
    assert verdict.done["kills"] == 1


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("store", "restarts"), [("sqlite", 0), ("postgres", 5)])
async def test_twenty_kills_under_two_hundred_conversations(
    seed: int, store: str, restarts: int, tmp_path: Path
) -> None:
    plan = Plan(conversations=200, kills=20, restarts=restarts, store=store, pause=0.3, seed=seed)
    verdict = await torture(tmp_path, plan)
    print(verdict)
    assert verdict.is_good, verdict.details()
