"""A backup is one moment of a desk in one file; restoring it is all or nothing, in either store."""

from __future__ import annotations

import asyncio
import itertools
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

import apsw
import asyncpg
import orjson
import pytest

from frontdesk.clock import iso
from frontdesk.errors import SettingsError, ShardsLost, StoreError, StoreInUse, StoreVersion
from frontdesk.store import backup as backups
from frontdesk.store import postgres_connect
from frontdesk.store.archive import Archive, Restored, back_up, restore
from frontdesk.store.backup import Backup
from frontdesk.store.base import SHARDS, NewProblem, RepRow, RepSession, Step, Store, shard_of
from frontdesk.store.migrations import VERSION
from frontdesk.store.postgres import PostgresStore
from frontdesk.store.postgres_archive import PostgresArchive
from frontdesk.store.sqlite import SCHEMA, SqliteStore
from frontdesk.store.sqlite_archive import SqliteArchive
from tests.store.conftest import KINDS, OpenStore
from tests.store.rows import AT, a_message, a_timer, a_turn, an_intake

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 11, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def quiet(done: int, total: int) -> None: ...


def archive(store: Store) -> Archive:
    if isinstance(store, SqliteStore):
        return SqliteArchive(store.path)
    assert isinstance(store, PostgresStore)
    return PostgresArchive(store.place.url)


async def saved(store: Store, folder: Path) -> Backup:
    return await back_up(archive(store), folder / "a.backup", NOW, quiet)


async def restored(
    store: Store, file: Path, folder: Path, *, replace: bool = False, now: datetime = LATER
) -> Restored:
    return await restore(archive(store), file, folder / ".frontdesk", now, quiet, replace=replace)


def state(session: str, n: int, ordinal: int = 1) -> bytes:
    return orjson.dumps({"id": session, "ordinal": ordinal, "last_event": n, "last_inbound": n})


async def had(store: Store, *users: str) -> None:
    """Each user wrote three times and was answered twice: the third message has no turn yet."""
    for user in users:
        name, ordinal = user.partition(":")[2], itertools.count(1)
        for n in (1, 2, 3):
            taken = await store.intake(an_intake(f"{name}{n}", user=user))
            assert taken.n == n
        session = f"s-{name}1"
        for n in (1, 2):
            more = {"user": user, "ordinal": 1, "state": state(session, n)}
            sent = [a_message(session, n, user=user)]
            timer = [a_timer(session, user=user, gen=next(ordinal))]
            await store.commit(a_turn(session, n, outbox=sent, timers=timer, **more))
        await store.mark_sent([(session, 1)])


async def content(store: Store) -> dict[str, Any]:
    """What a store says of everything, but for the sign-ins of reps."""
    sessions = await store.sessions()
    users = sorted({row.user for row in sessions})
    return {
        "sessions": [(row.id, row.user, row.status, row.owner, row.last_at) for row in sessions],
        "events": {row.id: await store.events(row.id) for row in sessions},
        "pending": sorted(await store.pending_users()),
        "behind": {user: (await store.conversation(user)).pending for user in users},
        "unsent": await store.unsent(),
        "timers": sorted(map(str, await store.timers())),
        "steps": {row.id: await store.steps(row.id, 3) for row in sessions},
        "reps": await store.reps(),
        "releases": await store.releases(),
        "files": await store.release_files("r2"),
        "problems": await store.problems(),
        "secret": await store.setting("visitor_secret"),
    }


async def fill(store: Store) -> None:
    await had(store, "phone:anna", "phone:bob", "site:carla")
    await store.journal("s-anna1", 3, [Step(n=0, body=b"given"), Step(n=1, body=b"call", result=b"done")])
    await store.put_rep(RepRow(login="mia", name="Mia", role="rep", password="hash", languages=("en", "fr")))
    await store.put_rep_session(RepSession(token_sha="sha", login="mia", expires=iso(LATER)))
    await store.put_release("r1", {"bot.yml": b"one", "same.yml": b"same"}, AT)
    await store.put_release("r2", {"bot.yml": b"two", "same.yml": b"same"}, AT)
    await store.set_setting("visitor_secret", "ab")
    await store.keep_problem(
        NewProblem(at=AT, channel="phone", what="x\x00y", error="z", headers={"a": "b"}, body=b"\x00\xff")
    )


@pytest.mark.parametrize("to", sorted(KINDS))
async def test_a_backup_of_either_store_becomes_the_data_of_either(
    store: Store, to: str, tmp_path: Path
) -> None:
    await fill(store)
    before = await content(store)
    made = await saved(store, tmp_path)
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert (made.sessions, made.users, made.events, made.schema) == (3, 3, 6, VERSION)
    await had(store, "phone:late")  # after that moment
    open_other = KINDS[to](tmp_path / "other")
    done = await restored(open_other(), made.file, tmp_path / "other")
    assert (done.backup.rows, done.before) == (made.rows, None)
    other = open_other()
    await other.open()
    try:
        assert plain(await content(other)) == plain(before)
        assert await other.rep_session("sha") is None  # everybody signs in again
        number = await other.keep_problem(
            NewProblem(at=AT, channel="phone", what="", error="", headers={}, body=b"")
        )
        assert number == 2
        again = await other.intake(an_intake("anna1"))
        assert (again.session, again.n, again.is_duplicate) == ("s-anna1", 1, True)
        assert (await other.intake(an_intake("anna4"))).n == 4
        [row] = await other.timers([shard_of("site:carla")])
        assert row.user == "site:carla"
        assert shard_of("site:carla") < SHARDS
    finally:
        await other.close()


def plain(found: dict[str, Any]) -> str:
    """PostgreSQL's texts hold no NUL: it has another sign there."""
    return str(found).replace("x\\x00y", "x\N{REPLACEMENT CHARACTER}y")


async def test_a_backup_is_one_moment_of_a_desk_that_writes(store: Store, tmp_path: Path) -> None:
    await had(store, *(f"phone:u{number}" for number in range(20)))

    wrote, is_made = 20, asyncio.Event()

    async def write() -> None:
        nonlocal wrote
        while not is_made.is_set():
            await had(store, f"phone:u{wrote}")
            wrote += 1

    writing = asyncio.create_task(write())
    while wrote < 22:
        await asyncio.sleep(0.001)
    made = await asyncio.to_thread(lambda: asyncio.run(saved(store, tmp_path)))
    is_made.set()
    await writing
    assert 22 <= made.users <= wrote
    file = apsw.Connection(str(made.file), flags=apsw.SQLITE_OPEN_READONLY)
    orphans = (
        "SELECT count(*) FROM event WHERE session NOT IN (SELECT id FROM session)",
        "SELECT count(*) FROM session WHERE last_event<>(SELECT count(*) FROM event WHERE session=id)",
        "SELECT count(*) FROM head h WHERE n<>(SELECT count(*) FROM dedupe WHERE session=h.session)",
    )
    assert [file.execute(sql).get for sql in orphans] == [0, 0, 0]
    # One after the other wrote, so whoever is there has all of it, but for the last one.
    written = file.execute('SELECT "user", last_event FROM session ORDER BY length("user"), "user"')
    *whole, last = [(user, count) for user, count in written]
    assert [*whole, last[:1]] == [
        *((f"phone:u{number}", 2) for number in range(len(whole))),
        (f"phone:u{len(whole)}",),
    ]
    file.close()


# --- refusing ------------------------------------------------------------------------------------
async def test_a_desk_that_runs_is_not_replaced(store: Store, make_store: OpenStore, tmp_path: Path) -> None:
    await fill(store)
    made = await saved(store, tmp_path)
    with pytest.raises(StoreInUse, match=r"Stop it first"):
        await restored(make_store(), made.file, tmp_path, replace=True)
    assert len(await store.sessions()) == 3


async def test_data_is_replaced_only_when_told_so_and_kept_to_undo_it(
    make_store: OpenStore, tmp_path: Path
) -> None:
    first = make_store()
    await first.open()
    await had(first, "phone:anna")
    made = await saved(first, tmp_path)
    await had(first, "phone:bob")
    await first.close()
    with pytest.raises(SettingsError, match="--replace"):
        await restored(make_store(), made.file, tmp_path)
    done = await restored(make_store(), made.file, tmp_path, replace=True)
    assert done.before is not None
    assert await users(make_store()) == ["phone:anna"]
    await restored(make_store(), done.before, tmp_path, replace=True)
    assert await users(make_store()) == ["phone:anna", "phone:bob"]
    assert not list((tmp_path / ".frontdesk").glob(".*"))  # nothing unfinished is left


async def users(store: Store) -> list[str]:
    await store.open()
    found = sorted(row.user for row in await store.sessions())
    await store.close()
    return found


def cut(share: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(len(content) * share)]


def flip(content: bytes) -> bytes:
    """One letter of what a customer wrote."""
    place = content.index(b'{"n":2}')
    return content[:place] + b'{"n":3}' + content[place + 7 :]


BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut in its first page": (cut(0.01), "damaged or was cut off"),
    "cut in the middle": (cut(0.5), "damaged or was cut off"),
    "cut by a byte": (lambda content: content[:-1], "damaged or was cut off"),
    "another letter": (flip, "not what was written"),
    "no checksum": (lambda content: content.replace(b"checksum TEXT", b"checksam TEXT"), "damaged"),
    "empty": (lambda content: b"", "no backup of a desk"),
    "something else": (lambda content: b"PK\x03\x04" + content, "no backup of a desk"),
}


@pytest.mark.parametrize("how", BROKEN)
async def test_what_is_not_whole_is_refused_and_changes_nothing(tmp_path: Path, how: str) -> None:
    store = SqliteStore(tmp_path / ".frontdesk" / "desk.db")
    await store.open()
    await had(store, "phone:anna")
    made = await saved(store, tmp_path)
    await store.close()
    kept = store.path.read_bytes()
    spoil, said = BROKEN[how]
    bad = tmp_path / "bad.backup"
    bad.write_bytes(spoil(made.file.read_bytes()))
    with pytest.raises(StoreError, match=said):
        await restored(store, bad, tmp_path, replace=True)
    assert store.path.read_bytes() == kept
    with pytest.raises(StoreError, match="no file"):
        await restored(store, tmp_path / "none.backup", tmp_path, replace=True)


@pytest.mark.parametrize("bit", [100, 113, 4_096])
async def test_its_checksum_is_found_however_the_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bit: int
) -> None:
    store = SqliteStore(tmp_path / ".frontdesk" / "desk.db")
    await store.open()
    made = await saved(store, tmp_path)
    await store.close()
    monkeypatch.setattr(backups, "A_BIT", bit)
    assert backups.check(made.file) == made


async def test_what_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(tmp_path / ".frontdesk" / "desk.db")
    await store.open()
    made = await saved(store, tmp_path)
    kept = made.file.read_bytes()
    with pytest.raises(StoreError, match="is no file that could be replaced"):
        await back_up(archive(store), Path("/dev/null"), NOW, quiet)

    def full(*_: object) -> None:
        raise apsw.FullError("database or disk is full")

    monkeypatch.setattr("frontdesk.store.archive.seal", full)
    with pytest.raises(StoreError, match=r"disk is full.*What was there before still is"):
        await saved(store, tmp_path)
    await store.close()
    assert made.file.read_bytes() == kept
    assert names(tmp_path) == [".frontdesk", "a.backup"]


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


async def test_a_copy_of_the_data_is_no_backup(tmp_path: Path) -> None:
    """It may lack what its log holds."""
    store = SqliteStore(tmp_path / ".frontdesk" / "desk.db")
    await store.open()
    await store.close()
    with pytest.raises(StoreError, match="no backup of a desk: `frontdesk backup` makes one"):
        await restored(SqliteStore(tmp_path / "other" / "desk.db"), store.path, tmp_path)


async def test_what_fails_half_way_leaves_the_data_as_it_was(
    make_store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_store()
    await first.open()
    await had(first, "phone:anna")
    made = await saved(first, tmp_path)
    await had(first, "phone:bob")
    await first.close()

    def fail(*_: object) -> None:
        raise OSError("the disk is gone")

    where = "postgres_archive._rows" if isinstance(first, PostgresStore) else "sqlite_archive.Path.replace"
    with monkeypatch.context() as patched:
        patched.setattr(f"frontdesk.store.{where}", fail)
        with pytest.raises((OSError, StoreError)):
            await restored(make_store(), made.file, tmp_path, replace=True)
    assert await users(make_store()) == ["phone:anna", "phone:bob"]


# --- other versions ------------------------------------------------------------------------------
async def test_a_backup_of_an_older_version_is_brought_here(make_store: OpenStore, tmp_path: Path) -> None:
    old = tmp_path / "old.backup"
    file = apsw.Connection(str(old))
    file.execute(Path(__file__).with_name("version_1.sql").read_text())
    file.execute("INSERT INTO dedupe VALUES ('phone', 'm1', 's-m1', 1, ?)", (AT,))
    file.execute("INSERT INTO messaging_user VALUES ('phone:anna', 1, 's-m1', NULL)")
    file.execute("INSERT INTO head VALUES ('s-m1', 1)")
    file.execute("INSERT INTO inbox VALUES ('s-m1', 1, 'phone:anna', 'message', x'6d31')")
    file.execute(
        "INSERT INTO session VALUES ('s-m1','phone:anna','phone',1,0,0,'new','none',NULL,?,x'')", (AT,)
    )
    file.execute("PRAGMA user_version=1")
    file.close()
    assert backups.seal(old, NOW).schema == 1
    await restored(make_store(), old, tmp_path)
    store = make_store()
    await store.open()
    assert (await store.intake(an_intake("m1"))).is_duplicate
    assert (await store.intake(an_intake("m2"))).n == 2
    assert (await store.conversation("phone:anna")).pending == [("s-m1", 1, b"m1"), ("s-m1", 2, b"m2")]
    await store.close()


async def test_a_backup_of_a_newer_version_is_refused_with_what_to_run(
    make_store: OpenStore, tmp_path: Path
) -> None:
    new = tmp_path / "new.backup"
    file = apsw.Connection(str(new))
    file.execute(SCHEMA.read_text())
    file.execute(f"PRAGMA user_version={VERSION + 1}")
    file.close()
    backups.seal(new, NOW)
    with pytest.raises(StoreVersion, match=r"newer frontdesk .*`pip install --upgrade"):
        await restored(make_store(), new, tmp_path)


async def test_data_that_cannot_be_read_is_kept_as_it_is(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / ".frontdesk" / "desk.db")
    await store.open()
    await had(store, "phone:anna")
    made = await saved(store, tmp_path)
    await store.close()
    ruined = b"not a database" * 100
    store.path.write_bytes(ruined)
    with pytest.raises(StoreError, match="no sound database"):
        await saved(store, tmp_path)
    done = await restored(store, made.file, tmp_path, replace=True)
    assert done.before is not None
    assert done.before.read_bytes() == ruined
    assert await users(store) == ["phone:anna"]


async def test_the_log_of_a_desk_that_was_killed_is_kept_and_not_taken_for_the_new_data(
    tmp_path: Path,
) -> None:
    store = SqliteStore(tmp_path / "first" / "desk.db")
    await store.open()
    await had(store, "phone:anna")
    made = await saved(store, tmp_path)
    await had(store, "phone:bob")
    killed = SqliteStore(tmp_path / ".frontdesk" / "desk.db")
    killed.path.parent.mkdir()
    for end in ("", "-wal"):
        copyfile(f"{store.path}{end}", f"{killed.path}{end}")
    await store.close()
    done = await restored(killed, made.file, tmp_path, replace=True)
    assert done.before is not None
    assert backups.read(done.before).users == 2
    assert await users(killed) == ["phone:anna"]


async def test_a_process_that_slept_through_a_restore_writes_nothing_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_connect, "DEAD", "w.until < now()")  # the server need not be old
    open_store = KINDS["postgres"](tmp_path)
    slept = open_store()
    await slept.open()
    try:
        await slept.beat(takes=True)
        await had(slept, "phone:anna")
        made = await saved(slept, tmp_path)
        with pytest.raises(StoreInUse, match="is served by frontdesk"):
            await restored(open_store(), made.file, tmp_path, replace=True)
        assert isinstance(slept, PostgresStore)
        other = await asyncpg.connect(slept.place.url)
        await other.execute("UPDATE worker SET until=now() - interval '1 minute'")
        await other.close()
        await restored(open_store(), made.file, tmp_path, replace=True)
        with pytest.raises(ShardsLost):
            await slept.commit(a_turn("s-anna1", 3, state=state("s-anna1", 3)))
        assert (await slept.conversation("phone:anna")).last_in == 2
        with pytest.raises(ShardsLost):
            await slept.beat(takes=True)
        lease = await slept.beat(takes=True)  # and now it works on what there is
        assert len(lease.shards) == SHARDS
        assert await slept.commit(a_turn("s-anna1", 3, ordinal=101, state=state("s-anna1", 3, 101)))
    finally:
        await slept.close()


# --- behind what happened since ------------------------------------------------------------------
async def test_what_comes_after_a_restore_has_numbers_that_nothing_had_before(
    make_store: OpenStore, tmp_path: Path
) -> None:
    """A message's key is made of them, and who has seen a key takes no other message under it."""
    first = make_store()
    await first.open()
    await had(first, "phone:idle", "phone:busy")
    taken = (await first.conversation("phone:idle")).last_in + 1
    more = {"user": "phone:idle", "state": state("s-idle1", taken)}
    await first.commit(a_turn("s-idle1", taken, **more))
    before = await first.latest(["phone:idle", "phone:busy"])
    made = await saved(first, tmp_path)
    await first.close()
    numbers = []
    for hours in (1, 2):  # the same backup twice
        now = NOW + timedelta(hours=hours)
        await restored(make_store(), made.file, tmp_path, replace=True, now=now)
        store = make_store()
        await store.open()
        known = await store.conversation("phone:idle")
        held = orjson.loads(known.state or b"")
        [row] = await store.sessions(user="phone:idle")
        assert (held["last_event"], held["ordinal"]) == (row.last_event, row.ordinal)
        assert (held["last_inbound"], known.ordinal) == (known.last_in, row.ordinal)
        assert (await store.intake(an_intake("idle9", user="phone:idle"))).n == known.last_in + 1
        numbers.append((row.last_event, known.last_in))
        after = await store.latest(["phone:idle", "phone:busy"])
        assert all(after[user] >> 32 > (before[user] >> 32) + 99 for user in before)
        # What was under way is the same work again, under the same keys.
        busy = await store.conversation("phone:busy")
        assert [n for _, n, _ in busy.pending] == [busy.last_in + 1] == [3]
        await store.close()
    assert min(numbers[0]) > 65_536
    assert min(numbers[1]) > max(numbers[0]) + 3_600
