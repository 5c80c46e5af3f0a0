"""`frontdesk bench rest`: what a message costs a serving desk, beside a bare endpoint of the same minute.

The desk and the bare endpoint are processes of their own; what is sent comes from this one, over
connections that stay open. The loop is closed: each sender writes again when it is answered.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from frontdesk.bench.desk import TALK, write_desk
from frontdesk.bench.probes import file_system, fsync_p50
from frontdesk.errors import SettingsError

SENDERS = (1, 16, 64)
MESSAGES = 10  # of one sender; then somebody new writes
STARTS_WITHIN = 30.0  # seconds
WARM_UP = 0.7  # seconds
REST_CHANNELS = "{rest: {kind: rest}}"
PATH = "/webhooks/rest/webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One number of senders, measured."""

    senders: int
    messages_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_ms_per_message: float  # of the server's process alone
    bare_cpu_ms: float  # of a Starlette endpoint that reads the same JSON and answers it


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything `bench rest` says."""

    file_system: str
    fsync_p50_ms: float
    start_s: float  # from the command until the first answer
    start_cpu_s: float
    rss_start_mb: float
    rss_mb: float  # when all is measured
    rows: tuple[Row, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Server:
    """A process that serves."""

    port: int
    process: Process

    def cpu(self) -> float:
        """The CPU seconds it has used."""
        fields = self._read("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

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


async def measure(
    folder: Path,
    *,
    desk: Path | None = None,
    talk: Sequence[str] | None = None,
    senders: Sequence[int] = SENDERS,
    seconds: float = 3.0,
    tell: Callable[[str], None],
) -> Measured:
    """Measure a copy of `desk`, else the bot of `bench turns`, in `folder`'s own file system."""
    talk = talk or TALK
    with tempfile.TemporaryDirectory(prefix="bench-", dir=folder) as place:
        root = Path(place) / "desk"
        if desk is None:
            write_desk(root, channels=REST_CHANNELS)
        else:
            shutil.copytree(desk, root, ignore=_own_data)
        tell("the start")
        began = time.perf_counter()
        async with _serving("-m", "frontdesk", "run", str(root), "--port") as server:
            connection = await Connection.to(server.port)
            await connection.post({"sender": "first", "message": talk[0]})
            start, start_cpu, rss_start = time.perf_counter() - began, server.cpu(), server.rss_mb()
            connection.close()
            rows = []
            async with _serving("-m", "uvicorn", "frontdesk.bench.bare:app", *_QUIET, "--port") as bare:
                for count in senders:
                    tell(f"{count} senders")
                    rows.append(await _measure_row(server, bare, talk, count, seconds))
            return Measured(
                file_system=file_system(root),
                fsync_p50_ms=round(fsync_p50(root), 3),
                start_s=round(start, 2),
                start_cpu_s=round(start_cpu, 2),
                rss_start_mb=round(rss_start, 1),
                rss_mb=round(server.rss_mb(), 1),
                rows=tuple(rows),
            )


_QUIET = ("--no-access-log", "--log-level", "warning", "--lifespan", "off")


def check_machine() -> None:
    """SettingsError where the CPU time of another process cannot be read."""
    if not Path("/proc/self/statm").is_file():
        raise SettingsError("`bench rest` reads the server's CPU time from /proc, which only Linux has.")


def _own_data(_: str, names: list[str]) -> set[str]:
    """What of a desk's folder is not its content."""
    return {".frontdesk", ".git", ".venv", "node_modules", "__pycache__"}.intersection(names)


async def _measure_row(
    server: Server, bare: Server, talk: Sequence[str], senders: int, seconds: float
) -> Row:
    await _load(server.port, talk, senders, WARM_UP, "w")
    cpu = server.cpu()
    took, late = await _load(server.port, talk, senders, seconds, "c")
    cpu = server.cpu() - cpu
    await _load(bare.port, talk, senders, WARM_UP / 2, "w")
    bare_cpu = bare.cpu()
    _, answered = await _load(bare.port, talk, senders, seconds / 3, "c")
    bare_cpu = bare.cpu() - bare_cpu
    late.sort()
    return Row(
        senders=senders,
        messages_per_s=round(len(late) / took, 1),
        p50_ms=round(late[len(late) // 2], 2),
        p99_ms=round(late[int(len(late) * 0.99)], 2),
        cpu_ms_per_message=round(cpu * 1000 / len(late), 3),
        bare_cpu_ms=round(bare_cpu * 1000 / len(answered), 3),
    )


async def _load(
    port: int, talk: Sequence[str], senders: int, seconds: float, name: str
) -> tuple[float, list[float]]:
    """(seconds, milliseconds of each answer) of so many that write at once."""
    late: list[float] = []
    began = time.perf_counter()

    async def one(number: int) -> None:
        connection = await Connection.to(port)
        said = 0
        while (sent := time.perf_counter()) < began + seconds:
            sender = f"{name}{senders}-{number}-{said // MESSAGES}"
            await connection.post({"sender": sender, "message": talk[said % MESSAGES % len(talk)]})
            late.append((time.perf_counter() - sent) * 1000)
            said += 1
        connection.close()

    await asyncio.gather(*(one(number) for number in range(senders)))
    return time.perf_counter() - began, late


@asynccontextmanager
async def _serving(*command: str) -> AsyncIterator[Server]:
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
