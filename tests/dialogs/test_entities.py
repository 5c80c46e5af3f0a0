"""Slots filled by entities nobody declares: days, times, numbers, addresses; and cities with roles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from frontdesk.nlu.entities import grammar, known
from frontdesk.nlu.entities.sentence import Atom

from .drive import Session, make_desk
from .test_free_text import rules

CITY = {name: {"en": [name.title()]} for name in ("paris", "lyon", "madrid")}
BOT: dict[str, Any] = {
    "slots": {
        "day": {"entity": "date"},
        "hour": {"entity": "time"},
        "people": {"entity": "number", "check": "value < 20"},
        "email": {"entity": "email"},
        "phone": {"entity": "phone"},
        "origin": {"entity": "city:from"},
        "target": {"entity": "city:to"},
        "code": {"entity": "code"},
    },
    "entities": {
        "city": {"lookup": CITY, "roles": ["from", "to"]},
        "code": {"pattern": "[0-9]{4}"},
    },
    "messages": {
        "day": "Which day?",
        "hour": "At what time?",
        "people": "How many?",
        "email": "Your e-mail?",
        "phone": "Your number?",
        "origin": "From where?",
        "target": "Where to?",
        "code": "Your code?",
        "booked": "{{ people }} on {{ day|date('EEEE d MMMM') }} at {{ hour }}.",
        "trip": "{{ origin }} to {{ target }}.",
    },
    "components": {"soon": {"kind": "date_picker", "ask": "Which day?", "max": 10}},
    "intents": {"table": ["a table"], "trip": ["a ticket"], "call_me": ["call me"], "gift": ["a gift"]},
    "dialogs": {
        "table": {
            "when": {"intent": "table"},
            "steps": [{"ask": "day"}, {"ask": "hour"}, {"ask": "people"}, {"say": "booked"}],
        },
        "trip": {
            "when": {"intent": "trip"},
            "steps": [{"ask": "origin"}, {"ask": "target"}, {"say": "trip"}],
        },
        "call_me": {"when": {"intent": "call_me"}, "steps": [{"ask": "phone"}, {"ask": "email"}]},
        "gift": {
            "when": {"intent": "gift"},
            "steps": [{"ask": "code"}, {"ask": "day", "component": "soon"}, {"ask": "people"}],
        },
    },
}


def session(language: str = "en", **fields: Any) -> Session:
    return Session(make_desk(BOT | fields, languages=["en", "fr", "es"]), language=language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "for 4 next Tuesday at 8 pm please"),
        ("fr", "pour quatre personnes mardi prochain à 20h"),
        ("es", "para cuatro el próximo martes a las 8 de la tarde"),
    ],
)
def test_one_sentence_holds_a_day_a_time_and_a_number(language: str, text: str) -> None:
    talk = session(language)
    talk.say("a table")
    assert rules(talk.say(text)) in (["reply"], ["slots"])
    assert talk.slots == {"day": "2026-03-17", "hour": "20:00", "people": 4}
    assert [len(talk.texts), talk.state.question] == [1, None]


def test_the_day_is_a_day_wherever_it_is_used() -> None:
    talk = session()
    talk.say("a table")
    talk.say("tomorrow")
    talk.say("half past seven in the evening")
    talk.say("two")
    assert talk.texts == ["2 on Thursday 12 March at 19:30."]


def test_a_day_as_the_calendar_has_it_not_as_any_grammar_would() -> None:
    talk = session()
    talk.say("a gift")
    talk.say("1042, on 3 May")
    assert talk.slots == {"code": "1042"}, "3 May is more than ten days away"
    talk.say("then on 17 March, for 3")
    assert talk.slots == {"code": "1042", "day": "2026-03-17", "people": 3}


def test_a_number_that_fails_its_check_is_asked_for_again() -> None:
    talk = session()
    talk.say("a table")
    talk.say("tomorrow at 7 pm")
    talk.say("50")
    assert "people" not in talk.slots
    talk.say("all right, twelve")
    assert talk.slots["people"] == 12


def test_addresses_are_kept_as_they_are_written_for_machines() -> None:
    talk = session("fr")
    talk.say("call me")
    talk.say("au 06 12 34 56 78, ou anna@Example.com")
    assert talk.slots == {"phone": "+33612345678", "email": "anna@example.com"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "from Lyon to Paris"),
        ("en", "to Paris, leaving Lyon"),
        ("fr", "de Lyon à Paris"),
        ("fr", "un billet pour Paris au départ de Lyon"),
        ("es", "desde Lyon hasta Paris"),
    ],
)
def test_a_city_is_where_from_or_where_to(language: str, text: str) -> None:
    talk = session(language)
    talk.say("a ticket")
    talk.say(text)
    assert talk.slots == {"origin": "lyon", "target": "paris"}


def test_an_entity_may_be_annotated_in_an_example_and_stands_for_every_value() -> None:
    intents = {
        "trip": ["to [Paris](city:to)", "via [Lyon](city:from)"],
        "table": ["a table [tomorrow](date)"],
    }
    talk = session(intents=intents)
    talk.say("a table on Friday")
    assert talk.dialogs == []
    talk.say("a table next Friday")
    assert (talk.dialogs, talk.slots) == (["table"], {"day": "2026-03-20"})
    other = session(intents=intents)
    other.say("to Madrid")
    assert other.slots == {"target": "madrid"}
    other.say("via Paris")
    assert other.slots == {"target": "madrid", "origin": "paris"}, "the bot's own words tell a role too"


def test_a_bots_own_entity_of_the_name_wins() -> None:
    own = {"entities": BOT["entities"] | {"number": {"pattern": "n[0-9]"}}}
    talk = session(**own, slots=BOT["slots"] | {"people": {"entity": "number"}})
    talk.say("a table tomorrow")
    talk.say("a table")
    talk.say("tomorrow at 7 pm for 3")
    assert "people" not in talk.slots
    talk.say("n5")
    assert talk.slots["people"] == "n5"


def test_a_sentence_without_any_of_it_is_not_read_by_a_grammar(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    parsed = grammar.parsed

    def reading(text: str, language: str, now: datetime) -> list[Atom]:
        read.append(text)
        return parsed(text, language, now)

    monkeypatch.setattr(known, "parsed", reading)
    known._read.cache_clear()
    talk = session()
    for text in ("hello there", "where is my parcel", "je voudrais parler", "a table"):
        talk.say(text)
    assert read == []
    talk.say("tomorrow")
    assert read == ["tomorrow"]
