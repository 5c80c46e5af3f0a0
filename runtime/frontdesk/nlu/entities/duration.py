"""Lengths of time: `two and a half hours`, `deux heures et demie`, `hora y media`, `48h`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from frontdesk.nlu.entities.calendar import add_months
from frontdesk.nlu.entities.rules import Said, rule

UNITS = ("year", "month", "week", "day", "hour", "minute", "second")
_FINER = {"year": ("month", 12), "day": ("hour", 24), "hour": ("minute", 60), "minute": ("second", 60)}
_DAYS = {"week": 7, "month": 30}
_LETTERS = {"year": "Y", "month": "M", "week": "W", "day": "D", "hour": "H", "minute": "M", "second": "S"}
_LONGEST = 10_000  # of any unit; a longer one is not meant as a length of time


@dataclass(frozen=True, slots=True)
class Duration:
    """Whole numbers of units, largest first."""

    parts: dict[str, int] = field(default_factory=dict)

    def iso(self) -> str:
        """As ISO 8601 writes it: `PT2H30M`, `P2W`."""
        parts = self.parts
        if "week" in parts and len(parts) > 1:
            parts = dict(parts)
            parts["day"] = parts.pop("week") * 7 + parts.get("day", 0)
        days = "".join(f"{parts[unit]}{_LETTERS[unit]}" for unit in UNITS[:4] if unit in parts)
        time = "".join(f"{parts[unit]}{_LETTERS[unit]}" for unit in UNITS[4:] if unit in parts)
        return f"P{days}{'T' if time else ''}{time}"

    def grain(self) -> str:
        """Its smallest unit."""
        return [unit for unit in UNITS if unit in self.parts][-1]

    def is_days(self) -> bool:
        """Whether it says nothing below a day."""
        return not any(unit in self.parts for unit in UNITS[4:])

    def after(self, start: datetime, sign: int = 1) -> datetime:
        """That much later, or with -1 earlier."""
        months = self.parts.get("year", 0) * 12 + self.parts.get("month", 0)
        day: date = add_months(start.date(), sign * months)
        rest = timedelta(
            days=self.parts.get("day", 0) + 7 * self.parts.get("week", 0),
            hours=self.parts.get("hour", 0),
            minutes=self.parts.get("minute", 0),
            seconds=self.parts.get("second", 0),
        )
        return datetime.combine(day, start.time()) + sign * rest


def length(count: float, unit: str) -> Duration | None:
    """So many of a unit; a fraction is said in the next finer one."""
    if unit == "fortnight":
        count, unit = count * 2, "week"
    if not 0 < count <= _LONGEST:
        return None
    whole, part = int(count), count - int(count)
    parts = {unit: whole} if whole else {}
    if part and unit in _DAYS:
        parts |= {"day": round(part * _DAYS[unit])}
    elif part and unit in _FINER:
        finer, size = _FINER[unit]
        parts |= {finer: round(part * size)}
    return Duration(parts) if parts else None


def _together(*lengths: Duration | None) -> Duration | None:
    parts: dict[str, int] = {}
    for each in lengths:
        if each is None:
            return None
        for unit, count in each.parts.items():
            parts[unit] = parts.get(unit, 0) + count
    return Duration(parts)


@rule(
    "durations",
    "duration",
    "COUNT and an? half (?:of|du)? [unit h]",  # two and a half hours
    "COUNT [unit h] and an? half(?! unit)",  # deux heures et demie, an hour and a half
    "unit and half(?! unit)",  # hora y media
)
def and_a_half(said: Said) -> Duration | None:
    """A number of units and half of one."""
    count = said.one("number", "an") if said.atoms[said.first].kind in {"number", "an"} else 1
    return length(count + 0.5, said.one("unit", "h") if said.has("unit") else "hour")


@rule("durations", "duration", "[number an]? quarter (?:of|du) (?:an|the)? unit", "number quarter and? unit")
def quarters(said: Said) -> Duration | None:
    """`three quarters of an hour`, `un quart d'heure`."""
    first = said.all("number", "an")
    count = first[0].value if first and said.atoms[said.first] is first[0] else 1
    return length(count * 0.25, said.one("unit")) if said.one("unit") in {"hour", "year"} else None


@rule("durations", "duration", "(?:an|the)? half (?:an|of|du)? unit")
def half(said: Said) -> Duration | None:
    """`half an hour`, `une demi-heure`, `media hora`."""
    return length(0.5, said.one("unit"))


@rule("durations", "duration", "COUNT unit and? quarter", "COUNT unit and an quarter")
def and_a_quarter(said: Said) -> Duration | None:
    """`une heure et quart`."""
    return length(said.one("number", "an") + 0.25, "hour") if said.one("unit") == "hour" else None


@rule("durations", "duration", "COUNT unit number(?! [unit h currency month second dash ordinal slash])")
def hours_and_minutes(said: Said) -> Duration | None:
    """`une heure trente`."""
    minutes = said.all("number")[-1].value
    if said.one("unit") != "hour" or minutes not in range(1, 60):
        return None
    return _together(length(said.one("number", "an"), "hour"), length(minutes, "minute"))


@rule("durations", "duration", "COUNT [unit h second]")
def counted(said: Said) -> Duration | None:
    """`three days`."""
    unit = said.one("unit") or ("hour" if said.has("h") else "second")
    if said.has("second") and not said.has("number"):
        return None
    return length(said.one("number", "an"), unit)


@rule("durations", "duration", "hclock")
def written_hours(said: Said) -> Duration | None:
    """`48h`, `pendant 2h30`; what may be a time of day stays one."""
    hours, _ = hours_written(said.one("hclock"))
    is_long = hours >= 24 or said.before() in {"during", "in", "back"} or said.after() in {"ago", "later"}
    return hours_long(said.one("hclock")) if is_long else None


def hours_long(text: str) -> Duration | None:
    """`2h30` as a length of time."""
    hours, minutes = hours_written(text)
    counts = ((hours, "hour"), (minutes, "minute"))
    return _together(*(length(count, unit) for count, unit in counts if count))


@rule("durations", "duration", "duration (?:comma? and?|comma) duration(?: comma? and? duration)*")
def summed(said: Said) -> Duration | None:
    """`2 days and 3 hours`, from large to small."""
    lengths: list[Duration] = [atom.value for atom in said.all("duration")]
    order = [UNITS.index(next(iter(each.parts))) for each in lengths]
    return _together(*lengths) if order == sorted(set(order)) else None


def hours_written(text: str) -> tuple[int, int]:
    """Hours and minutes of `15h30`."""
    digits = [int(part) for part in re.findall(r"\d+", text)]
    return digits[0], digits[1] if len(digits) > 1 else 0
