"""Opening hours and holidays of a desk: one calendar, asked by bots, queues and routing alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from frontdesk.authoring.deskfile import Week

_LOOK_AHEAD = 400  # days searched for the next opening


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """Days on which nobody is there."""

    start: date
    days: int = 1
    yearly: bool = False

    def covers(self, day: date) -> bool:
        start = self.start
        if self.yearly and day >= start:
            start = _same_day(start, day.year)
            if day < start:
                start = _same_day(start, day.year - 1)
        return start <= day < start + timedelta(days=self.days)


def _same_day(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 3, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When somebody is there."""

    week: Week
    zone: ZoneInfo
    holidays: tuple[Holiday, ...] = ()

    def is_open(self, at: datetime) -> bool:
        """Whether an instant is within opening hours."""
        here = at.astimezone(self.zone)
        today, clock = here.date(), here.time()
        for start, end in self._spans(today):
            if start <= clock and (clock < end or end <= start):
                return True
        return any(end <= start and clock < end for start, end in self._spans(today - timedelta(days=1)))

    def opens(self, after: datetime) -> datetime | None:
        """The next opening after an instant, in the hours' own time zone."""
        here = after.astimezone(self.zone)
        for ahead in range(_LOOK_AHEAD):
            day = here.date() + timedelta(days=ahead)
            for start, _ in self._spans(day):
                opening = datetime.combine(day, start, self.zone)
                if opening > here:
                    return opening
        return None

    def _spans(self, day: date) -> Iterable[tuple[time, time]]:
        if any(holiday.covers(day) for holiday in self.holidays):
            return ()
        return self.week[day.weekday()]


def read_holidays(content: bytes) -> tuple[Holiday, ...]:
    """The whole days of an .ics calendar; raises ValueError when it is none."""
    from icalendar import Calendar

    found = []
    for event in Calendar.from_ical(content).walk("VEVENT"):
        if "DTSTART" not in event:
            continue
        start = _day(event.decoded("DTSTART"))
        end = _day(event.decoded("DTEND")) if "DTEND" in event else start + timedelta(days=1)
        rule = event.get("RRULE") or {}
        yearly = "YEARLY" in [str(each).upper() for each in rule.get("FREQ", [])]
        found.append(Holiday(start=start, days=max(1, (end - start).days), yearly=yearly))
    return tuple(found)


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value
