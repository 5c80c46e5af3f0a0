"""A messaging user's actor: one inbound at a time, in order, each decided by the engine and committed.

What memory says only saves work: a turn is safe by the compare-and-set inside its transaction, an effect
that changes the world by its journal and the lease.
A turn without an effect on an idle session is *fused*: inbound and turn are one commit.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Mapping

import orjson

from frontdesk.actor import Actor, Actors, Done, Job
from frontdesk.ahead import Ahead
from frontdesk.channels.base import Channel
from frontdesk.clock import Clock
from frontdesk.commit import Decision, as_turn
from frontdesk.crash import crash_point
from frontdesk.decide import TRIES, Decider
from frontdesk.effect import Effect
from frontdesk.errors import ShardsLost, StoreError
from frontdesk.journal import Journal, Releases
from frontdesk.messages import Inbound
from frontdesk.problems import tell, turn_set_aside
from frontdesk.sessions import SessionState
from frontdesk.store.base import ALL_SHARDS, Intake, Step, Store, Taken, Turn

log = logging.getLogger(__name__)

RETRY = 1.0  # seconds before a turn that could not be run or committed is tried again


class Turns:
    """Every actor of this process."""

    retry = RETRY

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        releases: Releases,
        journal: Journal,
        channels: Mapping[str, Channel],
        reps: Mapping[str, str],
        owns: Callable[[str], bool],
        wanted: Callable[[str], None],
        lost: Callable[[], None],
        after: Callable[[Done], None],
        working: Callable[[str, bool], None],
    ) -> None:
        self.store = store
        self.releases = releases
        self._journal = journal
        self._decider = Decider(clock=clock, releases=releases, channels=channels, reps=reps)
        self._clock = clock
        self._ahead = Ahead()
        self._owns = owns  # whether this process works for a user
        self._wanted = wanted  # tells the one that does that there is something to do
        self._lost = lost  # says that another one does now
        self._after = after
        self._working = working
        self._actors = Actors()
        self._tasks: set[asyncio.Task[None]] = set()
        self._at_work: dict[str, Actor] = {}
        self._is_stopping = False

    # --- taking an inbound -------------------------------------------------------------------

    async def take(self, intake: Intake, inbound: Inbound, done: asyncio.Future[Done] | None = None) -> Taken:
        """Commit an inbound, and its turn with it when nothing stands in the way."""
        if not self._owns(intake.user):
            return await self._leave_to_other(intake)
        actor = self._actors.of(intake.user)
        if actor.is_busy:
            return await self._queue(actor, intake, inbound, done)
        actor.is_busy = True
        try:
            if not actor.is_loaded:
                await self._load(actor)
            await self._ahead.read(self.releases.current, inbound, actor.state)
            if actor.jobs or actor.is_gone or not self._decider.has_releases(actor):
                return await self._queue(actor, intake, inbound, done)
            return await self._take_idle(actor, intake, inbound, done)
        except ShardsLost:
            actor.is_loaded = False
            self._lost()
            return await self._leave_to_other(intake)
        except BaseException:
            actor.is_loaded = False
            raise
        finally:
            self._let_go(actor)

    async def _queue(
        self, actor: Actor, intake: Intake, inbound: Inbound, done: asyncio.Future[Done] | None
    ) -> Taken:
        if actor.is_gone:
            return await self._leave_to_other(intake)
        taken = await self.store.intake(intake)
        crash_point("after-intake")
        if taken.n and not taken.is_duplicate:
            if self._is_elsewhere(actor):
                return taken
            actor = self._actors.of(actor.user)  # memory may have made room meanwhile, and have another
            actor.add(Job(taken.session, taken.ordinal, taken.n, inbound, done))
            if not actor.is_busy:
                actor.is_busy = True
                self._let_go(actor)
        return taken

    def _is_elsewhere(self, actor: Actor) -> bool:
        """Whether another process works for the user by now; it is told that there is something to do."""
        is_elsewhere = actor.is_gone or not self._owns(actor.user)
        if is_elsewhere:
            self._wanted(actor.user)
        return is_elsewhere

    async def _leave_to_other(self, intake: Intake) -> Taken:
        """Commit an inbound whose turn another process takes."""
        taken = await self.store.intake(intake)
        crash_point("after-intake")
        if taken.n and not taken.is_duplicate:
            self._wanted(intake.user)
        return taken

    async def _take_idle(
        self, actor: Actor, intake: Intake, inbound: Inbound, done: asyncio.Future[Done] | None
    ) -> Taken:
        if intake.session is not None and (actor.state is None or actor.state.id != intake.session):
            return Taken(session=intake.session, n=0)
        try:
            decision = self._decider.decide(
                actor, inbound, self._decider.given(actor, inbound), intake.new_session
            )
            effect = self._decider.advance(decision)
            turn = self._decided(decision) if effect is None else None
        except Exception:  # it is kept all the same; its own turn finds out what is wrong
            actor.is_loaded = False
            return await self._queue(actor, intake, inbound, done)
        if effect is not None:
            return await self._take_slow(actor, intake, decision, effect, done)
        assert turn is not None
        crash_point("before-fused")
        taken = await self.store.fused(intake, turn)
        crash_point("after-fused")
        if taken.is_committed:
            self._committed(actor, decision, turn, done)
        else:  # a duplicate, or the memory was stale: the guess is thrown away
            actor.is_loaded = False
            if taken.n and not taken.is_duplicate:
                actor.add(Job(taken.session, taken.ordinal, taken.n, inbound, done))
        return taken

    async def _take_slow(
        self,
        actor: Actor,
        intake: Intake,
        decision: Decision,
        effect: Effect,
        done: asyncio.Future[Done] | None,
    ) -> Taken:
        """The turn calls an effect: commit the inbound alone, answer, and go on behind it."""
        taken = await self.store.intake(intake)
        crash_point("after-intake")
        if taken.is_duplicate or not taken.n:
            actor.is_loaded = False
            return taken
        if self._is_elsewhere(actor):
            return taken
        job = Job(taken.session, taken.ordinal, taken.n, decision.inbound, done)
        if (taken.session, taken.n) == (decision.state.id, decision.state.last_inbound):
            decision.is_new_session = False  # the intake made its row
            job.decision, job.effect = decision, effect
        else:
            actor.is_loaded = False
        actor.add(job)
        return taken

    # --- an actor's own time -----------------------------------------------------------------

    def _let_go(self, actor: Actor) -> None:
        """The holder is done: go on with what is queued, or be idle."""
        if self._goes_on(actor):
            task = actor.task = asyncio.get_running_loop().create_task(self._work(actor))
            self._tasks.add(task)
            task.add_done_callback(lambda task: self._ended(task, actor))
        else:
            actor.let_go()

    def _ended(self, task: asyncio.Task[None], actor: Actor) -> None:
        self._tasks.discard(task)
        if actor.task is task:  # it was cancelled before it began
            actor.let_go()

    def _goes_on(self, actor: Actor) -> bool:
        return actor.has_work and not actor.is_gone and not self._is_stopping and self._owns(actor.user)

    async def _work(self, actor: Actor) -> None:
        self._working(actor.user, True)
        self._at_work[actor.user] = actor
        try:
            while self._goes_on(actor):
                await self._work_once(actor)
        finally:
            self._working(actor.user, False)
            if self._at_work.get(actor.user) is actor:
                del self._at_work[actor.user]
            self._let_go(actor)

    async def _work_once(self, actor: Actor) -> None:
        if not actor.is_loaded or actor.is_wanted:
            try:
                actor.is_wanted = actor.is_loaded = False  # what memory has may not be all there is
                await self._load(actor)
            except Exception as error:
                actor.is_wanted = True
                is_mistake = not isinstance(error, StoreError)  # else a line for every user is enough
                log.error("%s could not be read, tried again: %s", actor.user, error, exc_info=is_mistake)
                await asyncio.sleep(self.retry)
            return
        job = actor.jobs[0]
        try:
            await self._turn(actor, job)
        except ShardsLost as error:
            log.info("a turn of %s is left: %s", actor.user, error)
            actor.forget()
            self._lost()
            await asyncio.sleep(self.retry)
        except StoreError as error:
            log.error("a turn of %s waits: %s", actor.user, error)
            actor.forget()
            await asyncio.sleep(self.retry)
        except Exception as error:
            log.exception("turn %s:%s could not be run", job.session, job.n)
            actor.forget()
            job.failures += 1
            if job.failures >= TRIES:
                job.error = error
            if job.failures != TRIES:
                await asyncio.sleep(min(self.retry * job.failures, 30))

    async def _turn(self, actor: Actor, job: Job) -> None:
        decision, effect = job.decision, job.effect
        if decision is None:
            await self._ahead.read(self.releases.current, job.inbound, actor.state)
            steps = await self._journal.steps(job.session, job.n)
            prepared = await self._prepare(actor, job, steps)
            if prepared is None:
                actor.forget()
                await asyncio.sleep(0.02)  # memory was stale; never a busy loop, whatever the store says
                return
            decision = prepared
            if job.error is not None:
                self._decider.give_up(decision, job)
            else:
                effect = self._decider.advance(decision)
        else:
            steps = {}
        decision.had_steps = effect is not None or bool(steps)
        n = 0
        while effect is not None:
            n += 1
            result = await self._journal.perform(job, decision, n, effect, steps)
            effect = self._decider.advance(decision, result)
        turn = self._decided(decision)
        crash_point("before-commit")
        is_committed = await self.store.commit(turn)
        crash_point("after-commit")
        if is_committed:
            actor.jobs.popleft()
            self._committed(actor, decision, turn, job.done)
        else:
            actor.forget()

    async def _prepare(self, actor: Actor, job: Job, steps: Mapping[int, Step]) -> Decision | None:
        """Begin the turn of a committed inbound; None: it has had its turn already."""
        given = self._decider.given(actor, job.inbound)
        if 0 in steps:
            given = await self._journal.given_again(given, steps[0])
        state = actor.state
        if state is None and job.n != 1:  # a session's first inbound came in by another process
            return None
        if state is None:
            return self._decider.decide(actor, job.inbound, given, job.session, ordinal=job.ordinal)
        if state.id != job.session or job.n != state.last_inbound + 1:
            return None
        for frame in state.frames:
            await self.releases.load(frame.release)
        return self._decider.decide(actor, job.inbound, given, job.session)

    def _decided(self, decision: Decision) -> Turn:
        problem, error = None, decision.error
        if error is not None:
            problem = turn_set_aside(decision.inbound, decision.state.id, error, self._clock.now())
        return as_turn(decision, sends=self._decider.sends(decision.state), problem=problem)

    def _committed(
        self, actor: Actor, decision: Decision, turn: Turn, done: asyncio.Future[Done] | None
    ) -> None:
        state = decision.state
        if turn.problem is not None:
            tell(turn.problem)
        self._actors.know(actor, state if state.is_open else None, len(turn.state))
        actor.ordinal = state.ordinal
        if not state.is_open and actor.jobs:  # the store has moved them to the session that follows
            actor.is_loaded = False
        if turn.user_slots is not None:
            actor.slots = orjson.loads(turn.user_slots)
        finished = Done(session=state.id, user=state.user, n=turn.n, events=tuple(decision.events), turn=turn)
        if done is not None and not done.done():
            done.set_result(finished)
        self._after(finished)

    async def _load(self, actor: Actor) -> None:
        """Read the user from the store; what is committed there and has had no turn is queued."""
        known = await self.store.conversation(actor.user)
        actor.ordinal, actor.slots = known.ordinal, known.slots
        state = SessionState.load(known.state) if known.state else None
        self._actors.know(actor, state, len(known.state or b""))
        pending = [Job(session, known.ordinal, n, Inbound.load(body)) for session, n, body in known.pending]
        waiting = {job.key: job for job in actor.jobs}
        for job in pending:
            earlier = waiting.pop(job.key, None)
            if earlier is not None:
                job.done, job.failures, job.error = earlier.done, earlier.failures, earlier.error
        for job in waiting.values():  # meant for a session that is over
            if job.done is not None:
                job.done.cancel()
        actor.jobs = deque(pending)
        actor.is_loaded = True

    # --- the process's life ------------------------------------------------------------------

    async def recover(self, shards: Collection[int] = ALL_SHARDS) -> None:
        """Go on with committed inbounds of these shards that nobody works on."""
        for user in await self.store.pending_users(shards):
            actor = self._actors.get(user)
            if actor is None or not actor.is_busy:  # else its own work comes to it
                self.want(user)

    def want(self, user: str) -> None:
        """Another process has committed an inbound of a user, perhaps one of this process's."""
        if not self._owns(user):
            return
        actor = self._actors.of(user)
        actor.is_wanted = True
        if not actor.is_busy:
            actor.is_busy = True
            self._let_go(actor)

    async def leave(self, shards: Collection[int], *, is_lost: bool) -> None:
        """Work for these shards no longer. A turn that runs is finished, unless it is another's now."""
        for actor in self._actors.within(shards):
            if is_lost:
                actor.give_up()
                if actor.task is not None:
                    actor.task.cancel()
            if actor.task is not None or (actor.is_busy and not is_lost):
                await actor.until_idle()
            actor.give_up()
            self._actors.remove(actor)

    async def drain(self) -> None:
        """Finish the turns that run; what is queued behind them stays for the next start."""
        self._is_stopping = True
        for actor in self._actors:
            for job in list(actor.jobs)[1:]:
                if job.done is not None:
                    job.done.cancel()
        while self._tasks:
            await asyncio.wait(self._tasks)

    def end(self) -> None:
        """Run nothing any more: what is not finished is left to the next start."""
        self._is_stopping = True
        for task in self._tasks:
            task.cancel()

    @property
    def waiting(self) -> int:
        """How many committed inbounds wait for the end of their turn."""
        return sum(len(actor.jobs) for actor in self._at_work.values())

    @property
    def busy(self) -> int:
        """How many users have a turn in progress."""
        return len(self._tasks)
