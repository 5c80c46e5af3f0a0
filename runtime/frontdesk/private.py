"""Private slot values of one session, and texts with these values taken out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from frontdesk.events import Event, MessageReceived, SlotSet

HIDDEN = "•••"
_BETWEEN = r"[\s.\-/()]*"  # how people group the digits of numbers
_FROM_ELSEWHERE = frozenset({"set", "action", "user", "given"})  # sources that are no words of the customer


class PrivateValues:
    """What must not be shown of one session. `names`: slots that the release declares private."""

    def __init__(self, names: frozenset[str] = frozenset()) -> None:
        self._names = names
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def is_private(self, event: SlotSet) -> bool:
        """Whether the slot's value must not be shown."""
        return event.private or self.is_named(event.name)

    def is_named(self, slot: str) -> bool:
        """Whether the release declares the slot private."""
        return slot in self._names

    def add(self, event: SlotSet) -> None:
        """Remember the value of a private slot."""
        if self.is_private(event):
            self.add_value(event.value, event.label)

    def add_value(self, value: Any, label: str = "") -> None:
        """Remember a private value, and what the customer called it."""
        found = {text for text in (*_leaves(value), label.strip()) if text and text != HIDDEN}
        if not found <= self._values:
            self._values |= found
            longest_first = sorted(self._values, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(_spelt, longest_first)), re.IGNORECASE)

    def mask(self, text: str) -> str:
        """A text without the private values, however they were grouped or capitalised."""
        return self._pattern.sub(HIDDEN, text) if self._pattern is not None else text

    def mask_all(self, value: Any) -> Any:
        """The same for every text in a JSON value."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, Mapping):
            return {name: self.mask_all(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.mask_all(inner) for inner in value]
        if isinstance(value, int | float) and not isinstance(value, bool) and self.finds(str(value)):
            return HIDDEN
        return value

    def finds(self, text: str) -> bool:
        """Whether a private value stands in a text."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def read(self, events: Iterable[Event]) -> None:
        """Remember the private values of a run of events."""
        for event in events:
            if isinstance(event, SlotSet):
                self.add(event)

    def unreadable(self, events: Sequence[Event]) -> set[int]:
        """Places of messages whose words became a private value that is not found in them.

        "the tenth of May 1980" became 1980-05-10: nobody knows which words to hide, so all of them are.
        """
        found: set[int] = set()
        place: int | None = None
        for index, event in enumerate(events):
            if isinstance(event, MessageReceived):
                place = index if event.text else None
            elif isinstance(event, SlotSet) and place is not None and self._was_said(event):
                heard = events[place]
                if isinstance(heard, MessageReceived) and not _stands_in(event, heard.text):
                    found.add(place)
        return found

    def _was_said(self, event: SlotSet) -> bool:
        is_said = event.value is not None and event.source not in _FROM_ELSEWHERE
        return is_said and self.is_private(event)


def _stands_in(event: SlotSet, text: str) -> bool:
    said = PrivateValues()
    said.add_value(event.value, event.label)
    return said.finds(text)


def _leaves(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


def _spelt(value: str) -> str:
    """A pattern that finds a value as a whole word; digits may be grouped."""
    compact = re.sub(_BETWEEN, "", value).lstrip("+")
    if compact.isalnum() and any(character.isdigit() for character in compact):
        words = _BETWEEN.join(map(re.escape, compact))
        return rf"\+?(?<!\w){words}(?!\w)"
    return r"(?<!\w)" + r"\s+".join(map(re.escape, value.split())) + r"(?!\w)"
