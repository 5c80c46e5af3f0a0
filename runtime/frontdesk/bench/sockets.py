"""`frontdesk bench sockets`: what idle sessions and idle pages cost a serving desk, and one who talks beside.

The desk is a process of its own, and so are the visitors, who connect as browsers do. What something
costs is how much the desk's memory grew, divided by how many there are; the first ones are not counted,
because they bring what is needed once.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from frontdesk.bench.desk import write_desk
from frontdesk.bench.serving import Connection, Server, serving
from frontdesk.errors import SettingsError

COUNTS = (1_000, 10_000)
BESIDE = 1_000  # idle sockets while one talks
FIRST = 100  # not counted
WRITERS = 32  # that open sessions at once
SPARE_FILES = 200  # a process has open beside its sockets
CHANNELS = "{rest: {kind: rest}, site: {kind: web, per_minute: 1000000}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """So many sessions or sockets."""

    count: int
    kb_per_session: float  # nobody is connected
    kb_per_socket: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One visitor talks, the answer is timed at another tab of theirs."""

    idle: int  # sockets beside them
    messages_per_s: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything `bench sockets` says."""

    open_files: int  # a process may have
    rss_start_mb: float
    rss_mb: float  # with the most sessions, and the most sockets
    rows: tuple[Row, ...]
    talks: tuple[Talk, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


async def measure(
    folder: Path,
    *,
    counts: Sequence[int] = COUNTS,
    beside: int = BESIDE,
    seconds: float = 3.0,
    tell: Callable[[str], None],
) -> Measured:
    """Measure the bot of `bench turns`, its data in `folder`'s own file system."""
    counts = sorted(counts)
    allowed = allow_files(max(counts[-1], beside) + FIRST + SPARE_FILES)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=folder) as place:
        root = Path(place) / "desk"
        write_desk(root, channels=CHANNELS)
        async with serving("-m", "frontdesk", "run", str(root), "--port") as server:
            await _open_sessions(server, 0, FIRST)
            start = await _settled(server)
            sessions = await _sessions(server, counts, start, tell)
            sockets, talks = await _sockets(server, counts, beside, seconds, tell)
            return Measured(
                open_files=allowed,
                rss_start_mb=round(start, 1),
                rss_mb=round(server.rss_mb(), 1),
                rows=tuple(
                    Row(count=count, kb_per_session=sessions[count], kb_per_socket=sockets[count])
                    for count in counts
                ),
                talks=tuple(talks),
            )


def allow_files(wanted: int) -> int:
    """Let this process and those it starts open so many files; SettingsError where they may not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            raise SettingsError(
                f"So many sockets need {wanted:,} open files, and this system allows a process {hard:,}. "
                f"Run `ulimit -Hn {wanted}` as root first, or measure fewer with --count."
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)


# --- sessions ------------------------------------------------------------------------------------


async def _sessions(
    server: Server, counts: Sequence[int], before: float, tell: Callable[[str], None]
) -> dict[int, float]:
    found, is_open = {}, FIRST
    for count in counts:
        tell(f"{count:,} open sessions")
        await _open_sessions(server, is_open, FIRST + count)
        is_open = FIRST + count
        found[count] = round((await _settled(server) - before) * 1000 / count, 2)
    return found


async def _open_sessions(server: Server, first: int, last: int) -> None:
    """Each is a customer who wrote one message and was answered."""
    numbers = iter(range(first, last))

    async def write() -> None:
        connection = await Connection.to(server.port)
        for number in numbers:
            await connection.post({"sender": f"customer{number}", "message": "hello"})
        connection.close()

    await asyncio.gather(*(write() for _ in range(WRITERS)))


# --- sockets -------------------------------------------------------------------------------------


async def _sockets(
    server: Server, counts: Sequence[int], beside: int, seconds: float, tell: Callable[[str], None]
) -> tuple[dict[int, float], list[Talk]]:
    found, talks = {}, []
    async with _visitors(server) as ask:
        await ask({"talk": min(seconds, 0.5)})  # warms up
        tell("one who talks, alone")
        talks.append(Talk(idle=0, **await ask({"talk": seconds})))
        await ask({"open": FIRST})
        before, is_open = await _settled(server), 0
        for count in sorted({*counts, beside}):
            tell(f"{count:,} open sockets")
            await ask({"open": count - is_open})
            is_open = count
            found[count] = round((await _settled(server) - before) * 1000 / count, 2)
            if count == beside:
                tell(f"one who talks, beside {count:,} who do not")
                talks.append(Talk(idle=count, **await ask({"talk": seconds})))
    return found, talks


@asynccontextmanager
async def _visitors(server: Server) -> AsyncIterator[Callable[[dict[str, Any]], Any]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "frontdesk.bench.visitors", str(server.port)), stdin=PIPE, stdout=PIPE
    )
    try:
        yield lambda asked: _ask(process, asked)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _ask(process: Process, asked: dict[str, Any]) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(orjson.dumps(asked) + b"\n")
    answer = await process.stdout.readline()
    if not answer:
        raise SettingsError("The visitors' process ended; what it wrote above says why.")
    return orjson.loads(answer)


async def _settled(server: Server) -> float:
    """The memory of a server, in MB, once it no longer changes."""
    before = server.rss_mb()
    while True:
        await asyncio.sleep(0.5)
        now = server.rss_mb()
        if abs(now - before) < 0.2:
            return now
        before = now
