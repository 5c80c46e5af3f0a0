"""Opening hours and holidays tell the truth across weeks, midnights and changes of the clock."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from frontdesk.authoring.deskfile import HoursModel
from frontdesk.authoring.hours import Holiday, Hours, read_holidays

PARIS = ZoneInfo("Europe/Paris")
WEEK = {"mon-fri": "09:00-12:00, 13:00-18:00", "sat": "10:00-14:00", "sun": "closed", "fri": "22:00-02:00"}
ICS = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20241225
DTEND;VALUE=DATE:20241227
RRULE:FREQ=YEARLY
SUMMARY:Christmas
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20260312
SUMMARY:Once
END:VEVENT
END:VCALENDAR
""".replace(b"\n", b"\r\n")

TIMES = [
    ("2026-03-11T08:59", False),  # a Wednesday
    ("2026-03-11T09:00", True),
    ("2026-03-11T12:30", False),
    ("2026-03-11T17:59", True),
    ("2026-03-11T18:00", False),
    ("2026-03-12T10:00", False),  # a holiday
    ("2026-03-13T10:00", False),  # Friday has its own hours
    ("2026-03-13T23:00", True),
    ("2026-03-14T01:59", True),  # Friday's night
    ("2026-03-14T02:00", False),
    ("2026-03-14T13:00", True),
    ("2026-03-15T13:00", False),
    ("2026-12-25T10:00", False),
    ("2026-03-30T09:00", True),  # the day after the clocks went forward
]


def hours() -> Hours:
    model = HoursModel.model_validate({"week": WEEK})
    return Hours(week=model.week, zone=PARIS, holidays=read_holidays(ICS))


@pytest.mark.parametrize(("time", "is_open"), TIMES)
def test_open(time: str, is_open: bool) -> None:
    assert hours().is_open(datetime.fromisoformat(time).replace(tzinfo=PARIS)) is is_open


def test_an_instant_is_looked_at_in_the_hours_own_zone() -> None:
    assert hours().is_open(datetime(2026, 3, 11, 16, 59, tzinfo=ZoneInfo("UTC")))
    assert not hours().is_open(datetime(2026, 7, 15, 16, 59, tzinfo=ZoneInfo("UTC")))


def test_opens_next() -> None:
    after = datetime(2026, 3, 11, 18, 0, tzinfo=PARIS)
    assert hours().opens(after) == datetime(2026, 3, 13, 22, 0, tzinfo=PARIS)
    never = Hours(week=((),) * 7, zone=PARIS)
    assert never.opens(after) is None


def test_holidays() -> None:
    assert read_holidays(ICS) == (
        Holiday(start=date(2024, 12, 25), days=2, yearly=True),
        Holiday(start=date(2026, 3, 12)),
    )
    christmas = read_holidays(ICS)[0]
    days = [date(2023, 12, 25), date(2024, 12, 26), date(2030, 12, 26), date(2030, 12, 27)]
    assert [christmas.covers(day) for day in days] == [False, True, True, False]
    new_year = Holiday(start=date(2024, 12, 31), days=2, yearly=True)
    assert [new_year.covers(day) for day in (date(2027, 1, 1), date(2027, 1, 2))] == [True, False]
    leap = Holiday(start=date(2024, 2, 29), yearly=True)
    assert [leap.covers(day) for day in (date(2028, 2, 29), date(2026, 3, 1))] == [True, True]


@pytest.mark.parametrize("written", [{"mon-sun": "9-18"}, {"daily": "09:00-18:00"}, {"wed": "00:00-24:00"}])
def test_ways_to_write_a_week(written: dict[str, str]) -> None:
    model = HoursModel.model_validate({"week": written})
    assert Hours(week=model.week, zone=PARIS).is_open(datetime(2026, 3, 11, 10, 0, tzinfo=PARIS))
