"""How a grammar is written and run.

    @rule("days", "day", "WEEKDAY next")
    def weekday_next(said: Said) -> Day | None: ...

A rule names the stage in which it runs, the class it gives, and what it reads: classes of words, with
the signs of regular expressions between them. Its function turns what was said into a value, or says
None, and then nothing is read. Within a stage rules run in the order they are defined, each over the
whole sentence, and what a rule has read is one atom for those after it: no rule sees the inside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from frontdesk.nlu.entities.sentence import Atom

STAGES = (
    "numbers",
    "money",
    "clocks",
    "durations",
    "ranges",
    "days",
    "periods",
    "relatives",
    "moments",
    "intervals",
)

FRAGMENTS = {
    "DOM": "[number ordinal second]",
    "MONTH": "[month weak_month mar]",
    "WEEKDAY": "[weekday weak_weekday mar]",
    "OF": "[of du the]",
    "TO": "[to till at dash and]",
    "COUNT": "[number an]",
}
"""What a class in capitals in a rule stands for."""

_NAME = re.compile(r"[A-Za-z_]+")
_codes: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule has matched: a part of a sentence."""

    atoms: Sequence[Atom]
    first: int
    last: int  # exclusive
    now: datetime  # civil time where the session is
    language: str
    tag: str  # the language with its country: `en-GB`

    def all(self, *kinds: str) -> list[Atom]:
        """The atoms of these classes."""
        return [atom for atom in self.atoms[self.first : self.last] if atom.kind in kinds]

    def one(self, *kinds: str) -> Any:
        """The value of the first atom of these classes; None without one."""
        return next((atom.value for atom in self.all(*kinds)), None)

    def has(self, *kinds: str) -> bool:
        """Whether one of these classes was said."""
        return bool(self.all(*kinds))

    def before(self) -> str:
        """The class of the atom before; empty at the start."""
        return self.atoms[self.first - 1].kind if self.first else ""

    def after(self) -> str:
        """The class of the atom after; empty at the end."""
        return self.atoms[self.last].kind if self.last < len(self.atoms) else ""

    def is_all(self) -> bool:
        """Whether nothing else was said."""
        return self.first == 0 and self.last == len(self.atoms)

    def is_past(self) -> bool:
        """Whether the words before speak of something that has happened: "I ordered it on Monday"."""
        has_other_words = False
        for atom in reversed(self.atoms[: self.first]):
            if atom.kind in {"will", "stop"} or (atom.kind == "comma" and has_other_words):
                return False  # "it arrived broken, collect it on Monday" speaks of two times
            if atom.kind in {"did", "last"}:
                return True
            has_other_words |= atom.kind == "word" and atom.end - atom.start > 3
        return False


Builder = Callable[[Said], Any]


@dataclass(frozen=True)
class Rule:
    """One rule of a grammar."""

    gives: str
    reads: str
    build: Builder

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when a sentence first needs it: most processes start without one."""
        return _compiled(self.reads)


RULES: dict[str, list[Rule]] = {stage: [] for stage in STAGES}


def rule(stage: str, gives: str, *reads: str) -> Callable[[Builder], Builder]:
    """Add a rule; several patterns are tried one after the other."""

    def add(build: Builder) -> Builder:
        RULES[stage] += [Rule(gives, pattern, build) for pattern in reads]
        return build

    return add


def run(atoms: list[Atom], now: datetime, language: str, tag: str) -> list[Atom]:
    """The atoms after every rule has read what it can."""
    for stage in STAGES:
        for each in RULES[stage]:
            atoms = _apply(each, atoms, now, language, tag)
    return atoms


def _apply(each: Rule, atoms: list[Atom], now: datetime, language: str, tag: str) -> list[Atom]:
    shape = "".join([_code(atom.kind) for atom in atoms])
    match = each.pattern.search(shape)
    if match is None:
        return atoms
    kept: list[Atom] = []
    done = 0
    while match is not None:
        first, last = match.span()
        value = _built(each, Said(atoms, first, last, now, language, tag))
        if value is None:
            match = each.pattern.search(shape, first + 1)
            continue
        kept += atoms[done:first]
        digits = all(atom.digits for atom in atoms[first:last])
        kept.append(Atom(each.gives, value, atoms[first].start, atoms[last - 1].end, digits))
        done = last
        match = each.pattern.search(shape, last)
    return [*kept, *atoms[done:]]


def _built(each: Rule, said: Said) -> Any:
    try:
        return each.build(said)
    except (ValueError, OverflowError):  # no such day, or far outside the calendar
        return None


def _code(kind: str) -> str:
    """The one character that stands for a class."""
    code = _codes.get(kind)
    if code is None:
        code = _codes[kind] = chr(0xE000 + len(_codes))
    return code


def _compiled(pattern: str) -> re.Pattern[str]:
    for name, classes in FRAGMENTS.items():
        among_others = re.compile(rf"(\[[^\]]*)\b{name}\b")
        pattern = among_others.sub(rf"\g<1>{classes[1:-1]}", pattern)
        pattern = re.sub(rf"\b{name}\b", classes, pattern)
    return re.compile(_NAME.sub(lambda match: _code(match[0]), pattern).replace(" ", ""))
