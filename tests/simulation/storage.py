"""What the simulated desk's data lies in: it outlives every process, and can refuse for a while."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import apsw

from frontdesk.store.base import EventRow, SessionRow, Store, shard_of
from frontdesk.store.sqlite import SqliteStore
from tests.simulation.desk import RITA, Loaded
from tests.simulation.loop import Process
from tests.simulation.memory_store import MemoryStore
from tests.simulation.outside import Weather
from tests.simulation.tables import Tables


@dataclass(slots=True)
class Kept:
    """Everything a store holds, read from outside when the desk is at rest."""

    sessions: list[SessionRow] = field(default_factory=list)
    last_in: dict[str, int] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    events: dict[str, list[EventRow]] = field(default_factory=dict)
    outbox: dict[str, str] = field(default_factory=dict)  # key -> status
    open: dict[str, str | None] = field(default_factory=dict)  # user -> session


class Mistake(Exception):
    """Something that no part of the desk has thought of."""


class Storage(Protocol):
    """One kind of store, for one seed."""

    def of(self, process: Process) -> Store:
        """A process's own store, not opened yet; it lets go of everything when the process dies."""

    def works_for(self, process: Process, user: str) -> bool:
        """Whether no other process can have taken over a user from this one."""

    def go_down(self, seconds: float) -> None:
        """Its server goes down, and is up again after so many seconds; a file has none."""

    def left(self) -> dict[str, int]:
        """Rows that must be gone when the desk is at rest."""

    def kept(self) -> Kept: ...

    def close(self) -> None: ...


class SimulatedSqlite(SqliteStore):
    """The real store in memory's own file system, without a thread."""

    def __init__(self, path: Path, weather: Weather) -> None:
        super().__init__(path, commit_later=self._commit_soon)
        self._weather = weather

    def _commit_soon(self, commit: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(self._weather.delay(), commit)

    async def open(self) -> None:
        await super().open()
        assert self._writer is not None
        self._writer._connection.set_commit_hook(self._may_commit)
        self._writer._cursor.set_exec_trace(self._may_write)
        assert self._reader is not None
        self._reader.set_exec_trace(self._may_read)

    def _may_commit(self) -> bool:
        if self._weather.fault(("disk full",)):
            raise apsw.FullError("database or disk is full")
        return False

    def _may_write(self, cursor: apsw.Cursor, sql: str, values: object) -> bool:
        if self._weather.rate and sql[:6] in ("INSERT", "UPDATE") and self._weather.fault(("", "disk error")):
            raise apsw.IOError("disk I/O error")
        return True

    def _may_read(self, cursor: apsw.Cursor, sql: str, values: object) -> bool:
        fault = self._weather.fault(("", "", "", "disk error", "disk error", "mistake"))
        if fault == "disk error":
            raise apsw.IOError("disk I/O error")
        if fault == "mistake":
            raise Mistake
        return True

    def drop(self) -> None:
        """Let go as the kernel does for a process that is killed."""
        if self._writer is not None:
            self._writer._connection.close(True)
        if self._reader is not None:
            self._reader.close(True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


class SqliteStorage:
    """A file that one process at a time has."""

    def __init__(self, loaded: Loaded, weather: Weather) -> None:
        self._path = loaded.new_store()
        self._weather = weather
        self._outside: apsw.Connection | None = None

    def of(self, process: Process) -> Store:
        store = SimulatedSqlite(self._path, self._weather)
        process.on_death = store.drop
        return store

    def works_for(self, process: Process, user: str) -> bool:
        return True

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        if self._outside is None:
            self._outside = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READONLY)
        return list(self._outside.execute(sql))

    def go_down(self, seconds: float) -> None:
        """A file has no server."""

    def left(self) -> dict[str, int]:
        [counts] = self._rows(
            "SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM step), (SELECT count(*) FROM timer),"
            " (SELECT count(*) FROM outbox WHERE status NOT IN ('failed', 'in_doubt'))"
        )
        return dict(zip(("inbox", "step", "timer", "outbox"), counts, strict=True))

    def kept(self) -> Kept:
        kept = Kept()
        for (
            name, user, channel, ordinal, last_in, last_event, status, owner, since, last_at, state
        ) in self._rows("SELECT * FROM session ORDER BY user, ordinal"):  # fmt: skip
            kept.last_in[name] = last_in
            kept.sessions.append(
                SessionRow(
                    id=name, user=user, channel=channel, ordinal=ordinal, status=status, owner=owner,
                    waiting_since=since, last_at=last_at, last_event=last_event, state=state,
                )
            )  # fmt: skip
            kept.events[name] = []
        for session, seq, kind, version, at, body in self._rows("SELECT * FROM event ORDER BY session, seq"):
            kept.events.setdefault(session, []).append(
                EventRow(seq=seq, kind=kind, version=version, at=at, body=body)
            )
        kept.heads = dict(self._rows("SELECT session, n FROM head"))
        kept.open = dict(self._rows("SELECT user, session FROM messaging_user"))
        kept.outbox = {
            f"{session}.{seq}": status
            for session, seq, status in self._rows("SELECT session, seq, status FROM outbox")
        }
        return kept

    def close(self) -> None:
        if self._outside is not None:
            self._outside.close()


class MemoryStorage:
    """Tables in memory, for as many processes as there are."""

    def __init__(self, loaded: Loaded, weather: Weather, *, reads: float = 1.0) -> None:
        self.tables = Tables(settings=dict(loaded.kept), reps={RITA.login: RITA})
        self.tables.releases[loaded.content.release] = ("", loaded.content.files)
        self._weather = weather
        self._reads = reads
        self._stores: dict[Process, MemoryStore] = {}
        self._names = itertools.count(1)

    def of(self, process: Process) -> Store:
        store = self._stores[process] = MemoryStore(
            self.tables, self._weather, names=self._names, reads=self._reads
        )
        process.on_death = store.drop
        return store

    def works_for(self, process: Process, user: str) -> bool:
        return self.tables.shards[shard_of(user)] == self._stores[process].name

    def go_down(self, seconds: float) -> None:
        self.tables.up_since = asyncio.get_running_loop().time() + seconds
        for store in self._stores.values():
            store.lose()

    def left(self) -> dict[str, int]:
        tables = self.tables
        unsettled = sum(status not in ("failed", "in_doubt") for _, status in tables.outbox.values())
        return {
            "inbox": len(tables.inbox),
            "step": len(tables.step),
            "timer": len(tables.timer),
            "outbox": unsettled,
        }

    def kept(self) -> Kept:
        tables = self.tables
        return Kept(
            sessions=sorted(tables.rows.values(), key=lambda row: (row.user, row.ordinal)),
            last_in=tables.last_in,
            heads=tables.heads,
            events={session: tables.log.get(session, []) for session in tables.rows},
            outbox={f"{session}.{seq}": status for (session, seq), (_, status) in tables.outbox.items()},
            open={user: known.session for user, known in tables.users.items()},
        )

    def close(self) -> None:
        """It goes with the seed."""
