"""A bus that loses, doubles, delays and reorders: hints may cost time, and nothing else."""

from __future__ import annotations

import random
from typing import Any

from frontdesk.bus import InProcessBus
from tests.simulation.loop import Process

LOST, DOUBLED, LATE = 0.2, 0.1, 0.1


class Hub:
    """What is between the processes' buses."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._buses: list[tuple[Process, SimulatedBus]] = []
        self.is_bad = True

    def of(self, process: Process) -> SimulatedBus:
        bus = SimulatedBus(self, process)
        self._buses.append((process, bus))
        return bus

    def carry(self, sender: Process, topic: str, hint: Any) -> None:
        chance = self._chance.random
        for process, bus in self._buses:
            if process is sender or process.is_dead or (self.is_bad and chance() < LOST):
                continue
            for _ in range(2 if self.is_bad and chance() < DOUBLED else 1):
                late = chance() * 5 if self.is_bad and chance() < LATE else chance() * 0.01
                process.call_later(late, bus.tell, topic, hint)


class SimulatedBus(InProcessBus):
    """One process's end."""

    def __init__(self, hub: Hub, process: Process) -> None:
        super().__init__()
        self._hub = hub
        self._process = process

    def publish(self, topic: str, hint: Any = None) -> None:
        super().publish(topic, hint)
        if not self.alone and not self._process.is_dead:
            self._hub.carry(self._process, topic, hint)
