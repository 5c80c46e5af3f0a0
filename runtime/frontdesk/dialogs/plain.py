"""Computed values as the log can keep them: what an expression gave may be anything."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

MAX_DEPTH = 50  # of lists in lists
LARGEST = 2**63  # a whole number that is no longer written as one


def plain(value: Any, depth: int = 0) -> Any:
    """A value as the log can keep it, the same however often it is written and read back."""
    kind = type(value)  # what a log mostly holds goes first
    if value is None or kind is bool or (kind is str and value.isascii()):
        return value
    if kind is dict and depth < MAX_DEPTH:
        return {_name(name): plain(one, depth + 1) for name, one in value.items()}
    if kind is list and depth < MAX_DEPTH:
        return [plain(one, depth + 1) for one in value]
    if isinstance(value, str):
        return str(value).encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, int):
        return int(value) if -LARGEST <= value < LARGEST else str(value)
    if isinstance(value, float | Decimal):
        number = float(value)
        return number if math.isfinite(number) else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if depth >= MAX_DEPTH:
        return None
    if isinstance(value, Mapping):
        return {_name(name): plain(one, depth + 1) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one, depth + 1) for one in value]
    return str(value)


def _name(name: Any) -> str:
    return name if type(name) is str and name.isascii() else str(plain(name, MAX_DEPTH))
