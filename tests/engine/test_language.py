"""When a session goes over to another language, and what is asked again then."""

from __future__ import annotations

from typing import Any

import pytest

from frontdesk.dialogs.language import asked_for, hear
from tests.dialogs.drive import Session, make_desk
from tests.dialogs.shop import SHOP
from tests.dialogs.test_free_text import rules

LANGUAGES = ("en", "fr", "es")
FRENCH = "Je voudrais renvoyer mes chaussures parce qu'elles sont abîmées"
BOT: dict[str, Any] = SHOP | {
    "messages": {
        "en": SHOP["messages"],
        "fr": {"which_order": "Quelle commande ?", "note": "Autre chose ?", "sent": "Elle est en route."},
    },
    "components": {
        "reason": {
            "kind": "choices",
            "ask": {"en": "Why?", "fr": "Pourquoi ?"},
            "options": [
                {"id": "small", "label": {"en": "Too small", "fr": "Trop petit"}},
                {"id": "big", "label": {"en": "Too big", "fr": "Trop grand"}},
            ],
        }
    },
}


def open_session(**desk: Any) -> Session:
    return Session(make_desk(BOT, **({"languages": list(LANGUAGES)} | desk)))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("en français s'il vous plaît", "fr"), ("in English please", "en"), ("en español", "es"),
        ("English", "en"), ("español por favor", "es"), ("Can we speak French?", "fr"),
        ("je préfère continuer en français", "fr"), ("prefiero hablar en español", "es"),
        ("I would prefer to write in English", "en"), ("parlez-vous anglais ?", "en"),
        ("¿Habla inglés?", "en"), ("switch to Spanish", "es"),
        ("I am French", ""), ("a French coat in English style", ""), ("1042", ""), ("ok", ""),
        ("in German", ""),
    ],
)  # fmt: skip
def test_a_language_is_asked_for_by_its_name(text: str, language: str) -> None:
    assert asked_for(text, LANGUAGES) == language


def test_a_greeting_says_the_language_of_a_session_that_begins_with_it() -> None:
    greetings = {
        "examples": {"en": ["hello", "salut"], "fr": ["bonjour", "salut"], "es": ["hola"]},
        "answer": "sent",
    }
    bot = BOT | {"answers": {"greeting": greetings}}

    def session(*said: str, language: str = "en") -> Session:
        session = Session(make_desk(bot, languages=list(LANGUAGES)), language=language)
        for text in said:
            session.say(text)
        return session

    assert session("Bonjour !").texts == ["Elle est en route."]
    assert session("hello", "bonjour").state.language == "en", "one word of another language changes nothing"
    assert session("salut").state.language == "en", "said in both"
    assert session("hello", language="fr").state.language == "fr", "theirs is known"


def test_a_name_alone_may_be_an_answer() -> None:
    assert asked_for("English", LANGUAGES, is_asked=True) == ""
    assert asked_for("in English", LANGUAGES, is_asked=True) == "en"


@pytest.mark.parametrize(
    ("surely", "current", "before", "is_asked", "to"),
    [
        ("fr", "en", "", False, "fr"),  # in answer to no question: at once
        ("fr", "en", "", True, ""),
        ("fr", "en", "fr", True, "fr"),  # twice in a row
        ("fr", "en", "en", True, ""),
        ("fr", "fr", "en", False, ""),
        ("", "en", "fr", False, ""),  # "1042", "ok", a name
        ("de", "en", "de", False, ""),  # not a language of the desk
    ],
)
def test_when_a_message_changes_the_language(
    surely: str, current: str, before: str, is_asked: bool, to: str
) -> None:
    heard = hear("any words", surely, current=current, before=before, is_asked=is_asked, languages=LANGUAGES)
    assert heard.to == to


def changes(session: Session) -> list[str]:
    return [kind for kind, *_ in session.rows if kind == "language"]


def test_the_first_message_decides_before_anything_is_answered() -> None:
    session = open_session()
    session.say(FRENCH)
    assert session.state.language == "fr"
    assert session.texts == ["Bonjour ! Comment puis-je vous aider ?"]


def test_routing_knows_the_language_of_the_first_message() -> None:
    routing = [{"when": "language == 'fr'", "to": {"queue": "returns"}}, {"else": {"bot": "shop"}}]
    session = open_session(routing=routing)
    session.say(FRENCH)
    assert session.state.owner == "queue:returns"


def test_an_answer_in_another_language_changes_nothing_the_second_one_does() -> None:
    session = open_session()
    session.say("return")
    session.say("Je ne sais pas où trouver ce numéro")
    assert session.texts == ["Sorry, I did not understand that.", "Which order?"]
    assert rules(session.say("Je ne comprends pas cette question du tout")) == ["language fr"]
    assert session.texts == ["Quelle commande ?"]
    assert session.state.frames[0].tries == {"order_number": 1}
    session.say("1042")
    assert session.texts == ["Pourquoi ?"]


def test_an_address_is_of_no_language() -> None:
    session = open_session()
    for text in ("12 rue de la Gare, chez mes voisins du dessous", "derrière la grille de la cour, porte 3"):
        assert session.given.desk.surely_in(text) == "fr"
        session.say("note")
        session.say(text)
        assert session.slots["note"] == text
    assert session.state.language == "en"


def test_what_says_nothing_of_its_language_does_not_break_the_row() -> None:
    session = open_session()
    session.say("I want to return 1042")
    session.say("Elles sont beaucoup trop petites pour moi")
    session.say("ok")
    assert session.state.language == "en"
    session.say("Je ne sais pas quoi vous répondre")
    assert session.state.language == "fr"


@pytest.mark.parametrize("text", ["1042", "ok", "Jean-Pierre Dupont", "👍", ""])
def test_numbers_names_and_ok_change_nothing(text: str) -> None:
    session = open_session()
    session.say("hi")
    for _ in range(3):
        session.say(text)
    assert session.state.language == "en"
    assert changes(session) == []


def test_asked_for_by_name_it_changes_at_once_and_the_question_comes_again() -> None:
    for start, question in (("return", "Quelle commande ?"), ("I want to return 1042", "Pourquoi ?"),
                            ("note", "Autre chose ?")):  # fmt: skip
        session = open_session()
        session.say(start)
        assert rules(session.say("en français, s'il vous plaît")) == ["language fr"]
        assert session.texts == [question]
        assert session.state.frames[0].tries == {}
        assert session.folded() == session.state


def test_asked_for_where_nothing_is_open_it_is_said_in_the_new_language() -> None:
    session = open_session()
    session.say("español por favor")
    assert session.texts == ["Muy bien, sigamos en español. ¿En qué puedo ayudarle?"]


def test_a_desk_of_one_language_never_changes() -> None:
    session = open_session(languages=["en"])
    session.say(FRENCH)
    session.say("en français")
    assert session.state.language == "en"
