"""The stores that pass this suite. A third one is one more line in `KINDS`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from frontdesk.store import postgres as postgres_store
from frontdesk.store import postgres_connect, postgres_lease, postgres_writer
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
    url = new_place(stands_still=True)
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


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stands still for seconds is no database that is away, and no process that hangs."""
    for module in (postgres_store, postgres_connect, postgres_lease):
        monkeypatch.setattr(module, "CONNECT_WITHIN", 120.0)
    for name in ("HURRIED", "PATIENT"):
        monkeypatch.setattr(postgres_writer, name, 120.0)
    monkeypatch.setitem(postgres_connect._WRITES, "idle_in_transaction_session_timeout", "120s")


@pytest.fixture
def url() -> str:
    """An empty place in PostgreSQL, where no time passes unless a test says so."""
    return new_place(stands_still=True)


@pytest.fixture
async def process(url: str) -> AsyncIterator[MakeStore]:
    """Processes on one database."""
    opened: list[PostgresStore] = []

    async def start() -> PostgresStore:
        made = PostgresStore(url)
        await made.open()
        opened.append(made)
        return made

    yield start
    for one in opened:
        await one.close()
