"""What simulated processes take for the time: the loop's, and what somebody has set a machine's clock to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from frontdesk.clock import Clock
from tests.simulation.loop import VirtualLoop

BEGAN = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)


class VirtualClock(Clock):
    """The loop's time, and what somebody has set the machine's clock to."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._tokens = 0
        self.set_by = timedelta()

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self._loop.time()) + self.set_by

    def monotonic(self) -> float:
        return self._loop.time()

    def other(self, ahead: float) -> OtherClock:
        """The clock of one machine of several."""
        return OtherClock(self, timedelta(seconds=ahead))

    def token(self, bits: int = 80) -> str:
        self._tokens += 1
        return f"t{self._tokens:06d}"


class OtherClock(Clock):
    """A clock that goes a little before or behind the others."""

    def __init__(self, clock: VirtualClock, ahead: timedelta) -> None:
        self._clock = clock
        self._ahead = ahead

    def now(self) -> datetime:
        return self._clock.now() + self._ahead

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def token(self, bits: int = 80) -> str:
        return self._clock.token(bits)
