"""What failed for good is set aside with its reason: listed, kept for 7 days, and tried again when asked."""

from __future__ import annotations

import logging
from collections import OrderedDict

from frontdesk.clock import Clock, iso
from frontdesk.messages import Inbound
from frontdesk.metrics import PROBLEMS
from frontdesk.store.base import OutboxRow, Store

log = logging.getLogger(__name__)

TURN, MESSAGE = "turn", "message"
REMEMBERED = 1_000  # what was set aside lately is not set aside again when its commit is repeated


class Problems:
    """Where turns and messages end that cannot be had or sent."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lately: OrderedDict[str, None] = OrderedDict()

    async def set_turn_aside(self, inbound: Inbound, session: str, error: Exception) -> None:
        """Keep an inbound whose turn broke; the session goes on without it."""
        key = f"{inbound.user} {inbound.kind} {inbound.external_id}"
        if key in self._lately:
            return
        self._lately[key] = None
        if len(self._lately) > REMEMBERED:
            self._lately.popitem(last=False)
        # The error may quote the customer: the log does without it.
        log.error("a turn of session %s is set aside: %s", session, type(error).__name__)
        about = {"session": session, "user": inbound.user}
        reason = f"{type(error).__name__}: {error}"
        await self._keep(inbound.channel, TURN, reason, about, inbound.dump())

    async def set_message_aside(self, row: OutboxRow, status: str, reason: str) -> None:
        """Keep a message that was refused, given up or is in doubt."""
        about = {"session": row.session, "seq": str(row.seq), "user": row.user, "status": status}
        await self._keep(row.channel, MESSAGE, f"{status}: {reason}", about, row.body)

    async def _keep(self, channel: str, what: str, error: str, about: dict[str, str], body: bytes) -> None:
        at = iso(self._clock.now())
        await self._store.keep_problem(
            at=at, channel=channel, what=what, error=error[:1000], headers=about, body=body
        )
        PROBLEMS.labels(channel=channel).inc()
