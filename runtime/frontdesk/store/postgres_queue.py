"""The steps that wait for PostgreSQL's next transaction, and which of them may share it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from frontdesk.store.base import Intake, Step, Turn
from frontdesk.store.postgres_lease import Beat

MAX_BATCH = 512
LOOK_AHEAD = 2_000  # queued steps that are looked at for the next batch
TRIES = 30  # of a step that another process stands in the way of
FEW_TRIES = 3  # where it is more likely a mistake of ours, which must not hold up the others
Plain = Callable[[Any], Awaitable[Any]]


@dataclass(slots=True, eq=False)
class Job:
    """One step that waits for its commit."""

    future: asyncio.Future[Any]
    since: float
    intake: Intake | None = None
    turn: Turn | None = None
    steps: tuple[str, int, Sequence[Step]] | None = None
    rows: Mapping[str, Sequence[tuple[Any, ...]]] = field(default_factory=dict)
    plain: Plain | None = None  # statements of its own
    beat: Beat | None = None
    shared: tuple[Any, ...] = ()  # what it touches that others in a batch may touch as well
    alone: tuple[Any, ...] = ()  # and that only it may touch
    is_durable: bool = True
    is_patient: bool = False
    tries: int = 0

    @property
    def is_owners(self) -> bool:
        """Whether only the process may do it that works on the user."""
        return self.turn is not None or self.steps is not None or bool(self.rows) or self.beat is not None


@dataclass(slots=True)
class Batch:
    """Steps that are committed together."""

    jobs: list[Job]
    name: str
    began: float  # before anything of it reached the server
    results: list[Any] = field(default_factory=list)
    is_renewing: bool = False  # writes the process's row


class Queue:
    """Steps in the order they came; what belongs together keeps it."""

    def __init__(self) -> None:
        self._beats: deque[Job] = deque()
        self._again: deque[list[Job]] = deque()  # batches that were not committed
        self._jobs: deque[Job] = deque()

    def __len__(self) -> int:
        return len(self._jobs) + len(self._again) + len(self._beats)

    def add(self, job: Job) -> None:
        (self._jobs if job.beat is None else self._beats).append(job)

    def take(self) -> list[Job]:
        """The next batch: of one user one turn, or only intakes."""
        if self._beats:
            return [self._beats.popleft()]
        if self._again:
            return self._again.popleft()
        batch: list[Job] = []
        waiting: list[Job] = []
        shared: set[Any] = set()
        alone: set[Any] = set()
        while self._jobs and len(batch) < MAX_BATCH and len(waiting) < LOOK_AHEAD:
            job = self._jobs.popleft()
            if alone.isdisjoint(job.shared) and alone.isdisjoint(job.alone) and shared.isdisjoint(job.alone):
                batch.append(job)
                shared.update(job.shared)
                alone.update(job.alone)
            else:
                waiting.append(job)
                alone.update(job.shared, job.alone)  # nothing passes it
        self._jobs.extendleft(reversed(waiting))
        return batch

    def put_back(self, batch: Sequence[Job], *, in_parts: int = 1) -> None:
        """Steps that were not committed come first again, in as many batches."""
        size = -(-len(batch) // in_parts)
        parts = [list(batch[start : start + size]) for start in range(0, len(batch), size or 1)]
        self._again.extendleft(reversed(parts))

    def remove(self, is_wanted: Callable[[Job], bool]) -> list[Job]:
        """Take out the steps of a kind, wherever they stand."""
        found: list[Job] = []

        def rest(jobs: Iterable[Job]) -> list[Job]:
            left: list[Job] = []
            for job in jobs:
                (found if is_wanted(job) else left).append(job)
            return left

        self._beats = deque(rest(self._beats))
        self._again = deque(left for batch in self._again if (left := rest(batch)))
        self._jobs = deque(rest(self._jobs))
        return found


def tries(error: Exception) -> int:
    """How often a step is tried that failed like this: another process may have stood in its way."""
    if isinstance(error, asyncpg.UniqueViolationError):
        return FEW_TRIES if error.table_name in ("event", "outbox", "step") else TRIES
    return TRIES if isinstance(error, asyncpg.SerializationError | asyncpg.DeadlockDetectedError) else 1


def refuse(jobs: Sequence[Job], why: Exception) -> None:
    """Tell who waits for these steps that they are not done."""
    for job in jobs:
        if not job.future.done():
            job.future.set_exception(copy(why))


def copy(error: Exception) -> Exception:
    """One error a waiter: a traceback grows with each that raises it."""
    return type(error)(str(error))
