"""Which of a desk's languages a message is in, and when a conversation changes to it.

Each word counts for the languages that have it, and its letters for those whose words look like it. Words
come from our own lists and from the bot's examples, so any language with examples can be told.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from frontdesk.nlu.lexicon import WORDS

WORDS_NEEDED = 3  # "1042", "ok" and a name change nothing
SURE = 0.9

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*['’]?")
_MOST_WORDS = 60  # of a message; more say nothing new
_KNOWN = 0.5  # how much of a word's chance comes from being on the list, the rest from its letters
_UNSEEN = 0.4  # added to every count of letters
_ALPHABET = 60
_CARE = 0.7  # words of a sentence are not independent: each counts a little less
_MOST = 4.0  # how much one word says for one language against another: a borrowed one is outvoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The likeliest language of a message."""

    language: str
    confidence: float
    words: int

    @property
    def sure(self) -> str | None:
        """The language, if the message is long and clear enough to go by."""
        return self.language if self.words >= WORDS_NEEDED and self.confidence >= SURE else None


def next_language(
    current: str, guess: Guess | None, *, sure_before: str | None, in_answer: bool
) -> str | None:
    """The language a conversation changes to, if it does.

    `sure_before` is what the message before this one surely was in; `in_answer`: a question is open.
    """
    found = guess.sure if guess is not None else None
    if found is None or found == current:
        return None
    return found if not in_answer or found == sure_before else None


class LanguageGuesser:
    """Tells a desk's languages apart."""

    def __init__(self, languages: Iterable[str], examples: Mapping[str, Iterable[str]] | None = None) -> None:
        own = examples or {}
        lists = {one: _vocabulary(one, own.get(one, ())) for one in languages}
        self._letters = {one: _Letters(words) for one, words in lists.items() if words}
        self._chances = lru_cache(maxsize=4_096)(self._chances_of_word)

    def guess(self, text: str) -> Guess | None:
        """The language of a message; None: it has no words, or there are no languages to tell apart."""
        words = _WORD.findall(unicodedata.normalize("NFC", text.lower()))[:_MOST_WORDS]
        if not words or len(self._letters) < 2:
            return None
        each = [self._chances(word) for word in words]
        total = [_CARE * sum(chances) for chances in zip(*each, strict=True)]
        best = max(total)
        shares = [math.exp(one - best) for one in total]
        confidence = 1 / sum(shares)
        language = list(self._letters)[total.index(best)]
        return Guess(language=language, confidence=confidence, words=len(words))

    def _chances_of_word(self, word: str) -> tuple[float, ...]:
        """The logarithm of the word's chance in each language."""
        plain = word.replace("’", "'")[:24]
        chances = [letters.chance(plain) for letters in self._letters.values()]
        least = max(chances) - _MOST
        return tuple(max(one, least) for one in chances)


class _Letters:
    """A language's words, and which letter follows which two."""

    def __init__(self, words: frozenset[str]) -> None:
        self._words = words
        self._three: Counter[str] = Counter()
        self._two: Counter[str] = Counter()
        for word in words:
            padded = f"  {word} "
            self._three.update(padded[at : at + 3] for at in range(len(padded) - 2))
            self._two.update(padded[at : at + 2] for at in range(len(padded) - 2))

    def chance(self, word: str) -> float:
        """The logarithm of a word's chance."""
        padded = f"  {word} "
        spelt = 0.0
        for at in range(len(padded) - 2):
            seen = self._three[padded[at : at + 3]] + _UNSEEN
            spelt += math.log(seen / (self._two[padded[at : at + 2]] + _UNSEEN * _ALPHABET))
        listed = _KNOWN / len(self._words) if word in self._words else 0.0
        return math.log(listed + (1 - _KNOWN) * math.exp(spelt))


def _vocabulary(language: str, examples: Iterable[str]) -> frozenset[str]:
    """The words of a language, with and without accents: people leave them out."""
    said = " ".join([WORDS.get(language.partition("-")[0], ""), *examples]).lower()
    words = _WORD.findall(unicodedata.normalize("NFC", said.replace("’", "'")))
    return frozenset([*words, *map(_bare, words)])


def _bare(word: str) -> str:
    parted = unicodedata.normalize("NFD", word)
    return "".join(each for each in parted if not unicodedata.combining(each))
