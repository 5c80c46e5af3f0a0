"""A clock that stands still until told, and knows how often somebody has looked at it."""

from __future__ import annotations

from frontdesk.clock import FixedClock
from tests.patience import until


class WatchedClock(FixedClock):
    """Who waits for a time to come looks again and again; who has looked and waits on has nothing to do."""

    looks = 0

    def monotonic(self) -> float:
        self.looks += 1
        return super().monotonic()

    async def has_been_looked_at(self, times: int = 3) -> None:
        """Wait until somebody has looked so often from now on: too early, all of them."""
        before = self.looks
        await until(lambda: self.looks >= before + times)
