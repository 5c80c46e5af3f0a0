"""A day and a time together: `tomorrow at half past two`, `mardi prochain à 15h`, `demain matin`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from frontdesk.nlu.entities.date import Day, Moment
from frontdesk.nlu.entities.duration import Duration, hours_long, hours_written
from frontdesk.nlu.entities.rules import Said, rule
from frontdesk.nlu.entities.time import Clock, clock, from_hclock

_MORNING = 7  # from this hour on `9h` alone is a time of day; `2h` alone is two hours


@dataclass(frozen=True, slots=True)
class Span:
    """From one time of day to another."""

    start: Clock
    end: Clock


@dataclass(frozen=True, slots=True)
class Interval:
    """From a day or a moment to another, both of them included."""

    start: Day | Moment
    end: Day | Moment


@rule("moments", "moment", "iso_time")
def iso_time(said: Said) -> Moment:
    """`2026-03-17T15:00`; a zone is left out, times are civil."""
    at = datetime.fromisoformat(said.one("iso_time")[:16].upper().replace(" ", "T"))
    return Moment(at, "minute", Day(at.date()))


@rule("moments", "day", "moment")
def counted_days(said: Said) -> Day | None:
    """`in three days` is a day."""
    value: Day | Moment = said.one("moment")
    return value if isinstance(value, Day) else None


@rule("moments", "day", "day comma? [of du in on during at the en]{0,2} [part bare_part]")
@rule("moments", "day", "[part bare_part] [of du on the]{0,2} day")
def day_part(said: Said) -> Day:
    """`demain matin`, `pasado mañana por la tarde`, `the morning of 5 May`."""
    day: Day = said.one("day")
    return replace(day, part=said.one("part", "bare_part"))


_TIME = "[clock hclock number]"


@rule(
    "moments",
    "span",
    f"[between during] [las the]? {_TIME} and [las the]? {_TIME} part?",
    f"[from of du on] [las the]? {_TIME} [to till at dash and]+ [las the]? {_TIME} part?",
    f"{_TIME} (?:to|till|dash|at) [las the]? {_TIME} part?",
    f"at? {_TIME} (?:to|till|dash) {_TIME}",
)
def span(said: Said) -> Span | None:
    """`from 2 to 4 pm`, `entre 14h et 16h`, `de 9 a 11 de la mañana`."""
    atoms = said.all("clock", "hclock", "number")
    if all(atom.kind == "number" for atom in atoms) and not _is_beside_a_day(said):
        return None
    start, end = (_clock(atom.kind, atom.value) for atom in atoms)
    if start is None or end is None:
        return None
    return _same_half(start, end.in_part(said.one("part")))


def _is_beside_a_day(said: Said) -> bool:
    """Whether bare numbers stand where only times do: `between 9 and 11 on Monday`."""
    if not said.has("from", "between", "of"):
        return False
    after = [atom.kind for atom in said.atoms[said.last : said.last + 2]]
    return said.before() == "day" or after[:1] == ["day"] or after in (["on", "day"], ["the", "day"])


def _clock(kind: str, value: Any) -> Clock | None:
    if kind == "clock":
        found: Clock = value
        return found
    return from_hclock(value) if kind == "hclock" else clock(value)


def _same_half(start: Clock, end: Clock) -> Span:
    """Of `2 to 4 pm` the 2 is pm too; of `10 to 2` only the 2 is."""
    if start.vague and not end.vague:
        later = replace(start, hour=start.hour % 12 + 12, vague=False)
        early = replace(start, hour=start.hour % 24, vague=False)
        same = end.hour >= 12 and (later.hour, later.minute) < (end.hour or 24, end.minute)
        start = later if same else early
    elif start.vague and end.vague:
        first = start.hour + 12 if start.hour < 7 else start.hour
        last = end.hour + 12 if end.hour % 12 <= first - 12 or end.hour < first else end.hour
        start, end = replace(start, hour=first, vague=False), replace(end, hour=min(last, 23), vague=False)
    elif end.vague and end.hour < start.hour:
        end = replace(end, hour=end.hour % 12 + 12, vague=False)
    return Span(start, end)


@rule("clocks", "span", "[between of from] [las the]? number [and at to till dash] [las the]? number unit")
def span_of_hours(said: Said) -> Span | None:
    """`entre 9 et 11 heures`; `de 2 a 3 horas` is a length of time."""
    first, last = (atom.value for atom in said.all("number"))
    start, end = clock(first), clock(last)
    if start is None or end is None or said.one("unit") != "hour" or said.language == "en":
        return None
    is_length = last < _MORNING and not (said.has("between") and said.language == "fr")
    return None if is_length else _same_half(replace(start, of_24=True), replace(end, of_24=True))


_NEAR = "[at on the of du las during in en from this till to]{0,3}"


@rule(
    "moments",
    "interval",
    f"day {_NEAR} span",
    f"span {_NEAR} day",
    "day comma span",
    "span comma day",
)
def day_span(said: Said) -> Interval:
    """`tomorrow from 2 to 4 pm`."""
    return _interval(said.one("day"), said.one("span"), said.now)


@rule("moments", "interval", "span")
def span_alone(said: Said) -> Interval:
    """`from 2 to 4 pm`: the next such time."""
    times: Span = said.one("span")
    return _interval(Day(times.start.following(said.now).date()), times, said.now)


def _interval(day: Day, times: Span, now: datetime) -> Interval:
    start = times.start.in_part(day.part).at(day.day, now)
    end = times.end.in_part(day.part).at(day.day, now)
    if end < start:
        end += timedelta(days=1)
    return Interval(Moment(start, times.start.grain()), Moment(end, times.end.grain()))


@rule(
    "moments",
    "moment",
    f"day {_NEAR} [clock hclock]",
    f"[clock hclock] {_NEAR} day",
    "day comma [at on]? [clock hclock]",
    "[clock hclock] comma [at on the]? day",
)
def day_time(said: Said) -> Moment | None:
    """`Tuesday at 3 pm`, `à 15h demain`."""
    atom = said.all("clock", "hclock")[0]
    day, found = said.one("day"), _clock(atom.kind, atom.value)
    if found is None:
        return None
    found = found.in_part(day.part)
    late = found.hour == 0 and day.part in {"night", "evening"}
    return Moment(found.at(day.day + timedelta(days=late), said.now), found.grain(), day)


@rule("moments", "duration", "hclock")
def hours_alone(said: Said) -> Duration | None:
    """`2h` alone is a length of time, `9h` a time of day."""
    hours, _ = hours_written(said.one("hclock"))
    is_time = hours >= _MORNING or said.before() in {"between", "of", "to"}
    return None if is_time else hours_long(said.one("hclock"))


@rule("moments", "moment", "[clock hclock]")
def time_alone(said: Said) -> Moment | None:
    """`at 3 pm`: the next time it is."""
    atom = said.all("clock", "hclock")[0]
    found = _clock(atom.kind, atom.value)
    if found is None or (atom.kind == "hclock" and said.before() == "during"):
        return None
    return Moment(found.following(said.now), found.grain())
