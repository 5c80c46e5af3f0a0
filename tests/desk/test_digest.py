"""The first thing a rep reads of a handoff: plain sentences made of the package, the same every time."""

from __future__ import annotations

from typing import Any

import pytest

from frontdesk.desk.digest import digest

ORDER = {"name": "order_number", "label": "order", "value": "1042", "from": "typed", "private": False}
REASON = {"name": "reason", "label": "", "value": "too small", "from": "chosen", "private": False}
BOOKING = {"name": "book_pickup", "ok": False, "error": "no free date."}
RETURN = {"name": "return_order", "score": 0.94, "label": "Return an order"}
PACKAGE = {
    "intent": RETURN,
    "slots": [ORDER, REASON],
    "actions": [{"name": "find_order", "ok": True, "error": ""}, BOOKING],
    "asked": 3,
    "seconds": 48,
}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "Wants: Return an order (order 1042, too small). "
            "The bot asked 3 questions in 48 s; “Book pickup” failed: no free date.",
        ),
        (
            "fr",
            "Souhaite : Return an order (order 1042, too small). "
            "Le bot a posé 3 questions en 48 s ; « Book pickup » a échoué : no free date.",
        ),
        (
            "es",
            "Quiere: Return an order (order 1042, too small). "
            "El bot hizo 3 preguntas en 48 s; «Book pickup» falló: no free date.",
        ),
    ],
)
def test_a_whole_package(language: str, said: str) -> None:
    assert digest(PACKAGE, language) == said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"intent": None}, "Said: order 1042, too small. The bot asked 3 questions in 48 s"),
        (
            {"intent": {"name": "return_order", "score": None, "label": None}},
            "Wants: Return order (order 1042",
        ),
        ({"slots": []}, "Wants: Return an order. The bot"),
        (
            {"slots": [ORDER | {"private": True, "value": "•••"}, REASON]},
            "Wants: Return an order (too small). ",
        ),
        (
            {"slots": [ORDER | {"from": "user"}, REASON | {"value": {"a": 1}}]},
            "Wants: Return an order. The bot",
        ),
        (
            {"slots": [REASON | {"value": f"value {n}"} for n in range(9)]},
            "(value 0, value 1, value 2, value 3)",
        ),
        ({"slots": [REASON | {"value": "x" * 500}]}, f"({'x' * 59}…)"),
        ({"asked": 1}, "The bot asked 1 question in 48 s;"),
        ({"seconds": 0}, "The bot asked 3 questions;"),
        ({"seconds": 61 * 60}, "The bot asked 3 questions in 1 h;"),
        ({"asked": 0, "seconds": 130}, "The bot talked with the customer for 2 min;"),
        ({"asked": 0, "seconds": 0, "actions": []}, "The bot asked nothing."),
        ({"actions": [BOOKING, BOOKING]}, "in 48 s; “Book pickup” failed: no free date."),
        ({"actions": [BOOKING | {"error": ""}]}, "in 48 s; “Book pickup” failed."),
    ],
)
def test_what_is_not_there_is_not_told(changed: dict[str, Any], said: str) -> None:
    assert said in digest(PACKAGE | changed, "en")


def test_nothing_at_all() -> None:
    assert digest({}, "en") == "The bot asked nothing."
