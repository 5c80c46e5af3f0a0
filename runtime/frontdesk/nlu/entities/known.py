"""Entities that no author has to declare: a slot names them (`entity: date`), a bot's own of the name wins.

Only the kinds that a bot uses are looked for, each only where a sentence may hold it: a grammar costs more
than everything else a message needs. One reading serves all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from frontdesk.nlu.entities.base import MAX_TEXT, Found
from frontdesk.nlu.entities.contact import contacts
from frontdesk.nlu.entities.date import Day, Moment
from frontdesk.nlu.entities.grammar import parsed
from frontdesk.nlu.entities.sentence import Atom, fold
from frontdesk.nlu.entities.spoken import LANGUAGES, spoken
from frontdesk.nlu.entities.values import found_in

TYPES: Mapping[str, str] = {
    "date": "date",
    "time": "time",
    "datetime": "datetime",
    "interval": "any",
    "duration": "text",
    "number": "number",
    "money": "any",
    "email": "text",
    "phone": "text",
    "url": "text",
}
"""The kinds, and the type of a slot that one of them fills."""

CONTACTS = frozenset({"email", "phone", "url"})

_DAYS = (
    "weekday weak_weekday month weak_month mar unit relative holiday today_part part bare_part manana weekend"
    " end_of ordinal second plus_week after_next digit_word"
)
_TIMES = "digit_word special part bare_part today_part manana oclock half quarter h unit"
_WORDS: Mapping[str, str] = {
    "date": _DAYS,
    "time": _TIMES,
    "datetime": f"{_DAYS} {_TIMES}",
    "interval": f"{_DAYS} {_TIMES}",
    "duration": "digit_word unit h half",
    "number": "digit_word multiplier half",
    "money": "digit_word multiplier currency",
}
"""Classes of words of which a sentence has one, unless it has a digit."""

_WORD = re.compile(r"\w+")

ANY_TIME = datetime.fromisoformat("2026-03-11T10:00")  # to tell whether a text is a value at all


class KnownEntity:
    """One kind of entity, in sentences of any language."""

    def __init__(self, entity: str) -> None:
        self.entity = entity

    def find(self, text: str, language: str, now: datetime) -> Iterator[Found]:
        """Every place where the entity is said."""
        if self.entity in CONTACTS:
            return (one for one in contacts(text[:MAX_TEXT], language) if one.entity == self.entity)
        if not _may_hold(self.entity, text):
            return iter(())
        return (one for one in _read(text[:MAX_TEXT], language, now) if one.entity == self.entity)

    def reads(self, text: str, language: str) -> bool:
        """Whether the whole text is a value of the entity."""
        said = text.strip()
        return any((one.start, one.end) == (0, len(said)) for one in self.find(said, language, ANY_TIME))


def _may_hold(entity: str, text: str) -> bool:
    known = _words_of(entity)
    return any(word in known or not word.isalpha() for word in _WORD.findall(fold(text[:MAX_TEXT])))


@lru_cache
def _words_of(entity: str) -> frozenset[str]:
    kinds = frozenset(_WORDS[entity].split())
    return frozenset(word for language in LANGUAGES for word in spoken(language).telling(kinds))


@lru_cache(maxsize=32)
def _read(text: str, language: str, now: datetime) -> tuple[Found, ...]:
    """What the grammars read, and the day and the time within what is both."""
    atoms = parsed(text, language, now)
    return (*found_in(atoms), *_parts(atoms))


def _parts(atoms: list[Atom]) -> Iterator[Found]:
    for atom in atoms:
        value = atom.value
        if not isinstance(value, Moment):
            continue
        if isinstance(value.day, Day) and value.day.grain == "day":
            yield Found(entity="date", value=value.day.iso(), start=atom.start, end=atom.end, grain="day")
        time = value.at.strftime("%H:%M")
        yield Found(entity="time", value=time, start=atom.start, end=atom.end, grain=value.grain)
