"""A day as customers type it in English, French or Spanish, and as we write it back.

Enough for an answer to a date picker: `dates_in` is its one way in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.localedata import LocaleDataDict

from frontdesk.components import words
from frontdesk.components.typed import MAX_EXAMINED, fold
from frontdesk.locale import languages, spoken_language, t

_ISO = re.compile(r"(?<![\d/.-])(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?![\d/]|[-.]\d)")
_NUMERIC = re.compile(r"(?<![\d/.-])(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?(?![\d/]|[-.]\d)")
_NTH = r"(\d{1,2})\s?(?:st|nd|rd|th|er|ere|re|e|o)?"
_DAY_OF_MONTH = re.compile(rf"(?:the|le|el|on the)\s+{_NTH}|(\d{{1,2}})(?:st|nd|rd|th)|(\d{{1,2}})")
_AHEAD = re.compile(r"(?:in|dans|en|dentro de)\s+(\d{1,3}|\w+)\s+(\w+)")
_TWO_DAYS = re.compile(rf"\b{_NTH}\s+(?:(?:or|ou|o|and|et|y|to|au|al|a)\s+)?{_NTH}\s+[^\W\d]{{3}}")
_FIRST = re.compile(r"\b(?:first|premier|primero)\b")
_LONGEST = 40  # characters of a phrase like "next Tuesday"; a longer one says more than a day

_Days = tuple[date, ...]


@dataclass(frozen=True, slots=True)
class TypedDate:
    """What a typed text says: possible days, likeliest first, or the key of what is wrong with it."""

    days: _Days = ()
    problem: str = ""  # "": none | date | date_invalid | date_several


def dates_in(text: str, language: str, today: date) -> TypedDate:
    """The day a customer typed. `03/04` is 3 April; in English it may be 4 March, which comes first."""
    numerals = _numerals(text)
    folded = _FIRST.sub("1", fold(numerals))
    if _TWO_DAYS.search(folded):
        return TypedDate(problem="date_several")
    written = [*_iso(numerals), *_numeric(numerals, language, today), *_with_month(folded, today)]
    if written:
        return _one_of(written)
    for rule in (_relative, _weekday, _day_of_month):
        days = rule(folded, today)
        if days is not None:
            return TypedDate(days) if days else TypedDate(problem="date_invalid")
    return TypedDate(problem="date")


def day_text(day: date, language: str, style: str) -> str:
    """A day in words; style: day_short | day_long | day_example | day_example_year.

    The styles are patterns of the locale catalogue.
    """
    text = format_date(day, t(language, f"component.{style}"), locale=_locale(language))
    return re.sub(r"\b1\b", "1er", text, count=1) if spoken_language(language) == "fr" else text


def _numerals(text: str) -> str:
    """The examined part of a text with every script's digits as 0-9."""
    kept = unicodedata.normalize("NFKC", text[:MAX_EXAMINED])
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in kept)


def _one_of(written: list[_Days]) -> TypedDate:
    possible = [days for days in written if days]
    if not possible:
        return TypedDate(problem="date_invalid")
    if len({days[0] for days in possible}) > 1:
        return TypedDate(problem="date_several")
    return TypedDate(possible[0])


def _iso(text: str) -> Iterator[_Days]:
    for year, month, day in _ISO.findall(text):
        yield _days(int(year), int(month), int(day))


def _numeric(text: str, language: str, today: date) -> Iterator[_Days]:
    for first, second, year in _NUMERIC.findall(text):
        one, two = int(first), int(second)
        day_first = _near(year, two, one, today)
        month_first = _near(year, one, two, today)
        if _is_day_first(language):  # the other order is a slip here, worth trying only when this is no day
            yield day_first or month_first
        else:
            readings = sorted((*month_first, *day_first), key=lambda day: not year and day < today)
            yield tuple(dict.fromkeys(readings))


def _with_month(folded: str, today: date) -> Iterator[_Days]:
    day_month, month_day = _month_patterns()
    months = _months()
    found = [(m[1], m[2], m[3]) for m in day_month.finditer(folded)]
    found = found or [(m[2], m[1], m[3]) for m in month_day.finditer(folded)]
    for day, month, year in found:
        yield _near(year or "", months[month], int(day), today)


def _relative(folded: str, today: date) -> _Days | None:
    phrase = " ".join(word for word in folded.split() if word not in words.DATE_FILLERS)
    for days, known in ((0, words.TODAY), (1, words.TOMORROW), (2, words.DAY_AFTER), (-1, words.YESTERDAY)):
        if folded in known or phrase in known:
            return (today + timedelta(days=days),)
    ahead = _AHEAD.fullmatch(folded)
    if ahead is None:
        return None
    number = int(ahead[1]) if ahead[1].isdigit() else words.CARDINALS.get(ahead[1], 0)
    size = words.SPANS.get(ahead[2], 0)
    return (today + timedelta(days=number * size),) if number and size else None


def _weekday(folded: str, today: date) -> _Days | None:
    if len(folded) > _LONGEST:
        return None
    bare = f" {folded} "
    for word in words.NEXT:
        bare = bare.replace(f" {word} ", " ")
    is_next = bare != f" {folded} "
    names = [word for word in bare.split() if word not in words.DATE_FILLERS]
    weekday = _weekdays().get(names[0]) if len(names) == 1 else None
    if weekday is None:
        return None
    coming = today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    if is_next:
        return coming, coming + timedelta(days=7)
    return (coming, today) if weekday == today.weekday() else (coming,)


def _day_of_month(folded: str, today: date) -> _Days | None:
    found = _DAY_OF_MONTH.fullmatch(folded)
    if found is None:
        return None
    number = int(next(filter(None, found.groups())))
    months = range(today.year * 12 + today.month - 1, today.year * 12 + today.month + 11)
    days = (day for month in months for day in _days(month // 12, month % 12 + 1, number))
    return tuple(day for day in days if day >= today)[:2]


def _near(year: str, month: int, day: int, today: date) -> _Days:
    """A day whose year may be missing or short: the next one first, then the last one."""
    if len(year) == 4:
        return _days(int(year), month, day)
    if year:
        century = today.year - today.year % 100
        full = century + int(year)
        return _days(full if full <= today.year + 20 else full - 100, month, day)
    around = [
        found for year_of in range(today.year - 8, today.year + 9) for found in _days(year_of, month, day)
    ]
    coming, past = [d for d in around if d >= today], [d for d in around if d < today]
    return (*coming[:1], *past[-1:])


def _days(year: int, month: int, day: int) -> _Days:
    try:
        return (date(year, month, day),)
    except ValueError:
        return ()


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


@lru_cache
def _is_day_first(language: str) -> bool:
    pattern = str(_locale(language).date_formats["short"].pattern)
    return pattern.lower().index("d") < pattern.lower().index("m")


def _names(table: Callable[[Locale], LocaleDataDict]) -> dict[str, int]:
    """Folded names, wide and abbreviated, in every language of the catalogue."""
    return {
        fold(name): number
        for language in languages()
        for forms in table(_locale(language)).values()
        for width in ("abbreviated", "wide")
        for number, name in forms[width].items()
    }


@lru_cache
def _months() -> dict[str, int]:
    return _names(lambda locale: locale.months) | {"sept": 9, "fevr": 2, "set": 9}


@lru_cache
def _weekdays() -> dict[str, int]:
    return _names(lambda locale: locale.days)


@lru_cache
def _month_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    month = "|".join(sorted(map(re.escape, _months()), key=len, reverse=True))
    year = r"(?:\s+(?:(?:de|del|of)\s+)?(\d{4})\b)?"
    day_month = re.compile(rf"\b{_NTH}\s*(?:(?:of|de|del)\s+)?({month})\b{year}")
    month_day = re.compile(rf"\b({month})\s+(?:the\s+)?{_NTH}\b(?!\s*(?:of|de)\b){year}")
    return day_month, month_day
