"""The first frame of an opened session: its row, the handoff's package, what is known, what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from frontdesk.authoring.content import Desk
from frontdesk.desk.board import Row
from frontdesk.desk.digest import digest
from frontdesk.desk.offered import labels
from frontdesk.private import HIDDEN, PrivateValues
from frontdesk.sessions import Question


def session_frame(row: Row, shown: Mapping[str, Any], desk: Desk, language: str) -> dict[str, Any]:
    """What a rep sees of a session besides its log."""
    known = labels(desk, language)
    return {
        "type": "session",
        "session": row.state.id,
        "row": shown,
        "package": _package(row, known, language),
        "slots": _slots(row, known["slots"]),
        "open_question": _question(row.state.question, row.private),
        "time_zone": row.state.time_zone,
    }


def _slots(row: Row, known: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "value": HIDDEN if row.is_private(name) else row.private.mask_all(slot.label or slot.value),
            "from": slot.source,
            "label": known.get(name, ""),
            "private": row.is_private(name),
        }
        for name, slot in row.state.slots.items()
    ]


def _package(row: Row, known: Mapping[str, Mapping[str, str]], language: str) -> dict[str, Any] | None:
    """The package as a rep reads it: the customer's words for a value, the author's for things, a digest."""
    package, private = row.state.handoff, row.private
    if package is None:
        return None
    slots = [
        {
            "name": slot["name"],
            "label": known["slots"].get(slot["name"], ""),
            "value": private.mask_all(slot.get("label") or slot.get("value")),
            "from": slot.get("from", ""),
            "private": slot.get("value") == HIDDEN,
        }
        for slot in package.get("slots", ())
    ]
    question, intent = package.get("question"), package.get("intent")
    shown = {
        **package,
        "intent": {**intent, "label": known["intents"].get(intent["name"])} if intent else None,
        "slots": slots,
        "actions": private.mask_all(package.get("actions", [])),
        "question": private.mask(question) if question else None,
    }
    return {**shown, "digest": digest(shown, language)}


def _question(question: Question | None, private: PrivateValues) -> dict[str, Any] | None:
    if question is None:
        return None
    text = private.mask(str(question.shown.get("text") or ""))
    return {"message": question.message, "kind": question.shown.get("kind"), "text": text}
