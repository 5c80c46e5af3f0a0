"""SIGKILL at every boundary of an agent's turn: no finished call is made again, no write silently."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.database import database

ROOT = Path(__file__).resolve().parents[2]

EFFECTS = ["model", "find_order", "model", "find_day", "model", "book", "model"]
"""What the turn does: three tools, the last of them a write, and what the model was asked between them."""
BOUNDARIES = [
    "after-intake:1",
    "before-effect:1",  # only before a write is something journaled that may not have happened
    *(f"after-effect:{n}" for n in range(1, len(EFFECTS) + 1)),
    *(f"after-journal:{n}" for n in range(1, len(EFFECTS) + 1)),
    "before-commit:1",
    "after-commit:1",
]

ON_BOTH_STORES = pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("postgres", marks=pytest.mark.long)]
)


@dataclass(frozen=True)
class Life:
    """What became of one desk that was killed at one point."""

    point: str
    done: list[tuple[str, str]]  # the ledger: what, and under which key
    events: list[dict[str, Any]]
    owner: str

    def kinds(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["kind"] == kind]


async def lives(folder: Path, store: str, talk: str, points: list[str]) -> list[Life]:
    """Kill a desk at each point, and let it go on."""
    env = {**os.environ, "FRONTDESK_TEST_POSTGRES": database()} if store == "postgres" else None
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.agents.killed", str(folder), store, talk, *points),
        cwd=ROOT,
        env=env,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await run.communicate()
    ended = [orjson.loads(line) for line in out.splitlines()]
    assert [(one["killed"], one["ended"]) for one in ended] == [(signal.SIGKILL, 0)] * len(points), ended
    return [_life(folder / point.replace(":", "-"), point) for point in points]


def _life(root: Path, point: str) -> Life:
    ledger = [tuple(orjson.loads(line)) for line in (root / "ledger.jsonl").read_bytes().splitlines()]
    log = orjson.loads((root / "log.json").read_bytes())
    return Life(point, ledger, log["events"], log["owner"])


@pytest.mark.torture
@ON_BOTH_STORES
async def test_a_turn_with_three_tools_killed_at_every_boundary(tmp_path: Path, store: str) -> None:
    for life in await lives(tmp_path, store, "books", BOUNDARIES):
        goes_on_as_it_was(life)


@pytest.mark.torture
async def test_a_turn_killed_on_postgresql(tmp_path: Path) -> None:
    """After a read that nothing on disk tells of, and after a write that has its result."""
    for life in await lives(tmp_path, "postgres", "books", ["after-effect:2", "after-journal:6"]):
        goes_on_as_it_was(life)


def goes_on_as_it_was(life: Life) -> None:
    """No finished call is made again, the write is made under one key, and one answer comes."""
    name, _, count = life.point.partition(":")
    times = Counter(EFFECTS)
    if name == "after-effect":  # it happened, and nothing on disk says so: only this one is done again
        times[EFFECTS[int(count) - 1]] += 1
    assert Counter(what for what, _ in life.done) == times, life.point
    assert len({key for what, key in life.done if what == "book"}) == 1, life.point
    assert [one["text"] for one in life.kinds("outbound")] == ["All is booked."], life.point
    assert len(life.kinds("model")) == 4, life.point
    assert [one["name"] for one in life.kinds("action")] == ["find_order", "find_day", "book"]
    assert life.owner == "bot:helper"


@pytest.mark.torture
@ON_BOTH_STORES
async def test_a_write_nobody_knows_the_end_of_goes_to_a_person(tmp_path: Path, store: str) -> None:
    """It was confirmed and begun; it has no key and no check, so it is never tried again."""
    points = ["before-effect:1", "after-effect:2", "after-journal:2"]
    before, after, journaled = await lives(tmp_path, store, "wires", points)
    for life, times in ((before, 0), (after, 1)):
        assert [what for what, _ in life.done].count("wire") == times
        assert life.owner == "queue:general"
        assert (life.kinds("action")[-1]["name"], life.kinds("action")[-1]["code"]) == ("wire", "in_doubt")
        assert "wire may or may not have happened" in life.kinds("error")[-1]["what"]
        assert life.kinds("handoff")[0]["package"]["because"] == "something may or may not have happened"
    assert [what for what, _ in journaled.done].count("wire") == 1
    assert journaled.owner == "bot:helper"
    assert journaled.kinds("outbound")[-1]["text"] == "It is sent."
