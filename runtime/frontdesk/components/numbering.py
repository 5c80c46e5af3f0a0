"""The marks that stand before options in numbered text, and reading one back.

Normally 1, 2, 3. But options that bring their own numbers ("5 - Very good", "4 - Good") would make
a typed "5" mean two things, so then their own numbers are the marks, or letters are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from string import ascii_lowercase

from frontdesk.components.typed import fold, plain
from frontdesk.components.typed_number import number_in, ordinal_in
from frontdesk.components.words import CARDINALS, ORDINALS, without_fillers
from frontdesk.locale import FALLBACK

_OWN = re.compile(r"[\W_]*(\d{1,6})(?!\d)")
_TYPED_MARK = re.compile(
    r"(?:(?:option|number|choice|choix|opci[oó]n|num[eé]ro|n[°o]|no|the|le|la|el)(?:[.\s]+|(?=[#(\[\d])))?"
    r"[#(\[]?\s*(\d{1,6}|[a-z])\s*[.)\]:!]?(?:\ufe0f?\u20e3)?"
)
_NUMERAL_ORDINAL = re.compile(r"(\d{1,3}) ?(?:st|nd|rd|th|e|er|ere|re|nde|eme|o|a)")
_MOST_WORDS = 6  # of "two hundred and twenty-one"
_LONGEST = 7  # digits of no mark
_TAKEN_BACK = re.compile(
    r"(?:no|nope|non|nan)\s*[,;!:…-]"
)  # "no, 3" corrects; "no 3" and "no. 3" are a number
_MORE_MARKS = ("0", "+", "*")


def own_number(label: str) -> int | None:
    """The number a label begins with: 5 of "5 - Very good"."""
    found = _OWN.match(unicodedata.normalize("NFKC", label))
    return int(found[1]) if found else None


def without_number(label: str) -> str:
    """The rest of a label that begins with a number: "Very good" of "5 - Very good"."""
    return (
        _OWN.sub("", unicodedata.normalize("NFKC", label), count=1) if own_number(label) is not None else ""
    )


def marks(labels: Sequence[str]) -> tuple[str, ...]:
    """What stands before each option: no mark can be taken for another option."""
    own = [own_number(label) for label in labels]
    count = len(labels)
    if not any(number != place and number in range(1, count + 1) for place, number in enumerate(own, 1)):
        return _numbers(0, count)
    if None not in own and len(set(own)) == count:
        return tuple(str(number) for number in own)
    letters = tuple(ascii_lowercase[:count])
    if len(letters) == count and not _spellings(labels).intersection(letters):
        return letters
    taken = set(own)
    start = next(hundred for hundred in range(100, 10**6, 100) if _is_free(taken, hundred, count))
    return _numbers(start, count)


def more_mark(labels: Sequence[str]) -> str:
    """What stands before "More…": no option is called so."""
    taken = _spellings(labels) | {str(own_number(label)) for label in labels}
    return next((mark for mark in _MORE_MARKS if mark not in taken), _MORE_MARKS[-1])


def marked_line(mark: str, label: str) -> str:
    """One option in numbered text. A label that begins with its mark needs no other."""
    return label if str(own_number(label)) == mark else f"{mark}. {label}"


def read_mark(typed: str) -> str | None:
    """The mark in "2", "2.", "#2", "option 2", "two", "b)"; None: it is something else."""
    found = _TYPED_MARK.fullmatch(plain(typed))
    if found:
        return str(int(found[1])) if found[1].isdigit() else found[1]
    if _TAKEN_BACK.match(plain(typed)):
        return None
    words = without_fillers(fold(typed)).removeprefix("n°").strip()
    if words.isdecimal() and len(words) < _LONGEST:
        return str(int(words))
    number = CARDINALS.get(words) or (
        number_in(words, FALLBACK, alone=True).number if _is_brief(words) else 0
    )
    return str(number) if isinstance(number, int) and number > 0 else None


def read_place(typed: str, count: int) -> int | None:
    """The place (from 0) in "the second", "le deuxième", "2nd", "el último"; None: it is something else."""
    words = without_fillers(fold(typed))
    numeral = _NUMERAL_ORDINAL.fullmatch(words)
    number = (
        int(numeral[1])
        if numeral
        else ORDINALS.get(words) or (ordinal_in(words) if _is_brief(words) else None)
    )
    if number == -1:
        return count - 1 if count else None
    return number - 1 if number and number <= count else None


def _is_brief(words: str) -> bool:
    """Whether it may be a number in words and nothing else."""
    return words.count(" ") < _MOST_WORDS


def _spellings(labels: Sequence[str]) -> set[str]:
    return {plain(label) for label in labels} | {fold(label) for label in labels}


def _numbers(start: int, count: int) -> tuple[str, ...]:
    return tuple(str(start + place) for place in range(1, count + 1))


def _is_free(taken: set[int | None], start: int, count: int) -> bool:
    return taken.isdisjoint(range(start + 1, start + count + 1))
