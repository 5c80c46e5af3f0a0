"""Connections to PostgreSQL: opened with one place's settings, and their errors in the desk's words."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

import asyncpg

from frontdesk.errors import SettingsError, StoreError, StoreInUse, StoreUnavailable, StoreVersion
from frontdesk.store.migrations import VERSION, created, refusal, upgrade

Connection: TypeAlias = "asyncpg.Connection[Any]"

CONNECT_WITHIN = 3.0  # seconds
ANSWER_WITHIN = 30.0  # seconds a statement may take: then the connection is given up
LEASE = 5.0  # seconds a process that says nothing keeps what it works on
GONE_AFTER = 2.0  # and a process whose connection is gone
DESK_LOCK = 0x66726F6E  # "fron": the first half of the advisory lock's key, the schema's hash the second
LOOK_AGAIN = 0.05  # seconds between two tries to take the lock
FIRST_SHARED = 3  # version of the tables; before, the only process held the lock

# A worker `w` of which nothing comes any more.
DEAD = f"""
  w.over IS NULL AND (w.until < now() OR (w.until < now() + interval '{LEASE - GONE_AFTER} s'
    AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.application_name = w.id)))
"""

# A turn's rows are found by key, however young the tables' statistics are; and a plan is made once.
_WRITES = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    "default_transaction_isolation": "repeatable read",
    # A process that stopped between two statements must not keep others from the rows it has written.
    "idle_in_transaction_session_timeout": f"{LEASE:.0f}s",
}
_READS = {"default_transaction_read_only": "on", "jit": "off"}
# A peer that has vanished without a word is noticed, here and there.
ALIVE = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}

_GONE = (
    OSError,  # and every time-out
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.ReadOnlySQLTransactionError,  # it has become a standby: another is the primary now
    asyncpg.IdleInTransactionSessionTimeoutError,
)
_REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
)


@dataclass(frozen=True, slots=True, repr=False)
class Place:
    """One desk's place in a PostgreSQL database: a URL, whose password is never shown."""

    url: str

    def __post_init__(self) -> None:
        try:
            urlsplit(self.url).port  # noqa: B018  read for what it raises
        except ValueError as error:
            raise self._no_address(error) from error

    def _no_address(self, error: Exception) -> SettingsError:
        return SettingsError(
            f"{self} is no address of a PostgreSQL database ({error}). "
            "It reads postgresql://USER:PASSWORD@HOST:PORT/DATABASE."
        )

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        query = parse_qs(parts.query)
        hosts = parts.netloc.rpartition("@")[2] or ",".join(query.get("host", ["localhost"]))
        schema = query.get("search_path", [""])[0]
        return f"postgresql://{hosts}{parts.path}" + (f" (schema {schema})" if schema else "")

    __repr__ = __str__

    async def writing(self, name: str) -> Connection:
        """A connection that writes; `name` is how the server's lists of sessions show it."""
        return await self._connect({**_WRITES, "application_name": name}, ANSWER_WITHIN)

    async def patient(self, command: str) -> Connection:
        """A connection for statements that may take long, of a command that is no process of the desk."""
        return await self._connect({"application_name": f"frontdesk {command}"}, None)

    async def _connect(self, settings: dict[str, str], patience: float | None) -> Connection:
        try:
            return await asyncpg.connect(
                self.url,
                timeout=CONNECT_WITHIN,
                command_timeout=patience,
                statement_cache_size=500,
                server_settings={**ALIVE, **settings},
            )
        except Exception as error:
            raise self.plain(error) from error

    async def pool(self, size: int, name: str) -> asyncpg.Pool[Any]:
        """Connections that only read; `name`: of the process."""
        try:
            return await asyncpg.create_pool(
                self.url,
                min_size=0,
                max_size=size,
                timeout=CONNECT_WITHIN,
                command_timeout=ANSWER_WITHIN,
                server_settings={**ALIVE, **_READS, "application_name": f"{name} reads"},
                reset=_leave_as_it_is,
            )
        except Exception as error:
            raise self.plain(error) from error

    def plain(self, error: Exception) -> Exception:
        """The error in the desk's words where it is about the database as a whole."""
        if isinstance(error, StoreError):
            return error
        if isinstance(error, asyncpg.exceptions.ClientConfigurationError):
            return self._no_address(error)
        if isinstance(error, _REFUSED):
            return StoreUnavailable(
                f"{self} cannot be used: {error}. Make the database or give the user the right."
            )
        if isinstance(error, asyncpg.InsufficientResourcesError):
            return StoreUnavailable(f"{self} cannot be written: {error}")
        if is_gone(error):
            return StoreUnavailable(f"{self} cannot be reached ({str(error) or type(error).__name__}).")
        return error


async def _leave_as_it_is(connection: object) -> None:
    """A reading connection holds nothing that would have to be undone."""


def is_gone(error: BaseException) -> bool:
    """Whether a connection is over, rather than a statement wrong."""
    if isinstance(error, _GONE):
        return True
    # "connection is closed": of the client's own errors the one without a class.
    return type(error) in (asyncpg.InterfaceError, asyncpg.InternalClientError)


async def take_lock(connection: Connection, place: Place) -> None:
    """Keep everybody else out as long as the connection lasts; StoreInUse where somebody serves the place."""
    if not await _has_lock(connection, place, "pg_try_advisory_lock"):
        raise await _in_use(connection, place)
    if await version_of(connection) < FIRST_SHARED:
        return
    rows = await connection.fetch(f"SELECT w.id FROM worker w WHERE w.over IS NULL AND NOT ({DEAD})")
    if rows:
        names = ", ".join(row["id"] for row in rows)
        raise StoreInUse(
            f"{place} is served by {names}. Stop it first, or wait a few seconds if it was killed."
        )


async def take_lock_briefly(connection: Connection, place: Place) -> None:
    """The same lock until the transaction ends, whoever serves the place; waits for it a moment."""
    loop = asyncio.get_running_loop()
    until = loop.time() + CONNECT_WITHIN
    while not await _has_lock(connection, place, "pg_try_advisory_xact_lock"):
        if loop.time() >= until:
            raise await _in_use(connection, place)
        await asyncio.sleep(LOOK_AGAIN)


async def _has_lock(connection: Connection, place: Place, how: str) -> bool:
    taken = await connection.fetchval(f"SELECT {how}($1, hashtext(current_schema()))", DESK_LOCK)
    if taken is None:
        raise StoreUnavailable(f"{place} has no such schema. Make it, or take another.")
    return bool(taken)


async def _in_use(connection: Connection, place: Place) -> StoreInUse:
    holder = await connection.fetchrow(
        "SELECT a.application_name, a.client_addr FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
        " WHERE l.locktype='advisory' AND l.classid::int8=$1 AND l.objid=hashtext(current_schema())::oid"
        " AND l.granted AND l.database=(SELECT oid FROM pg_database WHERE datname=current_database())",
        DESK_LOCK,
    )
    name = f"{holder[0]} at {holder[1] or 'this machine'}" if holder is not None else "unknown"
    return StoreInUse(f"{place} is held by another frontdesk ({name}). Stop it first, or wait for its end.")


async def version_of(connection: Connection) -> int:
    """The version of the tables; 0: there are none."""
    # Read as rows: what the server remembers of a name may be older than its lock.
    if not await connection.fetchval(
        "SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname=current_schema() AND tablename='setting')"
    ):
        return 0
    kept = await connection.fetchval("SELECT value FROM setting WHERE name='schema_version'")
    return int(kept or 0)


async def check_version(connection: Connection, place: Place) -> None:
    """StoreVersion when the tables are not of this version."""
    version = await version_of(connection)
    if version == 0:
        raise SettingsError(f"{place} holds no desk yet: `frontdesk run --store` makes its tables.")
    if (refused := refusal(str(place), version)) is not None:
        raise StoreVersion(refused)


async def create(connection: Connection) -> None:
    """Make the tables where there are none."""
    if await version_of(connection) == 0:
        await _bring(connection, created("postgresql"))


async def migrate(place: Place) -> int:
    """Bring the tables to this version, all of it or nothing; gives the version they had."""
    connection = await place.patient("migrate")
    try:
        await take_lock(connection, place)
        version = await version_of(connection)
        if 0 < version < VERSION:
            await _bring(connection, upgrade(version, "postgresql"))
        await check_version(connection, place)
    finally:
        await connection.close()
    return version


async def _bring(connection: Connection, statements: Sequence[str]) -> None:
    async with connection.transaction():
        await connection.execute(";\n".join(statements))
        await connection.execute(
            "INSERT INTO setting VALUES ('schema_version', $1)"
            " ON CONFLICT (name) DO UPDATE SET value=excluded.value",
            str(VERSION),
        )
