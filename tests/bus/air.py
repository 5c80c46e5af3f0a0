"""What carries hints between the desks of one test: as badly as it is told to."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import orjson

from frontdesk.bus import InProcessBus


class Air:
    """Shares are of 1, by a seeded die; `late`: seconds a hint takes at most, so that they overtake."""

    def __init__(self, *, lost: float = 0.0, doubled: float = 0.0, late: float = 0.0, seed: int = 1) -> None:
        self._lost = lost
        self._doubled = doubled
        self._late = late
        self._random = Random(seed)
        self.buses: list[AirBus] = []
        self.carried = 0

    def bus(self) -> AirBus:
        """The bus of one more process."""
        bus = AirBus(self)
        self.buses.append(bus)
        return bus

    def carry(self, sender: AirBus, said: bytes) -> None:
        for bus in self.buses:
            if bus is sender or self._random.random() < self._lost:
                continue
            for _ in range(2 if self._random.random() < self._doubled else 1):
                self.carried += 1
                wait = self._random.random() * self._late
                asyncio.get_running_loop().call_later(wait, bus.hear, said)


class AirBus(InProcessBus):
    """One process's end."""

    def __init__(self, air: Air) -> None:
        super().__init__()
        self.alone = False
        self._air = air

    async def stop(self) -> None:
        if self in self._air.buses:
            self._air.buses.remove(self)

    def publish(self, topic: str, hint: Any = None) -> None:
        self.tell(topic, hint)
        if not self.alone:
            self._air.carry(self, orjson.dumps([topic, hint]))

    def hear(self, said: bytes) -> None:
        if self in self._air.buses:
            self.tell(*orjson.loads(said))
