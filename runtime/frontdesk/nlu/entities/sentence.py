"""A sentence as the grammars see it: a row of atoms, each a class of words with its value.

`mardi prochain à 15h` is `weekday next at hclock`. A grammar never sees letters, so that one rule
serves every language; what is said how stands in `spoken/`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from frontdesk.nlu.entities.spoken import Spoken, spoken

_APOSTROPHES = "'’ʼ`´"
_DASHES = "-‐‑–—−"

_TOKEN = re.compile(
    r"(?P<iso_time>(?<![\w/.-])\d{4}-\d\d-\d\d[t ]\d\d:\d\d"
    r"(?::\d\d(?:\.\d{1,9})?)?(?:z|[+-]\d\d:?\d\d)?(?![\w:]))"
    r"|(?P<iso_day>(?<![\w/.-])\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?![\w/]|[-.]\d))"
    r"|(?P<long_day>(?<![\w/.-])\d{1,2}(?P<sep>[-/.])\d{1,2}(?P=sep)(?:\d{4}|\d\d)(?![\w/]|[-.]\d))"
    r"|(?P<short_day>(?<![\w/.-])\d{1,2}/\d{1,2}(?![\w/]|[-.,]\d))"
    r"|(?P<timer>(?<![\w:.,])\d{1,2}:\d\d(?::\d\d)?(?![\d:]))"
    r"|(?P<hclock>(?<![\w:.,])\d{1,2} ?h(?: ?[0-5]\d)?(?: ?min)?(?![a-z0-9]))"
    r"|(?P<dotted>(?<![\w:.,])\d{1,2}\.[0-5]\d(?= ?(?:[ap]\.? ?m\b|h\b|hrs\b|horas\b)))"
    r"|(?P<nth>(?<![\w.,])\d{1,2}(?:st|nd|rd|th|ers?|ere|eme|e|o|a)(?![a-z0-9]))"
    r"|(?P<ampm>(?<![a-z])[ap](?:\. ?m\.?|m)(?![a-z]))"
    r"|(?P<number>\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:,\d+)?(?![\d.]|[ ,]\d)"
    r"|\d{1,3}(?:[.,']\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?)"
    r"|(?P<word>(?:[^\W\d_]\x1f*)+)"
    r"|(?P<other>[^\s])"
)
_OTHERS = {
    **dict.fromkeys(_DASHES, "dash"),
    **dict.fromkeys(".!?;\n…¿¡", "stop"),
    ",": "comma",
    "/": "slash",
    "(": "bracket",
    ")": "bracket",
}
_MAX_DIGITS = 18  # a longer row of digits is a code, not a count


@dataclass(frozen=True, slots=True)
class Atom:
    """A class of words with its value, said at `text[start:end]`."""

    kind: str
    value: Any
    start: int
    end: int
    digits: bool = False  # written in digits


class _Plain(dict[int, str]):
    """Folds one character at a time, so that every character keeps its place."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _plain_char(chr(code))
        return folded


def _plain_char(char: str) -> str:
    if char in _APOSTROPHES:
        return "'"
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if unicodedata.category(char) in {"Mn", "Cf", "Cc", "Cs"} and char not in "\n\t\r":
        return "\x1f"  # a mark over the letter before it, or nothing to be seen
    base = unicodedata.normalize("NFKD", char.casefold())[:1]
    return base if base and not base.isspace() else " " if char.isspace() else char


_PLAIN = _Plain()


def fold(text: str) -> str:
    """Lower case without accents, of the same length."""
    return text.lower() if text.isascii() and text.isprintable() else text.translate(_PLAIN)


def atoms(text: str, language: str) -> list[Atom]:
    """The atoms of a sentence. Only the text itself decides; nothing raises."""
    folded = fold(text)
    known = spoken(language)
    tokens = list(_tokens(folded, known))
    found: list[Atom] = []
    place = 0
    while place < len(tokens):
        group, word, start, end = tokens[place]
        if group != "word":
            found.append(_written(group, word, start, end, folded, known))
            place += 1
            continue
        count, kind, value = known.phrase(tokens, place)
        last = tokens[place + count - 1]
        if word == "sept" and count == 1 and found and found[-1].digits and known.language == "fr":
            kind, value = "month", 9
        found.append(Atom(kind, value, start, last[3]))
        place += count
    return found


def _tokens(folded: str, known: Spoken) -> Iterator[tuple[str, str, int, int]]:
    """Group, text, start and end of each token; what only joins two words is left out."""
    for match in _TOKEN.finditer(folded):
        group = match.lastgroup or "other"
        start, end = match.span()
        if group != "other" or not _joins(folded, start, match[0], known):
            yield group, match[0].replace("\x1f", "") if group == "word" else match[0], start, end


def _joins(text: str, at: int, char: str, known: Spoken) -> bool:
    """Whether a sign only joins words: `après-demain`, `aujourd'hui`, `sept. 2026`."""
    if char == "'" or char in _DASHES:
        between_words = 0 < at < len(text) - 1 and text[at - 1].isalpha() and text[at + 1].isalpha()
        return between_words and not (char != "'" and _is_from_to(text, at, known))
    if char != ".":
        return False
    word = re.search(r"[a-z]{2,5}$", text[max(at - 5, 0) : at])
    return (
        word is not None and known.is_short(word[0]) and re.match(r"\.,? ?\w", text[at : at + 4]) is not None
    )


def _is_from_to(text: str, at: int, known: Spoken) -> bool:
    """Whether a dash stands between two names: `Mon-Fri`."""
    before = re.search(r"[a-z]{2,10}$", text[max(at - 10, 0) : at])
    after = re.match(r"[a-z]{2,10}", text[at + 1 : at + 11])
    return all(word is not None and known.is_short(word[0]) for word in (before, after))


def _written(group: str, text: str, start: int, end: int, folded: str, known: Spoken) -> Atom:
    """A token that is not a word."""
    if group == "number":
        before = folded[start - 1] if start else " "
        value = None if before.isalpha() or before == "_" else number(text, known.language)
        return Atom("word" if value is None else "number", value, start, end, digits=True)
    if group == "other":
        currency = known.currency(text)
        return (
            Atom("currency", currency, start, end)
            if currency
            else Atom(_OTHERS.get(text, "other"), text, start, end)
        )
    if group == "nth":
        return Atom("ordinal", int(re.match(r"\d+", text)[0]), start, end, digits=True)  # type: ignore[index]
    if group == "ampm":
        return Atom("ampm", text[0], start, end)
    if group in {"timer", "dotted"}:
        return Atom("timer", text.replace(".", ":"), start, end, digits=True)
    return Atom(group, text, start, end, digits=True)


def number(text: str, language: str) -> int | float | None:
    """A number as written in digits: `1.234,5` and `1,234.5`; alone, the language says what `1.234` is."""
    text = re.sub(r"[\s']", "", text)
    if len(text) > _MAX_DIGITS:
        return None
    point, comma = text.rfind("."), text.rfind(",")
    if point >= 0 and comma >= 0:
        decimal = "." if point > comma else ","
    elif point < 0 and comma < 0:
        return int(text)
    else:
        decimal = _decimal_sign(text, "." if point >= 0 else ",", language)
    grouping = "," if decimal == "." else "."
    text = text.replace(grouping, "").replace(decimal, ".") if decimal else re.sub("[.,]", "", text)
    value = float(text)
    return int(value) if value.is_integer() and "." not in text else value


def _decimal_sign(text: str, sign: str, language: str) -> str:
    """The sign of a number with only one kind of sign, if it starts the decimals; empty if it groups."""
    groups = text.split(sign)
    if len(groups) > 2:
        return ""
    if len(groups[1]) != 3 or len(groups[0]) > 3 or groups[0] == "0":
        return sign
    own = "." if language == "en" else ","
    return sign if sign == own else ""
