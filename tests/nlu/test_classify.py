"""An intent is recognised by its examples as whole sentences; entities anywhere in one."""

from __future__ import annotations

import re
import time
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.nlu.classify import ExactMatcher, ModelMatcher, Understanding
from frontdesk.nlu.entities.known import ANY_TIME as NOW
from frontdesk.nlu.entities.lookup import LookupEntity
from frontdesk.nlu.entities.pattern import PatternEntity, pattern_fault
from frontdesk.nlu.model import Judgement, Model
from frontdesk.nlu.words import fold

MATCHER = ExactMatcher(
    intents={
        "return_order": [
            "I want to return [1042](order_number)",
            "Je veux renvoyer [1042](order_number)",
            "Return it",
        ],
        "trip": ["From [Paris](city) to [Rome](city)"],
        "odd": ["My [x](unknown) thing"],
    },
    answers={"hours": ["When are you open?"]},
    keywords={"A Person": "talk_to_person", "return it": "never"},
    finders=[
        PatternEntity("order_number", "[0-9]{4}"),
        LookupEntity("city", {"paris": ["Paris", "París"], "rome": ["Rome", "Roma", "the eternal city"]}),
    ],
)

HEARD = [
    ("I want to return 1042", "return_order", "exact"),
    ("  i WANT to: return 9999!! ", "return_order", "exact"),
    ("je veux renvoyer 1042", "return_order", "exact"),
    ("I want to return １０４２", "return_order", "exact"),
    ("I want to return it", None, "none"),
    ("I want to return 10423", None, "none"),
    ("return it.", "return_order", "exact"),
    ("from rome to the eternal city", "trip", "exact"),
    ("from Rome to Berlin", None, "none"),
    ("my x thing", "odd", "exact"),
    ("a pérson", "keyword:talk_to_person", "keyword"),
    ("I need a person", None, "none"),
    ("when are you open", "hours", "answer"),
    ("", None, "none"),
    ("?!", None, "none"),
]


class Sure:
    """A model that is sure of everything, and keeps what it was asked."""

    def __init__(self, score: float = -1.0) -> None:
        self.asked: list[str] = []
        self.score = score

    def judge(self, text: str) -> Judgement:
        self.asked.append(text)
        return Judgement(
            label="trip", probability=0.6, decision="accept", score=self.score, threshold=-2.0,
            runner_up="odd", nearest="To Rome by train 000",
        )  # fmt: skip


@pytest.mark.parametrize(("score", "decision"), [(-1.0, "accept"), (-1.41, "confirm"), (-2.0, "confirm")])
def test_what_is_hardly_like_an_example_is_asked_about(score: float, decision: str) -> None:
    heard = ModelMatcher(MATCHER, ["trip"], cast(Model, Sure(score))).understand("To Lyon", "en", NOW)
    assert (heard.intent, heard.decision) == ("trip", decision)


def test_a_model_hears_no_numbers_and_no_words_that_say_nothing() -> None:
    model = Sure()
    matcher = ModelMatcher(
        MATCHER, ["trip"], cast(Model, model), ["To Rome by train [977](train)", "To Paris"]
    )
    for text in ("What?", "qué", "Ok, and what is it?", "", "?!"):
        assert matcher.understand(text, "en", NOW) == Understanding()
    heard = matcher.understand("Take train 412", "en", NOW)
    assert model.asked == ["Take train 000"]
    assert (heard.intent, heard.score, heard.threshold) == ("trip", 0.6, 0.5)
    assert heard.scope == pytest.approx(0.731, abs=0.001)
    assert heard.nearest == "To Rome by train 977"


@pytest.mark.parametrize(("text", "intent", "rule"), HEARD)
def test_understands(text: str, intent: str | None, rule: str) -> None:
    heard = MATCHER.understand(text, "en", NOW)
    assert (heard.intent, heard.rule, heard.score) == (intent, rule, 1.0 if intent else 0.0)


def test_entities_anywhere_with_their_place() -> None:
    text = "Order 1042, from Roma to París and 7777."
    found = MATCHER.entities(text, "en", NOW)
    assert [(one.entity, one.value, text[one.start : one.end]) for one in found] == [
        ("order_number", "1042", "1042"),
        ("city", "rome", "Roma"),
        ("city", "paris", "París"),
        ("order_number", "7777", "7777"),
    ]


def test_of_overlapping_entities_the_longer_is_kept() -> None:
    matcher = ExactMatcher(
        intents={}, finders=[PatternEntity("a", "[0-9]+"), PatternEntity("b", "AB-[0-9]+")]
    )
    assert [(one.entity, one.value) for one in matcher.entities("ab-12 and 34", "en", NOW)] == [
        ("b", "ab-12"),
        ("a", "34"),
    ]


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("¿Dónde  está, mi PEDIDO?", "donde esta mi pedido"),
        ("ﬁne—ＯＫ", "fine ok"),
        ("don't_do", "don t do"),
        ("…", ""),
    ],
)
def test_fold(written: str, folded: str) -> None:
    assert fold(written) == folded


FAULTS = [
    ("[0-9]{4}", ""),
    ("[A-Z]{2}-[0-9]+", ""),
    (r"\w+@\w+", ""),
    ("(?:[A-Z]{2}-){1,3}[0-9]+", ""),
    ("([0-9]+)+", "repeats a repetition"),
    ("(a|b*)*", "empty text"),
    ("(?:(?:x+)y){2}", "repeats a repetition"),
    ("a+b+c+", "more than 2"),
    ("[0-9]*", "empty text"),
    ("(", "cannot be read"),
    ("x" * 501, "longer than 500"),
]


@pytest.mark.parametrize(("pattern", "fault"), FAULTS, ids=range(len(FAULTS)))
def test_patterns_that_could_take_for_ever_are_refused(pattern: str, fault: str) -> None:
    said = pattern_fault(pattern)
    assert (fault in said) if fault else not said


@given(st.text(max_size=300), st.sampled_from(["[0-9]{4}", r"\w+@\w+", "a.*b.*c", "[a-z]+-[0-9]+"]))
def test_what_is_found_is_there(text: str, pattern: str) -> None:
    for one in PatternEntity("e", pattern).find(text, "en", NOW):
        assert re.fullmatch(pattern, one.value, re.IGNORECASE)
        assert len(one.value) == one.end - one.start


def test_a_hostile_text_is_searched_in_time() -> None:
    started = time.process_time()
    list(PatternEntity("e", "a.*b.*c").find("ab " * 2_000, "en", NOW))
    assert time.process_time() - started < 2.0


@given(st.text(max_size=100))
def test_any_text_is_understood_or_not(text: str) -> None:
    assert isinstance(MATCHER.understand(text, "en", NOW), Understanding)
