"""A store on a disk that fails: what was acknowledged stays, the rest is refused, it goes on by itself."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from frontdesk.errors import StoreUnavailable
from frontdesk.store import writer
from frontdesk.store.sqlite import SqliteStore
from tests.store.disk import Disk, lay, under_sqlite
from tests.store.rows import USER, a_turn, an_intake

FAULTS = {
    "full": (apsw.FullError, "write truncate", 0),
    "error at write": (apsw.IOError, "write", apsw.SQLITE_IOERR_WRITE),
    "error at sync": (apsw.IOError, "sync", apsw.SQLITE_IOERR_FSYNC),
    "read-only": (apsw.ReadOnlyError, "write truncate sync", 0),
}


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    monkeypatch.setattr(writer, "PROBE", 0.02)
    with under_sqlite() as disk:
        yield disk


async def opened(path: Path) -> SqliteStore:
    store = SqliteStore(path)
    await store.open()
    return store


async def taken(store: SqliteStore) -> list[str]:
    """Every inbound that the store holds, in order."""
    return [body.decode() for _, _, body in (await store.conversation(USER)).pending]


async def is_available(store: SqliteStore) -> None:
    async with asyncio.timeout(60):
        while not store.is_available:
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_the_disk_did_not_take_is_refused_and_the_store_recovers(
    disk: Disk, tmp_path: Path, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = await opened(tmp_path / "desk.db")
    acknowledged = [f"before {n}" for n in range(5)]
    await asyncio.gather(*(store.intake(an_intake(one)) for one in acknowledged))
    error, at, code = FAULTS[fault]
    disk.fail(error, at=at, code=code)
    for _ in range(2):
        refused = await asyncio.gather(
            *(store.intake(an_intake(f"during {n}")) for n in range(20)), return_exceptions=True
        )
        assert {type(one) for one in refused} == {StoreUnavailable}
    assert not store.is_available
    assert await taken(store) == acknowledged, "what is there can be read"
    tried = disk.refused
    while disk.refused < tried + 2:  # it looks, and finds the disk as it was
        await asyncio.sleep(0.005)
    assert not store.is_available
    disk.heal()
    await is_available(store)  # though nobody wrote anything
    assert (await store.intake(an_intake("after"))).n == 6
    await store.close()
    again = await opened(tmp_path / "desk.db")
    assert await taken(again) == [*acknowledged, "after"]
    await again.close()
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert said == [
        "the desk's database cannot be written: a disk's fault."
        " Nothing is taken until it can be written again",
        "the desk's database can be written again",
    ]


async def test_faults_that_come_and_go_under_load_lose_nothing(disk: Disk, tmp_path: Path) -> None:
    chance = random.Random(4)
    store = await opened(tmp_path / "desk.db")
    acknowledged: set[str] = set()

    async def insist(key: str) -> None:
        """As a provider does: again, until it is taken."""
        while True:
            try:
                await store.intake(an_intake(key))
            except StoreUnavailable:
                await asyncio.sleep(0.002)
            else:
                acknowledged.add(key)
                return

    async def trouble() -> None:
        while True:
            error, at, code = FAULTS[chance.choice([*FAULTS])]
            disk.fail(error, at=at, code=code)
            await asyncio.sleep(0.004)
            disk.heal()
            await asyncio.sleep(0.004)

    troubled = asyncio.create_task(trouble())
    for part in range(6):
        await asyncio.gather(*(insist(f"{part}-{n}") for n in range(25)))
    troubled.cancel()
    disk.heal()
    numbers = [n for _, n, _ in (await store.conversation(USER)).pending]
    assert numbers == list(range(1, 151))
    assert sorted(await taken(store)) == sorted(acknowledged)
    await store.close()


async def test_a_disk_that_cannot_be_read_is_said_to_be_away(disk: Disk, tmp_path: Path) -> None:
    store = await opened(tmp_path / "desk.db")
    await store.intake(an_intake("m1"))
    disk.fail(apsw.IOError, at="read", code=apsw.SQLITE_IOERR_READ)
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        await store.conversation(USER)
    disk.heal()
    assert await taken(store) == ["m1"]
    await store.close()


async def test_a_disk_that_takes_its_time_holds_up_nobody_but_those_who_wait_for_it(
    disk: Disk, tmp_path: Path
) -> None:
    store = await opened(tmp_path / "desk.db")
    goes_on = threading.Event()
    disk.takes_its_time, before = goes_on.wait, disk.syncs
    writing = asyncio.gather(*(store.intake(an_intake(f"m{n}")) for n in range(50)))
    while disk.syncs == before:
        await asyncio.sleep(0.001)
    for _ in range(50):  # the loop goes on beside the disk
        assert (await store.conversation("phone:somebody else")).ordinal == 0
    assert not writing.done()
    assert await taken(store) == []
    goes_on.set()
    await writing
    assert disk.syncs - before < 4, "they share their commits"
    await store.close()


async def test_what_was_acknowledged_survives_a_power_cut_at_any_write(disk: Disk, tmp_path: Path) -> None:
    """Also where it tears writes in two, or syncs fail: judged from what was acknowledged before."""
    chance = random.Random(7)
    store = await opened(tmp_path / "desk.db")
    acknowledged: list[str] = []
    cuts: list[tuple[int, dict[str, bytes]]] = []

    def maybe() -> None:
        if chance.random() < 0.06 and len(cuts) < 40:
            cuts.append((len(acknowledged), disk.cut(chance)))

    async def write(key: str, n: int) -> None:
        if n % 7 == 0:
            disk.fail(apsw.IOError, at="sync", code=apsw.SQLITE_IOERR_FSYNC)
        try:
            await store.fused(an_intake(key), a_turn("s-m1", n, is_new_session=n == 1))
        except StoreUnavailable:
            disk.heal()
            await store.fused(an_intake(key), a_turn("s-m1", n, is_new_session=n == 1))
        acknowledged.append(key)

    store._writes._connection.execute("PRAGMA wal_autocheckpoint=12")  # checkpoints are cut too
    disk.after = maybe
    for n in range(1, 101):
        await write(f"m{n}", n)
    disk.after = lambda: None
    await store.close()
    assert len(cuts) > 20
    for number, (count, images) in enumerate(cuts):
        lay(images, tmp_path / f"{number}")
        left = await opened(tmp_path / f"{number}" / "desk.db")
        events = await left.events("s-m1")
        assert [row.seq for row in events] == list(range(1, len(events) + 1))
        assert count <= len(events) <= count + 1
        session = await left.session("s-m1")
        assert session is None or session.last_event == len(events), "a turn is there whole or not at all"
        repeated = [await left.intake(an_intake(key)) for key in acknowledged[:count]]
        assert all(one.is_duplicate for one in repeated), "it knows what it has taken"
        await left.close()
