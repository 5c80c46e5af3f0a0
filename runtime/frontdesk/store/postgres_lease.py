"""Which process works on which users, kept in the database: a row a process and a row a shard.

A process's row is its fence. Each of its batches writes the row and must find it not over; who takes
over marks it so in the transaction that takes the shards. Its lease only tells others when they may.
All times are the server's. Who changes a shard holds the row of its owner, so nobody waits in a circle.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import socket
from collections.abc import Collection
from dataclasses import dataclass

from frontdesk.store.base import SHARDS, Lease
from frontdesk.store.migrations import created
from frontdesk.store.postgres_connect import (
    CONNECT_WITHIN,
    DEAD,
    LEASE,
    Connection,
    Place,
    check_version,
    create,
    take_lock_briefly,
    version_of,
)

DOUBTFUL = 600.0  # seconds for which a call that a stopped process had begun may still be made
_REGISTER = (
    f"INSERT INTO worker VALUES ($1, '', false, now() + interval '{LEASE} s', NULL) ON CONFLICT DO NOTHING"
)
_RENEW = (
    f"UPDATE worker SET batch=$2, takes=$3, until=now() + interval '{LEASE} s' WHERE id=$1 AND over IS NULL"
)
_SEES_OTHERS = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"
_END_EARLIER = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name=$1 AND pid<>$2"
_SERVER_AGE = "SELECT extract(epoch FROM now() - pg_postmaster_start_time())::float8"
_GIVE = "UPDATE shard SET owner=NULL WHERE owner=$1 AND id=ANY($2::int2[])"
_STATE = f"""
SELECT (SELECT count(*) FROM worker WHERE over IS NULL AND takes) AS workers,
  (SELECT count(*) FROM worker WHERE over IS NULL AND until > now()) AS processes,
  EXISTS (SELECT 1 FROM worker w WHERE w.id <> $1 AND {DEAD}) AS is_one_dead,
  EXISTS (SELECT 1 FROM shard WHERE owner IS NULL) AS is_one_free,
  ARRAY(SELECT id FROM shard WHERE owner = $1) AS mine,
  ARRAY(SELECT id FROM shard WHERE owner = $1 AND doubtful_until > now()) AS doubtful,
  (SELECT value FROM setting WHERE name = 'release') AS release
"""
# A row that another process holds is that of one that lives, or somebody else judges it just now.
_TAKE_OVER = f"""
WITH dead AS (SELECT w.id FROM worker w WHERE w.id <> $1 AND {DEAD} FOR UPDATE SKIP LOCKED)
UPDATE worker w SET over=now() FROM dead WHERE w.id = dead.id RETURNING w.id
"""
_FREE = "UPDATE shard SET owner=NULL WHERE owner=$1"
# Of processes that are over: what one had begun may yet happen if it still has a connection, or had none
# only because the server went down.
_FREE_DEAD = f"""
UPDATE shard s SET owner=NULL, doubtful_until = CASE WHEN EXISTS (SELECT 1 FROM pg_stat_activity a
    WHERE starts_with(a.application_name, split_part(s.owner, '/', 1)))
  OR (SELECT w.until - interval '{LEASE} s' < pg_postmaster_start_time() FROM worker w WHERE w.id = s.owner)
  THEN now() + interval '{DOUBTFUL} s' ELSE s.doubtful_until END
WHERE owner=ANY($1::text[])
"""
_TAKE = """
WITH free AS (SELECT id FROM shard WHERE owner IS NULL AND id <> ALL($3::int2[])
  ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
UPDATE shard s SET owner=$1 FROM free WHERE s.id = free.id
"""
_LEAVE = "UPDATE worker SET over=now() WHERE id=$1 AND over IS NULL"
_KEPT = "SELECT batch, over IS NOT NULL AS is_over FROM worker WHERE id=$1"
# Kept for a while: a process that was away reads there what became of its last batch.
FORGET_WORKERS = "DELETE FROM worker WHERE over < now() - interval '1 day'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """What a process says when it renews its lease."""

    takes: bool
    giving: Collection[int] = ()


class Over(Exception):
    """Others have taken over what this process held: its row says so."""

    def __str__(self) -> str:
        return "another process has taken over"


def new_name() -> str:
    """This process among the database's sessions; no two are the same, and none is longer than 50 letters.

    What it writes and reads on is called so and something more, at most 63 letters in all.
    """
    host = socket.gethostname()[:24].encode("ascii", "replace").decode().replace("/", "-")
    return f"frontdesk {host} {os.getpid()} {secrets.token_hex(4)}"


async def server_age(connection: Connection) -> float:
    """Seconds since the server was started: every process was away then, and its lease may be over."""
    return float(await connection.fetchval(_SERVER_AGE))


async def register(connection: Connection, place: Place, name: str) -> None:
    """Begin as a process of this desk; makes the tables where there are none."""
    if await version_of(connection) != 0:
        await check_version(connection, place)
    else:
        created("postgresql")  # put together now: the server ends a transaction that stands still for long
    async with connection.transaction():
        await connection.execute(_SEES_OTHERS)
        await take_lock_briefly(connection, place)
        await create(connection)
        await check_version(connection, place)
        await connection.execute(_REGISTER, name)


async def end_earlier(connection: Connection, name: str) -> None:
    """What an earlier connection of this process was doing must have come to its end, also for the server."""
    async with asyncio.timeout(CONNECT_WITHIN):
        for tried in itertools.count(1):
            if not await connection.fetch(_END_EARLIER, name, connection.get_server_pid()):
                return
            await asyncio.sleep(min(tried / 100, 0.2))


async def kept_batch(connection: Connection, name: str) -> tuple[str, bool]:
    """The last batch that a process has committed, and whether the process is over."""
    row = await connection.fetchrow(_KEPT, name)
    return (row["batch"], row["is_over"]) if row is not None else ("", True)


async def beat(connection: Connection, name: str, batch: str, said: Beat, *, judges: bool) -> Lease:
    """Inside a transaction that is READ COMMITTED: renew, give back, take over, take. Over: too late."""
    if await connection.execute(_RENEW, name, batch, said.takes) != "UPDATE 1":
        raise Over
    if said.giving:
        await _durably(connection)
        await connection.execute(_GIVE, name, list(said.giving))
    state = await connection.fetchrow(_STATE, name)
    assert state is not None
    if said.takes and (state["is_one_free"] or (judges and state["is_one_dead"])):
        await _durably(connection)
        if judges and state["is_one_dead"]:
            dead = [row["id"] for row in await connection.fetch(_TAKE_OVER, name)]
            await connection.execute(_FREE_DEAD, dead)
            state = await connection.fetchrow(_STATE, name)
            assert state is not None
        missing = _share(state["workers"]) - len(state["mine"])
        if missing > 0:
            await connection.execute(_TAKE, name, missing, list(said.giving))
            state = await connection.fetchrow(_STATE, name)
            assert state is not None
    return Lease(
        shards=frozenset(state["mine"]),
        doubtful=frozenset(state["doubtful"]),
        share=_share(state["workers"]) if said.takes else 0,
        processes=state["processes"],
        release=state["release"],
    )


async def _durably(connection: Connection) -> None:
    """Who owns what must survive a crash of the server; a lease need not, it is over by then."""
    await connection.execute("SET LOCAL synchronous_commit TO DEFAULT")


def _share(workers: int) -> int:
    return -(-SHARDS // max(workers, 1))


async def leave(connection: Connection, name: str) -> None:
    """Give everything back: the process ends."""
    async with connection.transaction():
        await connection.execute(_SEES_OTHERS)
        if await connection.execute(_LEAVE, name) == "UPDATE 1":
            await connection.execute(_FREE, name)
