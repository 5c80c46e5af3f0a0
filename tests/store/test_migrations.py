"""Data of another version is refused by name; `frontdesk migrate` brings older data here and keeps it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import asyncpg
import pytest

from frontdesk.errors import SettingsError, StoreInUse, StoreVersion
from frontdesk.store.base import ALL_SHARDS, Store, shard_of
from frontdesk.store.migrations import VERSION, created
from frontdesk.store.postgres import PostgresStore
from frontdesk.store.sqlite import SCHEMA, SqliteStore
from tests.store.conftest import OpenStore
from tests.store.rows import AT, USER, a_turn, an_intake

OLD = Path(__file__).with_name("version_1.sql")  # as the first version made it
OLD_POSTGRES = Path(__file__).with_name("version_2_postgres.sql")  # as the second one did


async def on(store: Store, work: Callable[[Any], Any], sql: str = "") -> Any:
    """Do something with the data itself: `work` on SQLite's connection, or SQL on PostgreSQL."""
    if isinstance(store, SqliteStore):
        store.path.parent.mkdir(exist_ok=True)
        connection = apsw.Connection(str(store.path))
        done = work(connection)
        connection.close()
        return done
    assert isinstance(store, PostgresStore)
    other = await asyncpg.connect(store.place.url)
    done = await (other.fetch(sql) if sql.startswith("SELECT") else other.execute(sql))
    await other.close()
    return done


async def set_version(store: Store, version: int) -> None:
    await on(
        store,
        lambda file: file.execute(f"PRAGMA user_version={version}"),
        f"UPDATE setting SET value='{version}' WHERE name='schema_version'",
    )


async def shape(store: Store) -> list[str]:
    """Every index that the data has, as it was made, and PostgreSQL's columns."""
    return sorted(
        row[0]
        for row in await on(
            store,
            lambda file: list(file.execute("SELECT sql FROM sqlite_master WHERE sql LIKE 'CREATE INDEX%'")),
            "SELECT indexdef FROM pg_indexes WHERE schemaname=current_schema()"
            " UNION ALL SELECT"
            " concat_ws(' ', table_name, ordinal_position, column_name, data_type, is_nullable)"
            " FROM information_schema.columns WHERE table_schema=current_schema()",
        )
    )


async def make_old(store: Store) -> None:
    """The data as version 1 left it, with a message in it."""

    def write(file: apsw.Connection) -> None:
        file.execute(OLD.read_text())
        file.execute("INSERT INTO dedupe VALUES ('phone', 'm1', 's-m1', 1, ?)", (AT,))
        file.execute("INSERT INTO messaging_user VALUES (?, 1, 's-m1', NULL)", (USER,))
        file.execute("INSERT INTO head VALUES ('s-m1', 2)")
        values = (USER, AT, b"state")
        file.execute(
            "INSERT INTO session VALUES ('s-m1',?,'phone',1,1,1,'active','bot:shop',NULL,?,?)", values
        )
        file.execute("INSERT INTO inbox VALUES ('s-m1', 2, ?, 'message', x'6d32')", (USER,))
        file.execute("INSERT INTO outbox VALUES ('s-m1', 1, ?, 'phone', x'', 0, ?, 'ready')", (USER, AT))
        file.execute("INSERT INTO timer VALUES ('s-m1', 'ask', ?, 1, ?)", (USER, AT))
        file.execute("PRAGMA user_version=1")

    await on(
        store,
        write,
        f"{OLD_POSTGRES.read_text()};"
        f"INSERT INTO dedupe VALUES ('phone', 'm1', 's-m1', 1, '{AT}');"
        f"INSERT INTO messaging_user VALUES ('{USER}', 1, 's-m1', NULL);"
        "INSERT INTO head VALUES ('s-m1', 2);"
        f"INSERT INTO session VALUES ('s-m1','{USER}','phone',1,1,1,'active','bot:shop',NULL,'{AT}','state');"
        f"INSERT INTO inbox VALUES ('s-m1', 2, '{USER}', 'message', 'm2');"
        f"INSERT INTO outbox VALUES ('s-m1', 1, '{USER}', 'phone', 'hello', 0, '{AT}', 'ready');"
        f"INSERT INTO timer VALUES ('s-m1', 'ask', '{USER}', 1, '{AT}');"
        "INSERT INTO worker VALUES ('frontdesk there 1', '7');"
        "DROP INDEX dedupe_at; UPDATE setting SET value='1'",  # and the first one
    )


async def test_older_data_is_refused_with_the_command_that_brings_it_here(make_store: OpenStore) -> None:
    await make_old(make_store())
    with pytest.raises(
        StoreVersion, match=r"older frontdesk \(schema 1, this one needs 3\).*`frontdesk migrate`"
    ):
        await make_store().open()
    assert await make_store().migrate() == 1
    assert await make_store().migrate() == VERSION
    store = make_store()
    await store.open()
    again = await store.intake(an_intake("m1"))
    assert (again.session, again.n, again.is_duplicate) == ("s-m1", 1, True)
    assert (await store.intake(an_intake("m3"))).n == 3
    mine = {shard_of(USER)}
    assert await store.pending_users(mine) == [USER]
    assert [row.seq for row in await store.unsent(mine)] == [1]
    assert [row.name for row in await store.timers(mine)] == ["ask"]
    assert (await store.beat(takes=True)).shards == ALL_SHARDS
    assert await store.commit(a_turn("s-m1", 2))
    await store.close()


async def test_migrated_data_is_made_like_new_data(make_store: OpenStore, tmp_path: Path) -> None:
    store = make_store()
    await make_old(store)
    await store.migrate()
    migrated = await shape(store)
    if isinstance(store, SqliteStore):
        fresh: Store = SqliteStore(tmp_path / "fresh" / "desk.db")
    else:
        fresh = make_store()
        await on(
            fresh,
            lambda file: None,
            "DO $$ BEGIN EXECUTE (SELECT string_agg("
            "format('DROP TABLE %I CASCADE', tablename), ';') FROM pg_tables"
            " WHERE schemaname=current_schema()); END $$",
        )
    await fresh.open()
    await fresh.close()
    assert any("dedupe_at" in made for made in migrated)
    assert migrated == await shape(fresh)


async def test_newer_data_is_refused(make_store: OpenStore) -> None:
    first = make_store()
    await first.open()
    await first.close()
    await set_version(first, VERSION + 1)
    for refused in (make_store().open(), make_store().migrate()):
        with pytest.raises(StoreVersion, match=r"newer frontdesk .*Install the newer version"):
            await refused


async def test_data_that_is_served_is_not_migrated(store: Store, make_store: OpenStore) -> None:
    with pytest.raises(StoreInUse, match="Stop it first"):
        await make_store().migrate()


async def test_where_no_desk_was_there_is_nothing_to_migrate(make_store: OpenStore) -> None:
    with pytest.raises(SettingsError, match="holds no desk yet"):
        await make_store().migrate()


def test_the_file_that_makes_a_new_store_says_what_the_tables_say(pytestconfig: pytest.Config) -> None:
    lines = ";\n\n".join(created("sqlite")).expandtabs(2).replace("\n)\n WITHOUT", "\n) WITHOUT").splitlines()
    written = "\n".join(line.rstrip() for line in lines) + ";\n"
    if pytestconfig.getoption("--update"):
        SCHEMA.write_text(written, encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == written, "look at the difference, then --update"
