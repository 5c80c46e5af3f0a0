"""A turn's effects: each result is committed before the turn relies on it.

After a crash the turn is run again from the journal: a finished effect is never called again, and an
unfinished write goes to its action's policy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

import orjson

from frontdesk.actor import Job
from frontdesk.authoring.content import Desk
from frontdesk.clock import instant
from frontdesk.commit import Decision
from frontdesk.crash import crash_point
from frontdesk.drafts import Draft, Drafts
from frontdesk.effect import Effect, EffectResult, log_read
from frontdesk.effects.perform import Effects
from frontdesk.given import Given
from frontdesk.nlu.classify import Judged, Understanding
from frontdesk.store.base import Step, Store
from frontdesk.users import MessagingUser

ASK_AGAIN = 0.05  # seconds between two looks whether this process certainly is the only one


class Releases(Protocol):
    """The contents a turn may need."""

    @property
    def current(self) -> Desk: ...

    def loaded(self, release: str) -> Desk | None: ...

    async def load(self, release: str) -> Desk | None: ...


class Journal:
    """The journal of the turns of one process."""

    def __init__(
        self,
        *,
        store: Store,
        effects: Effects,
        releases: Releases,
        drafts: Drafts,
        is_doubtful: Callable[[str], bool],
        is_certain: Callable[[], bool],
    ) -> None:
        self._drafts = drafts  # who is told what an effect is writing
        self._is_doubtful = is_doubtful  # whether what another process began may still happen
        self._is_certain = is_certain  # whether nobody else can have taken over, for another moment
        self._store = store
        self._effects = effects
        self._releases = releases

    async def steps(self, session: str, n: int) -> dict[int, Step]:
        """What is journaled of the turn of this inbound, by number; 0 is what it was given."""
        return {step.n: step for step in await self._store.steps(session, n)}

    async def given_again(self, given: Given, step: Step) -> Given:
        """What an interrupted turn was given, so that its re-run is the same run."""
        kept = orjson.loads(step.body)
        desk = await self._releases.load(kept["release"]) or given.desk
        judged = _judged_again(step.result)
        return replace(given, now=instant(kept["now"]), seed=kept["seed"], desk=desk, judged=judged)

    async def perform(
        self, job: Job, decision: Decision, n: int, effect: Effect, steps: Mapping[int, Step]
    ) -> EffectResult:
        """The n-th effect of a turn, committed before the turn goes on."""
        known = steps.get(n)
        draft = self._draft(job, decision, is_again=n == 1 and bool(steps))
        if known is not None and known.result is not None:
            return EffectResult.from_json(known.result)
        state, given = decision.state, decision.given
        key = f"{job.session}:{job.n}:{n}"
        user = MessagingUser.named(state.user, language=state.language, time_zone=state.time_zone)
        begun = Step(n=n, body=effect.to_json())
        judged = _judged(given)  # again with a later effect: another bot may have been asked meanwhile
        first = [Step(n=0, body=_body(given), result=judged)] if n == 1 or judged else []
        wrote = draft.write if draft is not None else None
        result: EffectResult | None = None
        if effect.kind == "log":
            rows = [*await self._store.events(job.session), *decision.rows]
            result = log_read(effect, ((row.kind, row.version, row.body) for row in rows))
        elif known is not None:
            await self._until_certain()  # else it may be the work of a process that has taken over
            doubtful = self._is_doubtful(state.user)
            result = await self._effects.resolve(effect, key=key, user=user, is_doubtful=doubtful)
        elif self._effects.is_write(effect):
            await self._store.journal(job.session, job.n, [*first, begun])
            first = []
            crash_point("before-effect")
        if result is None:
            if self._effects.is_write(effect):
                await self._until_certain()
            result = await self._effects.perform(effect, key=key, user=user, wrote=wrote)
        crash_point("after-effect")
        await self._store.journal(job.session, job.n, [*first, replace(begun, result=result.to_json())])
        crash_point("after-journal")
        return result

    async def _until_certain(self) -> None:
        """Wait until nobody else can be at this turn. Where somebody is, it is cancelled meanwhile."""
        while not self._is_certain():  # noqa: ASYNC110  nothing tells of a lease that is renewed
            await asyncio.sleep(ASK_AGAIN)

    def _draft(self, job: Job, decision: Decision, *, is_again: bool) -> Draft | None:
        """Where an effect may tell what it is writing; what the one before it wrote is withdrawn."""
        state = decision.state
        self._drafts.over(state.user)
        draft = self._drafts.begin(
            state.user,
            state.channel_kind,
            turn=f"{job.session}:{job.n}",
            behind=state.ordinal << 32 | state.last_event - len(decision.rows),
            author=state.owner,
        )
        if draft is not None and is_again:  # what a process before this one has told
            draft.withdraw(surely=True)
        return draft


def _judged(given: Given) -> bytes | None:
    """What models said of the words, which they might say otherwise in a re-run."""
    return orjson.dumps(given.judged) if any(given.judged.values()) else None


def _judged_again(result: bytes | None) -> dict[str, Judged]:
    kept = orjson.loads(result) if result is not None else {}
    return {bot: {text: Understanding(**one) for text, one in said.items()} for bot, said in kept.items()}


def _body(given: Given) -> bytes:
    return orjson.dumps({"now": given.now.isoformat(), "seed": given.seed, "release": given.desk.release})
