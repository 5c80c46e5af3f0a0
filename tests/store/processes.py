"""Several processes on one PostgreSQL database, inside one test; and what can happen to one of them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from frontdesk.store.base import ALL_SHARDS
from frontdesk.store.postgres import PostgresStore
from frontdesk.store.postgres_connect import LEASE

MakeStore = Callable[[], Awaitable[PostgresStore]]


def name_of(store: PostgresStore) -> str:
    return store._writes._name


async def say(url: str, sql: str, *values: Any) -> str:
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.execute(sql, *values))
    finally:
        await connection.close()


async def says_nothing_for(url: str, name: str, seconds: float) -> None:
    """As if a process had not renewed its lease for so long."""
    sql = "UPDATE worker SET until=now() + $2 * interval '1 s' WHERE id=$1"
    assert await say(url, sql, name, LEASE - seconds) == "UPDATE 1"


async def kill(store: PostgresStore) -> str:
    """What is left of a process that was killed, as soon as the server has seen it; gives its name."""
    writer = store._writes
    assert writer._task is not None
    assert writer._connection is not None
    writer._task.cancel()
    await asyncio.gather(writer._task, return_exceptions=True)
    gone, writer._connection, store._writer = writer._connection, None, None
    gone.terminate()
    if store._pool is not None:
        store._pool.terminate()
    await _unseen(store.place.url, writer._process)
    return writer._name


async def _unseen(url: str, process: str) -> None:
    """Wait until the server has no connection of a process any more."""
    connection = await asyncpg.connect(url)
    try:
        while await connection.fetchval(_SEEN, process):
            await asyncio.sleep(0.005)
    finally:
        await connection.close()


_SEEN = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE starts_with(application_name, $1))"


async def taken_over(url: str, stale: PostgresStore, other: PostgresStore) -> None:
    """A process that hung for longer than its lease, and another that works in its place."""
    await says_nothing_for(url, name_of(stale), LEASE + 1)
    other._writes._judges_from = -math.inf
    assert (await other.beat(takes=True)).shards == ALL_SHARDS
