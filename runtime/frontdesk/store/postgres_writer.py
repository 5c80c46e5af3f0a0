"""Group commit on PostgreSQL: one connection that writes, and whatever queued meanwhile is the next batch.

A connection that is lost is opened again. Where that happened during COMMIT, what became of the batch
is read, not guessed: its last row is the batch's own name.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from collections.abc import Sequence
from typing import Any

import asyncpg

from frontdesk.errors import StoreInUse, StoreUnavailable
from frontdesk.store import postgres_sql as sql
from frontdesk.store.base import Intake, Step, Turn
from frontdesk.store.postgres_batch import Batch, Known
from frontdesk.store.postgres_connect import (
    CONNECT_WITHIN,
    Connection,
    Place,
    check_version,
    create,
    is_gone,
    take_lock,
)
from frontdesk.store.postgres_known import read_behind, read_intakes, read_turns
from frontdesk.store.postgres_queue import Job, Plain, Queue

log = logging.getLogger(__name__)

TRIES = 30  # of a step that another process stands in the way of
FEW_TRIES = 3  # where it is more likely a mistake of ours, which must not hold up the others
HURRIED = 2.0  # seconds without a database after which somebody who waits at the door is sent away
PATIENT = 30.0  # and after which a turn in progress, which can be run again, gives up
AGAIN = 0.1, 1.0  # seconds between two tries to connect, the shortest and the longest


class Writer:
    """The only connection of this process that writes."""

    def __init__(self, place: Place, name: str) -> None:
        self._place = place
        self._name = name
        self._loop = asyncio.get_running_loop()
        self._jobs = Queue()
        self._in_doubt: tuple[list[Job], list[Any], str] | None = None
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
        """Take the database; StoreInUse when another process has it."""
        await self._connect()
        self._task = self._loop.create_task(self._run())

    async def stop(self) -> None:
        """Commit what is queued, then close; without a database, refuse it."""
        self._is_stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    # --- queueing ----------------------------------------------------------------------------

    def intake(self, intake: Intake) -> asyncio.Future[Any]:
        return self._submit(intake=intake, shared=(intake.user,))

    def fused(self, intake: Intake, turn: Turn) -> asyncio.Future[Any]:
        return self._submit(intake=intake, turn=turn, alone=(intake.user,))

    def commit(self, turn: Turn) -> asyncio.Future[Any]:
        return self._submit(turn=turn, alone=(turn.user, ("steps", turn.session)), is_patient=True)

    def journal(self, session: str, n_inbound: int, steps: Sequence[Step]) -> asyncio.Future[Any]:
        values = (session, n_inbound, steps)
        return self._submit(steps=values, alone=(("steps", session),), is_patient=True)

    def mark(
        self, part: str, rows: Sequence[tuple[Any, ...]], *, durable: bool = True
    ) -> asyncio.Future[Any]:
        """Change rows of the outbox; each row begins with its session and number."""
        alone = tuple(row[:2] for row in rows)
        return self._submit(rows={part: rows}, alone=alone, is_durable=durable, is_patient=True)

    def plain(self, work: Plain, *, durable: bool = True) -> asyncio.Future[Any]:
        """Do statements of one's own in the next transaction; they may be done again."""
        return self._submit(plain=work, is_durable=durable)

    def _submit(self, **values: Any) -> asyncio.Future[Any]:
        job = Job(future=self._loop.create_future(), since=self._loop.time(), **values)
        if self._is_over(job) or (self._is_stopping and self._connection is None):
            job.future.set_exception(_copy(self._why))
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
            self._why = StoreUnavailable(f"the desk must be started again: {error}")
            self._is_stopping = True
            if self._connection is not None:
                self._lose(self._connection, error)
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

    async def _commit(self, batch: list[Job]) -> None:
        connection = self._connection
        assert connection is not None
        self._batches += 1
        name = str(self._batches)
        is_deciding = True
        try:
            results = await self._execute(connection, batch, name)
            is_deciding = False
            await connection.execute("COMMIT")
        except Exception as error:
            if is_gone(error) or connection.is_closed():
                if is_deciding:
                    self._jobs.put_back(batch)
                else:
                    self._in_doubt = (batch, results, name)
                self._lose(connection, error)
                return
            await self._roll_back(connection)
            self._failed(batch, error)
            if batch[0].tries > 1:  # the other one must come to its end
                await asyncio.sleep(random.uniform(0, 0.001 * batch[0].tries))
        else:
            _settle(batch, results)

    async def _execute(self, connection: Connection, batch: list[Job], name: str) -> list[Any]:
        """Everything of a batch but the COMMIT; gives each step's result."""
        durable = any(job.is_durable for job in batch)
        await connection.execute("BEGIN" if durable else "BEGIN; SET LOCAL synchronous_commit TO off")
        decided, results = await self._decide(connection, batch)
        rows = decided.rows()
        plain = [job for job in batch if job.plain is not None]
        if rows or plain:
            rows["worker"] = [(self._name, name)]
            moved = await connection.fetchval(sql.statement(tuple(rows)), *sql.arrays(rows))
            if moved != len(rows.get("moved", ())):
                raise asyncpg.SerializationError("a session moved meanwhile")
        for job in plain:
            assert job.plain is not None
            results[id(job)] = await job.plain(connection)
        return [results.get(id(job)) for job in batch]

    async def _decide(self, connection: Connection, batch: list[Job]) -> tuple[Batch, dict[int, Any]]:
        intakes = [(job, job.intake) for job in batch if job.intake is not None]
        turns = [(job, job.turn) for job in batch if job.intake is None and job.turn is not None]
        users: dict[str, Known] = {}
        seen = await read_intakes(connection, [one for _, one in intakes], users)
        last_ins = await read_turns(connection, [turn for _, turn in turns], users)
        behind = await read_behind(connection, [turn for _, turn in turns if turn.status == "ended"])
        decided = Batch(users, seen)
        results: dict[int, Any] = {}
        for job, one in intakes:
            results[id(job)] = decided.intake(one) if job.turn is None else decided.fused(one, job.turn)
        for (job, turn), last_in in zip(turns, last_ins, strict=True):
            results[id(job)] = decided.commit(turn, last_in, behind.get(turn.session, ()))
        for job in batch:
            if job.steps is not None:
                decided.journal(*job.steps)
            for part, rows in job.rows.items():
                decided.add(part, rows)
        return decided, results

    async def _roll_back(self, connection: Connection) -> None:
        try:
            await connection.execute("ROLLBACK")
        except Exception as error:
            self._lose(connection, error)

    def _failed(self, batch: list[Job], error: Exception) -> None:
        """One bad step must not take the others with it: each is tried on its own."""
        if len(batch) > 1:
            self._jobs.put_back(batch, alone=True)
            return
        job = batch[0]
        job.tries += 1
        if job.tries < _tries(error):
            self._jobs.put_back(batch, alone=True)
        elif not job.future.done():
            job.future.set_exception(self._place.plain(error))

    # --- without a connection ----------------------------------------------------------------

    def _lose(self, connection: Connection, error: BaseException | None) -> None:
        if self._connection is not connection:
            return
        assert connection is not None
        self._connection = None
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
            await self._end_earlier(connection)
            try:
                await take_lock(connection, self._place)
            except StoreInUse:
                await self._resolve(connection)
                raise
            if self._away_since is None:
                await self._prepare(connection)
            await self._resolve(connection)
        except Exception as error:
            connection.terminate()
            raise self._place.plain(error) from error
        connection.add_termination_listener(lambda gone: self._lose(gone, None))
        self._connection = connection
        self._away_since = None

    async def _prepare(self, connection: Connection) -> None:
        await create(connection)
        await check_version(connection, self._place)
        await connection.execute("DELETE FROM worker")  # of processes that are gone

    async def _end_earlier(self, connection: Connection) -> None:
        """An earlier connection of ours that the server still believes in must not hold the lock."""
        if self._away_since is None:
            return
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name=$1 AND pid<>$2"
        async with asyncio.timeout(CONNECT_WITHIN):
            for tried in itertools.count(1):
                if not await connection.fetch(ended, self._name, connection.get_server_pid()):
                    return
                await asyncio.sleep(min(tried / 100, 0.2))

    async def _resolve(self, connection: Connection) -> None:
        """Read what became of the batch whose COMMIT was not answered. Its session has ended by now."""
        if self._in_doubt is None:
            return
        batch, results, name = self._in_doubt
        written = await connection.fetchval("SELECT batch FROM worker WHERE id=$1", self._name)
        self._in_doubt = None
        log.warning(
            "of %d steps nobody knew whether they were committed: they %s",
            len(batch),
            "were" if written == name else "were not, and are tried again",
        )
        if written == name:
            _settle(batch, results)
        else:
            self._jobs.put_back(batch)

    # --- refusing ----------------------------------------------------------------------------

    def _is_over(self, job: Job) -> bool:
        """Whether a step has waited long enough for a database that is away."""
        if self._away_since is None:
            return False
        patience = PATIENT if job.is_patient else HURRIED
        began = max(job.since, self._away_since) if job.is_patient else self._away_since
        return self._loop.time() - began > patience

    def _refuse_late(self) -> None:
        _refuse(self._jobs.remove(self._is_over), self._why)

    def _refuse_rest(self) -> None:
        rest = self._jobs.remove(lambda job: True)
        if self._in_doubt is not None:
            rest += self._in_doubt[0]
            self._in_doubt = None
        _refuse(rest, self._why)


def _tries(error: Exception) -> int:
    """How often a step is tried that failed like this: another process may have stood in its way."""
    if isinstance(error, asyncpg.UniqueViolationError):
        return FEW_TRIES if error.table_name in ("event", "outbox", "step") else TRIES
    return TRIES if isinstance(error, asyncpg.SerializationError | asyncpg.DeadlockDetectedError) else 1


def _settle(batch: Sequence[Job], results: Sequence[Any]) -> None:
    for job, result in zip(batch, results, strict=True):
        if not job.future.done():
            job.future.set_result(result)


def _refuse(jobs: Sequence[Job], why: Exception) -> None:
    for job in jobs:
        if not job.future.done():
            job.future.set_exception(_copy(why))


def _copy(error: Exception) -> Exception:
    """One error a waiter: a traceback grows with each that raises it."""
    return type(error)(str(error))
