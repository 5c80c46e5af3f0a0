"""What an action returned, as plain JSON values: what is journaled, kept in slots and shown to bots."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

MAX_BYTES = 256 * 1024
_MAX_DEPTH = 64


class NotPlain(Exception):
    """A result cannot be kept as JSON."""


def plain(value: Any) -> Any:
    """`value` as JSON values; raises `NotPlain` with where and why."""
    converted = _convert(value, "result", ())
    try:
        size = len(orjson.dumps(converted))
    except TypeError as error:
        raise NotPlain(f"the result cannot be written as JSON: {error}") from error
    if size > MAX_BYTES:
        raise NotPlain(f"the result has {size // 1024} KiB as JSON; at most {MAX_BYTES // 1024} are kept")
    return converted


def _convert(value: Any, where: str, above: tuple[int, ...]) -> Any:
    if value is None or type(value) in (bool, int, str):
        return value
    if isinstance(value, Enum):
        return _convert(value.value, where, above)
    if isinstance(value, (str, int, float, Decimal)):
        return _scalar(value, where)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (UUID, timedelta)):
        return to_jsonable_python(value)
    return _convert_nested(value, where, _step_into(value, where, above))


def _convert_nested(value: Any, where: str, above: tuple[int, ...]) -> Any:
    if isinstance(value, BaseModel):
        return _convert(value.model_dump(), where, above)
    if is_dataclass(value) and not isinstance(value, type):
        names = [one.name for one in fields(value)]
        return {name: _convert(getattr(value, name), f"{where}.{name}", above) for name in names}
    if isinstance(value, Mapping):
        return {_key(key, where): _convert(one, f"{where}.{key}", above) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_convert(one, f"{where}[{place}]", above) for place, one in enumerate(value)]
    raise NotPlain(f"{where} is {_a(type(value).__name__)}, which is no JSON; {_advice(value)}")


def _scalar(value: str | int | float | Decimal, where: str) -> str | int | float:
    if isinstance(value, str):
        return str(value)
    if not math.isfinite(value):
        raise NotPlain(f"{where} is {value}, which is no JSON; return none instead")
    if isinstance(value, Decimal):
        # A number, so that a dialog can compare it; 19.90 and 19.9 are the same amount.
        return int(value) if value == value.to_integral_value() else float(value)
    return int(value) if isinstance(value, int) else float(value)


def _step_into(value: Any, where: str, above: tuple[int, ...]) -> tuple[int, ...]:
    if id(value) in above:
        raise NotPlain(f"{where} contains itself")
    if len(above) >= _MAX_DEPTH:
        raise NotPlain(f"{where} is nested more than {_MAX_DEPTH} levels deep")
    return (*above, id(value))


def _key(key: Any, where: str) -> str:
    if isinstance(key, Enum):
        key = key.value
    if not isinstance(key, str):
        raise NotPlain(f"{where} has the key {key!r}; keys must be text")
    return str(key)


def _advice(value: Any) -> str:
    if isinstance(value, (set, frozenset)):
        return "return a sorted list"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "keep the bytes elsewhere and return their name or address"
    return "return values, dicts, lists, dataclasses or pydantic models"


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
