"""A conversation follows its customer's language, but not for a number, an `ok` or a name."""

from __future__ import annotations

import pytest

from frontdesk.nlu.language import Guess, LanguageGuesser, next_language
from tests.nlu.sentences import THINGS, WAYS

DESK = LanguageGuesser(["en", "fr", "es"])

SAID = [
    ("Where is my order?", "en"),
    ("où est ma commande", "fr"),
    ("¿dónde está mi pedido?", "es"),
    ("ou est mon colis svp", "fr"),  # typed without accents
    ("cuanto cuesta el envio", "es"),
    ("J’ai reçu le mauvais article", "fr"),
    ("me gustaria hablar con una persona", "es"),
    ("cancel my reservation for me", "en"),  # one word a neighbour has, too
    ("je voudrais un refund", "fr"),
    ("JE VEUX RENVOYER MA ROBE", "fr"),
]


@pytest.mark.parametrize(("text", "language"), SAID)
def test_tells_languages_apart(text: str, language: str) -> None:
    guess = DESK.guess(text)
    assert guess is not None
    assert guess.language == language


def test_shop_talk_is_told_apart() -> None:
    every = [
        (way.format(thing), language)
        for by_language in WAYS.values()
        for language, ways in by_language.items()
        for way in ways
        for thing in THINGS[language]
    ]
    right = [guess.language == language for text, language in every if (guess := DESK.guess(text))]
    assert sum(right) >= 0.985 * len(every)


@pytest.mark.parametrize("text", ["", "1042", "?!", "🙂🙂🙂", "12 34 56", "\ud83d"])
def test_no_words_no_guess(text: str) -> None:
    assert DESK.guess(text) is None


@pytest.mark.parametrize("text", ["ok", "Mia Martin", "hola", "merci !", "1042 ok", "Lune"])
def test_short_messages_are_never_sure(text: str) -> None:
    guess = DESK.guess(text)
    assert guess is not None
    assert guess.sure is None


def test_very_long_messages_and_words_are_taken() -> None:
    guess = DESK.guess("quiero devolver mi pedido " * 2_500)
    assert guess is not None
    assert guess.sure == "es"
    assert DESK.guess("x" * 10_000) is not None


def test_a_desk_of_one_language_never_guesses() -> None:
    assert LanguageGuesser(["fr"]).guess("where is my order") is None


def test_a_language_we_have_no_list_of_is_learnt_from_examples() -> None:
    sentences = ["waar is mijn bestelling", "ik wil mijn pakket terugsturen", "wanneer komt het pakket"]
    desk = LanguageGuesser(["en", "nl", "xx"], {"nl": sentences})
    guess = desk.guess("wanneer komt mijn bestelling")
    assert guess is not None
    assert guess.language == "nl"
    english = desk.guess("when will it come")
    assert english is not None
    assert english.language == "en"


def test_a_region_speaks_its_language() -> None:
    guess = LanguageGuesser(["en-GB", "fr-CA"]).guess("je veux renvoyer ma robe")
    assert guess is not None
    assert guess.language == "fr-CA"


SURE = Guess(language="fr", confidence=0.99, words=5)


@pytest.mark.parametrize(
    ("current", "guess", "sure_before", "in_answer", "expected"),
    [
        ("en", SURE, None, False, "fr"),  # in answer to no question: at once
        ("en", SURE, None, True, None),  # a question is open: the second time
        ("en", SURE, "fr", True, "fr"),
        ("en", SURE, "es", True, None),
        ("fr", SURE, "fr", True, None),  # nothing to change
        ("en", None, "fr", False, None),
        ("en", Guess(language="fr", confidence=0.89, words=5), "fr", False, None),
        ("en", Guess(language="fr", confidence=0.99, words=2), "fr", False, None),
    ],
)
def test_when_a_conversation_changes(
    current: str, guess: Guess | None, sure_before: str | None, in_answer: bool, expected: str | None
) -> None:
    assert next_language(current, guess, sure_before=sure_before, in_answer=in_answer) == expected
