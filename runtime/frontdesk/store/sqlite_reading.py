"""What is read from a SQLite store, on a connection that can only read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar, cast

import apsw
import orjson

from frontdesk.errors import StoreUnavailable
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
    shard_of,
)

T = TypeVar("T")
_SESSION = "id, user, channel, ordinal, status, owner, waiting_since, last_at, last_event, state"
_EVENT = "seq, kind, version, at, body"


class SqliteReading:
    """The reading half of a desk's store."""

    _reader: apsw.Connection | None = None

    def _read(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        assert self._reader is not None, "the store is not open"
        try:
            return list(self._reader.execute(sql, values))
        except (apsw.IOError, apsw.FullError, apsw.CantOpenError, apsw.CorruptError) as error:
            raise StoreUnavailable(f"the desk's database cannot be read: {error}") from error

    async def steps(self, session: str, n_inbound: int) -> list[Step]:
        rows = self._read(
            "SELECT n, body, result FROM step WHERE session=? AND n_inbound=? ORDER BY n",
            (session, n_inbound),
        )
        return [Step(n=n, body=body, result=result) for n, body, result in rows]

    async def conversation(self, user: str) -> Conversation:
        rows = self._read(
            "SELECT u.ordinal, u.slots, u.session, s.state, s.last_in FROM messaging_user u"
            " LEFT JOIN session s ON s.id = u.session WHERE u.user=?",
            (user,),
        )
        if not rows:
            return Conversation(user=user)
        ordinal, slots, session, state, last_in = rows[0]
        pending = self._read("SELECT session, n, body FROM inbox WHERE user=? ORDER BY session, n", (user,))
        return Conversation(
            user=user,
            ordinal=ordinal,
            slots=orjson.loads(slots) if slots else {},
            session=session,
            state=state,
            last_in=last_in or 0,
            pending=cast("list[tuple[str, int, bytes]]", pending),
        )

    async def pending_users(self, shards: Collection[int] = ALL_SHARDS) -> list[str]:
        users = [user for (user,) in self._read("SELECT DISTINCT user FROM inbox")]
        return _within(shards, users, lambda user: user)

    async def unsent(self, shards: Collection[int] = ALL_SHARDS) -> list[OutboxRow]:
        rows = self._read(
            "SELECT o.session, o.seq, o.user, o.channel, o.body, o.attempts, o.next_at, o.status='sending'"
            " FROM outbox o JOIN session s ON s.id=o.session"
            " WHERE o.status IN ('ready', 'retry', 'sending') ORDER BY o.user, s.ordinal, o.seq"
        )
        names = ("session", "seq", "user", "channel", "body", "attempts", "next_at", "is_on_its_way")
        found = [OutboxRow(**dict(zip(names, (*row[:-1], bool(row[-1])), strict=True))) for row in rows]
        return _within(shards, found, lambda row: row.user)

    async def timers(self, shards: Collection[int] = ALL_SHARDS, *, until: str = LATEST) -> list[TimerRow]:
        rows = self._read("SELECT session, user, name, gen, due FROM timer WHERE due<?", (until,))
        found = [
            TimerRow(session=session, user=user, name=name, gen=gen, due=due)
            for session, user, name, gen, due in rows
        ]
        return _within(shards, found, lambda row: row.user)

    async def latest(self, users: Collection[str]) -> dict[str, int]:
        rows = self._read(
            "SELECT s.user, s.ordinal, s.last_event FROM messaging_user u"
            " JOIN session s ON s.user=u.user AND s.ordinal=u.ordinal"
            " WHERE u.user IN (SELECT value FROM json_each(?))",
            (orjson.dumps(list(users)).decode(),),
        )
        return {user: ordinal * ORDINAL_STEP + seq for user, ordinal, seq in rows}

    async def events(self, session: str, after: int = 0, limit: int = 100_000) -> list[EventRow]:
        rows = self._read(
            f"SELECT {_EVENT} FROM event WHERE session=? AND seq>? ORDER BY seq LIMIT ?",
            (session, after, limit),
        )
        return [_event(row) for row in rows]

    async def conversation_events(self, user: str, after: int, limit: int) -> list[tuple[int, str, EventRow]]:
        ordinal, seq = divmod(after, ORDINAL_STEP)
        rows = self._read(
            "SELECT s.ordinal, s.id, e.seq, e.kind, e.version, e.at, e.body FROM session s"
            " JOIN event e ON e.session = s.id"
            " WHERE s.user=?1 AND s.ordinal>=?2 AND (s.ordinal>?2 OR e.seq>?3)"
            " ORDER BY s.ordinal, e.seq LIMIT ?4",
            (user, ordinal, seq, limit),
        )
        return [(row[0] * ORDINAL_STEP + row[2], row[1], _event(row[2:])) for row in rows]

    async def session(self, session: str) -> SessionRow | None:
        rows = self._read(f"SELECT {_SESSION} FROM session WHERE id=?", (session,))
        return _session(rows[0]) if rows else None

    async def sessions(
        self,
        *,
        user: str | None = None,
        is_open: bool | None = None,
        since: str = "",
        with_people: bool = False,
    ) -> list[SessionRow]:
        where = ["last_at>=?"]
        values: list[Any] = [since]
        if user is not None:
            where.append("user=?")
            values.append(user)
        if is_open is not None:
            where.append("status<>'ended'" if is_open else "status='ended'")
        if with_people:
            # Found in the index: `;` is what follows `:`.
            where.append("(owner>='queue:' AND owner<'queue;' OR owner>='rep:' AND owner<'rep;')")
        rows = self._read(
            f"SELECT {_SESSION} FROM session WHERE {' AND '.join(where)} ORDER BY last_at", values
        )
        return [_session(row) for row in rows]

    async def problems(self) -> list[ProblemRow]:
        rows = self._read(
            "SELECT id, at, channel, what, error, headers, body, status FROM problem ORDER BY id"
        )
        return [
            ProblemRow(
                id=number,
                at=at,
                channel=channel,
                what=what,
                error=error,
                headers=orjson.loads(headers),
                body=body,
                status=status,
            )
            for number, at, channel, what, error, headers, body, status in rows
        ]

    async def release_files(self, release: str) -> dict[str, bytes] | None:
        rows = self._read(
            "SELECT f.path, c.body FROM release_file f JOIN content c ON c.sha = f.sha WHERE f.release=?",
            (release,),
        )
        return dict(rows) if rows else None

    async def releases(self) -> list[tuple[str, str]]:
        return self._read("SELECT id, at FROM release ORDER BY number DESC")

    async def setting(self, name: str) -> str | None:
        rows = self._read("SELECT value FROM setting WHERE name=?", (name,))
        return rows[0][0] if rows else None

    async def reps(self) -> list[RepRow]:
        rows = self._read("SELECT login, name, role, password, languages FROM rep ORDER BY login")
        return [
            RepRow(login=login, name=name, role=role, password=password, languages=orjson.loads(languages))
            for login, name, role, password, languages in rows
        ]

    async def rep_session(self, token_sha: str) -> RepSession | None:
        rows = self._read("SELECT login, expires FROM rep_session WHERE token_sha=?", (token_sha,))
        return RepSession(token_sha=token_sha, login=rows[0][0], expires=rows[0][1]) if rows else None


def _within(shards: Collection[int], rows: list[T], user: Callable[[T], str]) -> list[T]:
    if shards is ALL_SHARDS:
        return rows
    return [row for row in rows if shard_of(user(row)) in shards]


def _event(row: Sequence[Any]) -> EventRow:
    seq, kind, version, at, body = row
    return EventRow(seq=seq, kind=kind, version=version, at=at, body=body)


def _session(row: Sequence[Any]) -> SessionRow:
    names = [name.strip() for name in _SESSION.split(",")]
    return SessionRow(**dict(zip(names, row, strict=True)))
