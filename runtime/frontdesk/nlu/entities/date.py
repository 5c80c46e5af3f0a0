"""Days, weeks, months and years: `March 17th`, `mardi prochain`, `el lunes pasado`, `in two weeks`.

*Next Tuesday* is the Tuesday of next week in English, as most readers of dates have it; *mardi
prochain* and *el próximo martes* are the Tuesday that comes next. A bare day of the week or of the
year is the coming one, or the last one where the sentence speaks of the past ("I ordered it on
Monday"). `03/04` is in the language's own order; in English, without a year, the day comes first
when 4 March has passed and 3 April has not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from frontdesk.nlu.entities.calendar import (
    add_months,
    coming,
    days_of_month,
    days_of_year,
    full_year,
    in_week,
    latest,
    monday_of,
    month_end,
    real_day,
)
from frontdesk.nlu.entities.duration import Duration
from frontdesk.nlu.entities.rules import Said, rule

_FREE = frozenset(
    "stop comma other bracket at on in en of and or till to dash clock hclock timer part bare_part during"
    " filler from will today_part between du ampm this".split()
)  # what may follow "the 20th" when a day is meant; "the 20th customer" is none
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


def choose(days: tuple[date, ...], said: Said, *, back: int = -1) -> Day | None:
    """The first of some days, or the last where the sentence speaks of the past."""
    if not days:
        return None
    if said.is_past() and days[back] <= said.now.date():
        days = (days[back], *days[:back], *(days[back:][1:]))
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
    if not doms or not _is_year(year.value) or not year.digits:
        return None
    found = real_day(year.value, _month(said), int(doms[-1].value))
    return Day(found) if found else None


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
    return choose(days_of_year(_month(said), int(number), said.now.date()), said)


def _month(said: Said) -> int:
    """The month said; `mar` is both a Tuesday and a March in Spanish."""
    month = said.one("month", "weak_month")
    return int(month) if month else 3


@rule("days", "nonday", "DOM OF? MONTH number?", "MONTH the? DOM", "[short_day long_day iso_day]")
def no_such_day(said: Said) -> str | None:
    """`31 February` is read, so that nothing else is made of it, and gives no entity."""
    written = said.one("short_day", "long_day", "iso_day")
    return "" if written or said.one("number", "ordinal", "second") in range(1, 100) else None


def _is_year(value: object) -> bool:
    return isinstance(value, int) and 1900 <= value <= 2100


@rule("days", "period", "MONTH [of du comma]? number", "[in en] the? unit? number")
def month_of_year(said: Said) -> Day | None:
    """`March 2026`, `in 2027`."""
    year = said.all("number")[0]
    if not _is_year(year.value) or not year.digits or said.one("unit") not in {None, "year"}:
        return None
    if said.has("in", "en"):
        return Day(date(year.value, 1, 1), "year") if said.after() != "currency" else None
    return Day(date(year.value, _month(said), 1), "month")


@rule("days", "period", "[next last this] MONTH", "MONTH [next last]", "[month weak_month]")
def named_month(said: Said) -> Day | None:
    """`next April`, `mars dernier`, `in May`."""
    is_weak = said.has("weak_month") and not said.has("next", "last", "this")
    if is_weak and not _says_a_month(said):
        return None
    this = said.now.date().replace(day=1)
    step = (_month(said) - this.month) % 12
    if said.has("last"):
        step = step - 12
    elif said.has("next"):
        step = step or 12
    elif step and said.is_past():
        step -= 12
    return Day(add_months(this, step), "month")


def _says_a_month(said: Said) -> bool:
    """Whether `may` and `march` are months here, and not what they else are."""
    if said.before() in {"to", "and", "or"}:
        return said.first > 1 and said.atoms[said.first - 2].kind in {"month", "weak_month", "period"}
    return said.before() in {"in", "of", "till", "from", "between", "end_of", "during"}


@rule("days", "period", "the? unit after_next")
def after_next(said: Said) -> Day | None:
    """`the week after next`."""
    return _period(said.one("unit"), 2, said.now.date())


@rule("days", "day", "end_of [the this]? [next last]? unit [next last]?")
def end_of_month(said: Said) -> Day | None:
    """`the end of the month`: its last day. `The end of March` stays the month: it is no one day."""
    step = 1 if said.has("next") else -1 if said.has("last") else 0
    period = _period(said.one("unit"), step, said.now.date())
    if period is None or period.grain == "week":
        return None
    return Day(month_end(add_months(period.day, 11) if period.grain == "year" else period.day))


@rule("days", "period", "the? [next last this] unit", "the? unit [next last]")
def relative_period(said: Said) -> Day | None:
    """`next week`, `le mois dernier`, `este año`."""
    step = 1 if said.has("next") else -1 if said.has("last") else 0
    return _period(said.one("unit"), step, said.now.date())


def _period(unit: str, step: int, today: date) -> Day | None:
    if unit == "week":
        return Day(monday_of(today) + timedelta(days=7 * step), "week")
    if unit == "month":
        return Day(add_months(today.replace(day=1), step), "month")
    return Day(date(today.year + step, 1, 1), "year") if unit == "year" else None


@rule("days", "day", "WEEKDAY comma? [of du the in on en]* period", "period comma? [of the on]* WEEKDAY")
def weekday_of_week(said: Said) -> Day | None:
    """`Tuesday of next week`, `mardi de la semaine prochaine`."""
    week: Day = said.one("period")
    return Day(in_week(_weekday(said), week.day)) if week.grain == "week" else None


@rule("days", "day", "the? [DOM last] WEEKDAY [of du in] period")
def weekday_of_month(said: Said) -> Day | None:
    """`the first Monday of April`, `el último viernes de mayo`."""
    month: Day = said.one("period")
    if month.grain != "month":
        return None
    number = 0 if said.has("last") else int(said.one("number", "ordinal", "second"))
    if number == 0:
        return Day(latest(_weekday(said), add_months(month.day, 1)))
    found = coming(_weekday(said), month.day - timedelta(days=1)) + timedelta(days=7 * (number - 1))
    return Day(found) if number in range(1, 6) and found.month == month.day.month else None


@rule("days", "day", "the? DOM [of du in] the? period", "the unit number du period", "period on? the DOM")
def day_of_month(said: Said) -> Day | None:
    """`the 5th of next month`."""
    month: Day = said.one("period")
    number = said.one("number", "ordinal", "second")
    if month.grain != "month" or number not in range(1, 32):
        return None
    found = real_day(month.day.year, month.day.month, int(number))
    return Day(found) if found else None


@rule("days", "period", "the? unit [of du] the? day")
def week_of(said: Said) -> Day | None:
    """`the week of 20 April`."""
    day: Day = said.one("day")
    return Day(monday_of(day.day), "week") if said.one("unit") == "week" else None


@rule("days", "day", "[relative manana]")
def relative_day(said: Said) -> Day:
    """`tomorrow`, `avant-hier`."""
    return Day(said.now.date() + timedelta(days=said.one("relative", "manana")))


@rule("days", "day", "today_part")
def part_of_today(said: Said) -> Day:
    """`tonight`."""
    days, part = said.one("today_part")
    return Day(said.now.date() + timedelta(days=days), part=part)


@rule("days", "day", "WEEKDAY comma? the? DOM(?! [h unit currency])", "WEEKDAY comma? the? unit number")
def weekday_and_day(said: Said) -> Day | None:
    """`Tuesday the 17th`: the day of the month decides."""
    number, today = said.one("number", "ordinal", "second"), said.now.date()
    if number not in range(1, 32) or said.one("unit") not in {None, "day"}:
        return None
    days = days_of_month(int(number), today)
    fitting = tuple(day for day in days if day.weekday() == _weekday(said))
    if not fitting and not said.has("ordinal", "the"):
        return None
    return choose(fitting or days, said)


@rule("days", "day", "WEEKDAY plus_week", "WEEKDAY after_next", "WEEKDAY unit(?! [next last])")
def weekday_after(said: Said) -> Day | None:
    """`mardi en huit`, `Tuesday week`."""
    if said.one("unit") not in {None, "week"} or (said.has("unit") and said.language != "en"):
        return None
    days = said.one("plus_week", "after_next") or 7
    return Day(coming(_weekday(said), said.now.date()) + timedelta(days=days))


@rule("days", "day", "[the on]? next WEEKDAY", "the? WEEKDAY next")
def next_weekday(said: Said) -> Day | None:
    """`next Tuesday`, `mardi prochain`, `el martes que viene`."""
    today, weekday = said.now.date(), _weekday(said)
    first = coming(weekday, today)
    if said.language != "en":
        return Day(first, others=(first + timedelta(days=7),))
    if said.atoms[said.last - 1].kind == "next":
        return None
    chosen = in_week(weekday, monday_of(today) + timedelta(days=7))
    return Day(chosen, others=tuple(day for day in (first, first + timedelta(days=7)) if day != chosen))


@rule("days", "day", "the? [last past] WEEKDAY", "this past WEEKDAY", "the? WEEKDAY last")
def last_weekday(said: Said) -> Day:
    """`last Monday`, `lundi dernier`."""
    return Day(latest(_weekday(said), said.now.date()))


@rule("days", "day", "this WEEKDAY")
def this_weekday(said: Said) -> Day:
    """`this Friday`; on a Friday it is today."""
    today, weekday = said.now.date(), _weekday(said)
    first = today if weekday == today.weekday() else coming(weekday, today)
    return Day(first, others=(first + timedelta(days=7),))


@rule("days", "day", "the? WEEKDAY")
def bare_weekday(said: Said) -> Day | None:
    """`Tuesday`, `el martes`."""
    today, weekday = said.now.date(), _weekday(said)
    if said.has("weak_weekday", "mar") and not said.is_all():
        is_led = said.before() in {"on", "from", "till", "between"}
        if said.has("mar") or not (is_led or said.after() in {"clock", "part", "bare_part"}):
            return None
    if said.is_past():
        return Day(latest(weekday, today))
    return Day(coming(weekday, today), others=(today,) if weekday == today.weekday() else ())


def _weekday(said: Said) -> int:
    weekday = said.one("weekday", "weak_weekday")
    return int(weekday) if weekday is not None else 1


@rule("days", "day", "the unit number", "the DOM", "on? ordinal")
def bare_day_of_month(said: Said) -> Day | None:
    """`the 20th`, `le 20`, `el día 20`."""
    atom = said.all("number", "ordinal", "second")[0]
    if not atom.digits or atom.value not in range(1, 32) or said.one("unit") not in {None, "day"}:
        return None
    if said.language == "en" and atom.kind != "ordinal":
        return None
    if not (said.has("the", "on") or said.is_all()) or (said.after() and said.after() not in _FREE):
        return None
    days = days_of_month(int(atom.value), said.now.date())
    return choose(days, said) if said.is_past() else Day(days[0], others=days[1:2])


@rule("days", "moment", "in duration", "duration later", "duration ago", "back duration")
def from_now(said: Said) -> Day | Moment:
    """`in three days`, `il y a deux jours`, `hace una hora`."""
    duration: Duration = said.one("duration")
    then = duration.after(said.now, -1 if said.has("ago", "back") else 1)
    if duration.is_days():
        return Day(then.date())
    return Moment(then.replace(second=0, microsecond=0), "minute")


@rule("days", "day", "duration [from on] day")
def from_a_day(said: Said) -> Day | None:
    """`two weeks from Friday`, `a week on Tuesday`."""
    duration, day = said.one("duration"), said.one("day")
    if not duration.is_days():
        return None
    return Day(duration.after(datetime.combine(day.day, said.now.time())).date())


@dataclass(frozen=True, slots=True)
class Moment:
    """A day and a time, both civil: conversion to an instant is the business of whoever has the zone."""

    at: datetime
    grain: str = "hour"

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
