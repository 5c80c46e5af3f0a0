"""The embedded store: SQLite in WAL mode, synchronous FULL, one writing connection, group commit.

SQLite is reached only through apsw: two SQLite libraries on one file in one process can corrupt it.
"""

from __future__ import annotations

import fcntl
import math
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import apsw
import orjson

from frontdesk.errors import SettingsError, StoreInUse, StoreUnavailable, StoreVersion
from frontdesk.store import sqlite_writes as writes
from frontdesk.store.base import (
    ALL_SHARDS,
    Intake,
    Lease,
    NewProblem,
    RepRow,
    RepSession,
    Step,
    Taken,
    Turn,
)
from frontdesk.store.migrations import VERSION, refusal, upgrade
from frontdesk.store.sqlite_reading import SqliteReading
from frontdesk.store.writer import Later, Writer

SCHEMA = Path(__file__).with_name("sqlite.sql")
"""An empty store: what `schema.py` comes to, written out, because a first start need not read SQLAlchemy."""


class SqliteStore(SqliteReading):
    """One desk in one file."""

    def __init__(self, path: Path, *, read_only: bool = False, commit_later: Later | None = None) -> None:
        self.path = path
        self._read_only = read_only
        self._commit_later = commit_later
        self._lock: int | None = None
        self._writer: Writer | None = None

    async def open(self) -> None:
        """Take the file for this process and bring it to this version."""
        try:
            self._open()
        except BaseException:
            await self.close()
            raise

    def _open(self) -> None:
        if not self._read_only:
            self.take_lock()
            connection = self._connect(apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
            self._create(connection)
            self._writer = Writer(connection, self._commit_later)
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

    def take_lock(self) -> None:
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
            self.take_lock()
            connection = self._connect(apsw.SQLITE_OPEN_READWRITE)
            try:
                version = int(connection.pragma("user_version"))
                if version < VERSION:
                    self._bring(connection, upgrade(version, "sqlite"))
                self._check_version(connection)
            finally:
                connection.close()
        finally:
            await self.close()
        return version

    @property
    def is_available(self) -> bool:
        return self._writer is not None and not self._writer.is_failing

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

    # --- who works on which users: one file has one process ----------------------------------

    @property
    def is_shared(self) -> bool:
        return False

    async def beat(self, *, takes: bool, giving: Collection[int] = ()) -> Lease:
        shards = ALL_SHARDS if takes else frozenset[int]()
        return Lease(shards=shards, share=len(shards), release=await self.setting("release"))

    def lease_left(self) -> float:
        return math.inf

    # --- the way of a message ----------------------------------------------------------------

    async def intake(self, intake: Intake) -> Taken:
        return await self._writes.submit(lambda cursor: writes.intake(cursor, intake))

    async def fused(self, intake: Intake, turn: Turn) -> Taken:
        return await self._writes.submit(lambda cursor: writes.fused(cursor, intake, turn))

    async def commit(self, turn: Turn) -> bool:
        return await self._writes.submit(lambda cursor: writes.commit(cursor, turn))

    async def journal(self, session: str, n_inbound: int, steps: Sequence[Step]) -> None:
        await self._writes.submit(lambda cursor: writes.journal(cursor, session, n_inbound, steps))

    async def mark_sending(self, session: str, seq: int) -> None:
        await self._writes.submit(lambda cursor: writes.mark_sending(cursor, session, seq))

    async def mark_sent(self, rows: Sequence[tuple[str, int]]) -> None:
        await self._writes.submit(lambda cursor: writes.mark_sent(cursor, rows), durable=False)

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
        values = (status, attempts, next_at, session, seq)
        await self._writes.submit(lambda cursor: writes.mark_failed(cursor, values, problem))

    async def sweep(self, before: str) -> None:
        while not await self._writes.submit(lambda cursor: writes.sweep(cursor, before)):
            pass

    # --- what does not belong to one session -------------------------------------------------

    async def keep_problem(self, problem: NewProblem) -> int:
        return await self._writes.submit(lambda cursor: writes.keep_problem(cursor, problem))

    async def close_problem(self, number: int, status: str) -> None:
        await self._writes.submit(
            lambda cursor: writes.run(cursor, "UPDATE problem SET status=? WHERE id=?", (status, number))
        )

    async def put_release(self, release: str, files: Mapping[str, bytes], at: str) -> None:
        await self._writes.submit(lambda cursor: writes.put_release(cursor, release, files, at))

    async def set_setting(self, name: str, value: str, *, replace: bool = True) -> None:
        insert = f"INSERT OR {'REPLACE' if replace else 'IGNORE'} INTO setting VALUES (?,?)"
        await self._writes.submit(lambda cursor: writes.run(cursor, insert, (name, value)))

    async def put_rep(self, rep: RepRow) -> None:
        values = (rep.login, rep.name, rep.role, rep.password, orjson.dumps(list(rep.languages)).decode())
        await self._writes.submit(
            lambda cursor: writes.run(cursor, "INSERT OR REPLACE INTO rep VALUES (?,?,?,?,?)", values)
        )

    async def remove_rep(self, login: str) -> bool:
        return await self._writes.submit(lambda cursor: writes.remove_rep(cursor, login))

    async def put_rep_session(self, session: RepSession) -> None:
        values = (session.token_sha, session.login, session.expires)
        await self._writes.submit(lambda cursor: writes.put_rep_session(cursor, values))

    async def extend_rep_session(self, token_sha: str, expires: str) -> None:
        await self._writes.submit(
            lambda cursor: writes.extend_rep_session(cursor, token_sha, expires), durable=False
        )

    async def remove_rep_session(self, token_sha: str) -> None:
        await self._writes.submit(lambda cursor: writes.remove_rep_session(cursor, token_sha))
