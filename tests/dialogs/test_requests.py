"""Several requests in one message: what is done first, what is done then, and what is only a story."""

from __future__ import annotations

from typing import cast

import pytest

from frontdesk.nlu.model import Model

from .drive import Session, make_desk
from .shop import SHOP, changed, open_session
from .test_free_text import rules
from .told import Told, judged

BOTH = "I want to return 1042 and where is 1043?"


def test_the_first_is_done_and_then_the_second() -> None:
    session = open_session()
    assert rules(session.say(BOTH)) == ["requests order_status"]
    assert session.texts == ["Why?"]
    assert session.slots == {"order_number": "1042"}
    session.say("too small")
    assert session.texts == [
        "Order 1042 goes back: small.",
        "Now to the other thing you wrote: where is 1043?",
        "Order 1043 is on its way.",
    ]
    assert session.dialogs == []
    assert session.folded() == session.state


@pytest.mark.parametrize(
    ("language", "wishes", "text", "lead"),
    [
        ("fr", ("je veux rendre la", "où est la"), "Je veux rendre la 1042 et où est la 1043 ?", "Passons"),
        (
            "es",
            ("quiero devolver el", "dónde está el"),
            "Quiero devolver el 1042. ¿Y dónde está el 1043?",
            "Pasemos",
        ),
    ],
)
def test_in_every_language(language: str, wishes: tuple[str, str], text: str, lead: str) -> None:
    names = ("return_order", "order_status")
    intents = {name: [f"{said} [1042](order_number)"] for name, said in zip(names, wishes, strict=True)}
    session = Session(make_desk(changed(intents=intents), languages=["en", "fr", "es"]), language=language)
    session.say(text)
    session.choose("big")
    assert [one.split()[0] for one in session.texts] == ["Order", lead, "Order"]
    assert session.slots["order_number"] == "1043"


def test_two_questions_are_answered_at_once_and_ours_comes_again() -> None:
    answers = SHOP["answers"] | {"who": {"examples": {"en": ["who are you"]}, "answer": "hello"}}
    session = open_session(changed(answers=answers))
    session.say("return")
    session.say("When are you open, and who are you?")
    assert session.texts == ["From nine to six.", "Hello, I am a bot.", "Which order?"]


def test_a_question_beside_a_wish_is_answered_first() -> None:
    session = open_session()
    session.say("I want to return 1042. When are you open?")
    assert session.texts == ["From nine to six.", "Why?"]


@pytest.mark.parametrize(
    "text",
    [
        "I want to return 1042 and I want to return 1043",
        "return and note",
        "When are you open. And",
        "and, and. And? but!",
        "where is 1043 " * 100,
    ],
)
def test_what_is_no_second_request(text: str) -> None:
    session = open_session()
    assert not [rule for rule in rules(session.say(text)) if rule.startswith("requests")]


def test_what_happened_is_no_request() -> None:
    status = [*SHOP["intents"]["order_status"], "it never came"]
    desk = make_desk(changed(intents=SHOP["intents"] | {"order_status": status}))
    sure = judged("return_order", "accept", probability=0.9)
    for text in ("It never came and I want to return 1042", "I want to return 1042. It never came."):
        desk.bots["shop"].matcher.use(cast(Model, Told({text: sure})))
        session = Session(desk)
        assert rules(session.say(text)) == ["model"]
        assert session.dialogs == ["return_order"]


def test_a_request_is_not_lost_beside_an_answer() -> None:
    text = "Thank you so much. Where is 1043?"
    desk = make_desk(SHOP)
    sure = judged("opening", "accept", probability=0.9)
    desk.bots["shop"].matcher.use(cast(Model, Told({text: sure})))
    session = Session(desk)
    assert rules(session.say(text)) == ["exact"]
    assert session.texts == ["Order 1043 is on its way."]


def test_in_the_middle_of_a_dialog_its_question_comes_back_behind_them() -> None:
    session = open_session()
    session.say("return")
    session.say("When are you open? And where is 1043?")
    assert session.texts[:2] == ["From nine to six.", "Order 1043 is on its way."]
    assert session.texts[2:] == ["Which order?"], "1043 was to be found, not to be returned"
    session.say("1042, too small")
    assert session.texts == ["Order 1042 goes back: small."]


def test_the_first_given_up_the_second_begins() -> None:
    session = open_session()
    session.say(BOTH)
    session.say("cancel")
    assert session.texts[0] == "All right, we will leave that."
    assert session.texts[-1] == "Order 1043 is on its way."


@pytest.mark.parametrize(("text", "is_done"), [("where is 1043", True), ("where is 1044", False)])
def test_asked_for_again_meanwhile_it_is_done_once(text: str, is_done: bool) -> None:
    session = open_session()
    session.say(BOTH)
    session.say(text)
    assert session.texts == [f"Order {text[-4:]} is on its way.", "Why?"]
    session.say("too small")
    assert session.texts[0] == "Order 1042 goes back: small."
    assert session.texts[1:] == (
        [] if is_done else ["Now to the other thing you wrote: where is 1043?", "Order 1043 is on its way."]
    )


def test_a_person_takes_both() -> None:
    session = open_session()
    session.say(BOTH)
    session.say("someone real")
    assert session.state.owner == "queue:general"
    assert session.dialogs == []


def test_a_dialog_taken_out_meanwhile_is_left() -> None:
    session = open_session()
    session.say(BOTH)
    kept = {name: dialog for name, dialog in SHOP["dialogs"].items() if name != "order_status"}
    newer = make_desk(changed(dialogs=kept))
    session.releases = {session.desk.release: session.desk}
    session.desk = newer
    session.say("too small")
    assert session.texts == ["Order 1042 goes back: small."]
    assert session.dialogs == []
