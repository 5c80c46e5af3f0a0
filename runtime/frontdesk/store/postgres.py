"""The store on PostgreSQL, for when one machine is outgrown: the same tables and steps as SQLite's.

One connection a process writes, by group commit; others read. Any number of processes may serve one desk.
Ways to connect that share a connection between clients (a pooler by transaction) do not fit: whether a
process lives is also seen by its connection.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import orjson

from frontdesk.errors import StoreUnavailable
from frontdesk.store import postgres_connect
from frontdesk.store.base import Intake, Lease, NewProblem, RepRow, RepSession, Step, Taken, Turn
from frontdesk.store.postgres_batch import problem_values
from frontdesk.store.postgres_connect import CONNECT_WITHIN, Connection, Place, check_version
from frontdesk.store.postgres_lease import FORGET_WORKERS, new_name
from frontdesk.store.postgres_reading import READERS, PostgresReading
from frontdesk.store.postgres_writer import Writer

T = TypeVar("T")
FORGET_AT_ONCE = 5_000  # delivery ids: turns are committed between


class PostgresStore(PostgresReading):
    """One desk in one schema of one database."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        super().__init__(Place(url))
        self._read_only = read_only
        self._writer: Writer | None = None

    async def open(self) -> None:
        """Begin as one of the processes that serve this desk; makes its tables where there are none."""
        process = new_name()
        try:
            if not self._read_only:
                self._writer = Writer(self.place, process)
                await self._writer.start()
            self._pool = await self.place.pool(READERS, process)
            if self._read_only:
                async with self._pool.acquire() as connection:
                    await check_version(connection, self.place)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        if self._writer is not None:
            await self._writer.stop()
            self._writer = None
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), CONNECT_WITHIN)
            except TimeoutError:
                self._pool.terminate()
            self._pool = None

    async def migrate(self) -> int:
        return await postgres_connect.migrate(self.place)

    @property
    def is_available(self) -> bool:
        return self._writer is not None and self._writer.is_available

    @property
    def _writes(self) -> Writer:
        if self._writer is None:
            raise StoreUnavailable("the store is closed or was opened for reading only")
        return self._writer

    # --- who works on which users ------------------------------------------------------------

    @property
    def is_shared(self) -> bool:
        return True

    async def beat(self, *, takes: bool, giving: Collection[int] = ()) -> Lease:
        return await self._writes.beat(takes=takes, giving=giving)

    def lease_left(self) -> float:
        return self._writer.lease_left() if self._writer is not None else 0.0

    # --- the way of a message ----------------------------------------------------------------

    async def intake(self, intake: Intake) -> Taken:
        return await self._writes.intake(intake)

    async def fused(self, intake: Intake, turn: Turn) -> Taken:
        return await self._writes.fused(intake, turn)

    async def commit(self, turn: Turn) -> bool:
        return await self._writes.commit(turn)

    async def journal(self, session: str, n_inbound: int, steps: Sequence[Step]) -> None:
        await self._writes.journal(session, n_inbound, steps)

    async def mark_sending(self, session: str, seq: int) -> None:
        await self._writes.mark("sending", [(session, seq)])

    async def mark_sent(self, rows: Sequence[tuple[str, int]]) -> None:
        await self._writes.mark("sent", rows, durable=False)

    async def mark_failed(
        self,
        session: str,
        seq: int,
        *,
        status: str,
        attempts: int,
        next_at: str,
        problem: NewProblem | None = None,
    ) -> None:
        problems = [problem_values(problem)] if problem is not None else []
        await self._writes.mark("failed", [(session, seq, status, attempts, next_at)], problems=problems)

    async def sweep(self, before: str) -> None:
        forget = (
            "WITH old AS (SELECT account, external_id FROM dedupe WHERE at<$1 LIMIT $2"
            " FOR UPDATE SKIP LOCKED)"
            " DELETE FROM dedupe d USING old WHERE d.account=old.account AND d.external_id=old.external_id"
        )
        while await self._run(forget, before, FORGET_AT_ONCE) == f"DELETE {FORGET_AT_ONCE}":
            pass
        await self._run("DELETE FROM problem WHERE at<$1", before)
        await self._run("DELETE FROM outbox WHERE status IN ('failed', 'in_doubt') AND next_at<$1", before)
        await self._run("DELETE FROM rep_session WHERE expires<$1", before)
        await self._run(FORGET_WORKERS)

    # --- what does not belong to one session -------------------------------------------------

    async def _plain(self, work: Callable[[Connection], Awaitable[T]], *, durable: bool = True) -> T:
        return await self._writes.plain(work, durable=durable)

    async def _run(self, sql: str, *values: Any, durable: bool = True) -> str:
        """One statement; gives what the server says of it."""
        return await self._plain(lambda connection: connection.execute(sql, *values), durable=durable)

    async def keep_problem(self, problem: NewProblem) -> int:
        values = problem_values(problem)
        return await self._plain(
            lambda connection: connection.fetchval(
                "INSERT INTO problem (at, channel, what, error, headers, body, status)"
                " VALUES ($1,$2,$3,$4,$5,$6,'open') RETURNING id",
                *values,
            )
        )

    async def close_problem(self, number: int, status: str) -> None:
        await self._run("UPDATE problem SET status=$1 WHERE id=$2", status, number)

    async def put_release(self, release: str, files: Mapping[str, bytes], at: str) -> None:
        shas = {path: hashlib.sha256(body).hexdigest() for path, body in files.items()}

        async def put(connection: Connection) -> None:
            # Numbered in the order they went live, which a clock set back cannot change.
            await connection.execute(
                "INSERT INTO release SELECT $1, $2, COALESCE(MAX(number), 0) + 1 FROM release"
                " ON CONFLICT (id) DO UPDATE SET at=excluded.at, number=excluded.number",
                release,
                at,
            )
            await connection.executemany(
                "INSERT INTO content VALUES ($1,$2) ON CONFLICT DO NOTHING",
                [(shas[path], body) for path, body in files.items()],
            )
            await connection.executemany(
                "INSERT INTO release_file VALUES ($1,$2,$3) ON CONFLICT DO NOTHING",
                [(release, path, sha) for path, sha in shas.items()],
            )

        await self._plain(put)

    async def set_setting(self, name: str, value: str, *, replace: bool = True) -> None:
        conflict = "(name) DO UPDATE SET value=excluded.value" if replace else "DO NOTHING"
        await self._run(f"INSERT INTO setting VALUES ($1,$2) ON CONFLICT {conflict}", name, value)

    async def put_rep(self, rep: RepRow) -> None:
        await self._run(
            "INSERT INTO rep VALUES ($1,$2,$3,$4,$5) ON CONFLICT (login) DO UPDATE SET"
            " name=excluded.name, role=excluded.role, password=excluded.password,"
            " languages=excluded.languages",
            rep.login,
            rep.name,
            rep.role,
            rep.password,
            orjson.dumps(list(rep.languages)).decode(),
        )

    async def remove_rep(self, login: str) -> bool:
        async def remove(connection: Connection) -> bool:
            await connection.execute("DELETE FROM rep_session WHERE login=$1", login)
            return bool(await connection.execute("DELETE FROM rep WHERE login=$1", login) == "DELETE 1")

        return await self._plain(remove)

    async def put_rep_session(self, session: RepSession) -> None:
        """Only for a rep there is: one who was removed in the same moment is not signed in again."""
        await self._run(
            # Written, not only read: who removes the rep in another process at the same time must notice.
            "WITH r AS (UPDATE rep SET login=login WHERE login=$2 RETURNING login)"
            " INSERT INTO rep_session SELECT $1, login, $3 FROM r"
            " ON CONFLICT (token_sha) DO UPDATE SET login=excluded.login, expires=excluded.expires",
            session.token_sha,
            session.login,
            session.expires,
        )

    async def extend_rep_session(self, token_sha: str, expires: str) -> None:
        """Not an upsert: who signed out or was removed meanwhile stays out."""
        await self._run(
            "UPDATE rep_session SET expires=$1 WHERE token_sha=$2", expires, token_sha, durable=False
        )

    async def remove_rep_session(self, token_sha: str) -> None:
        await self._run("DELETE FROM rep_session WHERE token_sha=$1", token_sha)
