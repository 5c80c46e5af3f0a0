"""The log of sessions, read for people and machines: exports and replays."""

from __future__ import annotations

from typing import Any

import orjson

from frontdesk.agents import happened as _happened  # noqa: F401  registers its events
from frontdesk.events import Event, UnknownEvent, load_event
from frontdesk.store.base import EventRow, SessionRow, Store


async def session_events(store: Store, session: SessionRow) -> list[dict[str, Any]]:
    """Every event of one session in log order, each with `kind`, `seq`, `at` and its own fields."""
    return [event_json(session.id, row) for row in await store.events(session.id)]


async def user_events(store: Store, user: str) -> list[dict[str, Any]]:
    """Every event of all of a messaging user's sessions, oldest first."""
    sessions = sorted(await store.sessions(user=user), key=lambda row: row.ordinal)
    return [event for session in sessions for event in await session_events(store, session)]


def event_json(session: str, row: EventRow, event: Event | None = None) -> dict[str, Any]:
    """One event as JSON values. `event`: what was read of the row already."""
    # Through `load_event`, so that old versions read like new ones.
    event = event or load_event(row.kind, row.version, row.body)
    body = orjson.loads(event.dump())
    if isinstance(event, UnknownEvent):
        body["unknown_version"] = event.version
    return {**body, "session": session, "seq": row.seq, "kind": row.kind, "at": row.at}
