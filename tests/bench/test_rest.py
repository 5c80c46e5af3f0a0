"""`frontdesk bench rest` measures a desk that serves, and says it under the promised names."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from frontdesk.bench.rest import measure

ROW = {"senders", "messages_per_s", "p50_ms", "p99_ms", "cpu_ms_per_message", "bare_cpu_ms"}


@pytest.mark.slow
def test_messages_over_rest_are_measured_beside_a_bare_endpoint(tmp_path: Path) -> None:
    told: list[str] = []
    found = asyncio.run(measure(tmp_path, senders=(1,), seconds=0.3, tell=told.append))
    measured = found.to_json()
    assert set(measured) == {
        "file_system",
        "fsync_p50_ms",
        "start_s",
        "start_cpu_s",
        "rss_start_mb",
        "rss_mb",
        "rows",
    }
    (row,) = measured["rows"]
    assert set(row) == ROW
    assert all(value > 0 for value in row.values())
    assert row["bare_cpu_ms"] < row["cpu_ms_per_message"]  # the desk does more than the endpoint
    assert measured["start_s"] > 0
    assert measured["rss_mb"] >= measured["rss_start_mb"] > 10
    assert told
    assert not list(tmp_path.iterdir())  # nothing is left behind
