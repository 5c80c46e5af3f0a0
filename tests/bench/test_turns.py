"""`frontdesk bench turns` measures what it says, and says it under the promised names."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from frontdesk.bench.turns import measure

ROW = {
    "sessions",
    "turns_per_s",
    "p50_ms",
    "p99_ms",
    "cpu_ms_per_turn",
    "fsync_p50_ms",
    "probe_turns_per_s",
}


@pytest.mark.slow
def test_turns_are_measured_beside_the_probes(tmp_path: Path) -> None:
    told: list[str] = []
    found = asyncio.run(measure(tmp_path, sessions=(1, 8), seconds=0.3, rounds=1, tell=told.append))
    measured = found.to_json()
    assert [set(row) for row in measured["rows"]] == [ROW, ROW]
    assert [row["sessions"] for row in measured["rows"]] == [1, 8]
    for row in measured["rows"]:
        assert all(value > 0 for value in row.values())
        assert row["p50_ms"] <= row["p99_ms"]
    assert measured["message_300_over_3"] < 3  # one round, on a busy machine
    assert told
    assert not list(tmp_path.iterdir())  # nothing is left behind
