"""Numbered steps from an empty store to this version, each compiled to the store's own dialect."""

from __future__ import annotations

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
            for made in (CreateTable(table), *(CreateIndex(index) for index in table.indexes))
        ]
    }
    return [sql for number in range(since + 1, VERSION + 1) for sql in steps[number]]


def _dialect(name: str):  # type: ignore[no-untyped-def]
    from importlib import import_module

    return import_module(f"sqlalchemy.dialects.{name}").dialect()
