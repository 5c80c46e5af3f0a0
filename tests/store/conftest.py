"""The stores that pass this suite. A third one is one more line in `KINDS`."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from frontdesk.store.base import Store
from frontdesk.store.postgres import PostgresStore
from frontdesk.store.sqlite import SqliteStore
from tests.database import new_place
from tests.store.processes import MakeStore

OpenStore = Callable[[], Store]
"""Another `Store` on the same data, not opened yet."""


def sqlite(folder: Path) -> OpenStore:
    return lambda: SqliteStore(folder / ".frontdesk" / "desk.db")


def postgres(folder: Path) -> OpenStore:
    url = new_place()
    return lambda: PostgresStore(url)


KINDS: dict[str, Callable[[Path], OpenStore]] = {"postgres": postgres, "sqlite": sqlite}


@pytest.fixture(params=sorted(KINDS))
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    return KINDS[request.param](tmp_path)


@pytest.fixture
async def store(make_store: OpenStore) -> AsyncIterator[Store]:
    opened = make_store()
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def url() -> str:
    """An empty place in PostgreSQL."""
    return new_place()


@pytest.fixture
async def process(url: str) -> AsyncIterator[MakeStore]:
    """Processes on one database. They may judge others at once, however young the server is."""
    opened: list[PostgresStore] = []

    async def start() -> PostgresStore:
        made = PostgresStore(url)
        await made.open()
        made._writes._judges_from = -math.inf
        opened.append(made)
        return made

    yield start
    for one in opened:
        await one.close()
