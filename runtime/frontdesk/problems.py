"""What failed for good is set aside with its reason: listed, kept for 7 days, and tried again when asked.

It goes with the commit that gives it up, so it is kept once, whatever is killed when.
"""

from __future__ import annotations

import logging
from datetime import datetime

from frontdesk.clock import iso
from frontdesk.messages import Inbound
from frontdesk.metrics import PROBLEMS
from frontdesk.store.base import NewProblem, OutboxRow
from frontdesk.text import writable

log = logging.getLogger(__name__)

TURN, MESSAGE = "turn", "message"
LONGEST_REASON = 1_000


def reason(text: str) -> str:
    """What is kept of an error's text, which may quote anything."""
    return writable(text)[:LONGEST_REASON]


def turn_set_aside(inbound: Inbound, session: str, error: Exception, now: datetime) -> NewProblem:
    """An inbound whose turn broke; the session goes on without it."""
    return NewProblem(
        at=iso(now),
        channel=inbound.channel,
        what=TURN,
        error=reason(f"{type(error).__name__}: {error}"),
        headers={"session": session, "user": inbound.user},
        body=inbound.dump(),
    )


def message_set_aside(row: OutboxRow, status: str, why: str, now: datetime) -> NewProblem:
    """A message that was refused, given up or is in doubt."""
    return NewProblem(
        at=iso(now),
        channel=row.channel,
        what=MESSAGE,
        error=reason(f"{status}: {why}"),
        headers={"session": row.session, "seq": str(row.seq), "user": row.user, "status": status},
        body=row.body,
    )


def tell(problem: NewProblem) -> None:
    """Say that it is set aside, now that it is."""
    # The error may quote the customer: the log does without it.
    kind = problem.error.partition(":")[0]
    log.error("a %s of session %s is set aside: %s", problem.what, problem.headers["session"], kind)
    PROBLEMS.labels(channel=problem.channel).inc()
