"""A desk that serves in a process of its own, and what that process uses."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from frontdesk.errors import SettingsError

STARTS_WITHIN = 30.0  # seconds
PATH = "/webhooks/rest/webhook"
# Linux makes the number of a process's CPU clock of its id and this (clock_getcpuclockid(3)). It counts
# nanoseconds, where /proc counts hundredths of a second: too few of them to tell what a short run used.
_SCHEDULED = 2


@dataclass(frozen=True, slots=True)
class Server:
    """A process that serves."""

    port: int
    process: Process

    def cpu(self) -> float:
        """The CPU seconds it has used, all its threads together."""
        return time.clock_gettime(~self.process.pid << 3 | _SCHEDULED)

    def rss_mb(self) -> float:
        """The memory it holds."""
        return int(self._read("statm").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def _read(self, name: str) -> str:
        return Path(f"/proc/{self.process.pid}/{name}").read_text(encoding="utf-8")


class Connection:
    """One keep-alive connection that posts messages."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, port: int) -> Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def post(self, body: dict[str, str]) -> bytes:
        """The answer's body; anything but a 200 is an error."""
        sent = orjson.dumps(body)
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        self._writer.write(head.encode() + b"Content-Length: %d\r\n\r\n" % len(sent) + sent)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        answer = await self._reader.readexactly(int(head.partition("content-length:")[2].split()[0]))
        if head.split()[1] != "200":
            raise RuntimeError(f"the server answered {head.splitlines()[0]}: {answer[:200]!r}")
        return answer

    def close(self) -> None:
        self._writer.close()


def check_machine() -> None:
    """SettingsError where the CPU time of another process cannot be read."""
    if not Path("/proc/self/statm").is_file():
        raise SettingsError(
            "This reads what the server uses from /proc, which only Linux has. "
            "Measure on Linux, or in a container."
        )


@asynccontextmanager
async def serving(*command: str) -> AsyncIterator[Server]:
    """Run a server on a free port, until it takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, str(port), stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        until = time.perf_counter() + STARTS_WITHIN
        while not _takes(port):
            if process.returncode is not None or time.perf_counter() > until:
                raise SettingsError(f"`{' '.join(command)} {port}` did not start; run it to see why.")
            await asyncio.sleep(0.005)
        yield Server(port, process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _takes(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0
