"""Finding what a model's fields name or compute, by their annotations, whatever the model.

A field says what it is (`Ref("slot")`, `IsExpression()`, `IsText()`, `Declares()`); nothing here knows any
step, component kind or file format, so new ones are checked without a change.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from frontdesk.authoring.source import Loc
from frontdesk.components.base import IsText
from frontdesk.dialogs.base import Declares, IsExpression, Ref

Mark = Ref | IsExpression | IsText | Declares
_MARKS = (Ref, IsExpression, IsText, Declares)


@dataclass(frozen=True, slots=True)
class Marked:
    """One marked value of a model, and where it stands in the file."""

    mark: Mark
    value: Any
    loc: Loc
    is_key: bool = False  # the value is a mapping's key


def marked(model: BaseModel, loc: Loc = ()) -> Iterator[Marked]:
    """Every marked value that an author wrote, in the order of the fields."""
    for name, field in type(model).model_fields.items():
        if name in model.model_fields_set:
            yield from _walk(
                field.annotation, field.metadata, getattr(model, name), (*loc, field.alias or name)
            )


def _walk(annotation: Any, marks: Sequence[Any], value: Any, loc: Loc) -> Iterator[Marked]:
    if value is None:
        return
    for mark in marks:
        if isinstance(mark, _MARKS):
            yield Marked(mark, value, loc)
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(value, BaseModel):
        yield from marked(value, loc)
    elif origin is Annotated:
        yield from _walk(inner[0], inner[1:], value, loc)
    elif origin in (Union, types.UnionType):
        for member in inner:
            if _fits(member, value):
                yield from _walk(member, (), value, loc)
                return
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if len(inner) == 2:
                yield from (
                    Marked(one.mark, key, one.loc, True) for one in _walk(inner[0], (), key, (*loc, key))
                )
            yield from _walk(inner[1] if len(inner) == 2 else Any, (), each, (*loc, key))
    elif isinstance(value, tuple | list):
        for place, each in enumerate(value):
            yield from _walk(inner[0] if inner else Any, (), each, (*loc, place))


def _fits(member: Any, value: Any) -> bool:
    """Whether a union's member is the one that took the value."""
    while get_origin(member) is Annotated:
        member = get_args(member)[0]
    if get_origin(member) in (Union, types.UnionType):
        return any(_fits(each, value) for each in get_args(member))
    kind = get_origin(member) or member
    return isinstance(kind, type) and isinstance(value, kind)
