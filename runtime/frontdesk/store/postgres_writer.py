"""Group commit on PostgreSQL: one connection writes, and whatever queued meanwhile is the next batch.

Each batch writes the row of its process: its own name, and a lease that begins anew. A connection that is
lost is opened again; where that happened during COMMIT, what became of the batch is read there, not
guessed. Where others have taken over, the row says so: then nothing of the batch is written, turns are
refused until the next beat, and what any process may do goes on under a new name.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import random
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, TypeVar

import asyncpg

from frontdesk.errors import ShardsLost, StoreUnavailable
from frontdesk.store import postgres_sql as sql
from frontdesk.store.base import Intake, Lease, Step, Taken, Turn
from frontdesk.store.postgres_connect import (
    GONE_AFTER,
    LEASE,
    Connection,
    Place,
    check_version,
    is_gone,
)
from frontdesk.store.postgres_known import decide
from frontdesk.store.postgres_lease import (
    Beat,
    Over,
    beat,
    end_earlier,
    kept_batch,
    leave,
    register,
    server_age,
)
from frontdesk.store.postgres_queue import Batch, Job, Queue, copy, refuse, tries

log = logging.getLogger(__name__)
T = TypeVar("T")

HURRIED = 2.0  # seconds without a database after which somebody who waits at the door is sent away
PATIENT = 30.0  # and after which a turn in progress, which can be run again, gives up
AGAIN = 0.1, 1.0  # seconds between two tries to connect, the shortest and the longest
TOLD_AT_ONCE = 32  # results a round of the loop
_LOST = ShardsLost("another process has taken over what this one worked on")


class Writer:
    """The only connection of this process that writes."""

    def __init__(self, place: Place, process: str) -> None:
        self._place = place
        self._process = process
        self._registrations = 0
        self._name = f"{process}/0"  # of this registration
        self._is_registered = False
        self._is_fenced = False  # others have taken over, and no beat has begun anew
        self._is_to_tell = False  # the next beat is told so
        self._renewed = -math.inf  # when the transaction began that renewed the lease last
        self._judges_from = -math.inf
        self._loop = asyncio.get_running_loop()
        self._jobs = Queue()
        self._settled: deque[tuple[Job, Any]] = deque()  # committed, and not told yet
        self._in_doubt: Batch | None = None
        self._batches = 0
        self._connection: Connection | None = None
        self._away_since: float | None = None
        self._why: Exception = StoreUnavailable("the store is not open yet")
        self._wake = asyncio.Event()
        self._is_stopping = False
        self._task: asyncio.Task[None] | None = None

    @property
    def is_available(self) -> bool:
        return self._connection is not None

    async def start(self) -> None:
        """Connect, and begin as one of the processes that serve this desk."""
        await self._connect()
        self._task = self._loop.create_task(self._run())

    async def stop(self) -> None:
        """Commit what is queued, give back what is held, then close; without a database, refuse it."""
        self._is_stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task
        while self._settled:
            self._tell()
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await leave(connection, self._name)
            except Exception as error:  # others see at the lease's end that it is over
                log.warning("%s was not told that this process ends: %s", self._place, error)
            with contextlib.suppress(Exception):
                await connection.close()

    # --- queueing ----------------------------------------------------------------------------

    def intake(self, intake: Intake) -> asyncio.Future[Taken]:
        return self._submit(intake=intake, shared=(intake.user,))

    def fused(self, intake: Intake, turn: Turn) -> asyncio.Future[Taken]:
        return self._submit(intake=intake, turn=turn, alone=(intake.user,))

    def commit(self, turn: Turn) -> asyncio.Future[bool]:
        return self._submit(turn=turn, alone=(turn.user, ("steps", turn.session)), is_patient=True)

    def journal(self, session: str, n_inbound: int, steps: Sequence[Step]) -> asyncio.Future[None]:
        values = (session, n_inbound, steps)
        return self._submit(steps=values, alone=(("steps", session),), is_patient=True)

    def mark(
        self, part: str, rows: sql.PartRows, *, durable: bool = True, problems: sql.PartRows = ()
    ) -> asyncio.Future[None]:
        """Change rows of the outbox; each row begins with its session and number."""
        alone = tuple(row[:2] for row in rows)
        return self._submit(
            rows={part: rows, "problem": problems}, alone=alone, is_durable=durable, is_patient=True
        )

    def plain(self, work: Callable[[Any], Awaitable[T]], *, durable: bool = True) -> asyncio.Future[T]:
        """Do statements of one's own in the next transaction; they may be done again."""
        return self._submit(plain=work, is_durable=durable)

    async def beat(self, *, takes: bool, giving: Collection[int]) -> Lease:
        """Renew the lease, give back and take; ShardsLost once where others have taken over."""
        if self._is_to_tell:
            self._is_to_tell = False
            raise copy(_LOST)
        lease: Lease = await self._submit(beat=Beat(takes=takes, giving=giving))
        return lease

    def lease_left(self) -> float:
        """Seconds for which nobody else can have taken over."""
        if self._is_fenced:
            return 0.0
        return max(0.0, self._renewed + LEASE - self._loop.time())

    def _submit(self, **values: Any) -> asyncio.Future[Any]:
        job = Job(future=self._loop.create_future(), since=self._loop.time(), **values)
        if self._is_fenced and job.is_owners and job.beat is None:
            job.future.set_exception(copy(_LOST))
        elif self._is_over(job) or (self._is_stopping and self._connection is None):
            job.future.set_exception(copy(self._why))
        else:
            self._jobs.add(job)
            self._wake.set()
        return job.future

    # --- committing --------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            await self._commit_all()
        except Exception as error:  # a mistake of ours must not leave anybody waiting
            log.exception("the writer of %s stopped", self._place)
            self._is_stopping = True
            if self._connection is not None:
                self._lose(self._connection, error)
            self._why = StoreUnavailable(f"the desk must be started again: {error}")
        self._refuse_rest()

    async def _commit_all(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._jobs or self._in_doubt or self._connection is None:
                if self._connection is None and not await self._connected():
                    break
                if self._jobs:
                    await self._commit(self._jobs.take())
            if self._is_stopping:
                return

    async def _commit(self, jobs: list[Job]) -> None:
        connection = self._connection
        assert connection is not None
        self._batches += 1
        batch = Batch(jobs, str(self._batches), self._loop.time())
        is_deciding = True
        try:
            await self._execute(connection, batch)
            is_deciding = False
            await connection.execute("COMMIT")
        except Over as over:
            self._lose(connection, over)
            self._fence(jobs)
        except Exception as error:
            if is_gone(error) or connection.is_closed():
                if is_deciding:
                    self._jobs.put_back(jobs)
                else:
                    self._in_doubt = batch
                self._lose(connection, error)
                return
            await self._roll_back(connection)
            self._failed(jobs, error)
            # Another process that is in the way must come to its end.
            await asyncio.sleep(random.uniform(0, 0.001 * max(job.tries for job in jobs)))
        else:
            if batch.is_renewing and connection is self._connection:
                self._renewed = batch.began
            self._settle(batch)

    async def _execute(self, connection: Connection, batch: Batch) -> None:
        """Everything of a batch but the COMMIT, with each step's result."""
        if (said := batch.jobs[0].beat) is not None:
            await connection.execute(
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit TO off"
            )
            judges = self._loop.time() >= self._judges_from
            batch.results = [await beat(connection, self._name, batch.name, said, judges=judges)]
            batch.is_renewing = True
            return
        durable = any(job.is_durable for job in batch.jobs)
        await connection.execute("BEGIN" if durable else "BEGIN; SET LOCAL synchronous_commit TO off")
        decided, results = await decide(connection, batch.jobs)
        rows = decided.rows()
        plain = [(job, job.plain) for job in batch.jobs if job.plain is not None]
        if rows or plain:
            await self._write(connection, {**rows, "worker": [(self._name, batch.name)]})
            batch.is_renewing = True
        for job, work in plain:
            results[id(job)] = await work(connection)
        batch.results = [results.get(id(job)) for job in batch.jobs]

    async def _write(self, connection: Connection, rows: sql.Rows) -> None:
        written = await connection.fetchrow(sql.statement(tuple(rows)), *sql.arrays(rows))
        assert written is not None
        moved, workers = written
        if not workers:
            raise Over
        if moved != len(rows.get("moved", ())):
            raise asyncpg.SerializationError("a session moved meanwhile")

    async def _roll_back(self, connection: Connection) -> None:
        try:
            await connection.execute("ROLLBACK")
        except Exception as error:
            self._lose(connection, error)

    def _failed(self, batch: list[Job], error: Exception) -> None:
        """What failed beside another process is tried again as it is; then in halves, to find what is wrong.

        One bad step must not take the others with it, nor one that is in the way make each a transaction.
        """
        for job in batch:
            job.tries += 1
        if len(batch) > 1:
            is_whole = batch[0].tries == 1 and tries(error) > 1
            self._jobs.put_back(batch, in_parts=1 if is_whole else 2)
        elif batch[0].tries < tries(error):
            self._jobs.put_back(batch)
        elif not batch[0].future.done():
            batch[0].future.set_exception(self._place.plain(error))

    # --- without a connection ----------------------------------------------------------------

    def _lose(self, connection: Connection, error: BaseException | None) -> None:
        if self._connection is not connection:
            return
        assert connection is not None
        self._connection = None
        self._renewed -= LEASE - GONE_AFTER  # others take over sooner from who has no connection
        self._away_since = self._loop.time()
        self._why = StoreUnavailable(f"{self._place} cannot be reached now.")
        connection.terminate()
        log.error("the connection to %s was lost: %s", self._place, error or "closed by the server")
        self._wake.set()

    async def _connected(self) -> bool:
        """Connect again, as long as it takes; False when the desk stops before."""
        wait, longest = AGAIN
        while not self._is_stopping:
            try:
                await self._connect()
            except Exception as error:
                if type(error) is not type(self._why):
                    log.error("%s", error)
                self._why = error
            else:
                log.warning("%s is there again", self._place)
                return True
            self._refuse_late()
            await asyncio.sleep(wait)
            wait = min(wait * 2, longest)
        return False

    async def _connect(self) -> None:
        connection = await self._place.writing(self._name)
        try:
            age = await server_age(connection)
            if self._is_registered:
                await end_earlier(connection, self._name)
                await self._resolve(connection)
            else:
                self._renewed = self._loop.time()
                await register(connection, self._place, self._name)
        except Over as over:
            log.warning("%s, says %s", over, self._place)
            connection.terminate()
            self._fence(())
            await self._connect()
            return
        except Exception as error:
            connection.terminate()
            raise self._place.plain(error) from error
        connection.add_termination_listener(lambda gone: self._lose(gone, None))
        self._is_registered = True
        self._connection = connection
        # Others may have been away as well, and get the time to come back.
        alone = 0.0 if self._away_since is not None else age
        self._judges_from = self._loop.time() + LEASE - alone
        self._away_since = None

    async def _resolve(self, connection: Connection) -> None:
        """Read what became of the batch whose COMMIT was not answered; Over where others took over since."""
        await check_version(connection, self._place)
        began = self._loop.time()
        written, is_over = await kept_batch(connection, self._name)
        if not is_over:
            try:  # who is about to take over sees that the lease goes on, or this sees that it is over
                await self._write(connection, {"worker": [(self._name, written)]})
                self._renewed = began
            except Over:
                is_over = True
        if self._in_doubt is not None:
            batch, self._in_doubt = self._in_doubt, None
            log.warning(
                "of %d steps nobody knew whether they were committed: they %s",
                len(batch.jobs),
                "were" if written == batch.name else "were not, and are tried again",
            )
            if written == batch.name:
                self._settle(batch)
            else:
                self._jobs.put_back(batch.jobs)
        if is_over:
            raise Over

    def _settle(self, batch: Batch) -> None:
        """A batch is committed: tell who waits."""
        if batch.jobs[0].beat is not None:
            self._is_fenced = False
        is_telling = bool(self._settled)
        self._settled.extend(zip(batch.jobs, batch.results, strict=True))
        if not is_telling:
            self._tell()

    def _tell(self) -> None:
        """What who waits does next takes a while: the next batch's answers are read in between."""
        for _ in range(min(len(self._settled), TOLD_AT_ONCE)):
            job, result = self._settled.popleft()
            if not job.future.done():
                job.future.set_result(result)
        if self._settled:
            self._loop.call_soon(self._tell)

    def _fence(self, batch: Sequence[Job]) -> None:
        """Others have taken over: refuse what only the owner may do, and begin under a new name."""
        self._jobs.put_back(batch)
        self._registrations += 1
        self._name, self._is_registered = f"{self._process}/{self._registrations}", False
        lost = self._jobs.remove(lambda job: job.is_owners)
        self._is_fenced = True
        self._is_to_tell = not any(job.beat is not None for job in lost)
        refuse(lost, _LOST)

    # --- refusing ----------------------------------------------------------------------------

    def _is_over(self, job: Job) -> bool:
        """Whether a step has waited long enough for a database that is away."""
        if self._away_since is None:
            return False
        patience = PATIENT if job.is_patient else HURRIED
        began = max(job.since, self._away_since) if job.is_patient else self._away_since
        return self._loop.time() - began > patience

    def _refuse_late(self) -> None:
        refuse(self._jobs.remove(self._is_over), self._why)

    def _refuse_rest(self) -> None:
        rest = self._jobs.remove(lambda job: True)
        if self._in_doubt is not None:
            rest += self._in_doubt.jobs
            self._in_doubt = None
        refuse(rest, self._why)
