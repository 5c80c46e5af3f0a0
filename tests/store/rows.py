"""Rows for the store's tests: every field that a test does not name has a plain value."""

from __future__ import annotations

from typing import Any

from frontdesk.store.base import EventRow, Intake, OutboxRow, TimerRow, Turn

AT = "2026-03-11T09:00:00.000Z"
USER = "phone:anna"


def an_intake(external_id: str, **more: Any) -> Intake:
    """A message of a user; a new session would be called after it."""
    values: dict[str, Any] = {
        "account": "phone",
        "user": USER,
        "kind": "message",
        "body": external_id.encode(),
        "new_session": f"s-{external_id}",
        "at": AT,
    }
    return Intake(external_id=external_id, **{**values, **more})


def a_turn(session: str, n: int, **more: Any) -> Turn:
    """The turn of a session's inbound `n`: one event, whose number follows the inbound's."""
    values: dict[str, Any] = {
        "user": USER,
        "channel": "phone",
        "ordinal": 1,
        "is_new_session": False,
        "status": "active",
        "owner": "bot:shop",
        "waiting_since": None,
        "last_at": AT,
        "last_event": n,
        "state": f"state {n}".encode(),
        "events": [an_event(n)],
    }
    return Turn(session=session, n=n, **{**values, **more})


def an_event(seq: int) -> EventRow:
    return EventRow(seq=seq, kind="inbound", version=1, at=AT, body=b'{"n":%d}' % seq)


def a_message(session: str, seq: int, **more: Any) -> OutboxRow:
    values: dict[str, Any] = {"user": USER, "channel": "phone", "body": b"hello", "next_at": AT}
    return OutboxRow(session=session, seq=seq, **{**values, **more})


def a_timer(session: str, name: str = "ask", **more: Any) -> TimerRow:
    values: dict[str, Any] = {"user": USER, "gen": 1, "due": AT}
    return TimerRow(session=session, name=name, **{**values, **more})
