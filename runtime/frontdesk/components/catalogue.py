"""The component catalogue's tables of fields, made from the models so that they cannot be wrong."""

from __future__ import annotations

import re
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from frontdesk.components.base import COMPONENT_KINDS, IsText

_SECTION = re.compile(r"(<!-- fields: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_NAMES = {str: "text", int: "number", float: "number", bool: "yes or no", dict: "map"}
_IN_EVERY_KIND = ("component", "kind")


def with_tables(page: str) -> str:
    """A page with the table of each `<!-- fields: KIND -->` section as the models are now."""
    return _SECTION.sub(lambda found: found[1] + "\n".join(table(found[2])) + "\n" + found[3], page)


def table(kind: str) -> list[str]:
    """The lines of one kind's table of fields."""
    return ["| field | what | |", "|---|---|---|", *_rows(COMPONENT_KINDS[kind].Model, "")]


def _rows(model: type[BaseModel], inside: str) -> list[str]:
    rows = []
    for name, field in model.model_fields.items():
        if inside or name not in _IN_EVERY_KIND:
            rows.append(f"| `{inside}{name}` | {_type(field)} | {field.description}{_default(field)} |")
            nested = _nested(field.annotation)
            rows += _rows(nested, f"{name}[].") if nested else []
    return rows


def _type(field: FieldInfo) -> str:
    if get_origin(field.annotation) is dict and get_args(field.annotation)[0] is int:
        words = "text in each language" if "IsText" in repr(field.annotation) else "list of text by language"
        return f"{words}, by point"
    if any(isinstance(each, IsText) for each in field.metadata) or "IsText" in repr(field.annotation):
        return "text in each language"
    return _type_name(field.annotation)


def _type_name(annotation: Any) -> str:
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    origin, inner = (
        get_origin(annotation),
        [each for each in get_args(annotation) if each not in (NoneType, ...)],
    )
    if origin is Literal:
        return "one of " + ", ".join(f"`{each}`" for each in inner) if len(inner) > 1 else f"`{inner[0]}`"
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_type_name(each) for each in inner))
    if origin in (tuple, list):
        return f"list of {_type_name(inner[0])}"
    if origin is dict:
        return f"{_type_name(inner[1])} by language"
    return _NAMES.get(annotation) or str(annotation.__name__).lower()


def _nested(annotation: Any) -> type[BaseModel] | None:
    models = [each for each in get_args(annotation) if isinstance(each, type) and issubclass(each, BaseModel)]
    return models[0] if models else None


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return " (required)"
    value = field.get_default(call_default_factory=True, validated_data={})
    return f"; default {value}" if value not in (None, (), {}, "") else ""
