"""What SQLite's store does when the machine does not do its part, and beside others on the same file."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from frontdesk.errors import StoreInUse, StoreUnavailable
from frontdesk.store import sqlite_writes
from frontdesk.store.base import Store
from frontdesk.store.sqlite import SqliteStore
from tests.store.conftest import OpenStore, sqlite
from tests.store.rows import USER, an_intake

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def make_store(tmp_path: Path) -> OpenStore:
    return sqlite(tmp_path)


async def test_many_steps_at_once_are_a_few_transactions(store: Store) -> None:
    assert isinstance(store, SqliteStore)
    commits = 0

    def count() -> bool:
        nonlocal commits
        commits += 1
        return False

    connection = store._writes._connection
    connection.set_commit_hook(count)
    await asyncio.gather(*(store.intake(an_intake(f"o{n}", user=f"phone:{n}")) for n in range(200)))
    connection.set_commit_hook(None)
    assert commits < 20


async def test_the_sweep_reads_only_what_it_forgets(store: Store) -> None:
    assert isinstance(store, SqliteStore)
    assert store._reader is not None
    plan = store._reader.execute(f"EXPLAIN QUERY PLAN {sqlite_writes._FORGET}", ("2026", 10)).fetchall()
    assert any("INDEX dedupe_at (at<?)" in str(row[3]) for row in plan), plan


async def test_who_only_reads_is_not_refused_and_cannot_write(store: Store, tmp_path: Path) -> None:
    await store.intake(an_intake("m1"))
    reader = SqliteStore(tmp_path / ".frontdesk" / "desk.db", read_only=True)
    await reader.open()
    assert (await reader.conversation(USER)).session == "s-m1"
    with pytest.raises(StoreUnavailable, match="for reading only"):
        await reader.intake(an_intake("m2"))
    await reader.close()


async def test_a_file_that_is_no_database_is_refused(make_store: OpenStore, tmp_path: Path) -> None:
    path = tmp_path / ".frontdesk" / "desk.db"
    path.parent.mkdir()
    path.write_text("this is a text, and long enough to be looked at as if it were a database\n" * 20)
    with pytest.raises(StoreUnavailable, match=r"desk\.db"):
        await make_store().open()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into a folder that is read-only")
async def test_a_folder_that_cannot_be_written_is_said_so(make_store: OpenStore, tmp_path: Path) -> None:
    folder = tmp_path / ".frontdesk"
    folder.mkdir(mode=0o500)
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        await make_store().open()


async def test_a_folder_that_is_a_file_is_said_so(make_store: OpenStore, tmp_path: Path) -> None:
    (tmp_path / ".frontdesk").write_text("")
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        await make_store().open()


async def test_a_full_disk_refuses_and_goes_on_when_there_is_room(make_store: OpenStore) -> None:
    """A limit on the size of files stands for the disk: SQLite is told the same."""
    store = make_store()
    await store.open()
    assert (await store.intake(an_intake("m0"))).n == 1
    taken: list[int] = []

    async def fill() -> None:
        for number in range(1, 100):
            taken.append((await store.intake(an_intake(f"m{number}", body=b"x" * 20_000))).n)

    with _no_file_larger_than(400_000), pytest.raises(StoreUnavailable, match="cannot be written"):
        await fill()
    assert taken  # there was room for some
    last = await store.intake(an_intake("after"))
    assert last.n == len(taken) + 2  # no number was lost with the message that was refused
    assert len((await store.conversation(USER)).pending) == len(taken) + 2
    await store.close()


@contextmanager
def _no_file_larger_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


_WRITES_AND_DIES = """
    import asyncio, os, signal, sys
    from pathlib import Path
    from frontdesk.store.sqlite import SqliteStore
    from tests.store.rows import an_intake

    async def main():
        store = SqliteStore(Path(sys.argv[1]) / ".frontdesk" / "desk.db")
        await store.open()
        for number in range(50):
            await store.intake(an_intake(f"m{number}"))
        os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(main())
"""


async def test_a_torn_tail_of_the_log_costs_what_was_torn_and_nothing_else(
    make_store: OpenStore, tmp_path: Path
) -> None:
    environ = {**os.environ, "PYTHONPATH": f"{ROOT / 'runtime'}:{ROOT}"}
    died = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(_WRITES_AND_DIES), str(tmp_path), env=environ
    )
    assert await died.wait() == -signal.SIGKILL
    wal = tmp_path / ".frontdesk" / "desk.db-wal"
    size = wal.stat().st_size
    os.truncate(wal, size - 5_000)
    store = make_store()
    await store.open()
    numbers = [n for _, n, _ in (await store.conversation(USER)).pending]
    assert numbers == list(range(1, len(numbers) + 1))
    assert 40 < len(numbers) < 50
    assert (await store.intake(an_intake("next"))).n == len(numbers) + 1
    await store.close()


async def test_a_second_server_on_the_same_data_is_refused_by_name(
    store: Store, make_store: OpenStore
) -> None:
    second = make_store()
    with pytest.raises(StoreInUse, match=r"another frontdesk \(.+\) already serves .*one server"):
        await second.open()
    await second.close()
    assert (await store.intake(an_intake("m1"))).n == 1
