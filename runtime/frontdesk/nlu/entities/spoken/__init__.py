"""What is said how: a table of words a language, all of the same classes.

A table's keys are classes of words (`weekday`, `next`), its values say what each means: a word, or
words joined by `_`, folded (lower case, no accents). The classes are what the grammars are written in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

LANGUAGES = ("en", "fr", "es")

Table = Mapping[str, Mapping[Any, str]]
Token = tuple[str, str, int, int]  # group, text, start, end

CURRENCY_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}


class Spoken:
    """One language's words, found by their first one."""

    def __init__(self, language: str, table: Table) -> None:
        self.language = language
        self._phrases: dict[str, list[tuple[tuple[str, ...], str, Any]]] = {}
        for kind, meanings in table.items():
            for value, said in meanings.items():
                for phrase in said.split():
                    words = tuple(phrase.split("_"))
                    self._phrases.setdefault(words[0], []).append((words, kind, value))
        for phrases in self._phrases.values():
            phrases.sort(key=lambda phrase: -len(phrase[0]))

    def phrase(self, tokens: Sequence[Token], place: int) -> tuple[int, str, Any]:
        """How many tokens the longest known phrase here takes, its class and its meaning."""
        for words, kind, value in self._phrases.get(tokens[place][1], ()):
            count = len(words)
            if count == 1 or words == tuple(token[1] for token in tokens[place : place + count]):
                return count, kind, value
        return 1, "word", tokens[place][1]

    def phrases(self) -> Iterator[tuple[str, ...]]:
        """Every phrase that is known."""
        return (words for phrases in self._phrases.values() for words, _, _ in phrases)

    def telling(self, kinds: Collection[str]) -> Iterator[str]:
        """A word for each phrase of these classes that a sentence with the phrase has: its longest."""
        return (
            max(words, key=len)
            for phrases in self._phrases.values()
            for words, kind, _ in phrases
            if kind in kinds
        )

    def currency(self, sign: str) -> str | None:
        """The currency of a sign."""
        return CURRENCY_SIGNS.get(sign)

    def is_short(self, word: str) -> bool:
        """Whether a word is the name of a day or a month, which a full stop may shorten."""
        return any(
            kind in {"weekday", "month", "weak_month", "mar", "unit"}
            for words, kind, _ in self._phrases.get(word, ())
            if len(words) == 1
        )


@lru_cache
def spoken(language: str) -> Spoken:
    """The words of a language tag; an unknown language is read as English."""
    base = language.replace("_", "-").split("-")[0].lower()
    base = base if base in LANGUAGES else "en"
    table: Table = import_module(f"{__name__}.{base}").TABLE
    return Spoken(base, table)
