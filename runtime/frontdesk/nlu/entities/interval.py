"""From one day or time to another: `from 20 to 24 March`, `du 20 au 24 mars`, `this weekend`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from frontdesk.nlu.entities.calendar import (
    add_months,
    coming,
    days_of_month,
    days_of_year,
    monday_of,
    real_day,
)
from frontdesk.nlu.entities.date import Day, Moment
from frontdesk.nlu.entities.moment import Interval
from frontdesk.nlu.entities.rules import Said, rule
from frontdesk.nlu.entities.time import Clock

_START = "(?:[from between du of] the?)? (?:the? WEEKDAY)? the?"
_BETWEEN = "[to till at dash and]+ (?:the? WEEKDAY)? the?"


@rule(
    "ranges",
    "interval",
    f"{_START} DOM {_BETWEEN} DOM OF? MONTH [of du comma]? number",
    f"{_START} DOM {_BETWEEN} DOM OF? MONTH",
    f"[from between]? MONTH the? DOM {_BETWEEN} DOM comma? number",
    f"[from between]? MONTH the? DOM {_BETWEEN} DOM(?! OF? MONTH)",
)
def days_of_a_month(said: Said) -> Interval | None:
    """`from 20 to 24 March`, `March 20-24, 2026`."""
    if said.has("and") and not said.has("between", "from"):
        return None
    doms = [atom.value for atom in said.all("number", "ordinal", "second")]
    year = _year(said, doms)
    if not (len(doms) == 2 and all(dom in range(1, 32) for dom in doms)):
        return None
    month = said.one("month", "weak_month") or 3
    end = real_day(year, month, doms[1]) if year else _of_year(month, doms[1], said)
    if end is None:
        return None
    start = real_day(end.year, end.month, doms[0])
    if doms[0] > doms[1]:
        start = real_day(*_month_before(end), doms[0])
    return Interval(Day(start), Day(end)) if start else None


def _year(said: Said, doms: list[int]) -> int | None:
    """The year, taken off the numbers; a third number that is none spoils them."""
    if len(doms) == 3 and 1900 <= doms[2] <= 2100 and said.all("number")[-1].digits:
        return int(doms.pop())
    return None


def _of_year(month: int, number: int, said: Said) -> date | None:
    days = days_of_year(month, number, said.now.date())
    if not days:
        return None
    return days[-1] if said.is_past() else days[0]


def _month_before(day: date) -> tuple[int, int]:
    before = add_months(day.replace(day=1), -1)
    return before.year, before.month


@rule(
    "ranges",
    "interval",
    "du number to number(?! [unit currency])",
    "[from between] the [number ordinal] [to till and]+ the? [number ordinal](?! [unit currency word])",
    "the? ordinal [to till dash]+ the? ordinal",
)
def days_alone(said: Said) -> Interval | None:
    """`du 20 au 24`, `from the 20th to the 24th`."""
    first, last = said.all("number", "ordinal")
    if not (first.digits and last.digits and {first.value, last.value} <= set(range(1, 32))):
        return None
    start = days_of_month(first.value, said.now.date())[0]
    end = real_day(start.year, start.month, last.value)
    if end is None or end < start:
        end = days_of_month(last.value, start)[0]
    return Interval(Day(start), Day(end))


@rule("ranges", "day", "the? DOM(?= [comma and or] (?:DOM [comma and or] )?(?:the|WEEKDAY)* DOM OF? MONTH)")
def first_of_two(said: Said) -> Day | None:
    """The 17th of `17 or 18 March`."""
    number = said.one("number", "ordinal", "second")
    month = next((atom.value for atom in said.atoms[said.last :] if atom.kind in {"month", "weak_month"}), 3)
    if number not in range(1, 32):
        return None
    days = days_of_year(month, int(number), said.now.date())
    return Day(days[0]) if days else None


@rule("relatives", "interval", "the? [this next last]? weekend [next last]?")
def weekend(said: Said) -> Interval:
    """`this weekend`, `le week-end prochain`: Saturday and Sunday."""
    today = said.now.date()
    saturday = monday_of(today) + timedelta(days=5)
    if said.has("last"):
        saturday -= timedelta(days=7)
    elif said.has("next"):
        saturday = saturday + timedelta(days=7) if said.language == "en" else coming(5, today)
    elif said.is_past() and not said.has("this"):
        saturday -= timedelta(days=7)
    return Interval(Day(saturday), Day(saturday + timedelta(days=1)))


_DAY = "(?:the|las|from|du|of|on)* [day period]"


@rule(
    "intervals",
    "interval",
    "between the? [day period] and the? [day period]",
    f"[from of du] the? [day period] [to till at dash]+ {_DAY}",
    f"[day period] [to till dash]+ {_DAY}",
)
def day_to_day(said: Said) -> Interval | None:
    """`from Monday to Friday`, `du 28 mars au 3 avril`."""
    start, end = (atom.value for atom in said.all("day", "period"))
    if end.day < start.day:
        end = replace(end, day=_after(start.day, end.day))
    return Interval(start, end)


def _after(start: date, end: date) -> date:
    """The end of an interval, moved behind its start: by weeks when that is near, else by years."""
    behind = (start - end).days
    if behind < 14:
        return end + timedelta(days=7 * (behind // 7 + 1))
    return add_months(end, 12 * (start.year - end.year + (end.month <= start.month)))


@rule(
    "intervals",
    "interval",
    "between moment and the? [moment clock]",
    "[from of du]? moment [to till at dash]+ (?:the|las)* moment",
)
def moment_to_moment(said: Said) -> Interval | None:
    """`from Monday at 9 to Tuesday at noon`."""
    first, last = said.all("moment", "clock")
    start: Moment = first.value
    end = _moment(last.value, start.at)
    if end.at < start.at:
        end = replace(end, at=end.at + timedelta(days=7 if (start.at - end.at).days < 7 else 365))
    return Interval(start, end)


def _moment(value: Moment | Clock, start: datetime) -> Moment:
    return Moment(value.at(start.date(), start), value.grain()) if isinstance(value, Clock) else value
