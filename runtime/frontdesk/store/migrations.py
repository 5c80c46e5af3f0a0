"""From an empty store, or an older one, to this version: SQL for each store's own dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from sqlalchemy.schema import DDLElement

VERSION = 2

# Written out, not made from `schema.py`: a step is what it was, however the schema goes on.
STEPS: dict[int, tuple[str, ...]] = {
    2: ("CREATE INDEX dedupe_at ON dedupe (at)",),
}
"""What takes a store from the version before to this one; the first version is in no step."""

TO_DO = {
    "older": "Stop the desk, make a copy of its data and run `frontdesk migrate`.",
    "newer": "Install the newer version, or restore a backup made before.",
}


def created(dialect: str) -> list[str]:
    """The SQL that makes an empty store of this version."""
    from sqlalchemy.schema import CreateIndex, CreateTable

    from frontdesk.store.schema import metadata

    compiled = _dialect(dialect)
    return [
        str(made.compile(dialect=compiled)).strip()
        for table in metadata.sorted_tables
        if table.info.get("dialect", dialect) == dialect
        for made in cast("list[DDLElement]", [CreateTable(table), *map(CreateIndex, _indexes(table))])
    ]


def upgrade(since: int) -> list[str]:
    """The SQL that takes a store from version `since` to `VERSION`, in order."""
    return [sql for number in range(since + 1, VERSION + 1) for sql in STEPS[number]]


def refusal(place: str, version: int) -> str | None:
    """Why a store of this version cannot be opened by this code, and what to do; None: it can."""
    if version == VERSION:
        return None
    which = "newer" if version > VERSION else "older"
    return (
        f"{place} was written by {'a newer' if which == 'newer' else 'an older'} frontdesk "
        f"(schema {version}, this one {'knows' if which == 'newer' else 'needs'} {VERSION}). {TO_DO[which]}"
    )


def _indexes(table: Any) -> list[Any]:
    return sorted(table.indexes, key=lambda index: str(index.name))


def _dialect(name: str) -> Any:
    from importlib import import_module

    return import_module(f"sqlalchemy.dialects.{name}").dialect()
