"""The stores that pass this suite. A second one is one more line in `KINDS`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from frontdesk.store.base import Store
from frontdesk.store.sqlite import SqliteStore

OpenStore = Callable[[], Store]
"""Another `Store` on the same data, not opened yet."""

KINDS: dict[str, Callable[[Path], Store]] = {
    "sqlite": lambda folder: SqliteStore(folder / ".frontdesk" / "desk.db"),
}


@pytest.fixture(params=sorted(KINDS))
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    return lambda: KINDS[request.param](tmp_path)


@pytest.fixture
async def store(make_store: OpenStore) -> AsyncIterator[Store]:
    opened = make_store()
    await opened.open()
    yield opened
    await opened.close()
