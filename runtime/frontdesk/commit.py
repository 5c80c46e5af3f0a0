"""One turn as one transaction: inbound consumed, events, new state, outbox and timers together."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import orjson

from frontdesk.clock import iso
from frontdesk.effect import Effect
from frontdesk.events import Event, EventTold, MessageReceived, MessageSent, SlotSet, TimerFired, TimerSet
from frontdesk.given import Given
from frontdesk.messages import Inbound, Outbound
from frontdesk.sessions import SessionState
from frontdesk.store.base import EventRow, NewProblem, OutboxRow, TimerRow, Turn

Deciding = Generator[Any, Any, None]


@dataclass(slots=True)
class Decision:
    """A turn being decided. Events are applied to the state as they come, and kept for the commit."""

    state: SessionState
    given: Given
    inbound: Inbound
    run: Deciding
    is_new_session: bool = False
    had_steps: bool = False
    error: Exception | None = None  # what broke it: it is an apology now
    events: list[Event] = field(default_factory=list)
    rows: list[EventRow] = field(default_factory=list)

    @property
    def is_received(self) -> bool:
        """Whether the log has the inbound's own event."""
        return any(isinstance(event, MessageReceived | EventTold) for event in self.events)

    def advance(self, result: Any = None) -> Effect | None:
        """Go on to the next effect; None: the turn is decided."""
        at = iso(self.given.now)
        state = self.state
        while True:
            try:
                item = self.run.send(result)
            except StopIteration:
                return None
            result = None
            if isinstance(item, Effect):
                return item
            state.last_event += 1
            state.last_at = at
            item.apply(state)
            self.events.append(item)
            self.rows.append(
                EventRow(seq=state.last_event, kind=item.KIND, version=item.VERSION, at=at, body=item.dump())
            )


def as_turn(decision: Decision, *, sends: bool, problem: NewProblem | None = None) -> Turn:
    """What the store commits for a decided turn. `sends`: the channel must be called to deliver."""
    state = decision.state
    return Turn(
        session=state.id,
        user=state.user,
        channel=state.channel,
        ordinal=state.ordinal,
        n=state.last_inbound,
        is_new_session=decision.is_new_session,
        status=state.status,
        owner=state.owner,
        waiting_since=state.waiting_since,
        last_at=state.last_at or iso(decision.given.now),
        last_event=state.last_event,
        state=state.dump(),
        events=decision.rows,
        outbox=_outbox(decision) if sends else (),
        timers=_timers(decision),
        user_slots=_user_slots(decision),
        had_steps=decision.had_steps,
        problem=problem,
    )


def _outbox(decision: Decision) -> list[OutboxRow]:
    state = decision.state
    return [
        OutboxRow(
            session=state.id,
            seq=row.seq,
            user=state.user,
            channel=state.channel,
            body=outbound(state, event).dump(),
            next_at=row.at,
        )
        for event, row in zip(decision.events, decision.rows, strict=True)
        if isinstance(event, MessageSent)
    ]


def outbound(state: SessionState, event: MessageSent) -> Outbound:
    """The message an event decided on, as channels take it."""
    return Outbound(
        id=event.key,
        session=state.id,
        channel=state.channel,
        to=state.address,
        text=event.text,
        component=dict(event.component) if event.component is not None else None,
        author=event.author,
        language=state.language,
    )


def _timers(decision: Decision) -> list[TimerRow]:
    state = decision.state
    rows: list[TimerRow] = []
    for event in decision.events:
        if isinstance(event, (TimerSet, TimerFired)):
            due = event.due if isinstance(event, TimerSet) else None
            rows.append(TimerRow(session=state.id, user=state.user, name=event.name, gen=event.gen, due=due))
    return rows


def _user_slots(decision: Decision) -> bytes | None:
    if not any(isinstance(event, SlotSet) and event.scope == "user" for event in decision.events):
        return None
    slots = decision.state.slots
    return orjson.dumps({name: slot.value for name, slot in slots.items() if slot.scope == "user"})
