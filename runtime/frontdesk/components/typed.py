"""What a customer typed, made comparable. Whatever comes in, the work is bounded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from frontdesk.locale import spoken_language
from frontdesk.nlu.entities.spoken import LANGUAGES

MAX_EXAMINED = 500  # characters of a typed answer that are looked at; no answer to a component is longer

_SPACES = re.compile(r"\s+")
_DENIED = re.compile(
    r"\b(?:not|never|cannot|can'?t|don'?t|won'?t|isn'?t|doesn'?t|except|pas|sauf|excepto|salvo)\b|\bno \w"
)
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def one_line(text: str) -> str:
    """Text without control characters, its white space collapsed."""
    kept = (char for char in text if char.isspace() or unicodedata.category(char) not in {"Cc", "Cs"})
    return _SPACES.sub(" ", "".join(kept)).strip()


@lru_cache(maxsize=2048)
def plain(text: str) -> str:
    """Text in one spelling of case, width and spaces; accents and punctuation stay."""
    return one_line(unicodedata.normalize("NFKC", text[:MAX_EXAMINED]).casefold())


@lru_cache(maxsize=2048)  # labels are compared again and again
def fold(text: str) -> str:
    """Text without case, accents, punctuation or invisible characters: "Trop Petit !" is "trop petit"."""
    decomposed = unicodedata.normalize("NFKD", text[:MAX_EXAMINED]).casefold()
    return " ".join("".join(_folded(char) for char in unicodedata.normalize("NFKD", decomposed)).split())


def words_of(text: str) -> list[str]:
    """The folded words of a text."""
    return fold(text).split()


def is_denied(plain_text: str) -> bool:
    """Whether a day or a number in it is one the customer does not mean: "not on Monday"."""
    return _DENIED.search(plain_text.replace("’", "'")) is not None


def tongues(language: str) -> Iterator[str]:
    """The languages an answer is read in: the question's first, then every other one."""
    yield language
    yield from (other for other in LANGUAGES if other != spoken_language(language))


def _folded(char: str) -> str:
    category = unicodedata.category(char)
    if char.isspace() or category.startswith("P"):
        return " "
    return "" if category == "Mn" or category in _INVISIBLE else char


def cut(text: str, limit: int | None) -> str:
    """Text of at most `limit` characters, cut between whole characters, the cut marked with `…`."""
    if limit is None or len(text) <= limit:
        return text
    end = max(limit - 1, 0)
    while end > 0 and joins(text[end - 1], text[end]):
        end -= 1
    return text[:end].rstrip() + "…"


def joins(before: str, after: str) -> bool:
    """Whether two characters belong to what a person sees as one."""
    flags = "\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff"
    skin = "\U0001f3fb" <= after <= "\U0001f3ff"
    return flags or skin or "\u200d" in (before, after) or unicodedata.category(after) in {"Mn", "Mc", "Me"}
