"""Which edges a dialog has, whatever its steps are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from frontdesk.authoring.content import BotContent
from frontdesk.authoring.models import SlotModel
from frontdesk.components.choices import Choices
from frontdesk.dialogs.base import NOT_BUILT, STEP_KINDS, ActionName, DialogName, Step, Steps, step_kind
from tests.drawing.dialogs import BOT, drawn, ways


def test_steps_follow_each_other() -> None:
    assert ways(drawn([{"say": "hello"}, {"ask": "colour"}])) == [
        "start -> say hello",
        "say hello -> ask colour",
    ]


def test_a_choice_without_else_goes_on_when_it_does_not_hold() -> None:
    graph = drawn([{"if": "x", "then": [{"say": "hello"}]}, {"end": None}])
    assert ways(graph) == ["start -> if x", "if x -yes-> say hello", "say hello -> end", "if x -no-> end"]


def test_branches_are_labelled_with_their_conditions() -> None:
    choice = {"if": "x", "then": [{"end": None}], "elif": [{"if": "y  > 1", "then": [{"end": None}]}]}
    assert ways(drawn([choice, {"say": "hello"}])) == [
        "start -> if x",
        "if x -yes-> end",
        "if x -y > 1-> end",
        "if x -else-> say hello",
    ]


def test_empty_branches_to_the_same_step_are_one_edge() -> None:
    graph = drawn([{"if": "x", "then": [], "else": []}, {"say": "hello"}])
    assert "if x -yes / no-> say hello" in ways(graph)


def test_a_condition_that_leads_to_the_end_is_seen_to() -> None:
    assert "if x -no-> over" in ways(drawn([{"if": "x", "then": [{"say": "hello"}]}]))


def test_retry_goes_back_to_the_question_and_goto_to_its_step() -> None:
    graph = drawn(
        [{"ask": "colour", "id": "top"}, {"if": "x", "then": [{"goto": "top"}]}, {"retry": "colour"}]
    )
    assert {"goto top ~> ask colour", "retry colour ~> ask colour"} <= set(ways(graph))


def test_giving_up_ends_unless_the_question_can_do_without() -> None:
    ask = {
        "ask": "colour",
        "give_up": [{"say": "hello"}],
        "timeout": "PT1H30M",
        "on_timeout": [{"end": None}],
    }
    graph = ways(drawn([ask, {"outcome": "resolved"}]))
    assert "ask colour -give up-> say hello" in graph
    assert "ask colour -after 90 min-> end" in graph
    assert "say hello -> outcome resolved" not in graph
    assert "say hello -> outcome resolved" in ways(
        drawn([{**ask, "optional": True}, {"outcome": "resolved"}])
    )
    sets = {**ask, "give_up": [{"set": {"colour": "'red'"}}]}
    assert "set colour -> outcome resolved" in ways(drawn([sets, {"outcome": "resolved"}]))


def test_a_handoff_goes_on_only_when_nobody_is_there() -> None:
    handoff = {"handoff": {"queue": "general"}, "on_unavailable": [{"say": "hello"}]}
    assert ways(drawn([handoff, {"end": None}])) == [
        "start -> handoff general",
        "handoff general -unavailable-> say hello",
        "say hello -> end",
    ]


def test_a_step_that_nothing_leads_to_has_no_edge() -> None:
    graph = drawn([{"end": None}, {"say": "hello"}])
    assert ways(graph) == ["start -> end"]
    assert graph.unled == [(1, 2)]


def test_boxes_say_what_the_customer_sees() -> None:
    colour = Choices(component="colour_choice", ask={"fr": "Laquelle ?", "en": "Red or blue?"})
    bot = BotContent(
        name="shop",
        languages=("en",),
        messages=BOT.messages,
        components={"colour_choice": colour},
        slots={"size": SlotModel(ask="colour_choice")},
    )
    steps: list[dict[str, Any]] = [
        {"say": "hello"},
        {"say": {"component": "colour_choice"}},
        {"ask": "colour"},
        {"ask": "size"},
        {"ask": "shoe", "options": ["Left", {"id": "right", "label": "Right"}]},
        {"call": "find", "into": "order"},
        {"call": "book", "confirm": "colour_choice"},
        {"set": {"colour": "none", "size": 4}},
        {"handoff": {"queue": "general", "because": "asked for it"}},
    ]
    boxes = [(box.look, box.name, box.line) for box in drawn(steps, bot).boxes[1:]]
    assert boxes == [
        ("say", "hello", "Hello, {name}!"),
        ("say", "colour_choice", "Red or blue?"),
        ("ask", "colour", "Which one?"),
        ("ask", "size", "Red or blue?"),
        ("ask", "shoe", "Left, Right"),
        ("call", "find", "into order"),
        ("call", "book", "Red or blue?"),
        ("set", "colour, size", "colour = none, size = 4"),
        ("handoff", "general", "asked for it"),
    ]


@pytest.fixture
def two_new_kinds() -> Iterator[None]:
    known, waiting = dict(STEP_KINDS), dict(NOT_BUILT)
    NOT_BUILT.clear()

    @step_kind("start")
    class _Start(Step):
        start: DialogName

    @step_kind("phone")
    class _Phone(Step):
        phone: ActionName
        on_busy: Steps = ()

        def summary(self) -> str:
            return "rings for a minute"

    yield
    STEP_KINDS.clear()
    STEP_KINDS.update(known)
    NOT_BUILT.update(waiting)


@pytest.mark.usefixtures("two_new_kinds")
def test_a_new_kind_draws_without_a_change() -> None:
    graph = drawn([{"phone": "dial", "on_busy": [{"say": "hello"}]}, {"start": "another"}])
    assert ways(graph) == [
        "start -> phone dial",
        "phone dial -busy-> say hello",
        "phone dial -> start another",
        "say hello -> start another",
    ]
    assert [(box.look, box.line) for box in graph.boxes[1:]] == [
        ("call", "rings for a minute"),
        ("say", "Hello, {name}!"),
        ("dialog", ""),
    ]


def test_an_empty_dialog_is_its_entry() -> None:
    assert len(drawn([]).boxes) == 1
