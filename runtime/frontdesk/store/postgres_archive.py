"""A desk's tables in PostgreSQL as a whole: copied from one snapshot, replaced in one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import apsw
from sqlalchemy import Column, Table

from frontdesk.store.backup import Tell
from frontdesk.store.base import shard_of
from frontdesk.store.migrations import VERSION
from frontdesk.store.postgres_connect import Connection, Place, check_version, create, take_lock, version_of
from frontdesk.store.schema import metadata
from frontdesk.store.sqlite import SCHEMA

AT_ONCE = 1_000  # rows
TABLES = [table for table in metadata.sorted_tables if table.info.get("dialect", "sqlite") == "sqlite"]
"""What both stores have; the rest is about processes that run."""
_ITS_VERSION = "schema_version"  # a setting here, in the file's header there


class PostgresArchive:
    """One desk in one schema of one database."""

    def __init__(self, url: str) -> None:
        self.place = Place(url)

    async def copy(self, file: Path, tell: Tell) -> None:
        connection = await self.place.patient("backup")
        copied = apsw.Connection(str(file))
        try:
            await check_version(connection, self.place)
            copied.execute("PRAGMA journal_mode=OFF")
            copied.execute("PRAGMA synchronous=OFF")
            copied.execute(SCHEMA.read_text(encoding="utf-8"))
            copied.execute(f"PRAGMA user_version={VERSION}")
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                with copied:
                    await _copy_tables(connection, copied, tell)
        except Exception as error:
            raise self.place.plain(error) from error
        finally:
            copied.close()
            await connection.close()

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[HeldTables]:
        connection = await self.place.patient("restore")
        try:
            await take_lock(connection, self.place)
            yield HeldTables(self.place, connection, await version_of(connection) > 0)
        finally:
            await connection.close()


class HeldTables:
    """The tables while no process serves them."""

    def __init__(self, place: Place, connection: Connection, has_data: bool) -> None:
        self._place = place
        self._connection = connection
        self.has_data = has_data

    async def set_aside(self, file: Path) -> Path:
        raise NotImplementedError("a database that lost rows is its operator's: see its own backups")

    async def replace(self, file: Path, tell: Tell) -> None:
        restored = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            async with self._connection.transaction():
                await create(self._connection)
                await check_version(self._connection, self._place)
                await _replace_tables(self._connection, restored, tell)
        except Exception as error:
            raise self._place.plain(error) from error
        finally:
            restored.close()


async def _copy_tables(connection: Connection, copied: apsw.Connection, tell: Tell) -> None:
    done, total = 0, 0
    for table in TABLES:
        total += await connection.fetchval(f"SELECT count(*) FROM {table.name}")
    for table in TABLES:
        columns = _columns(table)
        insert = f"INSERT INTO {table.name} ({_names(columns)}) VALUES ({','.join('?' * len(columns))})"
        # In the order of its key, so that the file is written from its beginning to its end.
        ordered = f"SELECT {_names(columns)} FROM {table.name} ORDER BY {_names(table.primary_key.columns)}"
        reading = await connection.cursor(ordered)
        while rows := await reading.fetch(AT_ONCE):
            kept = [tuple(row) for row in rows if (table.name, row[0]) != ("setting", _ITS_VERSION)]
            copied.executemany(insert, kept)
            done += len(rows)
            tell(done, total)


async def _replace_tables(connection: Connection, restored: apsw.Connection, tell: Tell) -> None:
    await connection.execute(f"TRUNCATE {', '.join(table.name for table in TABLES)}")
    total = sum(int(restored.execute(f"SELECT count(*) FROM {table.name}").get) for table in TABLES)
    done = 0

    def counted(rows: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        nonlocal done
        for row in rows:
            done += 1
            if done % AT_ONCE == 0:
                tell(done, total)
            yield row

    for table in TABLES:
        names = [column.name for column in table.columns]
        await connection.copy_records_to_table(
            table.name, records=counted(_rows(restored, table)), columns=names
        )
    # Who slept through it all must not write what belongs to the data that is gone.
    await connection.execute("UPDATE worker SET over=now() WHERE over IS NULL")
    await connection.execute("UPDATE shard SET owner=NULL WHERE owner IS NOT NULL")
    await connection.execute("INSERT INTO setting VALUES ($1, $2)", _ITS_VERSION, str(VERSION))
    await connection.execute(
        "SELECT setval(pg_get_serial_sequence('problem', 'id'), COALESCE(MAX(id), 0) + 1, false) FROM problem"
    )


def _rows(restored: apsw.Connection, table: Table) -> Iterator[Sequence[Any]]:
    """A table's rows as PostgreSQL has them: a shard is its user's, and texts hold no NUL."""
    shared = _columns(table)
    places = {column.name: place for place, column in enumerate(shared)}
    picks = [places.get(column.name) for column in table.columns]
    user = places.get("user", 0)
    for row in restored.execute(f"SELECT {_names(shared)} FROM {table.name}"):
        values = [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in row]
        yield [values[pick] if pick is not None else shard_of(values[user]) for pick in picks]


def _columns(table: Table) -> list[Column[Any]]:
    """What both stores have of a table: a shard stands in PostgreSQL alone, and follows from its user."""
    return [column for column in table.columns if column.info.get("dialect", "sqlite") == "sqlite"]


def _names(columns: Any) -> str:
    return ", ".join(f'"{column.name}"' for column in columns)
