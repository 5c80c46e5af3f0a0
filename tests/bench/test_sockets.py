"""`frontdesk bench sockets` measures a desk that serves visitors of another process."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path

import pytest

from frontdesk.bench.sockets import allow_files, measure
from frontdesk.errors import SettingsError


@pytest.mark.slow
def test_idle_sessions_and_sockets_are_measured_and_one_who_talks_beside(tmp_path: Path) -> None:
    told: list[str] = []
    found = asyncio.run(measure(tmp_path, counts=(300,), beside=50, seconds=0.2, tell=told.append)).to_json()
    assert set(found) == {"open_files", "rss_start_mb", "rss_mb", "rows", "talks"}
    (row,) = found["rows"]
    assert set(row) == {"count", "kb_per_session", "kb_per_socket"}
    assert 5 < row["kb_per_socket"] < 45  # with the compression that browsers offer it would be 80
    assert row["kb_per_session"] < 20
    assert [talk["idle"] for talk in found["talks"]] == [0, 50]
    assert all(talk["p99_ms"] >= talk["p50_ms"] > 0 < talk["messages_per_s"] for talk in found["talks"])
    assert told
    assert not list(tmp_path.iterdir())  # nothing is left behind


def test_more_sockets_than_the_system_allows_are_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1_024, 4_096))
    with pytest.raises(SettingsError, match=r"4,096.*`ulimit -Hn 10300`.*--count"):
        allow_files(10_300)
    set_to: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: set_to.append(limits))
    assert (allow_files(1_000), allow_files(2_000), set_to) == (1_024, 2_000, [(2_000, 4_096)])
