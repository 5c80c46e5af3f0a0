"""A dialog is edited while a customer is in the middle of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from frontdesk.authoring.content import Desk

from .drive import ORDER, Session, errors, kinds, make_desk

STEPS: list[dict[str, Any]] = [{"ask": "order_number"}, {"ask": "reason"}, {"say": "done"}]


def desk_of(steps: Sequence[Any] | None = None, *, name: str = "return_order", **fields: Any) -> Desk:
    """A desk whose one dialog has these steps."""
    dialogs = {name: {"when": {"intent": "return_order"}, "steps": list(steps or STEPS)}}
    dialogs["status"] = {"when": {"keyword": "status"}, "steps": [{"ask": "note"}, {"say": "thanks"}]}
    bot: dict[str, Any] = {
        "slots": {"order_number": {"entity": "order_number"}, "reason": {}, "note": {}},
        "entities": ORDER,
        "messages": {
            "order_number": "Which order?",
            "reason": "Why?",
            "note": "Note?",
            "done": "Done.",
            "new": "Done in a new way.",
            "thanks": "Thanks.",
        },
        "intents": {"return_order": ["I want to return [1042](order_number)", "return"]},
        "dialogs": dialogs,
    }
    return make_desk(bot | fields)


def in_the_middle() -> Session:
    session = Session(desk_of())
    session.say("I want to return 1042")
    assert session.texts == ["Why?"]
    return session


def edited(session: Session, new: Desk, *, is_kept: bool) -> Session:
    """The desk goes on with a new release; the old one is kept or gone."""
    assert new.release != session.desk.release
    session.releases = {session.desk.release: session.desk} if is_kept else {}
    session.desk = new
    return session


def test_a_dialog_goes_on_in_the_release_it_began_with() -> None:
    session = edited(in_the_middle(), desk_of([{"ask": "note"}, {"say": "new"}]), is_kept=True)
    session.say("too small")
    assert session.texts == ["Done."]
    session.say("return")
    assert session.texts == ["Note?"]


def test_the_old_release_gone_the_place_is_found_in_the_new_one() -> None:
    moved = [{"say": "new"}, {"if": "true", "then": [{"ask": "reason"}]}, {"say": "new"}]
    session = edited(in_the_middle(), desk_of(moved), is_kept=False)
    session.say("too small")
    assert session.texts == ["Done in a new way."]
    assert session.slots["reason"] == "too small"


def test_once_moved_the_dialog_stays_on_the_release_that_has_it() -> None:
    session = edited(in_the_middle(), desk_of([*STEPS, {"say": "new"}]), is_kept=False)
    session.say("")
    assert [frame.release for frame in session.state.frames] == [session.desk.release]


def test_shortened_below_the_place_the_customer_is_told_kindly_and_can_go_on() -> None:
    session = edited(in_the_middle(), desk_of([{"ask": "order_number"}, {"say": "new"}]), is_kept=False)
    events = session.say("too small")
    assert session.texts == ["Sorry, we have to start again from here. What would you like to do?"]
    assert "the step `reason` is in no release any more" in errors(events)[0]
    assert session.dialogs == []
    assert session.state.question is None
    session.say("I want to return 1042")
    assert session.texts == ["Done in a new way."]


def test_lost_but_with_a_new_wish_the_wish_is_followed() -> None:
    session = edited(in_the_middle(), desk_of(name="send_back"), is_kept=False)
    session.say("I want to return 1043")
    assert session.texts == ["Why?"]
    assert session.dialogs == ["send_back"]
    assert session.slots["order_number"] == "1043"


def test_renamed_with_the_old_release_kept_nobody_notices() -> None:
    session = edited(in_the_middle(), desk_of(name="send_back"), is_kept=True)
    session.say("too small")
    assert session.texts == ["Done."]


def test_what_was_interrupted_is_gone_when_the_interruption_ends() -> None:
    session = in_the_middle()
    session.say("status")
    edited(session, desk_of(name="send_back"), is_kept=False)
    events = session.say("a note")
    assert session.texts == ["Thanks."]
    assert "error" in kinds(events)
    assert session.dialogs == []


def test_the_interruption_is_gone_and_what_was_interrupted_comes_back() -> None:
    session = Session(desk_of())
    session.say("status")
    session.say("I want to return 1042")
    assert session.dialogs == ["status", "return_order"]
    edited(session, desk_of(name="send_back"), is_kept=False)
    session.say("too small")
    assert session.texts == [
        "Sorry, we have to start again from here. What would you like to do?",
        "Note?",
    ]
    session.say("a note")
    assert session.texts == ["Thanks."]


def test_the_bot_is_gone_but_its_release_is_kept_and_it_finishes() -> None:
    other = make_desk({"name": "night"}, routing=[{"else": {"bot": "night"}}])
    session = edited(in_the_middle(), other, is_kept=True)
    session.say("too small")
    assert session.texts == ["Done."]


def test_the_bot_is_gone_for_good_and_a_person_takes_over() -> None:
    other = make_desk({"name": "night"}, routing=[{"else": {"bot": "night"}}])
    session = edited(in_the_middle(), other, is_kept=False)
    events = session.say("too small")
    assert "in no release any more" in errors(events)[0]
    assert session.state.owner == "queue:general"
    assert session.state.question is None
    assert session.dialogs == []


def test_a_timer_of_a_place_that_is_gone_does_nothing() -> None:
    timed = [{"ask": "reason", "timeout": "PT10M", "on_timeout": [{"say": "done"}]}]
    session = Session(desk_of(timed))
    session.say("return")
    edited(session, desk_of(name="send_back"), is_kept=False)
    assert kinds(session.timer()) == ["fired"]
    session.say("hm")
    assert session.state.owner == "bot:shop"


def test_another_kind_of_step_has_taken_the_id() -> None:
    session = edited(in_the_middle(), desk_of([{"say": "new", "id": "reason"}]), is_kept=False)
    session.say("too small")
    assert session.texts == ["Sorry, we have to start again from here. What would you like to do?"]
    session.say("return")
    assert session.texts == ["Done in a new way."]


def test_a_question_turned_into_another_kind_is_read_as_it_was_shown() -> None:
    chosen = [{"ask": "reason", "options": ["small", "big"]}, {"say": "new"}]
    session = edited(in_the_middle(), desk_of(chosen), is_kept=False)
    session.say("it is broken")
    assert session.slots["reason"] == "it is broken"
