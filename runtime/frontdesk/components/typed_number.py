"""A number as customers type it in answer to a question, and as we write it back.

What a number looks like is the business of the grammars (`nlu/entities/`); here is only what an answer
may add to one: a half, a sign, the words around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_decimal

from frontdesk.components.typed import MAX_EXAMINED, is_denied, one_line, plain, tongues, words_of
from frontdesk.locale import FALLBACK, spoken_language
from frontdesk.nlu.entities.number import with_numbers
from frontdesk.nlu.entities.sentence import Atom, atoms

Number = int | float

_TENS = frozenset({20, 30, 40, 50})
_ALONE = frozenset("seul seule solo sola solamente".split())  # "un seul" is one
LARGEST = 10**15  # beyond it a float is no longer the number that was typed
_QUESTION = 3  # words of a sentence that may end in a question mark and still be an answer: "2?", "two, ok?"
_OTHER_DIGITS = frozenset("iso_time iso_day long_day short_day timer hclock dotted ordinal".split())
"""Classes of atoms that are written with digits and are no number."""
_NUMBER_ALONE = frozenset("number an and half point minus dash stop comma currency".split())
"""Classes of atoms of a text that is nothing but a number: only that is read in another language ("très")."""


@dataclass(frozen=True, slots=True)
class TypedNumber:
    """What a typed text says: a number, or the key of what is wrong with it."""

    number: Number | None = None
    problem: str = ""  # "": none | amount | amount_several


@lru_cache(maxsize=256)  # a turn asks more than once about its message
def number_in(text: str, language: str, *, alone: bool = False) -> TypedNumber:
    """The one number a customer typed, in the language of the question or else in any other.

    `alone`: only where nothing else is said.
    """
    if is_denied(plain(text)) or ("?" in text and len(words_of(text)) > _QUESTION):
        return TypedNumber(problem="amount")
    examined = one_line(text[:MAX_EXAMINED])
    for place, tongue in enumerate(map(spoken_language, tongues(language))):
        said = with_numbers(atoms(examined, tongue), tongue)
        if (alone or place) and any(atom.kind not in _NUMBER_ALONE for atom in said):
            continue
        found = _one_of(_numbers(said))
        if found.problem != "amount":
            return found
    return TypedNumber(problem="amount")


@lru_cache(maxsize=256)
def ordinal_in(text: str) -> int | None:
    """The place that is all a text says, in words of any language: "twelfth", "vingt et unième"."""
    for tongue in tongues(FALLBACK):
        said = with_numbers(atoms(text[:MAX_EXAMINED], tongue), tongue)
        if [atom.kind for atom in said] == ["ordinal"]:
            return int(said[0].value)
        if [atom.kind for atom in said] == ["number", "ordinal"] and said[0].value in _TENS:
            return int(said[0].value + said[1].value)
    return None


def number_text(number: Number, language: str, unit: str = "") -> str:
    """A number in digits, as the language writes it, with its unit."""
    digits = format_decimal(Decimal(str(number)), format="#,##0.######", locale=spoken_language(language))
    return f"{digits} {unit}" if unit else digits


def tidy(number: Number) -> Number:
    """A whole number as an int, so that a text says 2 and not 2.0; plain, whatever kind of float it was."""
    return int(number) if float(number).is_integer() else float(number)


def _one_of(numbers: list[Number] | None) -> TypedNumber:
    if not numbers:
        return TypedNumber(problem="amount")
    if len(set(numbers)) > 1:
        return TypedNumber(problem="amount_several")
    return TypedNumber(numbers[0]) if abs(numbers[0]) < LARGEST else TypedNumber(problem="amount")


def _numbers(said: list[Atom]) -> list[Number] | None:
    """Every number said; None where digits are something else: a day, a time of day."""
    if any(atom.kind in _OTHER_DIGITS for atom in said):
        return None
    kinds = [atom.kind for atom in said if atom.kind not in {"stop", "comma"}]
    if kinds == ["an"] or (kinds == ["an", "word"] and said[1].value in _ALONE):
        return [1]  # "une", "un" alone
    found: list[Number] = []
    place = 0
    while place < len(said):
        if said[place].kind == "number":
            number, used = _with_fraction(said, place)
            if place and said[place - 1].kind == "half":
                number = number / 2  # "half a dozen"
            found.append(-number if _is_below_zero(said, place) else number)
            place += used
        else:
            place += 1
    return found


def _with_fraction(said: list[Atom], place: int) -> tuple[Number, int]:
    """The number here with what belongs to it, and how many atoms that is: `two and a half`."""
    number = said[place].value
    rest = [atom.kind for atom in said[place + 1 : place + 4]]
    if isinstance(number, int):
        for half in (["and", "an", "half"], ["and", "half"]):
            if rest[: len(half)] == half:
                return number + 0.5, 1 + len(half)
        if rest[:2] == ["point", "number"] and isinstance(said[place + 2].value, int):
            return float(f"{number}.{said[place + 2].value}"), 3
    return number, 1


def _is_below_zero(said: list[Atom], place: int) -> bool:
    if place == 0:
        return False
    before = said[place - 1]
    if before.kind == "minus":
        return True
    is_alone = place == 1 or said[place - 2].kind != "number"  # "3-4" is from three to four
    return before.kind == "dash" and before.end == said[place].start and is_alone
