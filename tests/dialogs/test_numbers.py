"""Numbers and ratings in a talk: bound by what a step knows, and taken back."""

from __future__ import annotations

from typing import Any

import pytest

from .drive import Session
from .shop import SHOP, changed, open_session

ORDER: dict[str, Any] = {
    "when": {"keyword": "order"},
    "steps": [
        {"ask": "pieces", "component": "how_many", "with": {"max": "2 + 1"}},
        {"ask": "day"},
        {"ask": "stars", "component": "fit"},
        {"say": "hello"},
    ],
}
BOT = changed(
    slots=SHOP["slots"] | {"day": {"type": "date"}, "pieces": {"type": "number"}, "stars": {}},
    messages=SHOP["messages"] | {"day": "Which day?"},
    components=SHOP["components"]
    | {
        "how_many": {"kind": "number", "ask": "How many?", "min": 1},
        "fit": {"kind": "rating", "ask": "How does it fit?"},
    },
    dialogs=SHOP["dialogs"] | {"order": ORDER},
)


@pytest.fixture
def session() -> Session:
    session = open_session(BOT)
    session.say("order")
    return session


def _values(session: Session) -> tuple[Any, Any]:
    slots = session.state.slots
    return tuple(slots[name].value if name in slots else None for name in ("pieces", "stars"))  # type: ignore[return-value]


def test_a_number_has_the_bound_its_step_gives(session: Session) -> None:
    assert "It can be 3 at most" in str(session.say("four"))
    session.say("three")
    session.value("2026-03-17")
    session.say("★★★★")
    assert _values(session) == (3, 4)


@pytest.mark.parametrize("text", ["no, 3", "sorry, three", "Actually 3 of them", "en fait trois"])
def test_a_number_is_taken_back(session: Session, text: str) -> None:
    session.say("two")
    session.say(text)
    assert _values(session) == (3, None)
    assert session.texts == ["Which day?"]


def test_a_number_out_of_range_takes_nothing_back(session: Session) -> None:
    for text in ("two", "actually 7"):
        session.say(text)
    assert _values(session) == (2, None)
