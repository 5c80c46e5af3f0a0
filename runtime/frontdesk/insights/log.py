"""The log of sessions, read for people and machines: exports and replays."""

from __future__ import annotations

from typing import Any

import orjson

from frontdesk.agents import happened as _happened  # noqa: F401  registers its events
from frontdesk.events import load_event
from frontdesk.store.base import EventRow, SessionRow, Store


async def session_events(store: Store, session: SessionRow) -> list[dict[str, Any]]:
    """Every event of one session in log order, each with `kind`, `seq`, `at` and its own fields."""
    return [_event(session, row) for row in await store.events(session.id)]


async def user_events(store: Store, user: str) -> list[dict[str, Any]]:
    """Every event of all of a messaging user's sessions, oldest first."""
    sessions = sorted(await store.sessions(user=user), key=lambda row: row.ordinal)
    return [event for session in sessions for event in await session_events(store, session)]


def _event(session: SessionRow, row: EventRow) -> dict[str, Any]:
    # Through `load_event`, so that old versions read like new ones.
    body = orjson.loads(load_event(row.kind, row.version, row.body).dump())
    return {**body, "session": session.id, "seq": row.seq, "kind": row.kind, "at": row.at}
