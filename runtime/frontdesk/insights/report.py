"""What came of the sessions: a view of the log, with definitions that hold everywhere.

*contained*: never waited in a queue. *abandoned*: ended by the customer while waiting for a rep.
*wait*: from entering a queue until a rep accepted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from frontdesk.agents import happened as _happened  # noqa: F401  registers its events
from frontdesk.clock import instant, iso
from frontdesk.events import (
    DeliveryChanged,
    ErrorHappened,
    Event,
    HandoffRequested,
    MessageReceived,
    MessageSent,
    OutcomeReached,
    OwnerChanged,
    SessionStarted,
    StatusChanged,
    load_event,
)
from frontdesk.sessions import owner_kind
from frontdesk.store.base import Store


@dataclass(slots=True)
class Report:
    """Counts over the sessions of some days."""

    days: int
    sessions: int = 0
    open: int = 0
    contained: int = 0
    abandoned: int = 0
    waiting_now: int = 0
    inbound: int = 0
    outbound: int = 0
    errors: int = 0
    undelivered: Counter[str] = field(default_factory=Counter)  # messages that failed, or are in doubt
    channels: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    handovers: Counter[str] = field(default_factory=Counter)  # by reason
    queues: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)  # seconds

    def to_json(self) -> dict[str, Any]:
        waits = sorted(self.waits)
        return {
            "days": self.days,
            "sessions": self.sessions,
            "open": self.open,
            "contained": self.contained,
            "channels": dict(self.channels),
            "outcomes": dict(self.outcomes),
            "handovers": {"total": sum(self.handovers.values()), "because": dict(self.handovers)},
            "queues": dict(self.queues),
            "waits": {
                "accepted": len(waits),
                "median_s": _quantile(waits, 0.5),
                "p90_s": _quantile(waits, 0.9),
                "longest_s": waits[-1] if waits else None,
                "abandoned": self.abandoned,
                "waiting_now": self.waiting_now,
            },
            "messages": {"inbound": self.inbound, "outbound": self.outbound},
            "undelivered": dict(self.undelivered),
            "errors": self.errors,
        }


def _quantile(values: Sequence[float], share: float) -> float | None:
    return values[min(len(values) - 1, int(len(values) * share))] if values else None


async def report(store: Store, *, now: datetime, days: int) -> Report:
    """The report of the sessions that something happened in during the last `days`."""
    result = Report(days=days)
    for row in await store.sessions(since=iso(now - timedelta(days=days))):
        rows = await store.events(row.id)
        events = [(one.at, load_event(one.kind, one.version, one.body)) for one in rows]
        result.open += row.status != "ended"
        result.waiting_now += owner_kind(row.owner) == "queue"
        _count(result, events)
    return result


def _count(result: Report, events: Iterable[tuple[str, Event]]) -> None:
    """Add one session."""
    outcome, waits_since, was_waiting = "none", None, False
    result.sessions += 1
    for at, event in events:
        match event:
            case SessionStarted():
                result.channels[event.channel] += 1
            case MessageReceived():
                result.inbound += 1
            case MessageSent():
                result.outbound += 1
            case DeliveryChanged(status="failed" | "in_doubt"):
                result.undelivered[event.status] += 1
            case ErrorHappened():
                result.errors += 1
            case OutcomeReached():
                outcome = event.name
            case HandoffRequested():
                result.handovers[event.package.get("because") or "not said"] += 1
                result.queues[event.queue] += 1
            case OwnerChanged() if owner_kind(event.owner) == "queue":
                waits_since, was_waiting = at, True
            case OwnerChanged() if waits_since is not None:
                result.waits.append((instant(at) - instant(waits_since)).total_seconds())
                waits_since = None
            case StatusChanged(status="ended"):
                result.abandoned += waits_since is not None and event.by == "user"
                waits_since = None
    result.outcomes[outcome] += 1
    result.contained += not was_waiting
