"""How fast an account may send (so many a second, none while its provider says wait), and how soon again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from frontdesk.clock import Clock
from frontdesk.store.base import OutboxRow

FIRST_WAIT, LONGEST_WAIT = 0.5, 300.0  # seconds between two attempts of one message
LATE = 0.01  # seconds: who woke up late may catch up so much
LOOK_AGAIN = 1.0  # seconds: a wait may be longer than a sleep should be


class Pace:
    """The line before one account: first come, first served, whoever's messages they are."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next = 0.0  # when the next message may leave, by the clock that never jumps
        self._line = asyncio.Lock()  # who waits for it gets it in the order they came

    async def wait(self, per_second: float | None) -> None:
        """Wait until one more message may leave."""
        if per_second is None and not self._line.locked() and self._next <= self._clock.monotonic():
            return
        async with self._line:
            while True:
                left = self._next - self._clock.monotonic()
                if left <= 0:
                    break
                await asyncio.sleep(min(left, LOOK_AGAIN))
            if per_second is not None:
                self._next = max(self._next, self._clock.monotonic() - LATE) + 1 / per_second

    def hold(self, seconds: float) -> None:
        """The provider asked for a pause: it means the account, not the one message."""
        self._next = max(self._next, self._clock.monotonic() + seconds)


def longest_first(rows: Sequence[OutboxRow]) -> list[OutboxRow]:
    """Who has waited longest comes first: else a desk that is killed again and again starves the same."""
    since: dict[str, str] = {}
    for row in rows:
        since.setdefault(row.user, row.next_at)
    return sorted(rows, key=lambda row: since[row.user])


def longest_wait(attempts: int) -> float:
    """Seconds before a message's next attempt, at most, where its provider did not ask for more."""
    return min(LONGEST_WAIT, FIRST_WAIT * float(2**attempts))
