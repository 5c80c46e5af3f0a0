"""Entities written as a regular expression, found anywhere in a sentence as whole words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from importlib import import_module
from typing import Any

from frontdesk.nlu.entities.base import MAX_TEXT, Found

_parser: Any = import_module("re._parser")  # the one way to look into an expression without running it

MAX_PATTERN = 500
MAX_OPEN_REPEATS = 2  # `+` and `*`: more of them can take a time that grows with the text's cube
_OPEN = 64  # a repeat allowed more often than this counts as without end
_REPEATS = (_parser.MAX_REPEAT, _parser.MIN_REPEAT)


@lru_cache(maxsize=512)
def pattern_fault(pattern: str) -> str:
    """Why a pattern cannot be used; empty when it can."""
    if len(pattern) > MAX_PATTERN:
        return f"the pattern is longer than {MAX_PATTERN} characters"
    try:
        tree = _parser.parse(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"the pattern cannot be read: {error}"
    if re.compile(pattern).match("") is not None:
        return "the pattern matches an empty text"
    opened = _open_repeats(tree)
    if opened < 0:
        return "the pattern repeats a repetition, which can take for ever; write how often, like {1,8}"
    if opened > MAX_OPEN_REPEATS:
        return f"the pattern has more than {MAX_OPEN_REPEATS} of `+` and `*`; write how often, like {{1,8}}"
    return ""


def _open_repeats(tree: Any) -> int:
    """How many repeats without end an expression holds; -1 when one is inside another repeat."""
    total = 0
    for word, argument in tree:
        inner = [_open_repeats(each) for each in _parts(argument)]
        if -1 in inner:
            return -1
        if word in _REPEATS:
            often = int(argument[1])
            if sum(inner) and often > 1:
                return -1
            total += often > _OPEN
        total += sum(inner)
    return total


def _parts(argument: Any) -> Iterator[Any]:
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, list | tuple):
        for each in argument:
            yield from _parts(each)


class PatternEntity:
    """One entity with a `pattern`."""

    def __init__(self, entity: str, pattern: str) -> None:
        self.entity = entity
        self._pattern = re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)

    def find(self, text: str, language: str, now: datetime) -> Iterator[Found]:
        """Every place where the pattern stands as whole words."""
        searched = plain_width(text[:MAX_TEXT])
        for match in self._pattern.finditer(searched):
            yield Found(entity=self.entity, value=match.group(), start=match.start(), end=match.end())

    def reads(self, text: str, language: str) -> bool:
        """Whether the whole text is a value."""
        return self._pattern.fullmatch(plain_width(text.strip()[:MAX_TEXT])) is not None


def plain_width(text: str) -> str:
    """Full-width letters and digits as the plain ones; every character keeps its place."""
    if text.isascii():
        return text
    return "".join(one if len(one := unicodedata.normalize("NFKC", each)) == 1 else each for each in text)
