"""Numbered text and what is typed back: the same value, whatever the labels are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from frontdesk.components import COMPONENT_KINDS, numbering
from frontdesk.components.base import NotRead, Value
from frontdesk.components.choices import inline
from frontdesk.components.plan import PAGE
from frontdesk.components.typed import cut
from frontdesk.messages import ComponentReply
from tests.components.conftest import CHANNELS, at, texts

KIND = COMPONENT_KINDS["choices"]

labels = st.lists(
    st.text(min_size=1, max_size=12) | st.integers(0, 30).map(str) | st.sampled_from("abcé²+*"),
    min_size=1,
    max_size=30,
)


def _shown(named: list[str], language: str = "en") -> dict[str, object]:
    options = [{"id": f"o{place}", "label": label} for place, label in enumerate(named)]
    given_options = {"options": options}
    return KIND.show(inline("it", "Which?", []), texts(language), given_options, at(language))


@given(labels)
def test_the_mark_before_an_option_reads_back_as_that_option(named: list[str]) -> None:
    shown = _shown(named)
    for option, mark in zip(shown["options"], numbering.marks(_labels(shown)), strict=True):  # type: ignore[call-overload]
        read = KIND.read(shown, None, mark, at())
        assert isinstance(read, Value)
        assert read.value == option["id"]


@given(labels)
def test_a_label_that_is_the_only_one_of_its_kind_reads_back_as_its_option(named: list[str]) -> None:
    shown = _shown(named)
    everyone = _labels(shown)
    for option in shown["options"]:  # type: ignore[attr-defined]
        read = KIND.read(shown, None, option["label"], at())
        if everyone.count(option["label"]) == 1 and isinstance(read, Value):
            assert read.value == option["id"]


@given(labels, st.sampled_from(["sms", "cards", "quick", "web"]))
def test_every_option_is_on_some_page_of_every_channel(named: list[str], channel: str) -> None:
    shown = _shown(named)
    seen: set[str] = set()
    for page in range(-(-len(named) // PAGE)):
        plan = KIND.plan({**shown, "page": page}, CHANNELS[channel])
        numbered = dict(zip(numbering.marks(_labels(shown)), shown["options"], strict=True))  # type: ignore[call-overload]
        seen |= {option["id"] for option in plan.options}
        lines = plan.text.split("\n")
        seen |= {
            option["id"]
            for mark, option in numbered.items()
            if numbering.marked_line(mark, option["label"]) in lines
        }
    assert seen >= {option["id"] for option in shown["options"]}  # type: ignore[attr-defined]


def _labels(shown: dict[str, object]) -> list[str]:
    return [option["label"] for option in shown["options"]]  # type: ignore[attr-defined]


def test_turning_the_page_is_no_failed_try_and_comes_round() -> None:
    shown = _shown([f"City {chr(65 + place)}" for place in range(11)])
    turned = KIND.read(shown, ComponentReply(choose="@more"), "", at())
    assert isinstance(turned, NotRead)
    assert turned.show is not None
    assert turned.show["page"] == 1
    assert "City J" in KIND.plan(turned.show, CHANNELS["sms"]).text
    again = KIND.read(turned.show, None, "more", at())
    assert isinstance(again, NotRead)
    assert again.show is not None
    assert again.show["page"] == 0


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Deliverd", "Delivered"),
        ("not deliverd", "Not delivered"),
        ("undelivered", None),
        ("order 1043", None),
        ("order 1042", "Order 1042"),
        ("Ordr 1042", "Order 1042"),
    ],
)
def test_typing_errors_are_forgiven_but_never_turn_the_meaning(typed: str, meant: str | None) -> None:
    read = KIND.read(_shown(["Delivered", "Not delivered", "Order 1042"]), None, typed, at())
    assert (read.label if isinstance(read, Value) else None) == meant


def test_options_need_different_ids() -> None:
    with pytest.raises(ValidationError, match="two options have the id 'a'"):
        inline("it", "Which?", [{"id": "a", "label": "One"}, {"id": "a", "label": "Two"}])
    with pytest.raises(ValidationError, match="does not begin with @"):
        inline("it", "Which?", ["@more"])


def test_no_options_at_all_is_a_plain_question_that_cannot_be_answered_by_choosing() -> None:
    shown = _shown([])
    assert KIND.plan(shown, CHANNELS["sms"]).text == "Which?"
    assert KIND.read(shown, None, "1", at()) == NotRead(again="not_offered")


def test_options_that_are_no_list_are_an_error_for_the_author() -> None:
    with pytest.raises(ValueError, match="options must be a list"):
        KIND.show(inline("it", "Which?", []), texts("en"), {"options": "small, large"}, at())


@given(st.text(max_size=60), st.integers(1, 30))
def test_a_cut_text_keeps_to_its_limit(text: str, limit: int) -> None:
    assert len(cut(text, limit)) <= limit


def test_a_cut_never_goes_through_what_a_person_sees_as_one_character() -> None:
    family = "👩‍👩‍👧"
    assert cut(f"ab{family}cd", 5) == "ab…"
    assert cut("ae\u0301b", 3) == "a…"
    assert cut("a🇫🇷🇫🇷", 3) == "a…"
