"""Values as a reader of a language sees them: what the filters in texts and expressions do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babel import Locale

_FIRST = re.compile(r"\b1(?= [^\W\d])")  # of a month, which has its name behind it
LARGEST = 1e15  # beyond it a number is printed as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class TextContext:
    """What a text or an expression may know besides its values."""

    now: datetime  # aware, in the session's time zone
    language: str
    open: Callable[[str], bool]  # are these hours open now?
    gap: Callable[[str], None] | None = None  # told the text whose placeholder was none
    failed: Callable[[str], None] | None = None  # told why a variation of a text was passed over


@lru_cache(maxsize=64)
def locale_of(language: str) -> Locale:
    """Babel's locale of a language; English where Babel knows none."""
    from babel import Locale, UnknownLocaleError

    for name in (language, language.partition("-")[0], "en"):
        try:
            return Locale.parse(name.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError("Babel knows English")


def as_day(value: Any) -> date | None:
    """A civil day from a date, a date-time or its ISO text."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    read = as_instant(value)
    return read.date() if read else None


def as_instant(value: Any) -> datetime | None:
    """A date-time from a date-time, a date (its midnight) or its ISO text."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a civil day has no zone
    if isinstance(value, str) and len(value) >= 10 and value[4:5] == "-":
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return None
    return None


def format_day(value: Any, at: TextContext, pattern: str = "long") -> str:
    """`{{ pickup|date }}`: March 17, 2026; 17 mars 2026."""
    from babel.dates import format_date

    day = as_day(value)
    if day is None:
        return ""
    text = format_date(day, pattern, locale=locale_of(at.language))
    is_french = locale_of(at.language).language == "fr"
    return _FIRST.sub("1er", text, count=1) if is_french and day.day == 1 else text


def format_clock(value: Any, at: TextContext, pattern: str = "short") -> str:
    """`{{ slot|time }}`: 3:00 PM; 15:00."""
    from babel.dates import format_time

    found: Any = value if isinstance(value, time) else _local(value, at)
    if found is None and isinstance(value, str):
        try:
            found = time.fromisoformat(value)
        except ValueError:
            return value
    return "" if found is None else format_time(found, pattern, locale=locale_of(at.language))


def format_instant(value: Any, at: TextContext, pattern: str = "long") -> str:
    """`{{ slot|datetime }}`: the day, and the time of day in the session's zone."""
    found = _local(value, at)
    if found is None:
        return ""
    if pattern not in ("short", "medium", "long", "full"):
        from babel.dates import format_datetime

        return format_datetime(found, pattern, locale=locale_of(at.language))
    join = locale_of(at.language).datetime_formats.get(pattern) or "{1}, {0}"
    text = str(join).replace("{1}", format_day(found, at, pattern)).replace("{0}", format_clock(found, at))
    return text.replace("'", "") if "'" in str(join) else text


def format_number(value: Any, at: TextContext, digits: int | None = None) -> str:
    """`{{ weight|number }}`: 1,234.5; 1 234,5."""
    from babel.numbers import format_decimal

    number = _number(value)
    if number is None:
        return ""
    pattern = None if digits is None else "#,##0" + ("." + "0" * min(digits, 9) if digits else "")
    return format_decimal(number, pattern, locale=locale_of(at.language))


def format_money(value: Any, at: TextContext, code: str = "EUR") -> str:
    """`{{ order.total|currency("EUR") }}`: €12.50; 12,50 €."""
    from babel.numbers import format_currency

    number = _number(value)
    return "" if number is None else format_currency(number, code, locale=locale_of(at.language))


def format_share(value: Any, at: TextContext, digits: int = 0) -> str:
    """`{{ 0.15|percent }}`: 15%; 15 %."""
    from babel.numbers import format_percent

    number = _number(value)
    if number is None:
        return ""
    pattern = "#,##0" + ("." + "0" * min(digits, 9) if digits else "")
    own = str(locale_of(at.language).percent_formats[None].pattern)
    return format_percent(number, own.replace("#,##0", pattern), locale=locale_of(at.language))


def plural(n: Any, at: TextContext, forms: dict[str, Any]) -> str:
    """The form of a text for a number: `plural(n, one="{n} day", other="{n} days")`."""
    number = _number(n)
    rule = locale_of(at.language).plural_form(abs(number)) if number is not None else "other"  # type: ignore[arg-type]
    chosen = forms.get(rule, forms.get("other", ""))
    return str(chosen).replace("{n}", format_number(number, at) if number is not None else "")


def printed(value: Any, at: TextContext) -> str:
    """How a value stands in a text when no filter says: days and fractions as its language has them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return format_instant(value, at)
    if isinstance(value, date):
        return format_day(value, at)
    if isinstance(value, (float, Decimal)):
        return format_number(value, at)
    if isinstance(value, (list, tuple)):
        return ", ".join(printed(each, at) for each in value)
    return str(value)


def _local(value: Any, at: TextContext) -> datetime | None:
    found = as_instant(value)
    return found.astimezone(at.now.tzinfo) if found and found.tzinfo else found


def _number(value: Any) -> Decimal | float | None:
    if isinstance(value, (int, float, Decimal)):
        return value if -LARGEST < value < LARGEST else None
    try:
        return Decimal(value) if isinstance(value, str) and len(value) < 20 else None
    except ArithmeticError:
        return None
