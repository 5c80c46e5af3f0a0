"""Days as they are from today: `tomorrow`, `mardi prochain`, `el lunes pasado`, `in two weeks`.

*Next Tuesday* is the Tuesday of next week in English, as most readers of dates have it; *mardi
prochain* and *el próximo martes* are the Tuesday that comes next. A bare day of the week or of the
month is the coming one, or the last one where the sentence speaks of the past ("I ordered it on
Monday").
"""

from __future__ import annotations

from datetime import datetime, timedelta

from frontdesk.nlu.entities.calendar import (
    coming,
    days_of_month,
    days_of_year,
    in_week,
    latest,
    monday_of,
)
from frontdesk.nlu.entities.date import Day, Moment, choose, said_weekday
from frontdesk.nlu.entities.duration import Duration
from frontdesk.nlu.entities.rules import Said, rule

_FREE = frozenset(
    "stop comma other bracket at on in en of and or till to dash clock hclock timer part bare_part during"
    " filler from will today_part between du ampm this".split()
)  # what may follow "the 20th" when a day is meant; "the 20th customer" is none


@rule("relatives", "day", "holiday")
def holiday(said: Said) -> Day | None:
    """`Christmas`."""
    month, day = said.one("holiday")
    return choose(days_of_year(month, day, said.now.date()), said)


@rule("relatives", "day", "[relative manana]")
def relative_day(said: Said) -> Day:
    """`tomorrow`, `avant-hier`."""
    return Day(said.now.date() + timedelta(days=said.one("relative", "manana")))


@rule("relatives", "day", "today_part")
def part_of_today(said: Said) -> Day:
    """`tonight`."""
    days, part = said.one("today_part")
    return Day(said.now.date() + timedelta(days=days), part=part)


@rule("relatives", "day", "WEEKDAY comma? the? DOM(?! [h unit currency])", "WEEKDAY comma? the? unit number")
def weekday_and_day(said: Said) -> Day | None:
    """`Tuesday the 17th`: the day of the month decides."""
    number, today = said.one("number", "ordinal", "second"), said.now.date()
    if number not in range(1, 32) or said.one("unit") not in {None, "day"}:
        return None
    days = days_of_month(int(number), today)
    fitting = tuple(day for day in days if day.weekday() == said_weekday(said))
    if not fitting and not said.has("ordinal", "the"):
        return None
    return choose(fitting or days, said)


@rule("relatives", "day", "WEEKDAY plus_week", "WEEKDAY after_next", "WEEKDAY unit(?! [next last])")
def weekday_after(said: Said) -> Day | None:
    """`mardi en huit`, `Tuesday week`."""
    if said.one("unit") not in {None, "week"} or (said.has("unit") and said.language != "en"):
        return None
    days = said.one("plus_week", "after_next") or 7
    return Day(coming(said_weekday(said), said.now.date()) + timedelta(days=days))


@rule("relatives", "day", "[the on]? next WEEKDAY", "the? WEEKDAY next")
def next_weekday(said: Said) -> Day | None:
    """`next Tuesday`, `mardi prochain`, `el martes que viene`."""
    today, weekday = said.now.date(), said_weekday(said)
    first = coming(weekday, today)
    if said.language != "en":
        return Day(first, others=(first + timedelta(days=7),))
    if said.atoms[said.last - 1].kind == "next":
        return None
    chosen = in_week(weekday, monday_of(today) + timedelta(days=7))
    return Day(chosen, others=tuple(day for day in (first, first + timedelta(days=7)) if day != chosen))


@rule("relatives", "day", "the? [last past] WEEKDAY", "this past WEEKDAY", "the? WEEKDAY last")
def last_weekday(said: Said) -> Day:
    """`last Monday`, `lundi dernier`."""
    return Day(latest(said_weekday(said), said.now.date()))


@rule("relatives", "day", "this WEEKDAY")
def this_weekday(said: Said) -> Day:
    """`this Friday`; on a Friday it is today."""
    today, weekday = said.now.date(), said_weekday(said)
    first = today if weekday == today.weekday() else coming(weekday, today)
    return Day(first, others=(first + timedelta(days=7),))


@rule("relatives", "day", "the? WEEKDAY")
def bare_weekday(said: Said) -> Day | None:
    """`Tuesday`, `el martes`."""
    today, weekday = said.now.date(), said_weekday(said)
    if said.has("weak_weekday", "mar") and not said.is_all():
        is_led = said.before() in {"on", "from", "till", "between"}
        if said.has("mar") or not (is_led or said.after() in {"clock", "part", "bare_part"}):
            return None
    if said.is_past():
        return Day(latest(weekday, today))
    return Day(coming(weekday, today), others=(today,) if weekday == today.weekday() else ())


@rule("relatives", "day", "[the du] unit number", "the DOM", "on? ordinal")
def bare_day_of_month(said: Said) -> Day | None:
    """`the 20th`, `le 20`, `el día 20`."""
    atom = said.all("number", "ordinal", "second")[0]
    if not atom.digits or atom.value not in range(1, 32) or said.one("unit") not in {None, "day"}:
        return None
    if said.language == "en" and atom.kind != "ordinal":
        return None
    if not (said.has("the", "on", "du") or said.is_all()) or (said.after() and said.after() not in _FREE):
        return None
    days = days_of_month(int(atom.value), said.now.date())
    return choose(days, said) if said.is_past() else Day(days[0], others=days[1:2])


@rule("relatives", "moment", "in duration", "duration later", "duration ago", "back duration")
def from_now(said: Said) -> Day | Moment:
    """`in three days`, `il y a deux jours`, `hace una hora`."""
    duration: Duration = said.one("duration")
    then = duration.after(said.now, -1 if said.has("ago", "back") else 1)
    if duration.is_days():
        return Day(then.date())
    return Moment(then.replace(second=0, microsecond=0), "minute")


@rule("relatives", "day", "duration [from on] day")
def from_a_day(said: Said) -> Day | None:
    """`two weeks from Friday`, `a week on Tuesday`."""
    duration, day = said.one("duration"), said.one("day")
    if not duration.is_days():
        return None
    return Day(duration.after(datetime.combine(day.day, said.now.time())).date())
