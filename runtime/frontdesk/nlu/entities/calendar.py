"""Days of the civil calendar as people count them."""

from __future__ import annotations

from datetime import date, timedelta


def coming(weekday: int, today: date) -> date:
    """The next such day after today."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def latest(weekday: int, today: date) -> date:
    """The last such day before today."""
    return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)


def in_week(weekday: int, monday: date) -> date:
    """That day of the week that starts on `monday`."""
    return monday + timedelta(days=weekday)


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    if not months:
        return day
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return add_months(day.replace(day=1), 1) - timedelta(days=1)


def days_of_year(month: int, day: int, today: date) -> tuple[date, ...]:
    """The next and the last such day, today counted as next; empty when there is no such day."""
    around = [
        found for year in range(today.year - 8, today.year + 9) if (found := real_day(year, month, day))
    ]
    ahead, behind = [day for day in around if day >= today], [day for day in around if day < today]
    return (*ahead[:1], *behind[-1:])


def days_of_month(number: int, today: date) -> tuple[date, ...]:
    """The next two such days, today counted, then the last one before."""
    start = today.replace(day=1)
    months = [add_months(start, step) for step in range(-2, 13)]
    around = [found for each in months if (found := real_day(each.year, each.month, number))]
    ahead, behind = [day for day in around if day >= today], [day for day in around if day < today]
    return (*ahead[:2], *behind[-1:])


def full_year(year: str, today: date) -> int:
    """A year that may be written with two digits."""
    if len(year) != 2:
        return int(year)
    full = today.year - today.year % 100 + int(year)
    return full if full <= today.year + 20 else full - 100


def real_day(year: int, month: int, day: int) -> date | None:
    """The day, if the calendar has it."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
