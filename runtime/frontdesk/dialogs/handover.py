"""Handing a session over: the typed package that goes with it, and the words the customer gets."""

from __future__ import annotations

from typing import Any

from frontdesk.authoring.content import BotContent
from frontdesk.clock import instant, iso
from frontdesk.dialogs.base import Outcome
from frontdesk.events import HandoffRequested, MessageSent, OwnerChanged, StatusChanged
from frontdesk.given import Given, next_message
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
        yield OwnerChanged(owner=f"bot:{to_bot}", was=state.owner, because=because, at=now)
        return
    name = queue if queue in given.desk.config.queues else given.desk.default_queue
    yield HandoffRequested(queue=name, package=package(state, given, name, because))
    yield MessageSent(
        text=bot.say(
            "handed_over", state.language, state.channel_kind, {}, given.seed, given.texts_at(state)
        ),
        author="desk",
        key=next_message(state),
    )
    owner = f"rep:{rep}" if rep is not None and rep in given.reps else f"queue:{name}"
    yield OwnerChanged(owner=owner, was=state.owner, because=because, at=now)
    yield StatusChanged(status="waiting" if owner.startswith("queue:") else "active", by="bot", why=because)


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
        "question": state.question.shown.get("text") if state.question is not None else None,
        "language": state.language,
        "asked": state.asked,
        "seconds": int((given.now - started).total_seconds()),
        "at": iso(given.now),
    }
