"""Entities written as lists of words, found as whole words, case and accents aside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from frontdesk.nlu.entities.base import MAX_TEXT, Found
from frontdesk.nlu.words import fold

_WORD = re.compile(r"\w+")


class LookupEntity:
    """One entity with a `lookup`: the value is the key the words stand under."""

    def __init__(self, entity: str, words: Mapping[str, Iterable[str]]) -> None:
        self.entity = entity
        self._value = {fold(word): value for value, said in words.items() for word in (*said, value)}
        self._value.pop("", None)
        self._longest = max((len(words.split()) for words in self._value), default=0)

    def find(self, text: str, language: str, now: datetime) -> Iterator[Found]:
        """Every place where a word of the list stands, the longest first."""
        spans = [match.span() for match in _WORD.finditer(text[:MAX_TEXT])]
        first = 0
        while first < len(spans):
            for last in range(min(first + self._longest, len(spans)) - 1, first - 1, -1):
                start, end = spans[first][0], spans[last][1]
                value = self._value.get(fold(text[start:end]))
                if value is not None:
                    yield Found(entity=self.entity, value=value, start=start, end=end)
                    first = last
                    break
            first += 1

    def reads(self, text: str, language: str) -> bool:
        """Whether the whole text is one of the words."""
        return fold(text) in self._value
