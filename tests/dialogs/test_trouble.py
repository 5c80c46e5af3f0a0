"""What a bot knows for itself alone, and what happens when its content or its actions fail."""

from __future__ import annotations

from typing import Any

import pytest

from .drive import errors
from .shop import changed, open_session, with_dialogs

# --- slots -----------------------------------------------------------------------------------------


def test_private_slots_are_masked_in_the_package() -> None:
    session = open_session()
    session.say("email")
    session.say("ana@shop.example")
    assert session.state.handoff is not None
    assert session.state.handoff["slots"] == [
        {"name": "email", "value": "•••", "label": "•••", "from": "typed"}
    ]
    assert session.slots["email"] == "ana@shop.example"


def test_a_private_slot_known_from_before_stays_private() -> None:
    session = open_session(user_slots={"email": "ana@shop.example"})
    session.say("email")
    assert session.state.handoff is not None
    assert "ana@shop.example" not in str(session.state.handoff)


def test_a_slot_of_user_scope_outlives_the_session_and_is_not_asked_again() -> None:
    session = open_session(user_slots={"email": "ana@shop.example"})
    session.say("email")
    assert session.state.owner == "queue:general"
    session = open_session()
    events = session.say("email")
    events = session.say("ana@shop.example")
    assert [event.scope for event in events if event.KIND == "slot"] == ["user"]  # type: ignore[attr-defined]


def test_a_slot_of_dialog_scope_is_known_to_its_dialog_alone() -> None:
    bot = changed(
        slots={"pin": {"scope": "dialog"}, "note": {}},
        intents={},
        messages={"pin": "Your PIN?", "note": "Note?", "told": "<{{ pin }}>"},
        dialogs={
            "one": {"when": {"keyword": "one"}, "steps": [{"ask": "pin"}, {"ask": "note"}, {"say": "told"}]},
            "two": {"when": {"keyword": "two"}, "steps": [{"say": "told"}]},
        },
    )
    session = open_session(bot)
    session.say("one")
    session.say("1234")
    session.say("two")
    assert session.texts == ["<>", "Note?"]
    session.say("done")
    assert session.texts == ["<1234>"]
    assert "pin" not in session.slots
    session.say("one")
    assert session.texts == ["Your PIN?"]


# --- what goes wrong -------------------------------------------------------------------------------


def test_a_dialog_that_talks_in_circles_is_stopped_before_it_becomes_a_flood() -> None:
    loop = {"when": {"keyword": "loop"}, "steps": [{"say": "hello", "id": "top"}, {"goto": "top"}]}
    session = open_session(with_dialogs(loop=loop))
    events = session.say("loop")
    assert len(session.texts) < 30
    assert session.texts[-2:] == [
        "Sorry, something went wrong on our side.",
        "I am passing you to a colleague, who can see everything you have written here.",
    ]
    assert "goes in circles" in errors(events)[0]
    assert session.state.owner == "queue:general"


@pytest.mark.parametrize("code", ["raised", "timeout", "bad_result", "bad_args", "unknown", "in_doubt"])
def test_an_action_that_fails_is_an_apology_and_a_person(code: str) -> None:
    session = open_session(with_dialogs(act={"when": {"keyword": "act"}, "steps": [{"call": "book"}]}))
    events = session.say("act", {"fails": code, "error": "boom"})
    assert session.texts[0] == "Sorry, something went wrong on our side."
    assert "boom" in errors(events)[0]
    assert "boom" not in " ".join(session.texts)
    assert session.state.owner == "queue:general"
    assert session.state.handoff is not None
    assert session.state.handoff["actions"] == [{"name": "book", "ok": False, "error": "boom"}]


@pytest.mark.parametrize("nonsense", [None, "", "delivered", 7, [], ["a"], {"status": {"x": 1}}, True])
def test_an_action_that_returns_nonsense_takes_the_false_branch(nonsense: Any) -> None:
    steps = [
        {"call": "find", "into": "order"},
        {"if": 'order.status == "delivered"', "then": [{"say": "sent"}], "else": [{"say": "hours"}]},
    ]
    session = open_session(with_dialogs(act={"when": {"keyword": "act"}, "steps": steps}))
    session.say("act", nonsense)
    assert session.texts == ["From nine to six."]


def test_what_is_not_declared_is_an_error_and_never_an_exception() -> None:
    for steps in (
        [{"ask": "gone"}],
        [{"ask": "note", "component": "gone"}],
        [{"say": "gone"}],
        [{"set": {"gone": "missing + 1"}}],
        [{"if": "missing == 1", "then": [{"end": None}]}],
        [{"goto": "gone"}],
        [{"retry": "gone"}],
        [{"handoff": {"bot": "gone"}}],
        [{"handoff": {"queue": "gone"}}],
        [{"call": "gone", "confirm": "gone"}],
    ):
        session = open_session(with_dialogs(odd={"when": {"keyword": "odd"}, "steps": steps}))
        session.say("odd")
        session.say("and now")
        assert session.state.owner in ("bot:shop", "queue:general"), steps


def test_values_that_json_cannot_carry_are_kept_as_what_it_can() -> None:
    steps = [
        {"set": {"note": expression}}
        for expression in ("now()", "days(2)", "2 ** 70", "[1, 2]|map('string')", "{1: today()}", "(1, 2)")
    ]
    session = open_session(
        with_dialogs(odd={"when": {"keyword": "odd"}, "steps": [*steps, {"say": "hello"}]})
    )
    session.say("odd")
    assert session.texts == ["Hello, I am a bot."]
    assert session.state == session.folded()
