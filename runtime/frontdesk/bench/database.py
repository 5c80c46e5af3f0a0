"""What a PostgreSQL database can do in the same minute, in a schema of its own that is removed again."""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from typing import Any

import asyncpg

from frontdesk.bench.probes import BODY, EVENTS, STATE
from frontdesk.store.postgres_connect import Place

_TABLES = """
CREATE TABLE probe_dedupe (account text, id text, session text, n int8, PRIMARY KEY (account, id));
CREATE TABLE probe_session (id text PRIMARY KEY, n int8, state bytea);
CREATE TABLE probe_event (session text, seq int8, kind text, body bytea, PRIMARY KEY (session, seq));
CREATE TABLE probe_outbox (session text, seq int8, body bytea, PRIMARY KEY (session, seq));
CREATE TABLE probe_one (n int8);
"""
# Rows like a turn's, of as many turns as come together, with nothing read and nothing decided.
_TURNS = """
WITH t AS (SELECT * FROM unnest($1::text[], $2::int8[]) AS t(session, n)),
dedupe AS (INSERT INTO probe_dedupe SELECT 'wire', session || ':' || n, session, n FROM t),
session AS (INSERT INTO probe_session SELECT session, n, $3::bytea FROM t
  ON CONFLICT (id) DO UPDATE SET n=excluded.n, state=excluded.state),
event AS (INSERT INTO probe_event
  SELECT session, n * $5::int8 + e, 'kind', $4::bytea FROM t, generate_series(0, $5::int8 - 1) e),
outbox AS (INSERT INTO probe_outbox SELECT session, n, $4::bytea FROM t)
DELETE FROM probe_outbox o USING t WHERE o.session = t.session AND o.seq = t.n - 1
"""


class Database:
    """One schema of a database, from `open` to `close`."""

    def __init__(self, url: str) -> None:
        self._place = Place(url)
        self._schema = f"frontdesk_bench_{secrets.token_hex(4)}"
        self.store = f"{url}{'&' if '?' in url else '?'}search_path={self._schema}"
        self.about = ("", "", "")  # what it is, its journal, its synchronous_commit

    async def open(self) -> None:
        """Make the schema."""
        connection = await self._place.patient("bench")
        try:
            await connection.execute(f"CREATE SCHEMA {self._schema}")
            name = f"PostgreSQL {await connection.fetchval('SHOW server_version')}"
            durable = await connection.fetchval("SHOW fsync") == "on"
            synchronous = await connection.fetchval("SHOW synchronous_commit")
            self.about = (name, "wal", synchronous if durable else f"{synchronous}, but fsync off")
        except Exception as error:
            raise self._place.plain(error) from error
        finally:
            await connection.close()

    async def close(self) -> None:
        """Remove everything that was written."""
        connection = await self._place.patient("bench")
        try:
            await connection.execute(f"DROP SCHEMA {self._schema} CASCADE")
        finally:
            await connection.close()

    async def fsync_p50(self, times: int = 200) -> float:
        """Milliseconds of a commit of one small row, the median."""
        connection = await self._probe()
        took = []
        for number in range(times):
            began = time.perf_counter()
            await connection.execute("INSERT INTO probe_one VALUES ($1)", number)
            took.append((time.perf_counter() - began) * 1000)
        await connection.close()
        return statistics.median(took)

    async def raw_turns_per_s(self, sessions: int, seconds: float) -> float:
        """Group commits a second of rows like a turn's, with nothing decided."""
        connection = await self._probe()
        waiting: dict[str, tuple[int, asyncio.Future[None]]] = {}
        done, began = 0, time.perf_counter()
        loop = asyncio.get_running_loop()

        async def one(session: str) -> None:
            nonlocal done
            n = 0
            while time.perf_counter() - began < seconds:
                n += 1
                committed = loop.create_future()
                waiting[session] = (n, committed)
                await committed
                done += 1

        async def commit() -> None:
            nonlocal waiting
            while True:
                batch, waiting = waiting, {}
                if batch:
                    numbers = [n for n, _ in batch.values()]
                    await connection.execute(_TURNS, list(batch), numbers, STATE, BODY, EVENTS)
                    for _, committed in batch.values():
                        committed.set_result(None)
                await asyncio.sleep(0)

        committing = asyncio.create_task(commit())
        await asyncio.gather(*(one(f"{number:013x}") for number in range(sessions)))
        took = time.perf_counter() - began
        committing.cancel()
        await connection.close()
        return done / took

    async def _probe(self) -> asyncpg.Connection[Any]:
        connection = await Place(self.store).writing("frontdesk bench")
        await connection.execute(_TABLES.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS"))
        await connection.execute("TRUNCATE probe_dedupe, probe_session, probe_event, probe_outbox")
        return connection
