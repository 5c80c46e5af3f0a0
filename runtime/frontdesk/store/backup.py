"""A backup: one SQLite file with the tables of a version, whichever store it was made from.

The file says of itself when it was made, how many rows of each table it holds, and the checksum of all
its bytes but the checksum's own. What a process needs only while it runs is in no backup, and neither
are the sign-ins of reps.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

import apsw
import orjson

from frontdesk.clock import instant, iso
from frontdesk.errors import StoreError, StoreVersion
from frontdesk.store.migrations import VERSION, upgrade

APPLICATION = 0x66646B62  # "fdkb": what the file's header calls it
NO_CHECKSUM = "0" * 64
A_BIT = 1 << 22  # bytes read at once

# More of each than anybody can have used since, so that no number comes to mean something else.
_SPARE_NUMBERS, _NUMBERS_A_SECOND = 1 << 16, 10
_SPARE_ORDINALS, _SECONDS_AN_ORDINAL = 100, 600

Tell = Callable[[int, int], None]
"""Told how much is done, and of how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a backup says of itself."""

    file: Path
    made_at: datetime
    made_by: str  # the frontdesk that made it
    schema: int
    rows: dict[str, int]  # of each table
    bytes: int

    @property
    def sessions(self) -> int:
        return self.rows["session"]

    @property
    def events(self) -> int:
        return self.rows["event"]

    @property
    def users(self) -> int:
        return self.rows["messaging_user"]


# --- making one --------------------------------------------------------------------------------


def seal(file: Path, made_at: datetime) -> Backup:
    """Make a backup of a file that holds a desk's tables."""
    with _opened(file, apsw.SQLITE_OPEN_READWRITE) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("DELETE FROM rep_session")
        rows = _count(connection)
        said = {
            "made_at": iso(made_at),
            "made_by": version("frontdesk"),
            "schema": connection.pragma("user_version"),
            "rows": rows,
        }
        connection.execute("CREATE TABLE backup (said TEXT NOT NULL, checksum TEXT NOT NULL)")
        mark = secrets.token_hex(16)
        values = (orjson.dumps(said).decode(), f"{mark}:{NO_CHECKSUM}")
        connection.execute("INSERT INTO backup VALUES (?, ?)", values)
        connection.execute(f"PRAGMA application_id={APPLICATION}")
    with file.open("r+b") as handle:
        place, found = _checksum(handle, f"{mark}:{NO_CHECKSUM}".encode())
        handle.seek(place)
        handle.write(found)
        handle.flush()
        os.fsync(handle.fileno())
    return _read(file, file)


def _count(connection: apsw.Connection) -> dict[str, int]:
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type='table' AND name<>'backup'")
    names = [str(name) for (name,) in tables]
    return {name: int(connection.execute(f"SELECT count(*) FROM {name}").get) for name in names}


def _checksum(handle: BinaryIO, written: bytes) -> tuple[int, bytes]:
    """(where it stands in the file, the checksum of all that stands around it)."""
    end = _find(handle, written) + len(written)
    start = end - len(NO_CHECKSUM)
    if len(written) <= len(NO_CHECKSUM) or start < 0:
        raise ValueError("its checksum is missing")
    found = hashlib.sha256()
    handle.seek(0)
    left = start
    while part := handle.read(min(left, A_BIT)):
        found.update(part)
        left -= len(part)
    handle.seek(end)
    while part := handle.read(A_BIT):
        found.update(part)
    return start, found.hexdigest().encode()


def _find(handle: BinaryIO, written: bytes) -> int:
    """Where this stands in a file; -1: nowhere."""
    handle.seek(0)
    place, behind = 0, b""
    while part := handle.read(A_BIT):
        found = (behind + part).find(written)
        if found >= 0:
            return place - len(behind) + found
        place += len(part)
        behind = part[1 - len(written) :]
    return -1


# --- reading one -------------------------------------------------------------------------------


def read(file: Path) -> Backup:
    """What a backup says of itself; StoreError when it is none, or none that this version can read."""
    said = _read(file, file)
    if said.schema > VERSION:
        raise StoreVersion(
            f"{file} was made by a newer frontdesk ({said.made_by}: schema {said.schema}, this one knows "
            f"{VERSION}). Run `pip install --upgrade 'frontdesk>={said.made_by}'`, then restore it."
        )
    return said


def check(file: Path, name: Path | None = None) -> Backup:
    """What a backup says of itself, when all of it is there; else StoreError with what is wrong.

    `name`: what it is called in that error, where the file is a copy.
    """
    name = name or file
    said = _read(file, name)
    with _sound(name), _opened(file, apsw.SQLITE_OPEN_READONLY) as connection:
        written = str(connection.execute("SELECT checksum FROM backup").get).encode()
        with file.open("rb") as handle:
            if _checksum(handle, written)[1] != written.partition(b":")[2]:
                raise ValueError("its content is not what was written")
        if (problem := connection.pragma("integrity_check")) != "ok":
            raise ValueError(str(problem).splitlines()[0])
        if _count(connection) != said.rows:
            raise ValueError("rows are missing")
    return said


def _read(file: Path, name: Path) -> Backup:
    if not file.is_file():
        raise StoreError(f"There is no file {name}.")
    try:
        with file.open("rb") as handle:
            header = handle.read(100)
    except OSError as error:
        raise StoreError(f"{name} cannot be read ({error.strerror}).") from error
    if header[:16] != b"SQLite format 3\0" or int.from_bytes(header[68:72], "big") != APPLICATION:
        raise StoreError(f"{name} is no backup of a desk: `frontdesk backup` makes one.")
    with _sound(name), _opened(file, apsw.SQLITE_OPEN_READONLY) as connection:
        said = orjson.loads(str(connection.execute("SELECT said FROM backup").get))
        return Backup(
            file=file,
            made_at=instant(said["made_at"]),
            made_by=said["made_by"],
            schema=said["schema"],
            rows=said["rows"],
            bytes=file.stat().st_size,
        )


@contextlib.contextmanager
def _opened(file: Path, flags: int) -> Iterator[apsw.Connection]:
    connection = apsw.Connection(str(file), flags=flags)
    try:
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def _sound(name: Path) -> Iterator[None]:
    """What is wrong with a file that is not whole, in the desk's words."""
    try:
        yield
    except (apsw.Error, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{name} is damaged or was cut off ({error}). Take another backup.") from error


# --- making it data again ----------------------------------------------------------------------


def unseal(copy: Path, backup: Backup, now: datetime) -> None:
    """Make a copy of a backup the data of this version, behind everything that happened since."""
    with _opened(copy, apsw.SQLITE_OPEN_READWRITE) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("BEGIN")
        for sql in upgrade(backup.schema, "sqlite"):
            connection.execute(sql)
        connection.execute("DROP TABLE backup")
        _leave_a_gap(connection, max(0, int((now - backup.made_at).total_seconds())))
        connection.execute("COMMIT")
        connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("PRAGMA application_id=0")
    with copy.open("rb") as handle:
        os.fsync(handle.fileno())


def _leave_a_gap(connection: apsw.Connection, seconds: int) -> None:
    """Go on counting behind every number that was given since the backup was made.

    A message's key and an action's are made of them: the same key again with other content, and who
    was given it before would not take it. What was under way keeps its numbers, and so its keys: it is
    the same work again. A user's newest session gets another ordinal, so that a client knows that its
    place in the transcript is of a past which is over.
    """
    ordinals = _SPARE_ORDINALS + seconds // _SECONDS_AN_ORDINAL
    numbers = _SPARE_NUMBERS + seconds * _NUMBERS_A_SECOND
    connection.execute(
        "UPDATE session SET ordinal=ordinal+?1, state=iif(length(state)=0, state,"
        " CAST(json_set(CAST(state AS TEXT), '$.ordinal', ordinal+?1) AS BLOB))"
        " WHERE (user, ordinal) IN (SELECT user, ordinal FROM messaging_user)",
        (ordinals,),
    )
    connection.execute("UPDATE messaging_user SET ordinal=ordinal+?", (ordinals,))
    connection.execute(
        "CREATE TEMP TABLE idle AS SELECT id FROM session s WHERE status<>'ended' AND length(state)>0"
        " AND NOT EXISTS (SELECT 1 FROM inbox WHERE session=s.id)"
        " AND NOT EXISTS (SELECT 1 FROM step WHERE session=s.id)"
    )
    connection.execute(
        "UPDATE session SET last_in=last_in+?1, last_event=last_event+?1,"
        " state=CAST(json_set(CAST(state AS TEXT), '$.last_inbound', last_in+?1, '$.last_event',"
        " last_event+?1) AS BLOB) WHERE id IN (SELECT id FROM idle)",
        (numbers,),
    )
    connection.execute("UPDATE head SET n=n+? WHERE session IN (SELECT id FROM idle)", (numbers,))
