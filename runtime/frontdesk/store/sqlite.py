"""The embedded store: SQLite in WAL mode, synchronous FULL, one writing connection, group commit.

SQLite is reached only through apsw: two SQLite libraries on one file in one process can corrupt it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import apsw
import orjson

from frontdesk.errors import SettingsError, StoreInUse, StoreUnavailable, StoreVersion
from frontdesk.store import sqlite_writes as writes
from frontdesk.store.base import (
    ORDINAL_STEP,
    Conversation,
    EventRow,
    Intake,
    OutboxRow,
    ProblemRow,
    RepRow,
    RepSession,
    SessionRow,
    Step,
    Taken,
    TimerRow,
    Turn,
)
from frontdesk.store.migrations import VERSION, refusal, upgrade
from frontdesk.store.writer import Writer

_SESSION = "id, user, channel, ordinal, status, owner, waiting_since, last_at, last_event, state"
SCHEMA = Path(__file__).with_name("sqlite.sql")
"""An empty store: what `schema.py` comes to, written out, because a first start need not read SQLAlchemy."""
_EVENT = "seq, kind, version, at, body"


class SqliteStore:
    """One desk in one file."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._read_only = read_only
        self._lock: int | None = None
        self._writer: Writer | None = None
        self._reader: apsw.Connection | None = None

    async def open(self) -> None:
        """Take the file for this process and bring it to this version."""
        try:
            self._open()
        except BaseException:
            await self.close()
            raise

    def _open(self) -> None:
        if not self._read_only:
            self._take_lock()
            connection = self._connect(apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
            self._create(connection)
            self._writer = Writer(connection)
        self._reader = self._connect(apsw.SQLITE_OPEN_READONLY)
        self._reader.execute("PRAGMA query_only=ON")
        if self._read_only:
            self._check_version(self._reader)

    def _connect(self, flags: int) -> apsw.Connection:
        try:
            connection = apsw.Connection(str(self.path), flags=flags, statementcachesize=200)
            connection.set_busy_timeout(5_000)
            # Else every new value of a parameter makes SQLite compile its statement again.
            connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
            if flags & apsw.SQLITE_OPEN_READWRITE:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute("PRAGMA wal_autocheckpoint=4000")
        except (apsw.NotADBError, apsw.CorruptError) as error:
            raise StoreUnavailable(
                f"{self.path} is no sound database ({error}). Put a backup of it in its place."
            ) from error
        except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.IOError, apsw.FullError) as error:
            raise StoreUnavailable(
                f"{self.path} cannot be opened ({error}). Is the desk's folder writable by this user?"
            ) from error
        return connection

    def _take_lock(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # personal data
            self._lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreUnavailable(
                f"{self.path.parent} cannot be written ({error.strerror}). "
                "Give the user that runs the desk the right to write there."
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._lock, 32, 0).decode() or "unknown"
            raise StoreInUse(
                f"another frontdesk (process {holder}) already serves {self.path.parent.parent}. "
                "Stop it first; one desk has one server."
            ) from error
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode(), 0)

    def _check_version(self, connection: apsw.Connection) -> None:
        refused = refusal(str(self.path), int(connection.pragma("user_version")))
        if refused is not None:
            raise StoreVersion(refused)

    def _create(self, connection: apsw.Connection) -> None:
        if connection.pragma("user_version") == 0:  # a new file
            self._bring(connection, [SCHEMA.read_text(encoding="utf-8")])
        self._check_version(connection)

    def _bring(self, connection: apsw.Connection, statements: Sequence[str]) -> None:
        with connection:
            for sql in statements:
                connection.execute(sql)
            connection.execute(f"PRAGMA user_version={VERSION}")

    async def migrate(self) -> int:
        """Bring the data to this version, all of it or nothing; gives the version it had."""
        if not self.path.exists():
            raise SettingsError(f"{self.path.parent} holds no desk yet: `frontdesk run` makes its data.")
        try:
            self._take_lock()
            connection = self._connect(apsw.SQLITE_OPEN_READWRITE)
            try:
                version = int(connection.pragma("user_version"))
                if version < VERSION:
                    self._bring(connection, upgrade(version))
                self._check_version(connection)
            finally:
                connection.close()
        finally:
            await self.close()
        return version

    @property
    def is_available(self) -> bool:
        return self._writer is not None

    async def close(self) -> None:
        if self._writer is not None:
            await self._writer.stop()
            self._writer.close()
            self._writer = None
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def _writes(self) -> Writer:
        if self._writer is None:
            raise StoreUnavailable("the store is closed or was opened for reading only")
        return self._writer

    def _read(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        assert self._reader is not None, "the store is not open"
        return list(self._reader.execute(sql, values))

    # --- the way of a message ----------------------------------------------------------------

    async def intake(self, intake: Intake) -> Taken:
        return await self._writes.submit(lambda cursor: writes.intake(cursor, intake))  # type: ignore[no-any-return]

    async def fused(self, intake: Intake, turn: Turn) -> Taken:
        return await self._writes.submit(lambda cursor: writes.fused(cursor, intake, turn))  # type: ignore[no-any-return]

    async def commit(self, turn: Turn) -> bool:
        return await self._writes.submit(lambda cursor: writes.commit(cursor, turn))  # type: ignore[no-any-return]

    async def journal(self, session: str, n_inbound: int, steps: Sequence[Step]) -> None:
        await self._writes.submit(lambda cursor: writes.journal(cursor, session, n_inbound, steps))

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

    async def mark_sending(self, session: str, seq: int) -> None:
        await self._writes.submit(lambda cursor: writes.mark_sending(cursor, session, seq))

    async def mark_sent(self, rows: Sequence[tuple[str, int]]) -> None:
        await self._writes.submit(lambda cursor: writes.mark_sent(cursor, rows), durable=False)

    async def mark_failed(self, session: str, seq: int, *, status: str, attempts: int, next_at: str) -> None:
        await self._writes.submit(
            lambda cursor: writes.mark_failed(cursor, session, seq, status, attempts, next_at)
        )

    async def pending_users(self) -> list[str]:
        return [user for (user,) in self._read("SELECT DISTINCT user FROM inbox")]

    async def unsent(self) -> list[OutboxRow]:
        rows = self._read(
            "SELECT o.session, o.seq, o.user, o.channel, o.body, o.attempts, o.next_at, o.status='sending'"
            " FROM outbox o JOIN session s ON s.id=o.session"
            " WHERE o.status IN ('ready', 'retry', 'sending') ORDER BY o.user, s.ordinal, o.seq"
        )
        names = ("session", "seq", "user", "channel", "body", "attempts", "next_at", "is_on_its_way")
        return [OutboxRow(**dict(zip(names, (*row[:-1], bool(row[-1])), strict=True))) for row in rows]

    async def timers(self) -> list[TimerRow]:
        rows = self._read("SELECT session, user, name, gen, due FROM timer")
        return [
            TimerRow(session=session, user=user, name=name, gen=gen, due=due)
            for session, user, name, gen, due in rows
        ]

    async def sweep(self, before: str) -> None:
        while not await self._writes.submit(lambda cursor: writes.sweep(cursor, before)):
            pass

    # --- reading -----------------------------------------------------------------------------

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
        self, *, user: str | None = None, is_open: bool | None = None, since: str = ""
    ) -> list[SessionRow]:
        where = ["last_at>=?"]
        values: list[Any] = [since]
        if user is not None:
            where.append("user=?")
            values.append(user)
        if is_open is not None:
            where.append("status<>'ended'" if is_open else "status='ended'")
        rows = self._read(
            f"SELECT {_SESSION} FROM session WHERE {' AND '.join(where)} ORDER BY last_at", values
        )
        return [_session(row) for row in rows]

    # --- what does not belong to one session -------------------------------------------------

    async def keep_problem(
        self, *, at: str, channel: str, what: str, error: str, headers: Mapping[str, str], body: bytes
    ) -> int:
        values = (at, channel, what, error, orjson.dumps(dict(headers)), body)
        return await self._writes.submit(lambda cursor: writes.keep_problem(cursor, values))  # type: ignore[no-any-return]

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

    async def close_problem(self, number: int, status: str) -> None:
        await self._writes.submit(
            lambda cursor: writes.run(cursor, "UPDATE problem SET status=? WHERE id=?", (status, number))
        )

    async def put_release(self, release: str, files: Mapping[str, bytes], at: str) -> None:
        await self._writes.submit(lambda cursor: writes.put_release(cursor, release, files, at))

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

    async def set_setting(self, name: str, value: str) -> None:
        await self._writes.submit(
            lambda cursor: writes.run(cursor, "INSERT OR REPLACE INTO setting VALUES (?,?)", (name, value))
        )

    async def put_rep(self, rep: RepRow) -> None:
        values = (rep.login, rep.name, rep.role, rep.password, orjson.dumps(list(rep.languages)).decode())
        await self._writes.submit(
            lambda cursor: writes.run(cursor, "INSERT OR REPLACE INTO rep VALUES (?,?,?,?,?)", values)
        )

    async def reps(self) -> list[RepRow]:
        rows = self._read("SELECT login, name, role, password, languages FROM rep ORDER BY login")
        return [
            RepRow(login=login, name=name, role=role, password=password, languages=orjson.loads(languages))
            for login, name, role, password, languages in rows
        ]

    async def remove_rep(self, login: str) -> bool:
        return await self._writes.submit(lambda cursor: writes.remove_rep(cursor, login))  # type: ignore[no-any-return]

    async def put_rep_session(self, session: RepSession) -> None:
        values = (session.token_sha, session.login, session.expires)
        await self._writes.submit(lambda cursor: writes.put_rep_session(cursor, values))

    async def extend_rep_session(self, token_sha: str, expires: str) -> None:
        await self._writes.submit(
            lambda cursor: writes.extend_rep_session(cursor, token_sha, expires), durable=False
        )

    async def rep_session(self, token_sha: str) -> RepSession | None:
        rows = self._read("SELECT login, expires FROM rep_session WHERE token_sha=?", (token_sha,))
        return RepSession(token_sha=token_sha, login=rows[0][0], expires=rows[0][1]) if rows else None

    async def remove_rep_session(self, token_sha: str) -> None:
        await self._writes.submit(lambda cursor: writes.remove_rep_session(cursor, token_sha))


def _event(row: Sequence[Any]) -> EventRow:
    seq, kind, version, at, body = row
    return EventRow(seq=seq, kind=kind, version=version, at=at, body=body)


def _session(row: Sequence[Any]) -> SessionRow:
    names = [name.strip() for name in _SESSION.split(",")]
    return SessionRow(**dict(zip(names, row, strict=True)))
