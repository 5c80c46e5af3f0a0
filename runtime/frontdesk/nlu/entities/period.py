"""Weeks, months and years, and days of them: `next week`, `en mars`, `the 5th of next month`."""

from __future__ import annotations

from datetime import date, timedelta

from frontdesk.nlu.entities.calendar import (
    add_months,
    coming,
    in_week,
    latest,
    monday_of,
    month_end,
    real_day,
)
from frontdesk.nlu.entities.date import Day, is_year, said_month, said_weekday
from frontdesk.nlu.entities.rules import Said, rule


@rule("periods", "period", "MONTH [of du comma]? number", "[in en] the? unit? number")
def month_of_year(said: Said) -> Day | None:
    """`March 2026`, `in 2027`."""
    year = said.all("number")[0]
    if not is_year(year.value) or not year.digits or said.one("unit") not in {None, "year"}:
        return None
    if said.has("in", "en"):
        return Day(date(year.value, 1, 1), "year") if said.after() != "currency" else None
    return Day(date(year.value, said_month(said), 1), "month")


@rule("periods", "period", "[next last this] MONTH", "MONTH [next last](?! unit)", "[month weak_month]")
def named_month(said: Said) -> Day | None:
    """`next April`, `mars dernier`, `in May`."""
    is_weak = said.has("weak_month") and not said.has("next", "last", "this")
    if is_weak and not _says_a_month(said):
        return None
    this = said.now.date().replace(day=1)
    step = (said_month(said) - this.month) % 12
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


@rule("periods", "period", "the? [ordinal second last] unit [of du in] period")
def week_of_month(said: Said) -> Day | None:
    """`the second week of April`: weeks are counted from the first Monday."""
    month: Day = said.one("period")
    if said.one("unit") != "week" or month.grain != "month":
        return None
    if said.has("last"):
        return Day(monday_of(month_end(month.day)), "week")
    number = int(said.one("ordinal", "second"))
    monday = coming(0, month.day - timedelta(days=1)) + timedelta(days=7 * (number - 1))
    return Day(monday, "week") if monday.month == month.day.month else None


@rule("periods", "period", "the? unit after_next")
def after_next(said: Said) -> Day | None:
    """`the week after next`."""
    return _period(said.one("unit"), 2, said.now.date())


@rule("periods", "day", "end_of [the this]? [next last]? unit [next last]?")
def end_of_month(said: Said) -> Day | None:
    """`the end of the month`: its last day. `The end of March` stays the month: it is no one day."""
    step = 1 if said.has("next") else -1 if said.has("last") else 0
    period = _period(said.one("unit"), step, said.now.date())
    if period is None or period.grain == "week":
        return None
    return Day(month_end(add_months(period.day, 11) if period.grain == "year" else period.day))


@rule("periods", "period", "the? [next last this] unit", "the? unit [next last]")
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


@rule("periods", "day", "WEEKDAY comma? [of du the in on en]* period", "period comma? [of the on]* WEEKDAY")
def weekday_of_week(said: Said) -> Day | None:
    """`Tuesday of next week`, `mardi de la semaine prochaine`."""
    week: Day = said.one("period")
    return Day(in_week(said_weekday(said), week.day)) if week.grain == "week" else None


@rule("periods", "day", "the? [DOM last unit] WEEKDAY [of du in] period")
def weekday_of_month(said: Said) -> Day | None:
    """`the first Monday of April`, `el último viernes de mayo`."""
    month: Day = said.one("period")
    if month.grain != "month" or said.one("unit") not in {None, "second"}:
        return None
    number = 0 if said.has("last") else int(said.one("number", "ordinal", "second") or 2)  # el segundo lunes
    if number == 0:
        return Day(latest(said_weekday(said), add_months(month.day, 1)))
    found = coming(said_weekday(said), month.day - timedelta(days=1)) + timedelta(days=7 * (number - 1))
    return Day(found) if number in range(1, 6) and found.month == month.day.month else None


@rule("periods", "day", "the? DOM [of du in] the? period", "the unit number du period", "period on? the DOM")
def day_of_month(said: Said) -> Day | None:
    """`the 5th of next month`."""
    month: Day = said.one("period")
    number = said.one("number", "ordinal", "second")
    if month.grain != "month" or number not in range(1, 32):
        return None
    found = real_day(month.day.year, month.day.month, int(number))
    return Day(found) if found else None


@rule("periods", "period", "the? unit [of du] the? day")
def week_of(said: Said) -> Day | None:
    """`the week of 20 April`."""
    day: Day = said.one("day")
    return Day(monday_of(day.day), "week") if said.one("unit") == "week" else None


@rule("periods", "period", "period comma? [of du the]* period")
def month_of_period(said: Said) -> Day | None:
    """`January next year`."""
    month, year = (atom.value for atom in said.all("period"))
    if (month.grain, year.grain) != ("month", "year"):
        return None
    return Day(month.day.replace(year=year.day.year), "month")


@rule("periods", "day", "day comma? [of du the]* period")
def day_of_year(said: Said) -> Day | None:
    """`le 3 mai de l'année prochaine`."""
    day, year = said.one("day"), said.one("period")
    return Day(day.day.replace(year=year.day.year)) if year.grain == "year" else None
