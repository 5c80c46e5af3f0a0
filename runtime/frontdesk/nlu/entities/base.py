"""What every kind of entity gives: spans of a sentence with a typed value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

MAX_TEXT = 1_000  # characters of a sentence that are searched
OF_TIME = frozenset({"date", "time", "datetime"})  # the same words may be a date, a time, and both together


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An entity found in a sentence: `text[start:end]`."""

    entity: str
    value: Any
    start: int
    end: int
    grain: str | None = None  # how exact a date or a time is: year | month | week | day | hour | minute
    role: str | None = None  # the part it plays, where its entity has roles

    def is_of(self, wanted: str | None) -> bool:
        """Whether it fills a slot whose entity is this: `city`, or `city:from`."""
        return wanted == self.entity or (self.role is not None and wanted == f"{self.entity}:{self.role}")


class EntityFinder(Protocol):
    """Finds one entity in sentences of any language."""

    entity: str

    def find(self, text: str, language: str, now: datetime) -> Iterator[Found]:
        """Every place where the entity is said. `now` is the customer's civil time."""
        ...

    def reads(self, text: str, language: str) -> bool:
        """Whether the whole text is a value of the entity."""
        ...


def without_overlaps(found: list[Found]) -> list[Found]:
    """Of entities that overlap the longest, then the one found first; in the order of the sentence."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: one.start - one.end):
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)
