"""Numbered steps from an empty store to this version, each compiled to the store's own dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from sqlalchemy.schema import DDLElement

VERSION = 1


def statements(dialect: str, since: int) -> list[str]:
    """The SQL that takes a store from version `since` to `VERSION`, in order."""
    from sqlalchemy.schema import CreateIndex, CreateTable

    from frontdesk.store.schema import metadata

    compiled = _dialect(dialect)
    steps: dict[int, list[str]] = {
        1: [
            str(made.compile(dialect=compiled)).strip()
            for table in metadata.sorted_tables
            for made in cast("list[DDLElement]", [CreateTable(table), *map(CreateIndex, table.indexes)])
        ]
    }
    return [sql for number in range(since + 1, VERSION + 1) for sql in steps[number]]


def _dialect(name: str) -> Any:
    from importlib import import_module

    return import_module(f"sqlalchemy.dialects.{name}").dialect()
