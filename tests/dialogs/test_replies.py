"""Replies that come late, twice, from nowhere, too long, or in no words at all."""

from __future__ import annotations

import pytest

from frontdesk.messages import MAX_TEXT

from .drive import due, kinds
from .shop import changed, open_session, with_dialogs

# --- late, double and impossible replies -----------------------------------------------------------


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
    session.say("where is 1043")  # an interruption, after which it is asked once more
    events = session.choose("yes", to=first)
    assert "action" not in kinds(events)
    session.choose("yes", "sent")
    assert session.effects[0].args == {"number": "1042"}, "what was asked in between is another order"


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


# --- words that are no words -----------------------------------------------------------------------


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
