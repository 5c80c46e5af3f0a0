"""`frontdesk bench turns`: what one durable turn costs here, inbox to outbox, beside raw probes.

Throughput is a closed loop: every session sends its next message when the last one is answered.
Latency is an open loop over the same sessions, so that a wait in the queue is not hidden: messages are
due at fixed times, and are timed from when they were due (one session alone is a closed loop: nothing
queues).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontdesk.app import RunningDesk, settle_memory
from frontdesk.bench.desk import TALK, Wire, register, write_desk
from frontdesk.bench.probes import file_system, fsync_p50, raw_turns_per_s
from frontdesk.messages import Inbound
from frontdesk.settings import Settings

if TYPE_CHECKING:
    from frontdesk.bench.database import Database

SESSIONS = (1, 64, 1_000)
ROUNDS = 8  # long sessions whose messages are compared
OPEN_LOOP = 1_000.0  # messages a second at most; half of what the closed loop reached if that is less


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One number of sessions, measured."""

    sessions: int
    turns_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_ms_per_turn: float
    fsync_p50_ms: float
    probe_turns_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything `bench turns` says."""

    file_system: str
    journal_mode: str
    synchronous: str
    rows: tuple[Row, ...]
    message_300_over_3: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Load:
    """Sessions of one running desk that talk."""

    def __init__(self, desk: RunningDesk, name: str) -> None:
        self.desk = desk
        self.name = name  # so that each load has users of its own
        self._said: dict[str, int] = {}
        self._waiting: dict[str, asyncio.Future[None]] = {}
        Wire.heard = self._heard

    def _heard(self, address: str, key: str) -> None:
        waiting = self._waiting.pop(address, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def say(self, number: int) -> None:
        """The next message of a session; over when its first answer has left."""
        sender = f"{self.name}{number}"
        turn = self._said.get(sender, 0)
        self._said[sender] = turn + 1
        answered = self._waiting[sender] = asyncio.get_running_loop().create_future()
        text = TALK[turn % len(TALK)]
        await self.desk.inbox.receive(
            Inbound(channel="wire", external_id=f"{sender}:{turn}", sender=sender, text=text)
        )
        await answered

    async def closed(self, sessions: int, seconds: float) -> tuple[int, float, float]:
        """(turns, seconds, CPU seconds) of sessions that each wait for their answers."""
        turns, until = 0, time.perf_counter() + seconds

        async def talk(number: int) -> None:
            nonlocal turns
            while time.perf_counter() < until:
                await self.say(number)
                turns += 1

        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(talk(number) for number in range(sessions)))
        return turns, time.perf_counter() - began, time.process_time() - cpu

    async def latencies(self, sessions: int, seconds: float, rate: float) -> list[float]:
        """Milliseconds from when each message was due until its answer left."""
        found: list[float] = []
        if sessions == 1:
            until = time.perf_counter() + seconds
            while not found or time.perf_counter() < until:
                due = time.perf_counter()
                await self.say(0)
                found.append((time.perf_counter() - due) * 1000)
            return found
        locks = [asyncio.Lock() for _ in range(sessions)]
        began = time.perf_counter()

        async def one(index: int) -> None:
            due = began + index / rate
            async with locks[index % sessions]:  # who has no answer yet says nothing more
                await self.say(index % sessions)
            found.append((time.perf_counter() - due) * 1000)

        running: set[asyncio.Task[None]] = set()
        for index in range(max(1, int(seconds * rate))):
            wait = began + index / rate - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            task = asyncio.create_task(one(index))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)
        return found

    async def one_long_session(self, messages: int) -> list[float]:
        """CPU milliseconds of each message of a session that goes on and on."""
        found = []
        for _ in range(messages):
            cpu = time.process_time()
            await self.say(0)
            found.append((time.process_time() - cpu) * 1000)
        return found


class Disk:
    """What is measured without a database: SQLite in a folder."""

    store = ""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.about = (file_system(root), "wal", "full")

    async def fsync_p50(self) -> float:
        return fsync_p50(self._root)

    async def raw_turns_per_s(self, sessions: int, seconds: float) -> float:
        return await raw_turns_per_s(self._root, sessions, seconds)


async def measure(
    folder: Path,
    *,
    store: str = "",
    sessions: Sequence[int] = SESSIONS,
    seconds: float = 3.0,
    rounds: int = ROUNDS,
    tell: Callable[[str], None],
) -> Measured:
    """Measure in `folder`'s own file system, or in `store`; everything written there is removed again."""
    register()
    quiet = _quiet(logging.getLogger("frontdesk.outbox"))
    with quiet, tempfile.TemporaryDirectory(prefix="bench-", dir=folder) as place:
        root = Path(place)
        write_desk(root)
        if not store:
            return await _measure_all(root, Disk(root), sessions, seconds, rounds, tell)
        from frontdesk.bench.database import Database

        database = Database(store)
        await database.open()
        try:
            return await _measure_all(root, database, sessions, seconds, rounds, tell)
        finally:
            await database.close()


@contextlib.contextmanager
def _quiet(log: logging.Logger) -> Iterator[None]:
    """Only errors are logged for a while."""
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


async def _measure_all(
    root: Path,
    under: Disk | Database,
    sessions: Sequence[int],
    seconds: float,
    rounds: int,
    tell: Callable[[str], None],
) -> Measured:
    rows = []
    for count in sessions:
        tell(f"{count} sessions")
        rows.append(await _measure_row(root, under, count, seconds))
    tell("one session, message by message")
    settings = Settings(root=root, store=under.store)
    ratio = await _with_desk(settings, lambda desk: _message_300_over_3(desk, rounds))
    name, journal, synchronous = under.about
    return Measured(
        file_system=name,
        journal_mode=journal,
        synchronous=synchronous,
        rows=tuple(rows),
        message_300_over_3=round(ratio, 2),
    )


async def _with_desk(settings: Settings, work: Callable[[RunningDesk], Awaitable[Any]]) -> Any:
    desk = RunningDesk(settings)
    await desk.start()
    settle_memory()
    try:
        return await work(desk)
    finally:
        await desk.stop()


async def _measure_row(root: Path, under: Disk | Database, sessions: int, seconds: float) -> Row:
    fsync_ms = await under.fsync_p50()

    async def work(desk: RunningDesk) -> tuple[int, float, float, list[float]]:
        await Load(desk, f"warm{sessions}-").closed(min(sessions, 64), 0.5)
        load = Load(desk, f"c{sessions}-")
        turns, took, cpu = await load.closed(sessions, seconds)
        rate = min(OPEN_LOOP, turns / took / 2)
        return turns, took, cpu, await load.latencies(sessions, seconds, rate)

    turns, took, cpu, late = await _with_desk(Settings(root=root, store=under.store), work)
    probe = await under.raw_turns_per_s(sessions, seconds / 2)
    late.sort()
    return Row(
        sessions=sessions,
        turns_per_s=round(turns / took, 1),
        p50_ms=round(late[len(late) // 2], 2),
        p99_ms=round(late[int(len(late) * 0.99)], 2),
        cpu_ms_per_turn=round(cpu * 1000 / turns, 3),
        fsync_p50_ms=round((fsync_ms + await under.fsync_p50()) / 2, 3),
        probe_turns_per_s=round(probe, 1),
    )


async def _message_300_over_3(desk: RunningDesk, rounds: int) -> float:
    """CPU of a session's messages around the 300th over that of the same sentences around the 3rd."""
    size, early, late = len(TALK), 0.0, 0.0
    await Load(desk, "long-warm").one_long_session(4 * size)
    for number in range(rounds):
        costs = await Load(desk, f"long{number}-").one_long_session(50 * size + 2 * size)
        early += sum(costs[2 : 2 + size])
        late += sum(costs[49 * size + 2 : 50 * size + 2])
    return late / early


def own_folder(desk: Path) -> Path:
    """Where a desk's data is, so that its own disk is measured."""
    if not os.access(desk, os.W_OK):
        return Path(tempfile.gettempdir())
    data = Settings(root=desk.resolve()).data
    data.mkdir(exist_ok=True)
    return data
