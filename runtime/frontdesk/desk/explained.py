"""A turn as a rep may look into it: the row of `frontdesk why`, without the customer's private values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from frontdesk.events import EVENT_KINDS, load_event
from frontdesk.insights.log import event_json
from frontdesk.insights.why import turn_at, why
from frontdesk.private import HIDDEN, PrivateValues
from frontdesk.store.base import SessionRow, Store


async def explained(
    store: Store, session: SessionRow, seq: int, private: PrivateValues
) -> dict[str, Any] | None:
    """The turn an event belongs to, and which turns stand beside it. None: no turn has such an event."""
    rows = await store.events(session.id)
    events = [load_event(row.kind, row.version, row.body) for row in rows]
    private.read(events)
    unreadable = private.unreadable(events)
    turns = why(
        masked(event_json(session.id, row, event), private, is_hidden=place in unreadable)
        for place, (row, event) in enumerate(zip(rows, events, strict=True))
    )
    place = turn_at(turns, seq)
    if place is None or seq > turns[-1]["last"]:
        return None
    return {
        "session": session.id,
        "turn": turns[place],
        "before": turns[place - 1]["seq"] if place else None,
        "after": turns[place + 1]["seq"] if place + 1 < len(turns) else None,
    }


def masked(event: Mapping[str, Any], private: PrivateValues, *, is_hidden: bool = False) -> dict[str, Any]:
    """An event without private values; `is_hidden`: nobody knows which of its words are one."""
    known = EVENT_KINDS.get(event["kind"])  # of a newer version's events every field may be the customer's
    names = known.CUSTOMER | {"error"} if known is not None else event.keys() - {"kind", "seq", "at"}
    shown = {name: _hide(value, private) if name in names else value for name, value in event.items()}
    if event.get("calls"):  # a model's arguments are JSON text, and stay that
        shown["calls"] = [[one[0], one[1], _hide_in(one[2], private)] for one in event["calls"]]
    if is_hidden:
        shown["text"] = HIDDEN
    return shown


def _hide(value: Any, private: PrivateValues) -> Any:
    return private.mask_all(_hide_named(value, private))


def _hide_in(written: str, private: PrivateValues) -> str:
    return orjson.dumps(_hide(orjson.loads(written), private)).decode()


def _hide_named(value: Any, private: PrivateValues) -> Any:
    """What goes by the name of a private slot is private, whoever gave it."""
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if private.is_named(name) and inner is not None else _hide_named(inner, private)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_hide_named(inner, private) for inner in value]
    return value
