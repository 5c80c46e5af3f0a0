"""Events of the log as the chat protocol shows them to the customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from frontdesk.app import RunningDesk
from frontdesk.events import (
    Event,
    MessageReceived,
    MessageSent,
    OwnerChanged,
    QuestionAnswered,
    StatusChanged,
    load_event,
)
from frontdesk.sessions import NOBODY, owner_kind, owner_name
from frontdesk.store.base import EventRow

SHOWN = frozenset({"inbound", "outbound", "owner", "status", "answered"})
"""Kinds a customer may see. Everything else stays inside."""


def frames_of(
    rows: Sequence[tuple[int, str, EventRow]], address: str, desk: RunningDesk
) -> list[dict[str, Any]]:
    """The frames of a run of events. A turn's events are read together, so a choice finds its label."""
    events = [
        (number, session, row, load_event(row.kind, row.version, row.body))
        for number, session, row in rows
        if row.kind in SHOWN
    ]
    frames = []
    for index, (number, session, row, event) in enumerate(events):
        following = events[index + 1][3] if index + 1 < len(events) else None
        shown = _shown(event, f"{session}.{row.seq}", address, following, desk)
        if shown is not None:
            frames.append({"type": "event", "id": number, "kind": row.kind, "at": row.at, **shown})
    return frames


def draft_frames(hint: Mapping[str, Any], cursor: int, desk: RunningDesk) -> list[dict[str, Any]]:
    """What is being written, or that it is withdrawn (`text` none); nothing of a turn already read."""
    if hint["text"] is not None and cursor > hint["behind"]:
        return []
    author = author_of(hint["author"], desk)
    return [{"type": "draft", "id": hint["turn"], "text": hint["text"], "author": author}]


def _shown(
    event: Event, message: str, address: str, following: Event | None, desk: RunningDesk
) -> dict[str, Any] | None:
    match event:
        case MessageReceived():
            return {
                "message": message,
                "client": event.key.removeprefix(f"{address}:"),
                "text": event.text,
                "reply": _reply(event, following),
            }
        case MessageSent():
            author = author_of(event.author, desk)
            return {"message": event.key, "text": event.text, "component": event.component, "author": author}
        case QuestionAnswered():
            return {
                "message": event.message,
                "label": event.label,
                "choose": event.choose,
                "value": event.value,
            }
        case OwnerChanged():
            return {"owner": author_of(event.owner, desk)}
        case StatusChanged():
            return {"kind": "session", "status": event.status, "by": event.by}
    return None


def _reply(event: MessageReceived, following: Event | None) -> dict[str, Any] | None:
    if event.reply is None:
        return None
    label = following.label if isinstance(following, QuestionAnswered) else ""
    return {**event.reply, "label": label}


def author_of(who: str, desk: RunningDesk) -> dict[str, str]:
    """Whoever speaks or owns, as a customer may know them: a first name, never a login."""
    kind, name = owner_kind(who), owner_name(who)
    if kind == "rep":
        return {"kind": "rep", "name": desk.reps.get(name, "").partition(" ")[0]}
    if kind == "bot":
        return {"kind": "bot", "name": _bot_name(name, desk)}
    if kind == NOBODY:
        return {"kind": NOBODY, "name": ""}
    return {"kind": kind, "name": desk.releases.current.name}


def _bot_name(name: str, desk: RunningDesk) -> str:
    current = desk.releases.current
    bot = current.bot(name)
    title = bot.title if bot is not None else None
    if isinstance(title, dict):
        title = title.get(current.languages[0]) or next(iter(title.values()), None)
    return str(title or current.name)


def owner_of(state: bytes | None, desk: RunningDesk) -> dict[str, str]:
    """Who owns the session of a stored state."""
    owner = orjson.loads(state)["owner"] if state else NOBODY
    return author_of(owner, desk)
