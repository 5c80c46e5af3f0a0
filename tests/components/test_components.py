"""Every kind of component by its golden file, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.components import COMPONENT_KINDS
from frontdesk.components.base import NotRead, Plan, Value, sendable
from frontdesk.locale import t
from frontdesk.messages import ComponentReply
from tests.components.conftest import CHANNELS, at, show

if TYPE_CHECKING:
    from tests.conftest import Golden

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "choices": {"ask": "Size?", "options": [{"id": "s", "label": "Small"}, {"id": "l", "label": "Large"}]},
    "date_picker": {"ask": "Which day?"},
    "link": {"title": "Help", "url": "https://shop.example/help"},
    "number": {"ask": "How many?", "min": 0, "max": 90, "suggestions": [1, 2]},
    "rating": {"ask": "How was it?", "labels": {1: "Bad", 5: "Good"}},
    "text": {"ask": "What happened?"},
}


@pytest.mark.parametrize("kind", sorted(COMPONENT_KINDS))
def test_kind_by_its_golden_file(kind: str, golden: Golden) -> None:
    for case in golden(f"components/{kind}.yml"):
        asked = case.given
        language = asked.get("language", "en")
        shown = show(asked["definition"], language, **asked.get("with", {})) | asked.get("added", {})
        case.expect(
            shown=sendable(shown),
            plans={name: _planned(kind, shown, name) for name in asked.get("channels", [])},
            replies=[_answer(kind, shown, reply, language) for reply in asked.get("replies", [])],
        )


def _planned(kind: str, shown: Mapping[str, Any], channel: str) -> dict[str, Any]:
    plan: Plan = COMPONENT_KINDS[kind].plan(shown, CHANNELS[channel])
    return {name: value for name, value in asdict(plan).items() if value}


def _answer(kind: str, shown: Mapping[str, Any], reply: Any, language: str) -> dict[str, Any]:
    clicked = ComponentReply(**reply) if isinstance(reply, dict) else None
    read = COMPONENT_KINDS[kind].read(shown, clicked, "" if clicked else str(reply), at(language))
    if isinstance(read, Value):
        return {"reply": reply, "value": read.value, "label": read.label, "how": read.how}
    again = t(language, f"again.{read.again}", **read.values)
    return {"reply": reply, "again": again} | ({"page": read.show["page"]} if read.show else {})


@pytest.mark.parametrize("kind", sorted(COMPONENT_KINDS))
def test_kind_says_what_it_is_and_keeps_what_clients_need_not_know(kind: str) -> None:
    shown = show({"component": "it", "kind": kind, **EXAMPLES[kind]})
    assert {"name": "it", "kind": kind}.items() <= shown.items()
    assert shown["text"]
    assert "reading" not in sendable(shown)


@pytest.mark.parametrize("kind", sorted(COMPONENT_KINDS))
def test_what_is_sent_is_enough_to_plan_in_the_sessions_language(kind: str) -> None:
    shown = show({"component": "it", "kind": kind, **EXAMPLES[kind]}, "fr")
    for can in CHANNELS.values():
        assert COMPONENT_KINDS[kind].plan(sendable(shown), can) == COMPONENT_KINDS[kind].plan(shown, can)
    assert "Reply" not in COMPONENT_KINDS[kind].plan(sendable(shown), CHANNELS["sms"]).text


@pytest.mark.parametrize("kind", sorted(COMPONENT_KINDS))
@given(text=st.text(max_size=200), choose=st.none() | st.text(max_size=20), value=st.none() | st.integers())
def test_whatever_comes_back_is_read_or_refused_kindly(kind: str, text: str, choose: Any, value: Any) -> None:
    shown = show({"component": "it", "kind": kind, **EXAMPLES[kind]})
    reply = None if choose is None and value is None else ComponentReply(choose=choose, value=value)
    read = COMPONENT_KINDS[kind].read(shown, reply, text, at())
    if isinstance(read, NotRead):
        assert t("fr", f"again.{read.again}", **read.values)
    else:
        assert isinstance(read.label, str)


@pytest.mark.parametrize("kind", sorted(COMPONENT_KINDS))
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1" * 100_000, id="digits"),
        pytest.param("17 March " * 12_000, id="dates"),
        pytest.param("\0" * 1_000, id="NULs"),
        pytest.param("\u202e\u200f١٧ مارس", id="right to left"),
        pytest.param("👩‍👩‍👧‍👦🏳️‍🌈" * 5_000, id="emoji"),
        pytest.param("e" + "\u0301" * 100_000, id="accents on accents"),
        pytest.param("\ud800", id="half a surrogate pair"),
        pytest.param("ﷺ" * 100_000, id="one character that stands for many"),
    ],
)
def test_ugly_texts_are_harmless(kind: str, text: str) -> None:
    shown = show({"component": "it", "kind": kind, **EXAMPLES[kind]})
    read = COMPONENT_KINDS[kind].read(shown, None, text, at())
    assert isinstance(read, Value | NotRead)


@pytest.mark.parametrize("kind", sorted(name for name in COMPONENT_KINDS if COMPONENT_KINDS[name].collects))
def test_a_reply_to_an_earlier_question_is_not_taken_for_this_one(kind: str) -> None:
    shown = show({"component": "it", "kind": kind, **EXAMPLES[kind]}) | {"message": "S1.7"}
    read = COMPONENT_KINDS[kind].read(shown, ComponentReply(to="S1.3", choose="s"), "", at())
    assert read == NotRead(again="closed")
