"""`frontdesk bench rest`: what a message costs a serving desk, beside a bare endpoint of the same minute.

The desk and the bare endpoint are processes of their own; what is sent comes from this one, over
connections that stay open. The loop is closed: each sender writes again when it is answered.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from frontdesk.bench.desk import TALK, write_desk
from frontdesk.bench.probes import file_system, fsync_p50
from frontdesk.bench.serving import Connection, Server, serving

SENDERS = (1, 16, 64)
MESSAGES = 10  # of one sender; then somebody new writes
WARM_UP = 0.7  # seconds
REST_CHANNELS = "{rest: {kind: rest}}"


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
        async with serving("-m", "frontdesk", "run", str(root), "--port") as server:
            connection = await Connection.to(server.port)
            await connection.post({"sender": "first", "message": talk[0]})
            start, start_cpu, rss_start = time.perf_counter() - began, server.cpu(), server.rss_mb()
            connection.close()
            rows = []
            async with serving("-m", "uvicorn", "frontdesk.bench.bare:app", *_QUIET, "--port") as bare:
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
