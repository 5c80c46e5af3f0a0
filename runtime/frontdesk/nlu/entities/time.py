"""Times of day: `half past two`, `15h30`, `a las 3 de la tarde`, `noon`.

An hour from 1 to 6 without more is in the afternoon (nobody books a pickup for three in the morning);
any other is as said, or twelve hours later when it has passed today.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from frontdesk.nlu.entities.duration import hours_written
from frontdesk.nlu.entities.rules import Said, rule

_AFTERNOON = range(1, 7)
_MINUTES_BEFORE = {5, 10, 20, 25}  # "ten to three"; "two to three" is from two to three


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day. A vague one may be twelve hours later."""

    hour: int
    minute: int = 0
    vague: bool = False
    exact: bool = False  # minutes were said
    of_24: bool = False  # said where hours are counted to 24: only a part of the day makes 9 h 21

    def in_part(self, part: str | None) -> Clock:
        """The time as it is meant in a part of the day: 3 in the afternoon is 15."""
        if part is None or not self.vague:
            return self
        hour = self.hour
        if part == "morning":
            hour = 0 if hour == 12 else hour
        elif part == "night":
            hour = 0 if hour == 12 else hour + 12 if 5 <= hour < 12 else hour
        elif hour < 12:
            hour += 12
        return replace(self, hour=hour, vague=False)

    def at(self, day: date, now: datetime) -> datetime:
        """The time on a day."""
        hour = self.hour
        if self.vague and (hour in _AFTERNOON or self._has_passed(day, now)):
            hour += 12
        return datetime.combine(day, time(hour, self.minute))

    def _has_passed(self, day: date, now: datetime) -> bool:
        """Whether 8 is eight in the evening, as it is past eight today."""
        if self.of_24 or self.hour >= 12 or day != now.date():
            return False
        return time(self.hour, self.minute) < now.time()

    def following(self, now: datetime) -> datetime:
        """The next such time."""
        today = self.at(now.date(), now)
        if today >= now.replace(second=0, microsecond=0):
            return today
        return self.at(now.date() + timedelta(days=1), now)

    def grain(self) -> str:
        """Whether minutes were said."""
        return "minute" if self.exact or self.minute else "hour"


def clock(hour: object, minute: object = 0, *, vague: bool = True, exact: bool = False) -> Clock | None:
    """A time of day, if there is one."""
    if hour not in range(25) or minute not in range(60) or not isinstance(hour, int | float):
        return None
    minutes = int(minute) if isinstance(minute, int | float) else 0
    if hour == 24:
        return Clock(0) if not minutes else None
    return Clock(int(hour), minutes, vague and 1 <= hour <= 12, exact)


def from_hclock(text: str) -> Clock | None:
    """`15h30` as a time of day."""
    hour, minute = hours_written(text)
    found = clock(hour, minute, exact=any(map(str.isdigit, text.partition("h")[2])), vague=text[0] != "0")
    return replace(found, of_24=True) if found else None


def _shifted(hour: object, minutes: int) -> Clock | None:
    """So many minutes past an hour, or before it."""
    found = clock(hour)
    if found is None:
        return None
    if minutes >= 0:
        return replace(found, minute=minutes, exact=True)
    before = (found.hour - 1) % (12 if found.vague else 24) or (12 if found.vague else 0)
    return replace(found, hour=before, minute=60 + minutes, exact=True)


@rule("clocks", "clock", "timer ampm", "number ampm", "number number ampm")
def with_am_or_pm(said: Said) -> Clock | None:
    """`3:30 pm`."""
    if said.has("timer"):
        found = _timer(said.one("timer"))
    else:
        numbers = [atom.value for atom in said.all("number")]
        found = clock(*numbers, exact=len(numbers) > 1)
    if found is None or found.hour == 0:
        return None
    return found.in_part("morning" if said.one("ampm") == "a" else "afternoon")


@rule("clocks", "clock", "timer [h unit oclock]", "timer")
def on_a_display(said: Said) -> Clock | None:
    """`15:30`."""
    return _timer(said.one("timer")) if said.one("unit") in {None, "hour"} else None


def _timer(text: str) -> Clock | None:
    hour, minute = (int(part) for part in text.split(":")[:2])
    return clock(hour, minute, vague=text[0] != "0", exact=True)


@rule("clocks", "clock", "half past number", "an? quarter past number", "number unit? past [number special]")
def past_the_hour(said: Said) -> Clock | None:
    """`half past two`, `ten past three`."""
    hour = said.one("special") if said.has("special") else said.all("number")[-1].value
    if said.one("unit") not in {None, "minute"}:
        return None
    minutes = 30 if said.has("half") else 15 if said.has("quarter") else said.one("number")
    return _shifted(hour, minutes) if minutes in range(60) else None


@rule("clocks", "clock", "an? quarter to number", "number unit? to number(?! [unit currency MONTH])")
def to_the_hour(said: Said) -> Clock | None:
    """`quarter to three`, `ten to three`."""
    first = said.all("number")[0]
    if said.has("quarter"):
        return _shifted(first.value, -15)
    spoken = said.one("unit") == "minute" or not (first.digits or said.has("unit"))
    if not spoken or first.value not in _MINUTES_BEFORE or said.before() in {"from", "between"}:
        return None
    return _shifted(said.all("number")[-1].value, -int(first.value))


_FRENCH_HOUR = "(?:[number an] unit|hclock|special)"


@rule("clocks", "clock", f"{_FRENCH_HOUR} (?:less the? quarter|less number unit?)")
@rule("clocks", "clock", f"(?<=at) {_FRENCH_HOUR} (?:and half|and? quarter|number unit?)")
@rule("clocks", "clock", "special and [half quarter]")
def french_with_minutes(said: Said) -> Clock | None:
    """`à deux heures et demie`, `vers 15h moins le quart`, `midi et demi`."""
    numbers = [atom.value for atom in said.all("number", "an")]
    if said.has("special", "hclock"):
        hour = said.one("special") if said.has("special") else hours_written(said.one("hclock"))[0]
        minutes = numbers
    else:
        hour, minutes = numbers[0], numbers[1:]
    if said.one("unit") not in {None, "hour", "minute"}:
        return None
    past = minutes[0] if minutes else 30 if said.has("half") else 15
    if past not in range(1, 60):
        return None
    found = _shifted(hour, -int(past) if said.has("less") else int(past))
    return replace(found, of_24=True) if found else None


@rule("clocks", "clock", "(?<=[at on till]) [number an] unit", "(?<=[weekday relative]) number unit")
def french_hours(said: Said) -> Clock | None:
    """`à 15 heures`."""
    if said.one("unit") != "hour" or (said.language != "fr" and said.before() != "at"):
        return None
    found = clock(said.one("number", "an"))
    return replace(found, of_24=True) if found else None


@rule("clocks", "clock", "(?<=[at on till]) hclock")
def at_written_hours(said: Said) -> Clock | None:
    """`à 15h30`."""
    return from_hclock(said.one("hclock")) if hours_written(said.one("hclock"))[0] <= 24 else None


_LAS = "[las the] [number an]"


@rule(
    "clocks",
    "clock",
    f"{_LAS} (?:and [half quarter]|less quarter|and number unit?|less number unit?)",
    f"{_LAS} (?:unit|h|oclock)",
    f"{_LAS}",
    "las clock",
    "las hclock",
)
def spanish_hours(said: Said) -> Clock | None:
    """`a las dos y media`, `a la una`, `sobre las 15 horas`."""
    if said.language != "es" or not _is_spanish_time(said):
        return None
    if said.has("clock", "hclock"):
        ready: Clock | None = said.one("clock") or from_hclock(said.one("hclock"))
        return ready
    numbers = [atom.value for atom in said.all("number", "an")]
    hour = numbers[0]
    if isinstance(hour, float):  # a las 15.30
        return clock(int(hour), round(hour % 1 * 100), exact=True)
    sign = -1 if said.has("less") else 1
    if said.has("half", "quarter"):
        return _shifted(hour, sign * (30 if said.has("half") else 15))
    if len(numbers) > 1:
        return _shifted(hour, sign * int(numbers[1])) if numbers[1] in range(1, 60) else None
    return clock(hour) if said.one("unit") in {None, "hour"} else None


def _is_spanish_time(said: Said) -> bool:
    if said.has("the") and not (said.one("number", "an") == 1 and said.has("an")):
        return False
    if said.after() in {"part", "ampm"} or said.has("half", "quarter", "h", "oclock", "clock", "hclock"):
        return True
    if said.before() in {"at", "on", "till", "from", "between", "to", "and"}:
        return said.after() not in {"currency", "unit"}
    return said.before() == "of" and said.after() in {"at", "till", "to"}


@rule("clocks", "clock", "number oclock", "clock oclock", "number? special")
def on_the_hour(said: Said) -> Clock | None:
    """`3 o'clock`, `noon`."""
    if said.has("special"):
        if said.one("number") not in {None, 12}:
            return None
        return Clock(said.one("special"))
    if said.has("clock"):
        ready: Clock = said.one("clock")
        return ready
    return clock(said.one("number"))


@rule(
    "clocks",
    "clock",
    "(?<=[at till]) number number(?! [unit currency ordinal MONTH])",
    "number number(?= on? [weekday relative today_part])",
    "(?<=[at till on]) number(?! (?:[unit h currency ordinal MONTH number point second other]|of MONTH))",
)
def english_hours(said: Said) -> Clock | None:
    """`at 3`, `at three thirty`, `by five`."""
    if said.language != "en":
        return None
    first, *rest = said.all("number")
    if isinstance(first.value, float) and first.digits:  # 3.30
        return clock(int(first.value), round(first.value % 1 * 100), exact=True)
    if rest:
        ok = first.value in range(13) and rest[0].value in range(5, 60) and not rest[0].digits
        return clock(first.value, rest[0].value, exact=True) if ok else None
    if said.before() == "on" and said.after() not in {"", "stop", "comma", "relative"}:
        return None
    if said.before() == "till" and said.after() == "word":
        return None
    return clock(first.value)


@rule(
    "clocks",
    "clock",
    "clock comma? (?:of|du|the)? part",
    "[las the]? number [unit h oclock]? part",
    "hclock part",
)
def in_a_part_of_the_day(said: Said) -> Clock | None:
    """`3 in the afternoon`, `9 heures du soir`."""
    if said.has("clock"):
        found: Clock | None = said.one("clock")
    elif said.has("hclock"):
        found = from_hclock(said.one("hclock"))
    else:
        found = clock(said.one("number")) if said.one("unit") in {None, "hour"} else None
    return found.in_part(said.one("part")) if found else None
