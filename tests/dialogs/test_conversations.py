"""Conversations with a dialogs bot: wishes, interruptions, questions back, what nobody understands."""

from __future__ import annotations

from .drive import kinds
from .shop import SHOP, changed, open_session, with_dialogs

# --- wishes and questions --------------------------------------------------------------------------


def test_a_wish_brings_what_it_says_along() -> None:
    session = open_session()
    session.say("I want to return 1042")
    assert session.texts == ["Why?"]
    session.choose("small")
    assert session.texts == ["Order 1042 goes back: small."]
    assert session.state.outcome == "resolved"
    assert session.dialogs == []


def test_a_choice_is_answered_by_typing_its_label_its_number_or_its_id() -> None:
    for typed in ("too small", "1", "small", "Too smal"):
        session = open_session()
        session.say("I want to return 1042")
        session.say(typed)
        assert session.slots["reason"] == "small", typed


def test_a_digression_is_answered_and_the_dialog_comes_back() -> None:
    session = open_session()
    session.say("I want to return 1042")
    session.say("where is my order")
    assert session.texts == ["Order 1042 is on its way.", "Why?"]
    assert session.dialogs == ["return_order"]
    session.choose("big")
    assert session.texts == ["Order 1042 goes back: big."]


def test_a_digression_that_asks_something_comes_back_too() -> None:
    session = open_session()
    session.say("I want to return 1042")
    session.say("note")
    assert session.texts == ["Anything else?"]
    assert session.dialogs == ["return_order", "note"]
    session.say("no, thank you")
    assert session.texts == ["Why?"]


def test_going_back_to_a_dialog_that_was_left_begins_it_again() -> None:
    session = open_session()
    session.say("return")
    session.say("note")
    session.say("I want to return 1042")
    assert session.texts == ["Why?"]
    assert session.dialogs == ["return_order"]


def test_dialogs_in_progress_are_bounded() -> None:
    many = {
        f"d{n}": {"when": {"keyword": f"word {n}"}, "steps": [{"ask": "reason", "id": f"at{n}"}]}
        for n in range(12)
    }
    session = open_session(with_dialogs(**many))
    for n in range(12):
        session.say(f"word {n}")
    assert session.dialogs == [f"d{n}" for n in range(4, 12)]


def test_a_question_back_is_answered_and_ours_is_put_once_more() -> None:
    session = open_session()
    session.say("I want to return 1042")
    session.say("when are you open")
    assert session.texts == ["From nine to six.", "Why?"]
    assert session.state.frames[0].tries == {}


def test_a_question_with_an_answer_is_answered_outside_of_dialogs() -> None:
    session = open_session()
    session.say("When are you open?")
    assert session.texts == ["From nine to six."]


def test_keywords_are_whole_messages_case_and_accents_aside() -> None:
    for typed in ("A PERSON", "manniska!", "a person"):
        session = open_session()
        session.say(typed)
        assert session.state.owner == "queue:general", typed
    session = open_session()
    session.say("I am a person")
    assert session.state.owner == "bot:shop"


def test_a_dialog_begun_again_asks_again_but_keeps_what_was_just_said() -> None:
    session = open_session()
    session.say("I want to return 1042")
    session.choose("small")
    session.say("I want to return 1043")
    assert session.texts == ["Why?"]
    assert session.slots == {"order_number": "1043"}
    session.choose("big")
    session.say("return")
    assert session.texts == ["Which order?"]


def test_the_wish_of_the_dialog_in_progress_with_a_new_value_begins_it_again() -> None:
    session = open_session()
    session.say("I want to return 1042")
    session.say("I want to return 1043")
    assert session.slots["order_number"] == "1043"
    assert session.texts == ["Why?"]


def test_an_entity_that_two_slots_could_take_fills_neither() -> None:
    bot = changed(slots=SHOP["slots"] | {"other_order": {"entity": "order_number", "ask": "which_order"}})
    both = {"when": {"intent": "return_order"}, "steps": [{"ask": "order_number"}, {"ask": "other_order"}]}
    session = open_session(bot | {"dialogs": {"return_order": both}})
    session.say("I want to return 1042")
    assert session.slots == {}
    session = open_session(bot)  # the dialog asks for one of them: that one is meant
    session.say("I want to return 1042")
    assert session.slots == {"order_number": "1042"}


# --- nobody understood -----------------------------------------------------------------------------


def test_a_first_message_that_is_not_understood_is_greeted() -> None:
    session = open_session()
    session.say("hi there")
    assert session.texts == ["Hello! How can I help you?"]
    assert session.state.missed == 0


def test_three_messages_in_a_row_that_nobody_understands_bring_a_person() -> None:
    session = open_session()
    for text in ("hi", "blah", "blub"):
        session.say(text)
        assert session.state.owner == "bot:shop"
    session.say("bleh")
    assert session.state.owner == "queue:general"
    assert session.state.handoff is not None
    assert session.state.handoff["because"] == "was not understood"


def test_something_understood_begins_the_count_anew() -> None:
    session = open_session()
    for text in ("hi", "blah", "blub", "when are you open", "blah", "blub"):
        session.say(text)
    assert session.state.owner == "bot:shop"


def test_what_the_channel_cannot_read_is_said_and_not_held_against_anybody() -> None:
    session = open_session()
    session.unsupported()
    assert session.texts == ["Hello! How can I help you?"]
    session.say("I want to return 1042")
    for _ in range(4):
        session.unsupported()
    assert session.texts == ["Sorry, I did not understand that.", "Why?"]
    assert session.state.frames[0].tries == {}


# --- events and the first message ------------------------------------------------------------------


def test_an_event_begins_a_dialog_with_what_it_tells() -> None:
    session = open_session()
    session.event("order_shipped", order_number="1042", secret="x")
    assert session.texts == ["Order 1042 was sent."]
    assert session.slots == {"order_number": "1042"}


def test_an_event_interrupts_a_dialog_which_comes_back() -> None:
    session = open_session()
    session.say("I want to return 1042")
    session.event("order_shipped")
    assert session.texts == ["Order 1042 was sent.", "Why?"]


def test_an_event_nobody_waits_for_is_logged_and_that_is_all() -> None:
    session = open_session()
    session.say("hi")
    assert kinds(session.event("strange", a=1)) == ["told"]
    assert session.state.missed == 0


def test_a_session_may_open_with_a_dialog_and_the_first_words_are_not_its_reply() -> None:
    opening = {"when": {"event": "session_started"}, "steps": [{"say": "hello"}, {"ask": "note"}]}
    session = open_session(with_dialogs(opening=opening))
    session.say("hi")
    assert session.texts == ["Hello, I am a bot.", "Anything else?"]
    assert "note" not in session.slots
    session = open_session(with_dialogs(opening=opening))
    session.say("I want to return 1042")
    assert session.texts == ["Hello, I am a bot.", "Anything else?", "Why?"]
    session.choose("small")
    assert session.texts == ["Order 1042 goes back: small.", "Anything else?"]
