"""What was said before an agent took a session over: read from the log, private values taken out.

A session may come to an agent from a dialogs bot, or back from people. What it remembers then is the log's:
who said what, what was chosen, which actions were called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from frontdesk.dialogs.base import Outcome
from frontdesk.effect import Effect, EffectResult
from frontdesk.events import (
    ActionCalled,
    Event,
    HandoffRequested,
    MessageReceived,
    MessageSent,
    QuestionAnswered,
    load_event,
)
from frontdesk.given import Given
from frontdesk.memory import told_of
from frontdesk.private import HIDDEN, PrivateValues
from frontdesk.sessions import SessionState, owner_kind, owner_name

KINDS = ("inbound", "outbound", "answered", "action", "slot", "handoff")
LAST = 200  # events that are read
MAX_LINE = 500  # characters
MAX_BEFORE = 6_000  # of all lines; the newest stay
LEFT_OUT = "(What was said earlier is left out.)"


def remembered(bot: str, state: SessionState, given: Given) -> Outcome:
    """Lines that tell an agent what was said in this session; none where it only begins."""
    if state.last_inbound <= 1 and state.preview_from not in ("bot", "rep"):
        return ()
    result: EffectResult = yield Effect(kind="log", name=state.id, args={"kinds": KINDS, "last": LAST})
    if not result.ok:
        return ()
    events = [load_event(kind, version, body) for kind, version, body in result.value]
    return tuple(_newest(list(_lines(bot, state, given, events))))


def _newest(lines: list[str]) -> list[str]:
    size, place = 0, len(lines)
    while place and size + len(lines[place - 1]) <= MAX_BEFORE:
        place -= 1
        size += len(lines[place])
    return [LEFT_OUT, *lines[place:]] if place else lines


def _lines(bot: str, state: SessionState, given: Given, events: Sequence[Event]) -> Iterator[str]:
    declared = (name for one in given.desk.bots.values() for name, slot in one.slots.items() if slot.private)
    private = PrivateValues(frozenset(declared))
    private.read(events)
    hidden = private.unreadable(events)
    for place, event in enumerate(events):
        if isinstance(event, MessageReceived) and event.n == state.last_inbound:
            continue  # what the agent is asked now
        said = _said(bot, given, event)
        if said is not None:
            who, text = said
            yield f"{who}: {HIDDEN if place in hidden else private.mask(text)[:MAX_LINE]}"


def _said(bot: str, given: Given, event: Event) -> tuple[str, str] | None:
    """Who said or did what; None: nobody needs to know."""
    match event:
        case MessageReceived() if event.text:
            return "Customer", event.text
        case QuestionAnswered():
            return "Customer answered", event.label or str(event.value)
        case MessageSent() if event.text:
            return _author(bot, given, event.author), event.text
        case ActionCalled():
            return f"Called {event.name}", f"{_written(event.arguments)}, result: {_result(event)}"
        case HandoffRequested():
            return "Handed over to people", str(event.package.get("because") or "")
    return None


def _author(bot: str, given: Given, author: str) -> str:
    kind, name = owner_kind(author), owner_name(author)
    if kind == "rep":
        return f"{given.reps.get(name, name).partition(' ')[0]}, a colleague"
    if kind == "bot" and name != bot:
        return f"The bot {name}"
    return "You"


def _result(event: ActionCalled) -> str:
    return told_of(event.code, event.result, event.error)


def _written(arguments: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(arguments)).decode()
