"""Time, ids and chance. Nothing else asks the machine for any of them, so tests can fix all three."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u

_LETTERS = (_ALPHABET * 8).encode()  # which letter a random byte is: each as likely as the others


class Clock:
    """The machine's own time and chance."""

    _random = b""  # drawn, not used yet

    def now(self) -> datetime:
        """The current instant, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never jump; only differences mean anything."""
        return time.monotonic()

    def token(self, bits: int = 80) -> str:
        """A new unguessable id of lower-case letters and digits."""
        size = -(-bits // 5)
        if len(self._random) < size:
            self._random = os.urandom(max(size, 2048))  # one call of the system for many tokens
        taken, self._random = self._random[:size], self._random[size:]
        return taken.translate(_LETTERS).decode()


class FixedClock(Clock):
    """A clock for tests and `frontdesk chat`: stands still until told, and counts its ids up."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
        self._count = 0
        self._ticks = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._ticks

    def token(self, bits: int = 80) -> str:
        self._count += 1
        return f"t{self._count:06d}"

    def advance(self, by: timedelta) -> None:
        """Let `by` pass."""
        self._now += by
        self._ticks += by.total_seconds()


@lru_cache(maxsize=64)  # a turn writes its one instant into everything it keeps
def iso(instant: datetime) -> str:
    """An instant as logs, HTTP and sockets carry it: UTC, milliseconds, `Z`."""
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="milliseconds")[:-6] + "Z"


def instant(text: str) -> datetime:
    """Read back what `iso` wrote."""
    return datetime.fromisoformat(text)
