"""A model that is sure, that wavers between two, and that knows nothing: what is asked back."""

from __future__ import annotations

from typing import Any, cast

import orjson

from frontdesk.nlu.model import Model

from .drive import Session, make_desk
from .shop import SHOP
from .test_free_text import rules
from .told import Told, judged

BOT = SHOP | {
    "intents": SHOP["intents"] | {"order_status": ["Where is my order?"]},
}


def open_session(bot: dict[str, Any] = BOT, *near: str) -> Session:
    desk = make_desk(bot)
    known = {
        "it does not fit": judged("return_order", "accept", "order_status", 0.93),
        "my parcel 1042": judged("order_status", "confirm", "return_order", 0.44),
        "are you there": judged("opening", "accept", probability=0.8),
        "hours or parcel": judged("opening", "confirm", "order_status"),
        **{sentence: judged("opening", "confirm", "order_status") for sentence in near},
    }
    desk.bots["shop"].matcher.use(cast(Model, Told(known)))
    return Session(desk)


def asked(session: Session) -> list[tuple[str, str]]:
    component = session.sent[-1].component
    assert component is not None
    return [(one["id"], one["label"]) for one in component["options"]]


def test_a_sure_model_begins_the_dialog_and_the_log_says_how_sure() -> None:
    session = open_session()
    [understood] = [event for event in session.say("it does not fit") if event.KIND == "understood"]
    body = orjson.loads(understood.dump())
    assert (body["rule"], body["intent"], body["score"]) == ("model", "return_order", 0.93)
    assert (body["runner_up"], body["release"]) == ("order_status", session.desk.release)
    assert session.texts == ["Which order?"]


def test_a_sure_model_answers_a_question() -> None:
    session = open_session()
    session.say("are you there")
    assert session.texts == ["From nine to six."]


def test_two_that_are_near_are_asked_about_and_the_choice_knows_the_sentence() -> None:
    session = open_session()
    assert rules(session.say("my parcel 1042")) == ["did_you_mean order_status"]
    assert session.texts == ["Do you mean one of these?"]
    assert asked(session) == [
        ("order_status", "Where is my order?"),
        ("return_order", "I want to return 1042"),
        ("neither", "No, something else"),
    ]
    assert "said" not in orjson.dumps(session.sent[-1].component).decode()
    session.say("the second one")
    assert session.slots == {"order_number": "1042"}
    assert session.texts == ["Why?"]
    assert session.state.intent == {"name": "return_order", "score": None}


def test_a_question_and_a_dialog_can_be_near() -> None:
    session = open_session()
    session.say("hours or parcel")
    session.choose("opening")
    assert session.texts == ["From nine to six."]
    assert session.state.question is None


def test_neither_and_again_neither_brings_a_person() -> None:
    session = open_session()
    for _ in range(2):
        session.say("my parcel 1042")
        session.choose("neither")
    assert session.state.owner == "bot:shop"
    session.say("my parcel 1042")
    session.choose("neither")
    assert session.state.owner == "queue:general"


def test_other_words_are_understood_instead_and_not_asked_about_again() -> None:
    session = open_session()
    session.say("my parcel 1042")
    session.say("when are you open")
    assert session.texts == ["From nine to six."]
    session.say("my parcel 1042")
    assert rules(session.say("my parcel 1042")) == ["none"]


def test_an_answer_that_cannot_be_taken_is_refused_and_no_other_meaning_is_offered() -> None:
    session = open_session(
        BOT
        | {
            "slots": BOT["slots"] | {"day": {"type": "date"}},
            "dialogs": BOT["dialogs"] | {"day": {"when": {"keyword": "day"}, "steps": [{"ask": "day"}]}},
            "messages": BOT["messages"] | {"day": "Which day?"},
        },
        "yesterday",
    )
    session.say("day")
    session.say("yesterday")
    assert session.texts[0].startswith("That day is in the past.")
    assert session.texts[1] == "Which day?"


def test_a_dialog_in_progress_waits_on_behind_it() -> None:
    session = open_session()
    session.say("note")  # takes any words: nothing is asked back there
    session.say("my parcel 1042")
    assert session.slots["note"] == "my parcel 1042"
    session.say("I want to return 1042")
    session.say("my parcel 1042")
    assert session.texts == ["Do you mean one of these?"]
    session.choose("neither")
    assert session.texts[-1] == "Why?"
    session.say("my parcel 1042")
    session.choose("order_status")
    assert session.texts == ["Order 1042 is on its way.", "Why?"]
    session.say("my parcel 1042")
    session.say("help")
    assert session.texts == ["Hello! How can I help you?", "Why?"]
    session.choose("big")
    assert session.state.outcome == "resolved"
    assert session.folded() == session.state


def test_nobody_else_is_confused_by_the_question_when_the_session_moves_on() -> None:
    session = open_session()
    session.say("my parcel 1042")
    session.unsupported()
    session.event("order_shipped", order_number="7")
    assert session.texts == ["Order 7 was sent."]
    session.say("my parcel 1042")
    late = session.sent[-1].key
    session.say("a person")
    session.choose("order_status", to=late)
    assert session.state.owner == "queue:general"
    assert session.folded() == session.state
