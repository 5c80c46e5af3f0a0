"""What the machine itself can do in the same minute: one fsync, and bare group commits of like rows."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from pathlib import Path

import apsw

from frontdesk.store.writer import Writer

EVENTS = 5  # rows of the log a measured turn writes, about
BODY = b"x" * 220
STATE = b"x" * 1_200


def file_system(folder: Path) -> str:
    """The type of the file system a folder lies in; "" where the system does not say."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    real = folder.resolve()
    fitting = [line.split()[1:3] for line in mounts if real.is_relative_to(line.split()[1])]
    return max(fitting, key=lambda one: len(one[0]))[1] if fitting else ""


def fsync_p50(folder: Path, times: int = 200) -> float:
    """Milliseconds of one small append and its fsync, the median."""
    path = folder / "fsync.probe"
    took = []
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for _ in range(times):
            began = time.perf_counter()
            os.write(handle, b"x" * 4096)
            os.fsync(handle)
            took.append((time.perf_counter() - began) * 1000)
    finally:
        os.close(handle)
        path.unlink()
    return statistics.median(took)


async def raw_turns_per_s(folder: Path, sessions: int, seconds: float) -> float:
    """Commits a second of rows like a turn's, through the same writer, with nothing decided."""
    path = folder / "probe.db"
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_autocheckpoint=4000")
    for sql in _TABLES:
        connection.execute(sql)
    writer = Writer(connection)
    done, began = 0, time.perf_counter()

    async def one(session: str) -> None:
        nonlocal done
        n = 0
        while time.perf_counter() - began < seconds:
            n += 1
            await writer.submit(lambda cursor, n=n: _turn(cursor, session, n))  # type: ignore[misc]
            done += 1

    await asyncio.gather(*(one(f"{number:013x}") for number in range(sessions)))
    took = time.perf_counter() - began
    await writer.stop()
    writer.close()
    path.unlink()
    return done / took


_TABLES = (
    "CREATE TABLE dedupe (account, id, session, n, PRIMARY KEY (account, id)) WITHOUT ROWID",
    "CREATE TABLE session (id PRIMARY KEY, n, state) WITHOUT ROWID",
    "CREATE TABLE event (session, seq, kind, body, PRIMARY KEY (session, seq)) WITHOUT ROWID",
    "CREATE TABLE outbox (session, seq, body, PRIMARY KEY (session, seq)) WITHOUT ROWID",
)


def _turn(cursor: apsw.Cursor, session: str, n: int) -> None:
    cursor.execute("INSERT INTO dedupe VALUES ('wire',?,?,?)", (f"{session}:{n}", session, n))
    cursor.execute("INSERT OR REPLACE INTO session VALUES (?,?,?)", (session, n, STATE))
    rows = [(session, n * EVENTS + one, "kind", BODY) for one in range(EVENTS)]
    cursor.executemany("INSERT INTO event VALUES (?,?,?,?)", rows)
    cursor.execute("INSERT INTO outbox VALUES (?,?,?)", (session, n * EVENTS, BODY))
    cursor.execute("DELETE FROM outbox WHERE session=? AND seq=?", (session, (n - 1) * EVENTS))
