"""One turn in memory: the pure engine is driven, its events applied, its effects performed.

What `turn.py` does durably, for tests and the terminal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Protocol

from frontdesk import engine
from frontdesk.commit import Deciding, Decision
from frontdesk.effect import Effect, EffectResult, log_read
from frontdesk.effects.perform import Effects
from frontdesk.events import Event
from frontdesk.given import Given
from frontdesk.messages import Inbound
from frontdesk.sessions import SessionState
from frontdesk.store.base import EventRow
from frontdesk.users import MessagingUser


class Performer(Protocol):
    """What performs effects: a desk's real actions, or a test's given ones."""

    async def perform(self, effect: Effect, *, key: str, user: MessagingUser) -> EffectResult: ...


async def take_turn(
    state: SessionState,
    inbound: Inbound,
    given: Given,
    performer: Performer,
    user: MessagingUser,
    *,
    first: Sequence[Event] = (),
    log: Sequence[EventRow] = (),
) -> Decision:
    """Decide one inbound; the state is changed. A turn that breaks ends as it does in a desk.

    `first`: what a test says has happened in a session that only begins. `log`: what has happened before.
    """
    state.last_inbound += 1
    decision = Decision(state, given, inbound, _decide(state, inbound, given, first))
    effect = _advance(decision, None)
    for number in count(1):
        if effect is None:
            break
        key = f"{state.id}:{state.last_inbound}:{number}"
        if effect.kind == "log":
            rows = ((row.kind, row.version, row.body) for row in (*log, *decision.rows))
            effect = _advance(decision, log_read(effect, rows))
        else:
            effect = _advance(decision, await performer.perform(effect, key=key, user=user))
    return decision


def _decide(state: SessionState, inbound: Inbound, given: Given, first: Sequence[Event]) -> Deciding:
    if state.status == "new":
        yield from engine.start(state, inbound, given)
        yield from first
    yield from engine.respond(state, inbound, given)


def _advance(decision: Decision, result: EffectResult | None) -> Effect | None:
    try:
        return decision.advance(result)
    except Exception as error:
        decision.run = engine.broke(
            decision.state, decision.inbound, decision.given, error, is_received=decision.is_received
        )
        return decision.advance()


class GivenActions:
    """A test's `given.actions` in place of real ones; what is not given is really performed.

    The arguments are checked against the real function all the same. A result stands for itself;
    `{fails: TEXT}` makes the action raise, and `{fails: timeout}` (or in_doubt, bad_args, bad_result)
    ends in that way.
    """

    def __init__(self, given: Mapping[str, Any], real: Effects) -> None:
        self._given = given
        self._real = real

    async def perform(self, effect: Effect, *, key: str, user: MessagingUser) -> EffectResult:
        if effect.kind != "action" or effect.name not in self._given:
            return await self._real.perform(effect, key=key, user=user)
        refused = self._real.refusal(effect)
        if refused is not None:
            return refused
        given = self._given[effect.name]
        if isinstance(given, dict) and set(given) == {"fails"}:
            how = str(given["fails"])
            known = how in ("timeout", "in_doubt", "bad_args", "bad_result")
            return EffectResult.failure(how if known else "raised", how)
        return EffectResult.success(given)
