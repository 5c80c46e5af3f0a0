"""Conversations with a dialogs bot, as customers have them: out of order, late, twice, and by hand."""

from __future__ import annotations

from typing import Any

import pytest

from frontdesk.messages import MAX_TEXT

from .drive import ORDER, Session, due, errors, kinds, make_desk

SHOP: dict[str, Any] = {
    "slots": {
        "order_number": {"entity": "order_number", "ask": "which_order"},
        "reason": {},
        "note": {},
        "email": {"scope": "user", "private": True},
    },
    "entities": ORDER,
    "messages": {
        "which_order": "Which order?",
        "returned": "Order {{ order_number }} goes back: {{ reason }}.",
        "sent": "Order {{ order_number }} is on its way.",
        "hours": "From nine to six.",
        "hello": "Hello, I am a bot.",
        "note": "Anything else?",
        "email": "Your e-mail?",
        "shipped": "Order {{ order_number }} was sent.",
    },
    "components": {
        "reason": {
            "kind": "choices",
            "ask": "Why?",
            "options": [{"id": "small", "label": "Too small"}, {"id": "big", "label": "Too big"}],
        }
    },
    "intents": {
        "return_order": ["I want to return [1042](order_number)", "return"],
        "order_status": ["where is my order", "where is [1042](order_number)"],
    },
    "answers": {"opening": {"examples": {"en": ["when are you open"]}, "answer": "hours"}},
    "dialogs": {
        "return_order": {
            "when": {"intent": "return_order"},
            "steps": [
                {"ask": "order_number"},
                {"ask": "reason"},
                {"say": "returned"},
                {"outcome": "resolved"},
            ],
        },
        "order_status": {
            "when": {"intent": "order_status"},
            "steps": [{"ask": "order_number"}, {"say": "sent"}],
        },
        "person": {
            "when": {"keyword": ["a person", "Människa"]},
            "steps": [{"handoff": {"queue": "general"}}],
        },
        "note": {"when": {"keyword": "note"}, "steps": [{"ask": "note"}]},
        "email": {"when": {"keyword": "email"}, "steps": [{"ask": "email"}, {"handoff": {}}]},
        "shipped": {"when": {"event": "order_shipped"}, "steps": [{"say": "shipped"}]},
    },
}


def changed(**fields: Any) -> dict[str, Any]:
    return SHOP | fields


def with_dialogs(**dialogs: Any) -> dict[str, Any]:
    return changed(dialogs=SHOP["dialogs"] | dialogs)


def open_session(bot: dict[str, Any] = SHOP, **fields: Any) -> Session:
    return Session(make_desk(bot), **fields)


# --- wishes and questions ----------------------------------------------------------------------


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


# --- nobody understood -------------------------------------------------------------------------


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


# --- late, double and impossible replies ---------------------------------------------------------


def test_a_late_reply_to_another_question_is_not_taken_for_an_answer() -> None:
    session = open_session()
    session.say("I want to return 1042")
    yesterday = session.sent[0].key
    session.choose("small")
    session.advance(days=1)
    session.say("note")
    events = session.choose("big", to=yesterday)
    assert session.texts == ["That answers an earlier question. This one is still open.", "Anything else?"]
    assert "answered" not in kinds(events)
    assert session.slots["reason"] == "small"


def test_a_late_reply_when_nothing_is_open_is_said_to_be_late() -> None:
    session = open_session()
    session.say("I want to return 1042")
    asked = session.sent[0].key
    session.choose("small", to=asked)
    session.choose("small", to=asked)
    assert session.texts == ["That question is not open any more. What can I do for you?"]
    assert session.state.missed == 0


def test_any_copy_of_the_open_question_can_be_answered() -> None:
    session = open_session()
    session.say("I want to return 1042")
    first = session.sent[-1].key
    session.say("where is my order")
    session.say("hm")
    session.choose("big", to=first)
    assert session.slots["reason"] == "big"


def test_a_confirmation_is_only_read_from_its_last_copy() -> None:
    steps = [
        {"ask": "order_number"},
        {"call": "send", "with": {"number": "order_number"}, "confirm": "yes_no"},
    ]
    session = open_session(with_dialogs(send={"when": {"keyword": "send"}, "steps": steps}))
    session.say("send")
    session.say("1042")
    first = session.sent[-1].key
    session.say("where is 1043")  # an interruption that changes what would be sent
    events = session.choose("yes", to=first)
    assert "action" not in kinds(events)
    session.choose("yes", "sent")
    assert session.effects[0].args == {"number": "1043"}


def test_a_choice_that_was_never_offered_is_asked_again() -> None:
    session = open_session()
    session.say("I want to return 1042")
    session.choose("purple")
    assert session.texts == ["That choice is no longer offered. Please choose again.", "Why?"]
    assert session.slots == {"order_number": "1042"}


def test_a_click_of_the_wrong_kind_is_no_answer() -> None:
    session = open_session()
    session.say("return")
    for value in (None, 7, {"a": [1]}, ["1042"], True):
        session.value(value)
        assert session.state.owner in ("bot:shop", "queue:general")
    assert "order_number" not in session.slots


def test_more_options_are_shown_page_by_page_and_count_as_no_try() -> None:
    options = [{"id": f"o{n}", "label": f"Option {n}"} for n in range(1, 21)]
    bot = changed(components={"reason": {"kind": "choices", "ask": "Why?", "options": options}})
    session = open_session(bot, channel_kind="rest")
    session.say("I want to return 1042")
    session.say("more")
    component = session.sent[0].component
    assert component is not None
    assert component["page"] == 1
    assert session.state.frames[0].tries == {}
    session.choose("o12")
    assert session.slots["reason"] == "o12"


# --- words that are no words ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", "   ", "👍", "👩‍👩‍👧‍👦🇫🇷", "\0\0", "\u202e\u200f", "؟", "\u200b", "\ud7ff" * 3, "{{ 7 * 7 }}"],
)
def test_whatever_is_written_gets_an_answer(text: str) -> None:
    session = open_session()
    for _ in range(2):
        session.say(text)
        assert session.texts
    session.say("I want to return 1042")
    session.say(text)
    assert session.texts[-1] == "Why?"
    session.choose("small")
    assert session.state.outcome == "resolved"


@pytest.mark.parametrize(
    "text", ["שלום, מה שלומך?", "مرحبا", "🎁 for my mum", "a\nb", "{{ order_number }}", "<b>"]
)
def test_an_open_question_keeps_the_words_as_they_are(text: str) -> None:
    session = open_session()
    session.say("note")
    session.say(text)
    assert session.slots["note"] == text


def test_an_open_question_leaves_nuls_out() -> None:
    session = open_session()
    session.say("note")
    session.say("a\0b")
    assert session.slots["note"] == "ab"


def test_a_very_long_answer_is_asked_again_and_never_cut() -> None:
    session = open_session()
    session.say("note")
    session.say("x" * (MAX_TEXT + 1))
    assert session.texts[0].startswith("Please keep your answer to")
    assert "note" not in session.slots
    session.say("x" * MAX_TEXT)
    assert len(session.slots["note"]) == MAX_TEXT


def test_a_message_of_100_000_characters_is_logged_whole_and_answered() -> None:
    session = open_session()
    events = session.say("word " * 20_000)
    assert len(getattr(events[1], "text", "")) == 100_000
    assert session.texts
    session.say("return")
    session.say("1042" + " x" * 50_000)
    assert session.slots["order_number"] == "1042"


# --- slots ---------------------------------------------------------------------------------------


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


# --- time ------------------------------------------------------------------------------------------

SLOW = {
    "when": {"keyword": "slow"},
    "steps": [{"ask": "note", "timeout": "PT10M", "on_timeout": [{"say": "hours"}]}, {"say": "hello"}],
}


def test_a_timer_that_was_answered_before_it_fired_does_nothing() -> None:
    session = open_session(with_dialogs(slow=SLOW))
    session.say("slow")
    gen = session.state.timers["ask"]
    events = session.say("an answer")
    assert due(events) == [None]
    assert kinds(session.timer("ask", gen)) == ["fired"]


def test_an_interruption_stops_the_clock_and_coming_back_starts_it_again() -> None:
    session = open_session(with_dialogs(slow=SLOW))
    session.say("slow")
    first = session.state.timers["ask"]
    events = session.say("where is 1042")
    assert due(events) == [None, "2026-03-11T09:10:00.000Z"]
    session.timer("ask", first)
    assert session.texts == []
    session.timer()
    assert session.texts == ["From nine to six."]


def test_a_handoff_and_an_end_cancel_what_was_timed() -> None:
    session = open_session(with_dialogs(slow=SLOW))
    session.say("slow")
    assert due(session.say("a person")) == [None]
    session = open_session(with_dialogs(slow=SLOW))
    session.say("slow")
    assert due(session.end()) == [None]
    assert session.state.timers == {}


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
