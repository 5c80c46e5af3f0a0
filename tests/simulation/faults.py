"""Everything that goes wrong with the desk's processes and with what is around them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from frontdesk import crash
from frontdesk.errors import StoreError
from tests.simulation.loop import Gone, current_process
from tests.simulation.outside import Weather
from tests.simulation.plan import Fault

if TYPE_CHECKING:
    from tests.simulation.world import Node, World


class Faults:
    """The faults of a world's plan."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def happen(self) -> None:
        """One after the other, each at its time."""
        for fault in self._world.plan.faults:
            await asyncio.sleep(max(fault.at - self._world.loop.time(), 0))
            self._world.note("fault", str(fault))
            self._world.count(fault.kind)
            await getattr(self, f"_{fault.kind.replace(' ', '_')}")(fault)

    def _one(self, fault: Fault) -> Node | None:
        running = [node for node in self._world.nodes if node is not None and not node.process.is_dead]
        return running[int(fault.at * 1000) % len(running)] if running else None

    async def _kill(self, fault: Fault) -> None:
        node = self._one(fault)
        if node is not None:
            node.process.die()

    async def _kill_at_step(self, fault: Fault) -> None:
        node = self._one(fault)
        if node is not None:
            node.process.dies_at = node.process.steps + int(fault.value)

    async def _crash_point(self, fault: Fault) -> None:
        def die() -> None:
            process = current_process()
            assert process is not None
            self._world.note(process.name, f"is at {fault.name}")
            process.die()

        crash.arm(fault.name, int(fault.value), die)

    async def _stop_at(self, fault: Fault) -> None:
        """As by SIGSTOP at a crash point, and SIGCONT: what stands behind it in the code is done then."""

        def stand_still() -> None:
            process = current_process()
            assert process is not None
            self._world.count("stood still")
            self._world.note(process.name, f"stands still at {fault.name}")
            process.stand_still(fault.value)
            self._world.note(process.name, "goes on")

        def stand_still_soon() -> None:
            self._world.loop.call_soon(stand_still)

        crash.arm(fault.name, fault.times, stand_still_soon if fault.is_late else stand_still)

    async def _drain(self, fault: Fault) -> None:
        """As by SIGTERM: it finishes what runs, and is started again when it has ended."""
        node = self._one(fault)
        if node is None or not node.desk.is_ready:
            return
        node.is_leaving = True
        try:
            await node.process.call(node.desk.stop)
            self._world.note(node.process.name, "has drained")
        except (Gone, StoreError):
            pass
        node.process.die()

    async def _store(self, fault: Fault) -> None:
        self._storm(self._world.disk, fault)
        if fault.name == "1":
            self._world.storage.go_down(fault.value)

    async def _channel(self, fault: Fault) -> None:
        self._storm(self._world.wire, fault)

    async def _server(self, fault: Fault) -> None:
        self._storm(self._world.server_wire, fault)

    def _storm(self, weather: Weather, fault: Fault) -> None:
        weather.rate = float(fault.name)
        self._world.loop.call_later(fault.value, setattr, weather, "rate", 0.0)

    async def _clock(self, fault: Fault) -> None:
        self._world.clock.set_by += timedelta(seconds=fault.value)
        self._world.set_back += max(-fault.value, 0)

    async def _stop(self, fault: Fault) -> None:
        """As by SIGSTOP, and SIGCONT when others may have taken over."""
        node = self._one(fault)
        if node is None or node.process.is_stopped:
            return
        node.process.stop()

        def go_on() -> None:
            self._world.note(node.process.name, "goes on")
            node.process.go_on()

        self._world.loop.call_later(fault.value, go_on)

    async def _join(self, fault: Fault) -> None:
        self._world.roles.append(fault.name)
        self._world.nodes.append(None)
        self._world.start_again(len(self._world.nodes) - 1, 0.0)
