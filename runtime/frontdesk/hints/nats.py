"""Hints over NATS: one subject a desk, at most once, nothing stored."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoServersError

from frontdesk.errors import SettingsError
from frontdesk.hints.remote import ANSWER_WITHIN, CONNECT_WITHIN, RemoteBus

SCHEMES = ("nats", "tls")


class NatsBus(RemoteBus):
    """A bus over a NATS server, or a cluster of them: addresses with commas between."""

    largest = 60_000  # the server takes a million; a slow reader should not have to
    gap = 0.002

    def __init__(self, url: str) -> None:
        super().__init__()
        self._servers = [_checked(one.strip()) for one in url.split(",")]
        self._client: Client | None = None
        self._why: Exception | None = None  # what its client has complained of last

    @property
    def place(self) -> str:
        return ", ".join(_shown(one) for one in self._servers)

    @property
    def _subject(self) -> str:
        # What only this desk's processes know: several desks may share a server.
        return f"frontdesk.{hashlib.sha256(self._desk.encode()).hexdigest()[:32]}"

    async def _open(self) -> None:
        self._client = client = Client()
        try:
            # Connecting again is the same for every bus, so the client's own way is off.
            await client.connect(
                self._servers,
                name="frontdesk hints",
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=int(CONNECT_WITHIN),
                no_echo=True,
                closed_cb=self._closed,
                error_cb=self._failed,
            )
        except NoServersError as error:
            raise self._why or error from error
        await client.subscribe(self._subject, cb=self._received)
        await client.flush(int(ANSWER_WITHIN))  # from here on nothing is missed

    async def _close(self) -> None:
        self._why = None
        client, self._client = self._client, None
        if client is not None and not client.is_closed:
            await client.close()

    async def _send(self, message: bytes) -> None:
        if self._client is not None:
            await self._client.publish(self._subject, message)

    async def _try(self) -> None:
        if self._client is not None:
            await self._client.flush(int(ANSWER_WITHIN))

    async def _received(self, message: Msg) -> None:
        self._heard(message.data)

    async def _closed(self) -> None:
        self._lost()

    async def _failed(self, error: Exception) -> None:
        """What follows is a closed connection, or hints that were lost: neither needs a word of its own."""
        self._why = error


def _checked(url: str) -> str:
    parts = urlsplit(url)
    try:
        is_right = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_right = False
    if not is_right or parts.path.strip("/") or parts.query:
        raise SettingsError(
            f"`{_shown(url)}` is no address of a NATS server. --bus (or FRONTDESK_BUS) takes "
            "nats://HOST:PORT, or several with commas between; without it hints go over PostgreSQL."
        )
    return url


def _shown(url: str) -> str:
    """An address without its secrets."""
    scheme, slashes, rest = url.partition("://")
    return f"{scheme}{slashes}{rest.rpartition('@')[2]}"
