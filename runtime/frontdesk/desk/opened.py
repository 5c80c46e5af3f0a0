"""The first frame of an opened session: its row, the handoff's package, what is known, what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from frontdesk.authoring.content import Desk
from frontdesk.desk.board import Row
from frontdesk.desk.digest import digest
from frontdesk.desk.offered import authored
from frontdesk.desk.private import HIDDEN, PrivateValues
from frontdesk.sessions import Question


def session_frame(row: Row, shown: Mapping[str, Any], desk: Desk, language: str) -> dict[str, Any]:
    """What a rep sees of a session besides its log."""
    labels = _slot_labels(desk, language)
    return {
        "type": "session",
        "session": row.state.id,
        "row": shown,
        "package": _package(row, labels, desk, language),
        "slots": _slots(row, labels),
        "open_question": _question(row.state.question, row.private),
        "time_zone": row.state.time_zone,
    }


def _slots(row: Row, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "value": HIDDEN if row.is_private(name) else row.private.mask_all(slot.label or slot.value),
            "from": slot.source,
            "label": labels.get(name, ""),
            "private": row.is_private(name),
        }
        for name, slot in row.state.slots.items()
    ]


def _package(row: Row, labels: Mapping[str, str], desk: Desk, language: str) -> dict[str, Any] | None:
    """The package as a rep reads it: the customer's words for a value, the author's for things, a digest."""
    package, private = row.state.handoff, row.private
    if package is None:
        return None
    slots = [
        {
            "name": slot["name"],
            "label": labels.get(slot["name"], ""),
            "value": private.mask_all(slot.get("label") or slot.get("value")),
            "from": slot.get("from", ""),
            "private": slot.get("value") == HIDDEN,
        }
        for slot in package.get("slots", ())
    ]
    question = package.get("question")
    shown = {
        **package,
        "intent": _intent(package.get("intent"), desk, language),
        "slots": slots,
        "actions": private.mask_all(package.get("actions", [])),
        "question": private.mask(question) if question else None,
    }
    return {**shown, "digest": digest(shown, language)}


def _intent(intent: Mapping[str, Any] | None, desk: Desk, language: str) -> dict[str, Any] | None:
    """What was understood, by the name its author gave it for people."""
    if intent is None:
        return None
    found = next(
        (bot.intents[intent["name"]] for bot in desk.bots.values() if intent["name"] in bot.intents), None
    )
    label = getattr(found, "label", None)
    return {**intent, "label": authored(desk, label, language) or None}


def _question(question: Question | None, private: PrivateValues) -> dict[str, Any] | None:
    if question is None:
        return None
    text = private.mask(str(question.shown.get("text") or ""))
    return {"message": question.message, "kind": question.shown.get("kind"), "text": text}


def _slot_labels(desk: Desk, language: str) -> dict[str, str]:
    """What authors call their slots in front of reps."""
    return {
        name: authored(desk, slot.label, language, bot)
        for bot in desk.bots.values()
        for name, slot in bot.slots.items()
        if slot.label is not None
    }
