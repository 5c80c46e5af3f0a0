"""How the body of an event that an older version wrote reads in the next: pure functions, kept for ever.

When an event's fields change, its kind gets the next version in `events.py`, and here stands the way from
the version before:

    @upcaster("outbound", 1)
    def _(body: Body) -> Body:
        return {**body, "author": body["by"]}

`tests/golden/events/KIND.json` keeps an example of every version there ever was, and how it reads today.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Body: TypeAlias = dict[str, Any]
Upcaster: TypeAlias = Callable[[Body], Body]

UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""(kind, version) -> how its body reads in the next version."""


def upcaster(kind: str, version: int) -> Callable[[Upcaster], Upcaster]:
    """Register how a body of this version reads in the next."""

    def register(function: Upcaster) -> Upcaster:
        assert (kind, version) not in UPCASTERS, f"{kind} {version} has an upcaster already"
        UPCASTERS[kind, version] = function
        return function

    return register


@upcaster("agent", 1)
def _(body: Body) -> Body:
    return {**body, "before": []}


@upcaster("action", 1)
def _(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "n"} | {"seconds": 0.0}


def upcast(kind: str, body: Body, since: int, to: int) -> Body:
    """A body of version `since` as version `to` would have written it."""
    for version in range(since, to):
        body = UPCASTERS[kind, version](body)
    return body
