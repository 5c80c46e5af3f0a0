"""What every kind of entity gives: spans of a sentence with a typed value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

MAX_TEXT = 1_000  # characters of a sentence that are searched


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An entity found in a sentence: `text[start:end]`."""

    entity: str
    value: Any
    start: int
    end: int
    grain: str | None = None  # how exact a date or a time is: year | month | week | day | hour | minute


class EntityFinder(Protocol):
    """Finds one entity in sentences of any language."""

    entity: str

    def find(self, text: str) -> Iterator[Found]:
        """Every place where the entity is said."""
        ...

    def reads(self, text: str) -> bool:
        """Whether the whole text is a value of the entity."""
        ...


def without_overlaps(found: list[Found]) -> list[Found]:
    """Of entities that overlap the longest, then the one found first; in the order of the sentence."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: one.start - one.end):
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)
