"""Which part an entity plays: Paris in `from Paris to Lyon` is the city one comes from.

Told by the words right before it: those that usually say so in English, French and Spanish, and those
before the role's annotations in a bot's examples, `leaving [Paris](city:from)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from frontdesk.nlu.entities.base import EntityFinder, Found
from frontdesk.nlu.words import fold

_FROM = (
    "from leaving out_of departing starting_in starting_from de du des d depuis au_depart_de partant_de"
    " desde saliendo_de salida_de"
)
_TO = (
    "to into towards toward going_to for a au aux vers jusqu_a jusqu_au pour direction en_direction_de"
    " al hacia hasta para con_destino_a"
)
_USUAL = {
    **dict.fromkeys(("from", "origin", "departure", "source"), _FROM),
    **dict.fromkeys(("to", "destination", "arrival", "target"), _TO),
}
_LONGEST = 3  # words before an entity that are looked at
_ARTICLES = frozenset("the le la les l el los las my mon ma mi".split())
_WORD = re.compile(r"\w+")


class WithRoles:
    """An entity whose values play one of several parts."""

    def __init__(self, finder: EntityFinder, cues: Mapping[str, str]) -> None:
        self.entity = finder.entity
        self._finder = finder
        self._cues = cues  # the words before a value -> its role

    def find(self, text: str, language: str, now: datetime) -> Iterator[Found]:
        """Every place where the entity is said, with its role where the words before it tell."""
        for one in self._finder.find(text, language, now):
            yield replace(one, role=self._role(text[: one.start]))

    def reads(self, text: str, language: str) -> bool:
        """Whether the whole text is a value of the entity."""
        return self._finder.reads(text, language)

    def _role(self, before: str) -> str | None:
        words = _words(before)
        for count in range(min(_LONGEST, len(words)), 0, -1):
            if role := self._cues.get(" ".join(words[-count:])):
                return role
        return None


def cues(roles: Iterable[str], said_before: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The words that tell each role. `said_before`: what stands before annotations, and their role."""
    found: dict[str, str] = {}
    unclear: set[str] = set()
    known = tuple(roles)
    for before, role in said_before:
        words = _words(before)
        if words and role in known and found.setdefault(words[-1], role) != role:
            unclear.add(words[-1])
    for role in known:
        for said in _USUAL.get(role, "").split():
            found.setdefault(said.replace("_", " "), role)
    return {words: role for words, role in found.items() if words not in unclear}


def _words(before: str) -> list[str]:
    """The last words before a value, folded, articles aside."""
    last = before.rpartition("\n")[2][-80:]
    words = _WORD.findall(fold(last))
    while words and words[-1] in _ARTICLES:
        words.pop()
    return words[-_LONGEST:]
