"""What is read from PostgreSQL, each in one statement: one statement sees one state."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import asyncpg
import orjson

from frontdesk.errors import StoreError, StoreUnavailable
from frontdesk.store.base import (
    ALL_SHARDS,
    LATEST,
    ORDINAL_STEP,
    Conversation,
    EventRow,
    OutboxRow,
    ProblemRow,
    RepRow,
    RepSession,
    SessionRow,
    Step,
    TimerRow,
)
from frontdesk.store.postgres_connect import Place, is_gone
from frontdesk.store.postgres_queue import copy

READERS = 4  # connections
_SESSION = 'id, "user", channel, ordinal, status, owner, waiting_since, last_at, last_event, state'
_EVENT = "seq, kind, version, at, body"
_CONVERSATIONS = """
SELECT u."user", u.ordinal, u.slots, u.session, s.state, s.last_in,
  ARRAY(SELECT i.session FROM inbox i WHERE i."user"=u."user" ORDER BY i.session, i.n) AS sessions,
  ARRAY(SELECT i.n FROM inbox i WHERE i."user"=u."user" ORDER BY i.session, i.n) AS numbers,
  ARRAY(SELECT i.body FROM inbox i WHERE i."user"=u."user" ORDER BY i.session, i.n) AS bodies
FROM messaging_user u LEFT JOIN session s ON s.id = u.session WHERE u."user" = ANY($1)
"""


class PostgresReading:
    """The reading half of a desk's store."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._pool: asyncpg.Pool[Any] | None = None
        self._wanted: dict[str, asyncio.Future[Conversation]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def _read(self, sql: str, *values: Any) -> list[Any]:
        if self._pool is None:
            raise StoreUnavailable("the store is closed")
        try:
            try:
                return list(await self._pool.fetch(sql, *values))
            except Exception as error:
                if not is_gone(error):
                    raise
                # On another connection: reading does no harm.
                return list(await self._pool.fetch(sql, *values))
        except Exception as error:
            raise self.place.plain(error) from error

    async def steps(self, session: str, n_inbound: int) -> list[Step]:
        rows = await self._read(
            "SELECT n, body, result FROM step WHERE session=$1 AND n_inbound=$2 ORDER BY n",
            session,
            n_inbound,
        )
        return [Step(n=n, body=body, result=result) for n, body, result in rows]

    async def conversation(self, user: str) -> Conversation:
        """Asked for many users at once, as behind a restart, they are read together."""
        wanted = self._wanted.get(user)
        if wanted is None:
            loop = asyncio.get_running_loop()
            wanted = self._wanted[user] = loop.create_future()
            if self._reading is None:
                self._reading = loop.create_task(self._read_conversations())
        return await asyncio.shield(wanted)  # others may wait for it too

    async def _read_conversations(self) -> None:
        try:
            while self._wanted:
                wanted, self._wanted = self._wanted, {}
                await self._read_together(wanted)
        finally:
            self._reading = None

    async def _read_together(self, wanted: Mapping[str, asyncio.Future[Conversation]]) -> None:
        """What is wrong with one of them is not the others' fault."""
        try:
            rows = {row["user"]: row for row in await self._read(_CONVERSATIONS, list(wanted))}
        except Exception as error:
            if isinstance(error, StoreError) or len(wanted) == 1:
                _refuse(wanted.values(), error)
                return
            for user, future in wanted.items():
                await self._read_together({user: future})
            return
        for user, future in wanted.items():
            try:
                future.set_result(_conversation(user, rows.get(user)))
            except Exception as error:
                _refuse((future,), error)

    async def pending_users(self, shards: Collection[int] = ALL_SHARDS) -> list[str]:
        rows = await self._read_shards('SELECT DISTINCT "user" FROM inbox WHERE {mine}', shards)
        return [user for (user,) in rows]

    async def unsent(self, shards: Collection[int] = ALL_SHARDS) -> list[OutboxRow]:
        rows = await self._read_shards(
            'SELECT o.session, o.seq, o."user", o.channel, o.body, o.attempts, o.next_at,'
            " o.status='sending' AS is_on_its_way FROM outbox o JOIN session s ON s.id=o.session"
            " WHERE o.status IN ('ready', 'retry', 'sending') AND {mine}"
            ' ORDER BY o."user", s.ordinal, o.seq',
            shards,
        )
        return [OutboxRow(**row) for row in rows]

    async def timers(self, shards: Collection[int] = ALL_SHARDS, *, until: str = LATEST) -> list[TimerRow]:
        rows = await self._read_shards(
            'SELECT session, "user", name, gen, due FROM timer WHERE {mine} AND due<$1', shards, until
        )
        return [TimerRow(**row) for row in rows]

    async def _read_shards(self, sql: str, shards: Collection[int], *values: Any) -> list[Any]:
        """What is read of some shards' users: `{mine}` says which."""
        if shards == ALL_SHARDS:
            return await self._read(sql.format(mine="true"), *values)
        mine = f"shard=ANY(${len(values) + 1}::int2[])"
        return await self._read(sql.format(mine=mine), *values, list(shards))

    async def latest(self, users: Collection[str]) -> dict[str, int]:
        rows = await self._read(
            'SELECT s."user", s.ordinal, s.last_event FROM messaging_user u'
            ' JOIN session s ON s."user"=u."user" AND s.ordinal=u.ordinal WHERE u."user"=ANY($1)',
            list(users),
        )
        return {user: ordinal * ORDINAL_STEP + seq for user, ordinal, seq in rows}

    async def events(self, session: str, after: int = 0, limit: int = 100_000) -> list[EventRow]:
        rows = await self._read(
            f"SELECT {_EVENT} FROM event WHERE session=$1 AND seq>$2 ORDER BY seq LIMIT $3",
            session,
            after,
            limit,
        )
        return [EventRow(**row) for row in rows]

    async def conversation_events(self, user: str, after: int, limit: int) -> list[tuple[int, str, EventRow]]:
        ordinal, seq = divmod(after, ORDINAL_STEP)
        rows = await self._read(
            "SELECT s.ordinal, s.id, e.seq, e.kind, e.version, e.at, e.body FROM session s"
            " JOIN event e ON e.session = s.id"
            ' WHERE s."user"=$1 AND s.ordinal>=$2 AND (s.ordinal>$2 OR e.seq>$3)'
            " ORDER BY s.ordinal, e.seq LIMIT $4",
            user,
            ordinal,
            seq,
            limit,
        )
        return [
            (
                number * ORDINAL_STEP + seq,
                session,
                EventRow(seq=seq, kind=kind, version=version, at=at, body=body),
            )
            for number, session, seq, kind, version, at, body in rows
        ]

    async def session(self, session: str) -> SessionRow | None:
        rows = await self._read(f"SELECT {_SESSION} FROM session WHERE id=$1", session)
        return SessionRow(**rows[0]) if rows else None

    async def sessions(
        self,
        *,
        user: str | None = None,
        is_open: bool | None = None,
        since: str = "",
        with_people: bool = False,
    ) -> list[SessionRow]:
        where = ["last_at>=$1"]
        values: list[Any] = [since]
        if user is not None:
            where.append('"user"=$2')
            values.append(user)
        if is_open is not None:
            where.append("status<>'ended'" if is_open else "status='ended'")
        if with_people:
            # Found in the index: `;` is what follows `:`.
            where.append("(owner>='queue:' AND owner<'queue;' OR owner>='rep:' AND owner<'rep;')")
        rows = await self._read(
            f"SELECT {_SESSION} FROM session WHERE {' AND '.join(where)} ORDER BY last_at", *values
        )
        return [SessionRow(**row) for row in rows]

    async def problems(self) -> list[ProblemRow]:
        rows = await self._read(
            "SELECT id, at, channel, what, error, headers, body, status FROM problem ORDER BY id"
        )
        return [ProblemRow(**{**row, "headers": orjson.loads(row["headers"])}) for row in rows]

    async def release_files(self, release: str) -> dict[str, bytes] | None:
        rows = await self._read(
            "SELECT f.path, c.body FROM release_file f JOIN content c ON c.sha = f.sha WHERE f.release=$1",
            release,
        )
        return dict(rows) or None

    async def releases(self) -> list[tuple[str, str]]:
        rows = await self._read("SELECT id, at FROM release ORDER BY number DESC")
        return [(name, at) for name, at in rows]

    async def setting(self, name: str) -> str | None:
        rows = await self._read("SELECT value FROM setting WHERE name=$1", name)
        return rows[0][0] if rows else None

    async def reps(self) -> list[RepRow]:
        rows = await self._read("SELECT login, name, role, password, languages FROM rep ORDER BY login")
        return [RepRow(**{**row, "languages": orjson.loads(row["languages"])}) for row in rows]

    async def rep_session(self, token_sha: str) -> RepSession | None:
        rows = await self._read(
            "SELECT token_sha, login, expires FROM rep_session WHERE token_sha=$1", token_sha
        )
        return RepSession(**rows[0]) if rows else None


def _refuse(futures: Collection[asyncio.Future[Any]], error: Exception) -> None:
    for future in futures:
        future.set_exception(copy(error) if isinstance(error, StoreError) else error)
        future.exception()  # who waited may have gone


def _conversation(user: str, row: Mapping[str, Any] | None) -> Conversation:
    if row is None:
        return Conversation(user=user)
    return Conversation(
        user=user,
        ordinal=row["ordinal"],
        slots=orjson.loads(row["slots"]) if row["slots"] else {},
        session=row["session"],
        state=row["state"],
        last_in=row["last_in"] or 0,
        pending=list(zip(row["sessions"], row["numbers"], row["bodies"], strict=True)),
    )
