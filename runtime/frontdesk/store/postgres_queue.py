"""The steps that wait for PostgreSQL's next transaction, and which of them may share it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from frontdesk.store.base import Intake, Step, Turn

MAX_BATCH = 512
LOOK_AHEAD = 2_000  # queued steps that are looked at for the next batch
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
    shared: tuple[Any, ...] = ()  # what it touches that others in a batch may touch as well
    alone: tuple[Any, ...] = ()  # and that only it may touch
    is_durable: bool = True
    is_patient: bool = False
    tries: int = 0


class Queue:
    """Steps in the order they came; what belongs together keeps it."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._alone = 0  # of the next steps, so many are committed one by one: together they failed

    def __len__(self) -> int:
        return len(self._jobs)

    def add(self, job: Job) -> None:
        self._jobs.append(job)

    def take(self) -> list[Job]:
        """The next batch: of one user one turn, or only intakes."""
        if self._alone:
            self._alone -= 1
            return [self._jobs.popleft()]
        batch: list[Job] = []
        waiting: list[Job] = []
        shared: set[Any] = set()
        alone: set[Any] = set()
        while self._jobs and len(batch) < MAX_BATCH and len(waiting) < LOOK_AHEAD:
            job = self._jobs.popleft()
            if any(key in alone for key in job.shared) or any(
                key in alone or key in shared for key in job.alone
            ):
                waiting.append(job)
                alone.update(job.shared, job.alone)  # nothing passes it
                continue
            batch.append(job)
            shared.update(job.shared)
            alone.update(job.alone)
        self._jobs.extendleft(reversed(waiting))
        return batch

    def put_back(self, batch: Sequence[Job], *, alone: bool = False) -> None:
        """Steps that were not committed come first again; `alone`: one by one."""
        self._jobs.extendleft(reversed(batch))
        self._alone = self._alone + len(batch) if alone else 0

    def remove(self, is_wanted: Callable[[Job], bool]) -> list[Job]:
        """Take out the steps of a kind, wherever they stand."""
        found: list[Job] = []
        rest: deque[Job] = deque()
        for job in self._jobs:
            (found if is_wanted(job) else rest).append(job)
        self._jobs = rest
        self._alone = min(self._alone, len(rest))
        return found
