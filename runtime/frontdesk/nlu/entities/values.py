"""What the grammars read, as entities: plain values that stand in slots and logs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from frontdesk.nlu.entities.base import Found
from frontdesk.nlu.entities.date import Day, Moment
from frontdesk.nlu.entities.duration import Duration
from frontdesk.nlu.entities.moment import Interval
from frontdesk.nlu.entities.sentence import Atom


def found_in(atoms: list[Atom]) -> Iterator[Found]:
    """The entities among the atoms of a sentence."""
    for place, atom in enumerate(atoms):
        value = atom.value
        match atom.kind:
            case "day" | "period" if isinstance(value, Day):
                yield _found("date", value.iso(), atom, value.grain)
            case "moment" if isinstance(value, Moment):
                yield _found("datetime", value.iso(), atom, value.grain)
            case "interval" if isinstance(value, Interval):
                ends = {"start": value.start.iso(), "end": value.end.iso()}
                yield _found("interval", ends, atom, value.start.grain)
            case "duration" if isinstance(value, Duration):
                yield _found("duration", value.iso(), atom, value.grain())
            case "number" if place and _is_pronoun(atom, atoms[place - 1]):
                continue
            case "number" | "money":
                yield _found(atom.kind, value, atom, None)
    yield from _whole(atoms)


def _is_pronoun(atom: Atom, before: Atom) -> bool:
    """Whether `one` counts nothing: `the second one`, `that one`."""
    names_a_thing = before.kind in {"second", "ordinal", "the", "this", "last", "next", "determiner"}
    return atom.value == 1 and not atom.digits and names_a_thing


def _whole(atoms: list[Atom]) -> Iterable[Found]:
    """`un` is a number only when it is all that was said."""
    said = [atom for atom in atoms if atom.kind not in {"stop", "comma"}]
    if len(said) == 1 and said[0].kind == "an":
        yield _found("number", said[0].value, said[0], None)


def _found(kind: str, value: Any, atom: Atom, grain: str | None) -> Found:
    return Found(entity=kind, value=value, start=atom.start, end=atom.end, grain=grain)
