"""A day as customers type it in answer to a question, and as we write it back.

What a day looks like in a sentence is the business of the grammars (`nlu/entities/`); here is only what
an answer may leave out ("20", "the 2nd") and what is wrong with one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from frontdesk.components.typed import MAX_EXAMINED, fold, is_denied, one_line, plain, tongues, words_of
from frontdesk.locale import spoken_language, t
from frontdesk.nlu.entities.calendar import days_of_month
from frontdesk.nlu.entities.date import Day, Moment
from frontdesk.nlu.entities.grammar import parsed
from frontdesk.nlu.entities.sentence import Atom
from frontdesk.nlu.entities.spoken import LANGUAGES, spoken

_NUMBER_ALONE = re.compile(r"(?:(?:on )?the |le |el )?(\d{1,2}) ?(?:st|nd|rd|th|ers?|ere|re|e|o|a)?")
_SHORT = re.compile(r"(\d{1,2})[.-](\d{1,2})\.?")

_DAY_CLASSES = frozenset(
    "weekday weak_weekday month weak_month mar unit relative holiday today_part manana weekend end_of"
    " ordinal second plus_week after_next".split()
)
"""Classes of words of which a day has one, unless it is written with digits."""

_Days = tuple[date, ...]


@dataclass(frozen=True, slots=True)
class TypedDate:
    """What a typed text says: possible days, likeliest first, or the key of what is wrong with it."""

    days: _Days = ()
    problem: str = ""  # "": none | date | date_invalid | date_several


@lru_cache(maxsize=1)
def _day_words() -> frozenset[str]:
    return frozenset(word for language in LANGUAGES for word in spoken(language).telling(_DAY_CLASSES))


def may_hold_day(text: str) -> bool:
    """Whether it is worth reading: without a digit or a word of days a sentence names none."""
    words = words_of(text)
    return not _day_words().isdisjoint(words) or any(word.isalnum() and not word.isalpha() for word in words)


def dates_in(text: str, language: str, today: date) -> TypedDate:
    """The day a customer typed, in the language of the question or else in any other."""
    if not may_hold_day(text):
        return TypedDate(problem="date")
    alone = _NUMBER_ALONE.fullmatch(fold(text))
    if alone is not None:
        days = tuple(day for day in days_of_month(int(alone[1]), today) if day >= today)
        return TypedDate(days) if days else TypedDate(problem="date_invalid")
    said = plain(text).replace("’", "'")
    if is_denied(said):
        return TypedDate(problem="date")
    examined = _SHORT.sub(r"\1/\2", said) if _SHORT.fullmatch(said) else one_line(text[:MAX_EXAMINED])
    for tongue in tongues(language):
        found = _one_of(parsed(examined, tongue, datetime.combine(today, time())))
        if found.problem != "date":
            return found
    return TypedDate(problem="date")


@lru_cache(maxsize=2048)  # the same few days are offered to everybody
def day_text(day: date, language: str, style: str) -> str:
    """A day in words; style: day_short | day_long | day_example | day_example_year.

    The styles are patterns of the locale catalogue.
    """
    text = format_date(day, t(language, f"component.{style}"), locale=_locale(language))
    return re.sub(r"\b1\b", "1er", text, count=1) if spoken_language(language) == "fr" else text


def _one_of(atoms: list[Atom]) -> TypedDate:
    """The one day among what was read."""
    days = [day for atom in atoms for day in _days(atom.value)]
    if any(atom.kind == "interval" for atom in atoms) or len({day.day for day in days}) > 1:
        return TypedDate(problem="date_several")
    if days:
        return TypedDate((days[0].day, *days[0].others))
    return TypedDate(problem="date_invalid" if any(atom.kind == "nonday" for atom in atoms) else "date")


def _days(value: object) -> Iterator[Day]:
    day = value.day if isinstance(value, Moment) else value
    if isinstance(day, Day) and day.grain == "day":
        yield day


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")
