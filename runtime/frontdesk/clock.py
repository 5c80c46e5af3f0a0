"""Time, ids and chance. Nothing else asks the machine for any of them, so tests can fix all three."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u


class Clock:
    """The machine's own time and chance."""

    def now(self) -> datetime:
        """The current instant, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never jump; only differences mean anything."""
        return time.monotonic()

    def token(self, bits: int = 80) -> str:
        """A new unguessable id of lower-case letters and digits."""
        number = int.from_bytes(os.urandom((bits + 7) // 8)) >> (-bits % 8)
        size = -(-bits // 5)
        return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in range(size))


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


def iso(instant: datetime) -> str:
    """An instant as logs, HTTP and sockets carry it: UTC, milliseconds, `Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def instant(text: str) -> datetime:
    """Read back what `iso` wrote."""
    return datetime.fromisoformat(text)
