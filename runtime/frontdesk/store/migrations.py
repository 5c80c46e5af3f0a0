"""From an empty store, or an older one, to this version: SQL for each store's own dialect."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from frontdesk.store.base import SHARDS

if TYPE_CHECKING:
    from sqlalchemy.schema import DDLElement

VERSION = 3

_SHARD_OF_USER = """get_byte(decode(md5(convert_to("user", 'UTF8')), 'hex'), 0)"""  # `base.shard_of`
_ALL_FREE = f"INSERT INTO shard SELECT number, NULL, NULL FROM generate_series(0, {SHARDS - 1}) number"

# Written out, not made from `schema.py`: a step is what it was, however the schema goes on.
STEPS: dict[int, dict[str, tuple[str, ...]]] = {
    2: {
        "sqlite": ("CREATE INDEX dedupe_at ON dedupe (at)",),
        "postgresql": ("CREATE INDEX dedupe_at ON dedupe (at)",),
    },
    # Several processes on one database.
    3: {
        "sqlite": (),
        "postgresql": (
            *(
                sql
                for table in ("inbox", "outbox", "timer")
                for sql in (
                    f"ALTER TABLE {table} ADD COLUMN shard SMALLINT",
                    f"UPDATE {table} SET shard={_SHARD_OF_USER}",
                    f"ALTER TABLE {table} ALTER COLUMN shard SET NOT NULL",
                )
            ),
            "CREATE INDEX inbox_shard ON inbox (shard)",
            "CREATE INDEX outbox_shard ON outbox (shard) WHERE status IN ('ready', 'retry', 'sending')",
            "CREATE INDEX timer_shard ON timer (shard, due)",
            "CREATE UNIQUE INDEX release_number ON release (number)",
            "DROP TABLE worker",
            'CREATE TABLE worker (id TEXT COLLATE "C" NOT NULL, batch TEXT COLLATE "C" NOT NULL,'
            " takes BOOLEAN NOT NULL, until TIMESTAMP WITH TIME ZONE NOT NULL,"
            " over TIMESTAMP WITH TIME ZONE, PRIMARY KEY (id))",
            'CREATE TABLE shard (id SMALLINT NOT NULL, owner TEXT COLLATE "C",'
            " doubtful_until TIMESTAMP WITH TIME ZONE, PRIMARY KEY (id))",
            _ALL_FREE,
        ),
    },
}
"""What takes a store from the version before to this one; the first version is in no step."""

TO_DO = {
    "older": "Stop the desk, make a copy of its data and run `frontdesk migrate`.",
    "newer": "Install the newer version, or restore a backup made before.",
}


@cache
def created(dialect: str) -> tuple[str, ...]:
    """The SQL that makes an empty store of this version."""
    from sqlalchemy.schema import CreateIndex, CreateTable

    from frontdesk.store.schema import metadata

    compiled = _dialect(dialect)
    statements = [
        str(made.compile(dialect=compiled)).strip()
        for table in metadata.sorted_tables
        if _has(dialect, table)
        for made in cast(
            "list[DDLElement]", [CreateTable(table), *map(CreateIndex, _indexes(table, dialect))]
        )
    ]
    return (*statements, _ALL_FREE) if dialect == "postgresql" else tuple(statements)


def upgrade(since: int, dialect: str) -> list[str]:
    """The SQL that takes a store from version `since` to `VERSION`, in order."""
    return [sql for number in range(since + 1, VERSION + 1) for sql in STEPS[number][dialect]]


def refusal(place: str, version: int) -> str | None:
    """Why a store of this version cannot be opened by this code, and what to do; None: it can."""
    if version == VERSION:
        return None
    which = "newer" if version > VERSION else "older"
    return (
        f"{place} was written by {'a newer' if which == 'newer' else 'an older'} frontdesk "
        f"(schema {version}, this one {'knows' if which == 'newer' else 'needs'} {VERSION}). {TO_DO[which]}"
    )


def _has(dialect: str, part: Any) -> bool:
    return bool(part.info.get("dialect", dialect) == dialect)


def _indexes(table: Any, dialect: str) -> list[Any]:
    mine = [index for index in table.indexes if _has(dialect, index)]
    return sorted(mine, key=lambda index: str(index.name))


def _dialect(name: str) -> Any:
    from importlib import import_module

    return import_module(f"sqlalchemy.dialects.{name}").dialect()
