"""How a turn begins: what it is given, the state of a new session, and what runs when it fails."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from frontdesk import engine
from frontdesk.actor import Actor, Job
from frontdesk.channels.base import Channel
from frontdesk.clock import Clock
from frontdesk.commit import Deciding, Decision
from frontdesk.effect import Effect, EffectResult
from frontdesk.given import Given
from frontdesk.journal import Releases
from frontdesk.messages import Inbound
from frontdesk.sessions import SessionState

log = logging.getLogger(__name__)

TRIES = 3  # of a turn that raises: then it ends in an apology and a person


class Decider:
    """Makes the decisions of turns; what it is handed is all it knows."""

    def __init__(
        self,
        *,
        clock: Clock,
        releases: Releases,
        channels: Mapping[str, Channel],
        reps: Mapping[str, str],
    ) -> None:
        self._clock = clock
        self._releases = releases
        self._channels = channels
        self._reps = reps

    def given(self, actor: Actor, inbound: Inbound) -> Given:
        """What a turn may know beside its session."""
        channel = self._channels.get(inbound.channel)
        return Given(
            now=self._clock.now(),
            seed=zlib.crc32(inbound.external_id.encode()),
            desk=self._releases.current,
            release=self._releases.loaded,
            shows_queue=channel is not None and channel.shows_queue,
            user_slots=actor.slots,
            reps=self._reps,
        )

    def decide(
        self, actor: Actor, inbound: Inbound, given: Given, session: str, *, ordinal: int | None = None
    ) -> Decision:
        """Begin a turn. `ordinal`: of a session whose row an intake has made."""
        state = actor.state
        if state is not None:
            state.last_inbound += 1
            return Decision(state, given, inbound, engine.respond(state, inbound, given))
        is_new = ordinal is None  # else the intake has made its row
        state = self._new_state(actor.user, inbound, given, session, ordinal or actor.ordinal + 1)
        run = _both(engine.start(state, inbound, given), engine.respond(state, inbound, given))
        return Decision(state, given, inbound, run, is_new_session=is_new)

    def _new_state(
        self, user: str, inbound: Inbound, given: Given, session: str, ordinal: int
    ) -> SessionState:
        channel = self._channels.get(inbound.channel)
        wanted = (
            channel.config.language if channel is not None and channel.config.language else inbound.language
        )
        languages = given.desk.languages
        short = (wanted or "").partition("-")[0]
        return SessionState(
            id=session,
            user=user,
            channel=inbound.channel,
            channel_kind=channel.kind if channel is not None else "",
            ordinal=ordinal,
            language=next((one for one in languages if one in (wanted, short)), languages[0]),
            time_zone=inbound.time_zone or str(given.desk.time_zone),
            last_inbound=1,
        )

    def advance(self, decision: Decision, result: EffectResult | None = None) -> Effect | None:
        """Go on to the next effect; what raises ends in the engine's apology."""
        try:
            return decision.advance(result)
        except Exception as error:
            log.exception("deciding a turn of session %s failed", decision.state.id)
            decision.error = error
            decision.run = engine.broke(
                decision.state, decision.inbound, decision.given, error, is_received=decision.is_received
            )
            return decision.advance()

    def has_releases(self, actor: Actor) -> bool:
        """Whether every release that a dialog in progress stands on is in memory."""
        frames = actor.state.frames if actor.state is not None else ()
        return all(self._releases.loaded(frame.release) is not None for frame in frames)

    def sends(self, state: SessionState) -> bool:
        """Whether the session's channel must be called to deliver."""
        channel = self._channels.get(state.channel)
        return channel is not None and channel.sends

    def give_up(self, decision: Decision, job: Job) -> None:
        """A turn that failed whenever it was tried ends here, so that the session goes on."""
        assert job.error is not None
        decision.error = job.error
        state, inbound = decision.state, decision.inbound
        if job.failures == TRIES:
            run = engine.broke(state, inbound, decision.given, job.error)
        else:  # the apology failed too
            run = engine.unreadable(state, inbound, job.error)
        start = engine.start(state, inbound, decision.given) if state.status == "new" else ()
        decision.run = _both(start, run)
        decision.advance()


def _both(first: Iterable[Any], second: Deciding) -> Deciding:
    yield from first
    yield from second
