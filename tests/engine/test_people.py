"""Sessions that people own: accepting, writing, waiting, ending; and who owns a session at all."""

from __future__ import annotations

from typing import Any

import pytest

from frontdesk.events import Event
from tests.dialogs.drive import Session, due, errors, kinds, make_desk

BOT: dict[str, Any] = {
    "name": "shop",
    "slots": {"note": {}},
    "messages": {"note": "Note?", "hi": "Shop here."},
    "components": {
        "size": {"kind": "choices", "ask": "Which size?", "options": [{"id": "s", "label": "Small"}]},
        "guide": {"kind": "link", "title": "Sizes", "url": "https://shop.example"},
        "broken": {"kind": "choices", "ask": "{{ 1 + 'a' }}", "options": ["a"]},
    },
    "dialogs": {
        "person": {"when": {"keyword": "person"}, "steps": [{"handoff": {"queue": "general"}}]},
        "mia": {"when": {"keyword": "mia"}, "steps": [{"handoff": {"rep": "mia"}}]},
        "note": {"when": {"keyword": "note"}, "steps": [{"ask": "note", "timeout": "PT5M"}]},
    },
}
OFFICE = {"office": {"week": {"mon-fri": "14:00-18:00"}}}


def waiting(**fields: Any) -> Session:
    """A session that waits in the queue."""
    session = Session(make_desk(BOT), **fields)
    session.say("person")
    assert (session.state.owner, session.state.status) == ("queue:general", "waiting")
    return session


def accepted(**fields: Any) -> Session:
    session = waiting(**fields)
    session.rep("mia", "accept")
    assert (session.state.owner, session.state.status) == ("rep:mia", "active")
    return session


def refusals(events: list[Event]) -> list[str]:
    return [event.code for event in events if event.KIND == "refused"]  # type: ignore[attr-defined]


# --- reps ----------------------------------------------------------------------------------------


def test_who_accepts_first_has_it() -> None:
    session = accepted()
    assert refusals(session.rep("mia", "accept")) == ["already_yours"]
    assert refusals(session.rep("sam", "accept")) == ["taken"]
    assert session.state.owner == "rep:mia"


@pytest.mark.parametrize("do", ["say", "component", "end"])
def test_only_its_rep_does_something_with_a_session(do: str) -> None:
    session = accepted()
    assert refusals(session.rep("sam", do, text="hello", name="size")) == ["not_yours"]
    session = waiting()
    assert refusals(session.rep("mia", do, text="hello", name="size")) == ["not_yours"]


def test_after_the_end_nothing_can_be_done() -> None:
    session = accepted()
    session.rep("mia", "end")
    for do in ("accept", "say", "component", "end"):
        assert refusals(session.rep("mia", do, text="hello", name="size")) == ["ended"]
    assert session.state.status == "ended"


def test_a_session_a_bot_owns_cannot_be_accepted() -> None:
    session = Session(make_desk(BOT))
    session.say("hi")
    assert refusals(session.rep("mia", "accept")) == ["taken"]


@pytest.mark.parametrize("data", [{}, {"text": ""}, {"text": "  \n"}])
def test_saying_nothing_is_refused(data: dict[str, Any]) -> None:
    assert refusals(accepted().rep("mia", "say", **data)) == ["empty"]


def test_what_no_rep_can_do_is_refused() -> None:
    assert refusals(accepted().rep("mia", "dance")) == ["unknown"]


def test_a_rep_writes_under_their_own_name() -> None:
    session = accepted()
    session.rep("mia", "say", text="Hello, I am Mia.")
    assert [(event.text, event.author) for event in session.sent] == [("Hello, I am Mia.", "rep:mia")]


def test_a_rep_sends_a_component_and_the_reply_is_read() -> None:
    session = accepted()
    session.rep("mia", "component", name="size")
    events = session.choose("s", to=session.sent[0].key)
    assert kinds(events) == ["inbound", "answered"]
    assert session.state.question is None
    assert kinds(session.choose("s")) == ["inbound"]


def test_words_that_are_no_reply_leave_the_reps_question_open() -> None:
    session = accepted()
    session.rep("mia", "component", name="size")
    assert kinds(session.say("I do not know")) == ["inbound"]
    assert session.state.question is not None
    assert kinds(session.say("small")) == ["inbound", "answered"]


def test_a_link_is_sent_and_nothing_is_waited_for() -> None:
    session = accepted()
    session.rep("mia", "component", name="guide")
    assert session.sent
    assert session.state.question is None


@pytest.mark.parametrize("name", ["gone", "", "broken"])
def test_a_component_that_cannot_be_shown_is_refused(name: str) -> None:
    session = accepted()
    assert refusals(session.rep("mia", "component", name=name)) == ["no_component"]
    assert session.texts == []


def test_a_rep_ends_a_session_with_a_goodbye() -> None:
    session = accepted()
    session.rep("mia", "end")
    assert session.texts == ["Thank you for writing to us. Goodbye!"]
    assert (session.state.status, session.state.owner) == ("ended", "none")


# --- waiting -------------------------------------------------------------------------------------


def test_where_no_queue_is_shown_a_sentence_says_so_once_a_wait() -> None:
    session = waiting(shows_queue=False)
    session.say("hello?")
    assert session.texts == ["You are in the queue. A colleague will answer here as soon as possible."]
    session.say("hello??")
    assert session.texts == []


def test_where_the_place_is_shown_nothing_is_said() -> None:
    session = waiting(shows_queue=True)
    for _ in range(3):
        session.say("hello?")
        assert session.texts == []


def test_after_hours_nobody_is_promised_anything() -> None:
    desk = make_desk(BOT, hours=OFFICE, queues={"general": {"hours": "office"}})
    session = Session(desk, shows_queue=False)
    session.say("person")
    closed = (
        "Nobody is available right now. Leave your message here and we will answer as soon as we are back."
    )
    assert session.texts == [f"{closed} We open again today at 2:00\u202fPM."]
    assert session.state.owner == "queue:general"
    session.advance(hours=11)
    session.say("hello?")
    assert session.texts == [f"{closed} We open again on Thursday, March 12, 2026 at 2:00\u202fPM."]


def test_when_it_opens_is_said_in_the_customers_own_time_and_language() -> None:
    desk = make_desk(BOT, hours=OFFICE, queues={"general": {"hours": "office"}})
    session = Session(desk, time_zone="Asia/Tokyo", language="fr")
    session.say("person")
    assert session.texts[0].endswith("Nous rouvrons aujourd’hui à 22:00.")


# --- the end -------------------------------------------------------------------------------------


def test_a_customer_ends_a_session_whoever_owns_it() -> None:
    for session in (waiting(), accepted(), Session(make_desk(BOT))):
        session.end()
        assert (session.state.status, session.state.owner) == ("ended", "none")
        assert session.end() == []
        assert session.say("hello?") == []


def test_the_end_stops_every_clock() -> None:
    session = Session(make_desk(BOT))
    session.say("note")
    assert session.state.timers
    assert due(session.end()) == [None]
    assert session.state.timers == {}


# --- who owns a session --------------------------------------------------------------------------


SHOP, RETURNS = {"bot": "shop"}, {"queue": "returns"}


@pytest.mark.parametrize(
    ("rules", "owner"),
    [
        ([{"else": SHOP}], "bot:shop"),
        ([{"when": "channel == 'site'", "to": RETURNS}, {"else": SHOP}], "queue:returns"),
        ([{"when": "channel == 'sms'", "to": RETURNS}, {"else": SHOP}], "bot:shop"),
        ([{"when": "channel_kind == 'web'", "to": {"rep": "mia"}}, {"else": SHOP}], "rep:mia"),
        ([{"when": "language == 'en'", "to": RETURNS}, {"else": SHOP}], "queue:returns"),
        ([{"when": "user > 3", "to": RETURNS}, {"else": SHOP}], "bot:shop"),
        ([{"else": {"bot": "gone"}, "fallback": RETURNS}], "queue:returns"),
        ([{"else": {"bot": "gone"}, "fallback": SHOP}], "bot:shop"),
        ([{"else": {"bot": "gone"}}], "queue:general"),
        ([{"else": {"rep": "zoe"}, "fallback": RETURNS}], "queue:returns"),
        ([{"else": {"rep": "zoe"}}], "queue:general"),
    ],
)
def test_routing_chooses_the_owner(rules: list[dict[str, Any]], owner: str) -> None:
    session = Session(make_desk(BOT, routing=rules))
    session.say("hi")
    assert session.state.owner == owner
    assert session.state.status == ("waiting" if owner.startswith("queue") else "active")
    assert session.folded() == session.state


def test_open_hours_may_choose_the_owner() -> None:
    rules = [{"when": "open('office')", "to": {"queue": "returns"}}, {"else": {"bot": "shop"}}]
    session = Session(make_desk(BOT, hours=OFFICE, routing=rules))
    session.say("hi")
    assert session.state.owner == "bot:shop"
    session = Session(make_desk(BOT, hours=OFFICE, routing=rules))
    session.advance(hours=5)
    session.say("hi")
    assert session.state.owner == "queue:returns"


def test_what_is_not_a_message_gives_a_session_its_owner_too() -> None:
    for begin in (Session.unsupported, lambda session: session.event("strange")):
        session = Session(make_desk(BOT))
        begin(session)
        assert session.state.owner == "bot:shop"


# --- bots that hand to bots ------------------------------------------------------------------------


def _bot(name: str, to: str, **fields: Any) -> dict[str, Any]:
    dialogs = {"go": {"when": {"keyword": "go"}, "steps": [{"handoff": {"bot": to}}]}}
    return {"name": name, "dialogs": dialogs, **fields}


def test_bots_that_hand_one_message_on_and_on_end_with_a_person() -> None:
    session = Session(make_desk(_bot("shop", "night"), _bot("night", "shop")))
    events = session.say("go")
    assert "handed one message on" in errors(events)[0]
    assert session.texts[0] == "Sorry, something went wrong on our side."
    assert session.state.owner == "queue:general"


def test_a_bot_that_takes_over_after_a_click_greets() -> None:
    pick = {
        "when": {"keyword": "pick"},
        "steps": [{"ask": "size", "options": ["s", "m"]}, {"handoff": {"bot": "night"}}],
    }
    shop = {"name": "shop", "slots": {"size": {}}, "messages": {"size": "Size?"}, "dialogs": {"pick": pick}}
    night = {"name": "night", "messages": {"welcome": "Night shift here."}}
    session = Session(make_desk(shop, night))
    session.say("pick")
    session.choose("m")
    assert session.texts == ["Night shift here."]
    assert session.state.owner == "bot:night"
    assert session.state.question is None


# --- time zones and languages ------------------------------------------------------------------------


def test_a_session_begins_with_its_language_and_time_zone() -> None:
    session = Session(make_desk(BOT), language="fr", time_zone="America/Lima")
    session.say("bonjour")
    assert (session.state.language, session.state.time_zone) == ("fr", "America/Lima")
    assert session.texts == ["Bonjour ! Comment puis-je vous aider ?"]
    assert session.given.moment(session.state).now.hour == 4


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "\0", "x" * 5000])
def test_a_time_zone_that_is_none_is_the_desks(zone: str) -> None:
    session = Session(make_desk(BOT), time_zone=zone)
    session.say("hi")
    assert session.given.moment(session.state).now.hour == 10
