"""An authored YAML file, read: plain values, and a tree of the same shape that says where each stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from frontdesk.errors import Problem

Loc = tuple[str | int, ...]
Place = tuple[int, int]  # line and column, from 1
Marks = list[Any]
"""`[line, column]` of a scalar; a list adds `[marks of items]`, a mapping `{key: [line, column, marks]}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlFile:
    """One file, read: what it says and where; `data` is None when it could not be read at all."""

    path: str  # relative to the desk
    data: Any
    marks: Marks
    problems: tuple[Problem, ...] = ()

    def place(self, loc: Loc, *, key: bool = False) -> Place:
        """Where the value at `loc` stands, or its key; the nearest place known when it is not there."""
        line, column, marks = 1, 1, self.marks
        for step in loc:
            found = _inside(marks, step)
            if found is None:
                continue  # pydantic puts names of union members into its locations
            own, marks = found
            line, column = own if key else (marks[0], marks[1])
        return line, column

    def at(self, loc: Loc) -> Any:
        """The value written at `loc`, None when nothing is there."""
        value = self.data
        for step in loc:
            held = _held(value, step)
            if held is None:
                return None
            value = held[0]
        return value

    def problem(
        self, message: str, hint: str = "", *, loc: Loc = (), key: bool = False, level: str = "error"
    ) -> Problem:
        """A problem with the value at `loc`, or with its key."""
        line, column = self.place(loc, key=key)
        return Problem(path=self.path, line=line, column=column, message=message, hint=hint, level=level)

    def real(self, loc: Loc) -> Loc:
        """A location without the parts that only a model knows: names of a union's members."""
        kept: list[str | int] = []
        value = self.data
        for step in loc:
            held = _held(value, step)
            if held is not None:
                value = held[0]
                kept.append(step)
        return tuple(kept)


def _held(value: Any, step: str | int) -> tuple[Any] | None:
    """The value under a key or index, in a tuple; None when there is none."""
    if isinstance(value, dict) and step in value:
        return (value[step],)
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return (value[step],)
    return None


def _inside(marks: Marks, step: str | int) -> tuple[Place, Marks] | None:
    held = marks[2] if len(marks) > 2 else None
    if isinstance(held, dict):
        found = held.get(str(step))
        return ((found[0], found[1]), found[2]) if found else None
    if isinstance(held, list) and isinstance(step, int) and 0 <= step < len(held):
        return (held[step][0], held[step][1]), held[step]
    return None
