"""The bot that customers talk with in these tests, and ways to change it."""

from __future__ import annotations

from typing import Any

from .drive import ORDER, Session, make_desk

SHOP: dict[str, Any] = {
    "slots": {
        "order_number": {"entity": "order_number", "ask": "which_order"},
        "reason": {},
        "note": {},
        "email": {"scope": "user", "private": True},
    },
    "entities": ORDER,
    "messages": {
        "which_order": "Which order?",
        "returned": "Order {{ order_number }} goes back: {{ reason }}.",
        "sent": "Order {{ order_number }} is on its way.",
        "hours": "From nine to six.",
        "hello": "Hello, I am a bot.",
        "note": "Anything else?",
        "email": "Your e-mail?",
        "shipped": "Order {{ order_number }} was sent.",
    },
    "components": {
        "reason": {
            "kind": "choices",
            "ask": "Why?",
            "options": [{"id": "small", "label": "Too small"}, {"id": "big", "label": "Too big"}],
        }
    },
    "intents": {
        "return_order": ["I want to return [1042](order_number)", "return"],
        "order_status": ["where is my order", "where is [1042](order_number)"],
    },
    "answers": {"opening": {"examples": {"en": ["when are you open"]}, "answer": "hours"}},
    "dialogs": {
        "return_order": {
            "when": {"intent": "return_order"},
            "steps": [
                {"ask": "order_number"},
                {"ask": "reason"},
                {"say": "returned"},
                {"outcome": "resolved"},
            ],
        },
        "order_status": {
            "when": {"intent": "order_status"},
            "steps": [{"ask": "order_number"}, {"say": "sent"}],
        },
        "person": {
            "when": {"keyword": ["a person", "Människa"]},
            "steps": [{"handoff": {"queue": "general"}}],
        },
        "note": {"when": {"keyword": "note"}, "steps": [{"ask": "note"}]},
        "email": {"when": {"keyword": "email"}, "steps": [{"ask": "email"}, {"handoff": {}}]},
        "shipped": {"when": {"event": "order_shipped"}, "steps": [{"say": "shipped"}]},
    },
}


def changed(**fields: Any) -> dict[str, Any]:
    return SHOP | fields


def with_dialogs(**dialogs: Any) -> dict[str, Any]:
    return changed(dialogs=SHOP["dialogs"] | dialogs)


def open_session(bot: dict[str, Any] = SHOP, **fields: Any) -> Session:
    return Session(make_desk(bot), **fields)
