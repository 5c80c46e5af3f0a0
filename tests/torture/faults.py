"""What is done to the processes of a desk, their database and their bus while customers write."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable

import asyncpg

from frontdesk.store.postgres_connect import LEASE
from tests import database, natsserver
from tests.torture.fleet import Fleet
from tests.torture.verdict import Plan

FROZEN = LEASE + 2.0  # seconds: longer than a lease, so that others take over
REFUSED = 1.5  # seconds in which nothing can be written
SYNC, SLOW = 0.3, 2.0  # seconds that each sync of a slow disk takes, and for which it is slow
JUMP = 7_200.0  # seconds by which a clock is off, at most


class Faults:
    """The faults of a plan, in an order of chance."""

    def __init__(self, fleet: Fleet, plan: Plan, chance: random.Random) -> None:
        self._fleet = fleet
        self._chance = chance
        self.wrong: list[str] = []
        self._kinds: dict[str, Callable[[], Awaitable[None]]] = {
            "kills": self._kill,
            "restarts": self._restart_database,
            "resets": self._reset_connection,
            "freezes": self._freeze,
            "changes": self._change_workers,
            "hints": self._lose_hints,
            "disks": self._refuse_writes,
            "syncs": self._slow_syncs,
            "clocks": self._set_clock,
        }
        self.planned = [kind for kind in self._kinds for _ in range(getattr(plan, kind))]
        chance.shuffle(self.planned)

    async def do(self, kind: str) -> None:
        """One fault, and what comes after it."""
        await self._kinds[kind]()

    async def _kill(self) -> None:
        process = self._chance.choice(self._fleet.processes)
        await process.kill()
        await process.start()

    async def _restart_database(self) -> None:
        await asyncio.to_thread(database.server().stop)
        await asyncio.to_thread(database.server().start)

    async def _reset_connection(self) -> None:
        """A process loses the connection on which it writes, at any moment of a transaction."""
        connection = await asyncpg.connect(database.database())
        try:
            pids = [
                row[0]
                for row in await connection.fetch(
                    "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'frontdesk %/%'"
                )
            ]
            if pids:
                await connection.execute("SELECT pg_terminate_backend($1)", self._chance.choice(pids))
        finally:
            await connection.close()

    async def _freeze(self) -> None:
        process = self._chance.choice(self._fleet.workers or self._fleet.processes)
        process.signal(signal.SIGSTOP)
        await asyncio.sleep(FROZEN)
        process.signal(signal.SIGCONT)

    async def _change_workers(self) -> None:
        await self._fleet.join()
        await asyncio.sleep(self._chance.uniform(0.5, 1.5))
        process = self._chance.choice(self._fleet.workers)
        ended = await self._fleet.leave(process)
        if ended != 0:
            self.wrong.append(f"{process.name} did not drain, it ended with {ended}")

    async def _lose_hints(self) -> None:
        await asyncio.to_thread(natsserver.server().kill)
        await asyncio.sleep(self._chance.uniform(0.2, 1.0))
        await asyncio.to_thread(natsserver.server().start)

    async def _refuse_writes(self) -> None:
        process = self._fleet.processes[0]
        process.refuse_writes(True)
        await asyncio.sleep(REFUSED)
        process.refuse_writes(False)

    async def _slow_syncs(self) -> None:
        weather = self._fleet.processes[0].weather
        weather.be(sync=SYNC)
        await asyncio.sleep(SLOW)
        weather.be(sync=0.0)

    async def _set_clock(self) -> None:
        """One process believes another time than the others, from now on, also after a restart."""
        process = self._chance.choice(self._fleet.processes)
        process.weather.be(clock=self._chance.uniform(-JUMP, JUMP))
