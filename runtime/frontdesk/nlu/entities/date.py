"""Days as they are written: `March 17th`, `le 3 mai`, `17/03`, `2026-03-17`.

`03/04` is in the language's own order; in English, without a year, the day comes first when 4 March
has passed and 3 April has not. Without a year the next such day is meant, or the last one where the
sentence speaks of the past ("I bought it on 2 March").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from frontdesk.nlu.entities.calendar import (
    days_of_year,
    full_year,
    real_day,
)
from frontdesk.nlu.entities.rules import Said, rule

_CUES = frozenset("on the at in of du till from to weekday during between and or dash".split())


@dataclass(frozen=True, slots=True)
class Day:
    """A day, or the first day of a week, month or year."""

    day: date
    grain: str = "day"
    part: str | None = None  # morning | noon | afternoon | evening | night
    others: tuple[date, ...] = ()  # what else it may mean, likeliest first

    def iso(self) -> str:
        """`2026-03-17`, `2026-04`, `2027`."""
        return self.day.isoformat()[: {"month": 7, "year": 4}.get(self.grain, 10)]


def choose(days: tuple[date, ...], said: Said) -> Day | None:
    """The first of some days, or the last where the sentence speaks of the past."""
    if not days:
        return None
    if said.is_past() and days[-1] <= said.now.date():
        days = (days[-1], *days[:-1])
    return Day(days[0], others=days[1:])


@rule("days", "day", "(?:WEEKDAY comma? on? the?)? iso_day", "(?:WEEKDAY comma? on? the?)? long_day")
def with_year(said: Said) -> Day | None:
    """`2026-03-17`, `17/03/2026`."""
    numbers = re.findall(r"\d+", said.one("iso_day", "long_day"))
    today = said.now.date()
    if said.has("iso_day"):
        found = real_day(int(numbers[0]), int(numbers[1]), int(numbers[2]))
        return Day(found) if found else None
    year = full_year(numbers[2], today)
    one, two = int(numbers[0]), int(numbers[1])
    orders = ((two, one), (one, two)) if is_day_first(said.tag) else ((one, two), (two, one))
    days = [found for month, day in orders if (found := real_day(year, month, day))]
    others = () if is_day_first(said.tag) else tuple(days[1:])
    return Day(days[0], others=others) if days else None


@rule("days", "day", "(?:WEEKDAY comma? on? the?)? short_day")
def without_year(said: Said) -> Day | None:
    """`17/03`; `4/5` stars are no day, `on 4/5` is one."""
    text = said.one("short_day")
    one, two = (int(number) for number in text.split("/"))
    if len(text) == 3 and not said.is_all() and said.before() not in _CUES and not said.has("weekday"):
        return None
    if text in {"24/7", "50/50"}:
        return None
    today = said.now.date()
    day_first, month_first = days_of_year(two, one, today), days_of_year(one, two, today)
    if is_day_first(said.tag):
        return choose(day_first or month_first, said)
    if said.is_past():
        return choose(month_first or day_first, said)
    ahead = [days[0] for days in (month_first, day_first) if days]
    this_year = [day for day in ahead if day.year == today.year and day >= today]
    readings = (*this_year, *sorted((*month_first, *day_first), key=lambda day: day < today))
    days = tuple(dict.fromkeys(readings))
    return Day(days[0], others=days[1:]) if days else None


_NAMED = "(?:the? WEEKDAY comma? on?)? the?"


@rule("days", "day", f"{_NAMED} DOM OF? MONTH comma? OF? number", f"{_NAMED} MONTH the? DOM comma? number")
def named_with_year(said: Said) -> Day | None:
    """`17 March 2026`, `3 de mayo de 2026`."""
    *doms, year = said.all("number", "ordinal", "second")
    if not doms or not is_year(year.value) or not year.digits:
        return None
    found = real_day(year.value, said_month(said), int(doms[-1].value))
    return Day(found) if found else None


@rule("days", "nonday", "DOM OF? MONTH comma? OF? number", "MONTH the? DOM comma? number")
def no_such_day_of_a_year(said: Said) -> str | None:
    """`29 February 2027` is not 29 February with a number behind it."""
    year = said.all("number")[-1]
    return "" if year.digits and is_year(year.value) else None


@rule("days", "day", f"{_NAMED} DOM OF? MONTH")
def day_then_month(said: Said) -> Day | None:
    """`17 March`, `le 1er mai`, `el 3 de mayo`."""
    return _of_year(said)


@rule("days", "day", f"{_NAMED} MONTH the? DOM(?! of? [unit currency])")
def month_then_day(said: Said) -> Day | None:
    """`March 17th`."""
    if said.language == "fr" and not said.is_all():
        return None
    return _of_year(said)


def _of_year(said: Said) -> Day | None:
    number = said.one("number", "ordinal", "second")
    if number not in range(1, 32):
        return None
    return choose(days_of_year(said_month(said), int(number), said.now.date()), said)


def said_month(said: Said) -> int:
    """The month said; `mar` is both a Tuesday and a March in Spanish."""
    month = said.one("month", "weak_month")
    return int(month) if month else 3


@rule("days", "nonday", "DOM OF? MONTH number?", "MONTH the? DOM", "[short_day long_day iso_day]")
def no_such_day(said: Said) -> str | None:
    """`31 February` is read, so that nothing else is made of it, and gives no entity."""
    written = said.one("short_day", "long_day", "iso_day")
    return "" if written or said.one("number", "ordinal", "second") in range(1, 100) else None


def is_year(value: object) -> bool:
    """Whether a number can be a year."""
    return isinstance(value, int) and 1900 <= value <= 2100


@dataclass(frozen=True, slots=True)
class Moment:
    """A day and a time, both civil: conversion to an instant is the business of whoever has the zone."""

    at: datetime
    grain: str = "hour"
    day: Day | None = None  # the day as it was said, if one was

    def iso(self) -> str:
        """`2026-03-17T15:00`."""
        return self.at.isoformat(timespec="minutes")


@lru_cache
def is_day_first(language: str) -> bool:
    """Whether 03/04 is 3 April in a language."""
    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse("en")
    pattern = str(locale.date_formats["short"].pattern).lower()
    return pattern.index("d") < pattern.index("m")


def said_weekday(said: Said) -> int:
    """The day of the week said; `mar` is both a Tuesday and a March in Spanish."""
    weekday = said.one("weekday", "weak_weekday")
    return int(weekday) if weekday is not None else 1
