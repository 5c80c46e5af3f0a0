"""Handing a session over: the typed package that goes with it, and the words the customer gets."""

from __future__ import annotations

from typing import Any

from frontdesk.authoring.content import BotContent
from frontdesk.clock import instant, iso
from frontdesk.dialogs.base import Outcome
from frontdesk.dialogs.system import closed_until, say_system
from frontdesk.events import (
    HandoffRequested,
    OwnerChanged,
    PlaceKept,
    QuestionClosed,
    StatusChanged,
    TimerSet,
)
from frontdesk.given import Given
from frontdesk.sessions import SessionState

PRIVATE = "•••"


def hand_over(
    state: SessionState,
    given: Given,
    bot: BotContent,
    *,
    queue: str | None = None,
    rep: str | None = None,
    to_bot: str | None = None,
    because: str = "",
) -> Outcome:
    """The events of a handoff to a queue (the desk's default one unless named), a rep, or another bot."""
    now = iso(given.now)
    if to_bot is not None:
        yield from leave_all(state)
        yield OwnerChanged(owner=f"bot:{to_bot}", was=state.owner, because=because, at=now)
        return
    name = queue if queue in given.desk.config.queues else given.desk.default_queue
    owner = f"rep:{rep}" if rep is not None and rep in given.reps else f"queue:{name}"
    yield HandoffRequested(queue=name, package=package(state, given, name, because))
    yield from leave_all(state)
    opening = closed_until(state, given, name) if owner.startswith("queue:") else None
    if opening is None:
        yield from say_system(state, given, bot, "handed_over")
    else:  # the session waits all the same, but nobody is told that somebody comes at once
        yield from say_system(state, given, bot, "nobody_available", then=opening)
    yield OwnerChanged(owner=owner, was=state.owner, because=because, at=now)
    yield StatusChanged(status="waiting" if owner.startswith("queue:") else "active", by="bot", why=because)


def leave_all(state: SessionState) -> Outcome:
    """Nothing is open any more: no question, no timer, no dialog."""
    if state.question is not None:
        yield QuestionClosed(message=state.question.message)
    yield from cancel_timers(state)
    if state.frames:
        yield PlaceKept(frames=())


def cancel_timers(state: SessionState) -> Outcome:
    """No timer of the session fires any more."""
    for name, gen in list(state.timers.items()):
        yield TimerSet(name=name, due=None, gen=gen)


def package(state: SessionState, given: Given, queue: str, because: str) -> dict[str, Any]:
    """What the people are told: why, what was gathered and how, what was tried, what was asked last."""
    started = instant(state.started_at) if state.started_at else given.now
    return {
        "because": because,
        "queue": queue,
        "from": state.owner,
        "intent": state.intent,
        "slots": [
            {
                "name": name,
                "value": PRIVATE if slot.private else slot.value,
                "label": PRIVATE if slot.private else slot.label or str(slot.value),
                "from": slot.source,
            }
            for name, slot in state.slots.items()
        ],
        "actions": state.actions,
        "question": state.last_question,
        "language": state.language,
        "asked": state.asked,
        "seconds": int((given.now - started).total_seconds()),
        "at": iso(given.now),
    }
