"""Words with which somebody takes back what was just said: `no`, `sorry`, `en fait`, `mejor`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from frontdesk.nlu.entities.base import OF_TIME, Found

_MARK = (
    "no|nope|nah|actually|sorry|wait|oops|rather|i mean|i meant|make (?:it|that)|change (?:it|that) to|"
    "non|nan|en fait|pardon|plut[oô]t|enfin|je veux dire|je voulais dire|"
    "en realidad|perd[oó]n|mejor|m[aá]s bien|digo|quiero decir|quise decir"
)
_HESITATING = "h+m+|m+h*|e+u*h+|u+[hm]+|a+h+|o+h+|well|ben|bon|bueno|pues|yes|oui|s[ií]|but|mais|pero"
_BEFORE = re.compile(rf"\s*(?:(?:{_HESITATING})\b[\s,.…-]*)*(?:(?:{_MARK})\b[\s,.;:!…-]*)+", re.IGNORECASE)
_BEHIND = re.compile(r"[\s,]+(?:instead|rather|actually|plut[oô]t|en fait|mejor)[\s.!]*$", re.IGNORECASE)
_BETWEEN = re.compile(
    rf"\W*(?:(?:{_MARK})\b\W*)+(?:(?:it|s|is|c|est|es|the|l|le|la|el|order|commande|pedido)\b\W*)*",
    re.IGNORECASE,
)


def without_marks(text: str) -> str | None:
    """What follows "no," or "actually"; None: nothing marks the sentence as a correction."""
    text = text.strip()
    before = _BEFORE.match(text)
    rest = text[before.end() :] if before is not None else text
    rest = _BEHIND.sub("", rest).strip()
    return rest if rest and rest != text else None


def without_taken_back(text: str, found: Sequence[Found]) -> tuple[Found, ...]:
    """Of "1043, no sorry, 1044" the second alone, said by all of these words. `found`: in their order."""
    kept: list[Found] = []
    for each in found:
        one = each
        same = (other for other in reversed(kept) if (other.entity, other.role) == (one.entity, one.role))
        last = next(same, None)
        if last is not None and _BETWEEN.fullmatch(text, last.end, one.start):
            kept.remove(last)
            one = each if each.entity in OF_TIME else replace(each, start=last.start)
        kept.append(one)
    return tuple(kept)
