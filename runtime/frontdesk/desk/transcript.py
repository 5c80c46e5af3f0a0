"""A session's log as a rep reads it: events as JSON, names resolved, private values hidden.

A transcript is read once for all readers: each event is serialised once, and a reader is only a
place in the list. The bus only says that there is more in the store.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from frontdesk.components.base import sendable
from frontdesk.events import (
    ActionCalled,
    DeliveryChanged,
    ErrorHappened,
    Event,
    EventTold,
    HandoffRequested,
    LanguageChanged,
    MessageReceived,
    MessageSent,
    OwnerChanged,
    QuestionAnswered,
    SlotSet,
    StatusChanged,
    Understood,
    load_event,
)
from frontdesk.private import HIDDEN, PrivateValues
from frontdesk.sessions import owner_kind, owner_name
from frontdesk.store.base import EventRow, Store

Names = Mapping[str, str]  # login -> name


class Transcript:
    """The part of a session's log that reps see, ready to be sent."""

    def __init__(self, session: str, store: Store, reps: Names, private: PrivateValues) -> None:
        self.session = session
        self._store = store
        self._reps = reps
        self._private = private
        self._seqs: list[int] = []
        self._frames: list[str] = []
        self._last = 0
        self._reading = asyncio.Lock()

    async def read(self) -> bool:
        """Take in what the store has behind the last event; False when that is nothing."""
        async with self._reading:
            rows = await self._store.events(self.session, self._last)
            if not rows:
                return False
            for seq, shown in shown_events(self.session, rows, self._reps, self._private):
                frame = {"type": "event", "session": self.session, "seq": seq, **shown}
                self._seqs.append(seq)
                self._frames.append(orjson.dumps(frame, default=str).decode())
            self._last = rows[-1].seq
            return True

    def after(self, seq: int, limit: int) -> tuple[int, Sequence[str]]:
        """The frames behind an event, and the number of the last of them."""
        start = bisect_right(self._seqs, seq)
        end = min(start + limit, len(self._seqs))
        return (self._seqs[end - 1] if end > start else seq), self._frames[start:end]


def shown_events(
    session: str, rows: Sequence[EventRow], reps: Names, private: PrivateValues
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The events of a run of whole turns that a rep sees, with their numbers."""
    events = [load_event(row.kind, row.version, row.body) for row in rows]
    private.read(events)
    unreadable = private.unreadable(events)
    answers = {event.message: event for event in events if isinstance(event, QuestionAnswered)}
    for place, (row, event) in enumerate(zip(rows, events, strict=True)):
        if isinstance(event, MessageReceived):
            shown = _inbound(event, f"{session}.{row.seq}", answers, place in unreadable, private)
        elif isinstance(event, MessageSent):
            shown = _outbound(event, answers, reps, private)
        else:
            found = _shown(event, reps, private)
            if found is None:
                continue
            shown = found
        yield row.seq, {"kind": shown.pop("kind", row.kind), "at": row.at, **shown}


def _inbound(
    event: MessageReceived,
    message: str,
    answers: Mapping[str, QuestionAnswered],
    is_hidden: bool,
    private: PrivateValues,
) -> dict[str, Any]:
    reply = dict(event.reply) if event.reply is not None else None
    if reply is not None:
        answer = answers.get(reply.get("to") or "")
        reply = private.mask_all({**reply, "label": answer.label if answer is not None else ""})
    return {"message": message, "text": HIDDEN if is_hidden else private.mask(event.text), "reply": reply}


def _outbound(
    event: MessageSent, answers: Mapping[str, QuestionAnswered], reps: Names, private: PrivateValues
) -> dict[str, Any]:
    component = None
    if event.component is not None:
        answer = answers.get(event.key)
        component = private.mask_all(sendable(event.component))
        component["answered"] = _answer(answer, private) if answer is not None else None
    return {
        "message": event.key,
        "text": private.mask(event.text),
        "component": component,
        "author": author(event.author, reps),
        "client": event.client,
    }


def _answer(event: QuestionAnswered, private: PrivateValues) -> dict[str, Any]:
    answer = {"label": event.label, "choose": event.choose, "value": event.value}
    return {name: private.mask_all(value) for name, value in answer.items()}


def _shown(event: Event, reps: Names, private: PrivateValues) -> dict[str, Any] | None:
    """Every other event's fields; None: it stays inside."""
    match event:
        case QuestionAnswered():
            return {"message": event.message, **_answer(event, private)}
        case OwnerChanged():
            return {
                "owner": author(event.owner, reps),
                "was": event.was,
                "because": private.mask(event.because),
            }
        case StatusChanged():
            return {"kind": "session", "status": event.status, "by": event.by, "why": event.why}
        case HandoffRequested():
            return {"queue": event.queue, "because": private.mask(str(event.package.get("because") or ""))}
        case SlotSet():
            return _slot(event, private)
        case ActionCalled():
            error = private.mask(event.error)
            return {"name": event.name, "ok": event.code == "ok", "code": event.code, "error": error}
        case ErrorHappened():
            what, detail = private.mask(event.what), private.mask(event.detail)
            return {"where": event.where, "what": what, "detail": detail}
        case Understood():
            return {
                "rule": event.rule,
                "intent": event.intent,
                "score": event.score,
                "threshold": event.threshold,
                "runner_up": event.runner_up,
            }
        case LanguageChanged():
            return {"language": event.language, "why": event.why}
        case EventTold(name="unsupported"):
            return {"name": event.name, "what": str(event.data.get("what") or "")}
        case DeliveryChanged():
            return {"message": event.key, "status": event.status, "reason": event.reason}
    return None


def _slot(event: SlotSet, private: PrivateValues) -> dict[str, Any]:
    is_private = private.is_private(event)
    is_hidden = is_private and event.value is not None
    return {
        "name": event.name,
        "value": HIDDEN if is_hidden else private.mask_all(event.value),
        "label": HIDDEN if is_hidden else private.mask(event.label),
        "from": event.source,
        "private": is_private,
    }


def author(who: str, reps: Names) -> dict[str, str]:
    """Whoever speaks or owns, as reps know them: bots and queues by their word, people by their name."""
    kind, name = owner_kind(who), owner_name(who)
    if kind == "rep":
        return {"kind": "rep", "name": reps.get(name, name), "login": name}
    return {"kind": kind, "name": name}
