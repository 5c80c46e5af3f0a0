"""A store in memory, complete, with the manners of a database server: what is asked for takes its time,
arrives or does not, and a process that was taken for dead is refused.

The client below is a process's; the tables lie outside of all of them.
"""

from __future__ import annotations

import asyncio
import itertools
import math
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from frontdesk.errors import ShardsLost, StoreUnavailable
from frontdesk.sessions import owner_kind
from frontdesk.store.base import (
    ALL_SHARDS,
    LATEST,
    Conversation,
    EventRow,
    Intake,
    Lease,
    NewProblem,
    OutboxRow,
    ProblemRow,
    RepRow,
    RepSession,
    SessionRow,
    Step,
    Taken,
    TimerRow,
    Turn,
)
from tests.simulation.job import Job
from tests.simulation.loop import outside
from tests.simulation.outside import Weather
from tests.simulation.tables import GONE_AFTER, LEASE, Over, Tables, Worker

T = TypeVar("T")
HURRIED, PATIENT = 2.0, 30.0  # seconds without a database until a step is refused
AGAIN = 0.2


class MemoryStore:
    """A process's way to the tables."""

    def __init__(
        self, tables: Tables, weather: Weather | None = None, *, names: Any = None, reads: float = 1.0
    ) -> None:
        self._tables = tables
        self._weather = weather
        self._reads = reads  # how long a read takes, of a commit's time
        self._names = names if names is not None else itertools.count(1)
        self.name = ""  # among the workers
        self._jobs: deque[Job] = deque()
        self._wake: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_fenced = False
        self._is_to_tell = False
        self._is_stopping = False
        self._is_connected = False
        self._is_cut = False  # the process is dead
        self._renewed = -math.inf
        self._judges_from = -math.inf

    # --- its life ----------------------------------------------------------------------------

    async def open(self) -> None:
        await self._travel()
        self._register()
        self._judges_from = _now() + (LEASE if len(self._tables.workers) > 1 else 0)
        self._wake = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._run())

    def _register(self) -> None:
        self.name = f"worker {next(self._names)}"
        self._renewed = _now()
        self._tables.workers[self.name] = Worker(until=_now() + LEASE)
        self._is_connected = True

    async def close(self) -> None:
        self._is_stopping = True
        if self._task is not None and self._wake is not None:
            self._wake.set()
            await self._task
            self._task = None
            self._tables.leave(self.name)
            self._is_connected = False

    def drop(self) -> None:
        """The process is dead: the server sees its connection close."""
        self._is_cut = True
        if self.name:
            self._tables.workers[self.name].is_connected = False

    def lose(self) -> None:
        """The connection is gone: others take over sooner."""
        if self._is_connected:
            self._renewed -= LEASE - GONE_AFTER
            self._is_connected = self._tables.workers[self.name].is_connected = False

    async def migrate(self) -> int:
        raise NotImplementedError

    @property
    def is_available(self) -> bool:
        return self._is_connected

    @property
    def is_shared(self) -> bool:
        return True

    # --- the wire ----------------------------------------------------------------------------

    async def _travel(self, share: float = 1.0) -> None:
        if self._weather is not None:
            await asyncio.sleep(self._weather.delay() * share)

    async def _ask(self, read: Callable[[], T]) -> T:
        """A read: what it finds is what there was while it was on its way."""
        if self._weather is not None and self._weather.fault(("database away",)):
            await asyncio.sleep(AGAIN)
            raise StoreUnavailable("the database cannot be reached now")
        await self._travel(self._reads)
        found = read()
        await self._travel(self._reads)
        return found

    async def _do(self, work: Callable[[], T], *, owners: bool = False, is_beat: bool = False) -> T:
        if self._is_fenced and owners and not is_beat:
            raise ShardsLost
        if self._task is None or self._is_stopping:
            raise StoreUnavailable("the store is closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        job = Job(future, work, _now(), owners, is_beat)
        if is_beat:
            self._jobs.appendleft(job)
        else:
            self._jobs.append(job)
        assert self._wake is not None
        self._wake.set()
        return await future

    async def _run(self) -> None:
        assert self._wake is not None
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._jobs:
                await self._commit()
            if self._is_stopping:
                return

    async def _commit(self) -> None:
        if self._weather is not None and self._weather.fault(("database away",)):
            self.lose()
            self._refuse_late()
            await asyncio.sleep(AGAIN)
            return
        if not self._is_connected:
            await self._travel()
            if self._tables.workers[self.name].is_over:
                self._fence([])
                return
            self._is_connected = self._tables.workers[self.name].is_connected = True
            self._tables.check(self.name, _now())
            self._renewed = _now()
            self._judges_from = _now() + LEASE  # others may have been away as well
        first = self._jobs[0]
        batch = [first] if first.is_beat else [job for job in self._jobs if not job.is_beat]
        for job in batch:
            self._jobs.remove(job)
        began, name = _now(), self.name
        try:
            results = await outside(lambda: self._transaction(name, batch))
        except Over:
            self._fence(batch)
            return
        self._renewed = began
        self._is_fenced = self._is_fenced and not first.is_beat
        for job, result in zip(batch, results, strict=True):
            if not job.future.done():
                job.future.set_result(result)

    async def _transaction(self, name: str, batch: list[Job]) -> list[Any]:
        """On the server's side: all of it at one moment, whatever becomes of who asked."""
        await self._travel()
        if self._is_cut and self._weather is not None and self._weather.chance.random() < 0.5:
            return []  # it died before the end of what it had to say
        self._tables.check(name, _now())
        results = [job.work() for job in batch]
        await self._travel()
        if self._weather is not None and self._weather.fault(("", "", "answer late")):
            await asyncio.sleep(self._weather.chance.random() * LEASE)  # until it is known what became of it
        return results

    def _fence(self, batch: list[Job]) -> None:
        self._jobs.extendleft(reversed(batch))
        lost = [job for job in self._jobs if job.is_owners]
        self._jobs = deque(job for job in self._jobs if not job.is_owners)
        self._register()
        self._judges_from = _now() + LEASE
        self._is_fenced, self._is_to_tell = True, not any(job.is_beat for job in lost)
        for job in lost:
            job.refuse(ShardsLost())

    def _refuse_late(self) -> None:
        for job in list(self._jobs):
            patience = PATIENT if job.is_owners else HURRIED
            if _now() - job.since > patience or self._is_stopping:
                self._jobs.remove(job)
                job.refuse(StoreUnavailable("the database cannot be reached now"))

    async def beat(self, *, takes: bool, giving: Collection[int] = ()) -> Lease:
        if self._is_to_tell:
            self._is_to_tell = False
            raise ShardsLost

        def work() -> Lease:
            judges = _now() >= self._judges_from
            return self._tables.beat(self.name, _now(), takes=takes, giving=giving, judges=judges)

        return await self._do(work, owners=True, is_beat=True)

    def lease_left(self) -> float:
        if self._is_fenced:
            return 0.0
        return max(0.0, self._renewed + LEASE - _now())

    # --- the way of a message ----------------------------------------------------------------

    async def intake(self, intake: Intake) -> Taken:
        return await self._do(lambda: self._tables.intake(intake))

    async def fused(self, intake: Intake, turn: Turn) -> Taken:
        return await self._do(lambda: self._tables.fused(intake, turn), owners=True)

    async def commit(self, turn: Turn) -> bool:
        return await self._do(lambda: self._tables.commit(turn), owners=True)

    async def journal(self, session: str, n_inbound: int, steps: Sequence[Step]) -> None:
        await self._do(lambda: self._tables.journal(session, n_inbound, steps), owners=True)

    async def mark_sending(self, session: str, seq: int) -> None:
        await self._do(lambda: self._tables.mark((session, seq), "sending"), owners=True)

    async def mark_sent(self, rows: Sequence[tuple[str, int]]) -> None:
        def mark() -> None:
            for key in rows:
                self._tables.mark(key, "sent")

        await self._do(mark, owners=True)

    async def mark_failed(
        self,
        session: str,
        seq: int,
        *,
        status: str,
        attempts: int,
        next_at: str,
        problem: NewProblem | None = None,
    ) -> None:
        def mark() -> None:
            self._tables.mark((session, seq), status, attempts, next_at)
            if problem is not None:
                self._tables.keep(problem)

        await self._do(mark, owners=True)

    async def sweep(self, before: str) -> None:
        await self._do(lambda: self._tables.sweep(before))

    # --- reading -----------------------------------------------------------------------------

    async def steps(self, session: str, n_inbound: int) -> list[Step]:
        return await self._ask(
            lambda: [step for _, step in sorted(self._tables.step.get((session, n_inbound), {}).items())]
        )

    async def conversation(self, user: str) -> Conversation:
        return await self._ask(lambda: self._tables.conversation(user))

    async def pending_users(self, shards: Collection[int] = ALL_SHARDS) -> list[str]:
        return await self._ask(lambda: self._tables.pending_users(shards))

    async def unsent(self, shards: Collection[int] = ALL_SHARDS) -> list[OutboxRow]:
        return await self._ask(lambda: self._tables.unsent(shards))

    async def timers(self, shards: Collection[int] = ALL_SHARDS, *, until: str = LATEST) -> list[TimerRow]:
        return await self._ask(lambda: self._tables.timers(shards, until))

    async def events(self, session: str, after: int = 0, limit: int = 100_000) -> list[EventRow]:
        return await self._ask(
            lambda: [row for row in self._tables.log.get(session, ()) if row.seq > after][:limit]
        )

    async def conversation_events(self, user: str, after: int, limit: int) -> list[tuple[int, str, EventRow]]:
        return await self._ask(lambda: self._tables.behind(user, after, limit))

    async def latest(self, users: Collection[str]) -> dict[str, int]:
        return await self._ask(lambda: self._tables.latest(users))

    async def session(self, session: str) -> SessionRow | None:
        return await self._ask(lambda: self._tables.rows.get(session))

    async def sessions(
        self,
        *,
        user: str | None = None,
        is_open: bool | None = None,
        since: str = "",
        with_people: bool = False,
    ) -> list[SessionRow]:
        def holds(row: SessionRow) -> bool:
            return (
                row.last_at >= since
                and (user is None or row.user == user)
                and (is_open is None or (row.status != "ended") is is_open)
                and (not with_people or owner_kind(row.owner) in ("queue", "rep"))
            )

        return await self._ask(lambda: self._tables.where(holds))

    # --- what does not belong to one session -------------------------------------------------

    async def keep_problem(self, problem: NewProblem) -> int:
        return await self._do(lambda: self._tables.keep(problem))

    async def problems(self) -> list[ProblemRow]:
        return await self._ask(lambda: list(self._tables.problems.values()))

    async def close_problem(self, number: int, status: str) -> None:
        def close() -> None:
            self._tables.problems[number] = replace(self._tables.problems[number], status=status)

        await self._do(close)

    async def put_release(self, release: str, files: Mapping[str, bytes], at: str) -> None:
        def put() -> None:
            kept = self._tables.releases.pop(release, (at, files))
            self._tables.releases[release] = (at, kept[1])

        await self._do(put)

    async def release_files(self, release: str) -> dict[str, bytes] | None:
        found = await self._ask(lambda: self._tables.releases.get(release))
        return dict(found[1]) if found is not None else None

    async def releases(self) -> list[tuple[str, str]]:
        return await self._ask(
            lambda: [(name, at) for name, (at, _) in reversed(self._tables.releases.items())]
        )

    async def setting(self, name: str) -> str | None:
        return await self._ask(lambda: self._tables.settings.get(name))

    async def set_setting(self, name: str, value: str, *, replace: bool = True) -> None:
        def put() -> None:
            if replace or name not in self._tables.settings:
                self._tables.settings[name] = value

        await self._do(put)

    async def put_rep(self, rep: RepRow) -> None:
        await self._do(lambda: self._tables.reps.update({rep.login: rep}))

    async def reps(self) -> list[RepRow]:
        return await self._ask(lambda: [rep for _, rep in sorted(self._tables.reps.items())])

    async def remove_rep(self, login: str) -> bool:
        def remove() -> bool:
            mine = [sha for sha, one in self._tables.rep_sessions.items() if one.login == login]
            for sha in mine:
                del self._tables.rep_sessions[sha]
            return self._tables.reps.pop(login, None) is not None

        return await self._do(remove)

    async def put_rep_session(self, session: RepSession) -> None:
        def put() -> None:
            if session.login in self._tables.reps:
                self._tables.rep_sessions[session.token_sha] = session

        await self._do(put)

    async def extend_rep_session(self, token_sha: str, expires: str) -> None:
        def extend() -> None:
            kept = self._tables.rep_sessions.get(token_sha)
            if kept is not None:
                self._tables.rep_sessions[token_sha] = replace(kept, expires=expires)

        await self._do(extend)

    async def rep_session(self, token_sha: str) -> RepSession | None:
        return await self._ask(lambda: self._tables.rep_sessions.get(token_sha))

    async def remove_rep_session(self, token_sha: str) -> None:
        await self._do(lambda: self._tables.rep_sessions.pop(token_sha, None))


def _now() -> float:
    return asyncio.get_running_loop().time()
