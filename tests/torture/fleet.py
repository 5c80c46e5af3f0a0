"""The processes that are tortured: one on a file, or several on one PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from frontdesk.settings import Settings
from tests.ports import held_port
from tests.torture.process import WEATHER, Weather
from tests.torture.wire import Client

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN, STOPS_WITHIN = 240.0, 240.0  # seconds, on a machine that has more to do


@dataclass(slots=True)
class Process:
    """One `frontdesk run`."""

    settings: Settings
    name: str
    crash: str | None = None  # NAME:COUNT: it kills itself there, once
    process: asyncio.subprocess.Process | None = None

    @property
    def takes_messages(self) -> bool:
        return self.settings.role != "worker"

    async def start(self) -> None:
        """Start it, and wait until it takes messages."""
        environ = {**os.environ, "PYTHONPATH": f"{ROOT / 'runtime'}", "PYTHONDONTWRITEBYTECODE": "1"}
        if self.crash is not None:
            environ["FRONTDESK_CRASH"], self.crash = self.crash, None
        environ |= {"FRONTDESK_STORE": self.settings.store, "FRONTDESK_BUS": self.settings.bus}
        environ[WEATHER] = str(self._weather)
        arguments = ("--port", str(self.settings.port), "--role", self.settings.role)
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.torture.process", "run", str(self.settings.root), *arguments),
                cwd=ROOT,
                env=environ,
                stderr=log,
            )
        async with asyncio.timeout(STARTS_WITHIN):
            await self._answers()

    async def _answers(self) -> None:
        assert self.process is not None
        door = Client((self.settings.port,))
        while await door.post("/readyz", b"", {}) == 0:
            if self.process.returncode is not None and self.process.returncode != -signal.SIGKILL:
                said = self._log.read_text()
                raise RuntimeError(f"{self.name} ended by itself with {self.process.returncode}: {said}")
            if self.process.returncode is not None:
                break
            await asyncio.sleep(0.02)
        door.close()

    @property
    def _log(self) -> Path:
        return self.settings.root / f"{self.name}.log"

    @property
    def _weather(self) -> Path:
        return self.settings.root / f"{self.name}.weather"

    @property
    def weather(self) -> Weather:
        """Its clock and its disk."""
        return Weather(self._weather)

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)

    async def kill(self) -> None:
        """Kill it like a power switch."""
        self.signal(signal.SIGKILL)
        await self.ended()

    async def ended(self) -> int:
        """Wait until it has ended; how."""
        assert self.process is not None
        return await asyncio.wait_for(self.process.wait(), STOPS_WITHIN)

    async def stop(self) -> int:
        """Ask it to drain; how it ended."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    def refuse_writes(self, is_refused: bool) -> None:
        """Let the system refuse whatever it wants to write into a file, as a full disk does."""
        assert self.process is not None
        _, most = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (0 if is_refused else most, most))


class Fleet:
    """Every process of one desk."""

    def __init__(self, root: Path, *, store: str, bus: str, workers: int) -> None:
        self._root, self._store, self._bus = root, store, bus
        self._count = 0
        roles = ["all"] if workers < 2 else ["web", "all", *["worker"] * (workers - 1)]
        self.processes = [self._made(role) for role in roles]

    def _made(self, role: str) -> Process:
        self._count += 1
        settings = Settings(root=self._root, port=held_port(), store=self._store, bus=self._bus, role=role)
        return Process(settings, f"desk-{self._count}-{role}")

    @property
    def settings(self) -> Settings:
        return self.processes[0].settings

    @property
    def ports(self) -> tuple[int, ...]:
        """Where messages are taken."""
        return tuple(one.settings.port for one in self.processes if one.takes_messages)

    @property
    def workers(self) -> list[Process]:
        """Those that only work: they may come and go."""
        return [one for one in self.processes if one.settings.role == "worker"]

    async def start(self) -> None:
        await self.processes[0].start()  # makes the tables
        await asyncio.gather(*(one.start() for one in self.processes[1:]))

    async def join(self) -> None:
        """Another worker comes."""
        self.processes.append(self._made("worker"))
        await self.processes[-1].start()

    async def leave(self, process: Process) -> int:
        """A worker goes, in peace; how it ended."""
        self.processes.remove(process)
        return await process.stop()

    async def stop(self) -> dict[str, int]:
        """Ask all to drain; those that ended otherwise than they should."""
        ended = await asyncio.gather(*(one.stop() for one in self.processes))
        return {one.name: code for one, code in zip(self.processes, ended, strict=True) if code != 0}

    async def kill(self) -> None:
        """Whatever still runs ends here."""
        for one in self.processes:
            if one.process is not None and one.process.returncode is None:
                one.signal(signal.SIGCONT)
                await one.kill()
