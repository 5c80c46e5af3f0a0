"""Hints over the database: NOTIFY to a channel of the desk's own schema, on a connection of its own."""

from __future__ import annotations

from typing import Any

import asyncpg

from frontdesk.hints.remote import CONNECT_WITHIN, RemoteBus
from frontdesk.store.postgres_connect import ALIVE, Place

LONGEST_NAME = 63  # bytes of a channel's name
SETTINGS = {
    "application_name": "frontdesk hints",
    "synchronous_commit": "off",  # a NOTIFY is a commit, and a hint need not survive
    "jit": "off",
    **ALIVE,
}


class NotifyBus(RemoteBus):
    """A bus over PostgreSQL.

    A NOTIFY takes a lock of the whole database while it commits: so many hints go into one, and under
    load they wait for each other.
    """

    largest = 7_900  # the server takes less than 8000
    gap = 0.01  # so at most a hundred commits a second are for hints, whatever the load

    def __init__(self, url: str) -> None:
        super().__init__()
        self._place = Place(url)
        self._channel = ""
        self._connection: asyncpg.Connection[Any] | None = None

    @property
    def place(self) -> str:
        return str(self._place)

    async def _open(self) -> None:
        try:
            self._connection = connection = await asyncpg.connect(
                self._place.url, timeout=CONNECT_WITHIN, server_settings=SETTINGS
            )
            connection.add_termination_listener(lambda _: self._lost())
            schema = await connection.fetchval("SELECT current_schema()")
            self._channel = f"frontdesk:{schema}".encode()[:LONGEST_NAME].decode(errors="ignore")
            await connection.add_listener(self._channel, self._notified)
        except Exception as error:
            raise self._place.plain(error) from error

    def _notified(self, connection: Any, pid: int, channel: str, said: object) -> None:
        if pid != connection.get_server_pid():  # its own, back again: not worth reading
            self._heard(str(said))

    async def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _send(self, message: bytes) -> None:
        if self._connection is not None:
            await self._connection.execute("SELECT pg_notify($1, $2)", self._channel, message.decode())

    async def _try(self) -> None:
        if self._connection is not None:
            await self._connection.execute("SELECT 1")
