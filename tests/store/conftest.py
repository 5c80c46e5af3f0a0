"""The stores that pass this suite. A third one is one more line in `KINDS`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from frontdesk.store.base import Store
from frontdesk.store.postgres import PostgresStore
from frontdesk.store.sqlite import SqliteStore
from tests.database import new_place

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
