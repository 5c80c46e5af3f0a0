"""What comes in is committed once, given its number, and only then acknowledged."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime

from frontdesk.actor import Done
from frontdesk.clock import Clock, iso
from frontdesk.errors import DeskBusy
from frontdesk.messages import Inbound
from frontdesk.metrics import REFUSED, of_channel
from frontdesk.settings import MAX_WAITING
from frontdesk.store.base import OPENS_SESSION, Intake, Taken
from frontdesk.turn import Turns

log = logging.getLogger(__name__)

LOOK = 0.05  # seconds between two looks at how many turns wait
ACCOUNTS = {"timer": "timer", "rep": "desk", "delivery": "desk"}
"""Whose delivery ids an inbound's are, by its kind; all others are its channel's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """An inbound that is committed. `done` comes when its turn is; a duplicate has none."""

    taken: Taken
    done: asyncio.Future[Done] | None


class Inbox:
    """The one door for everything that happens to a session."""

    def __init__(self, turns: Turns, clock: Clock, *, max_waiting: int = MAX_WAITING) -> None:
        self._turns = turns
        self._clock = clock
        self._max_waiting = max_waiting
        self._taking = 0  # not committed yet
        self._waiting = 0  # committed, by the last look at the turns, and all that came since
        self._look_at = 0.0
        self._is_full = False

    async def receive(
        self, inbound: Inbound, *, session: str | None = None, wants_turn: bool = False
    ) -> Ticket:
        """Commit an inbound; when this returns it may be acknowledged.

        `session`: only this one may take it (a timer's, a rep's); when it is over nothing happens.
        DeskBusy when too much waits: nothing is kept, and whoever brought it should bring it again.
        """
        if inbound.kind in OPENS_SESSION and session is None:
            self._check_room(inbound.channel)
        done: asyncio.Future[Done] | None = None
        if wants_turn:
            done = asyncio.get_running_loop().create_future()
        now = self._clock.now()
        intake = Intake(
            account=ACCOUNTS.get(inbound.kind, inbound.channel),
            external_id=inbound.external_id,
            user=inbound.user,
            kind=inbound.kind,
            body=inbound.dump(),
            session=session,
            new_session=new_session_id(now, self._clock),
            at=iso(now),
        )
        self._taking += 1
        # A caller that is cancelled must not take a committed turn's sends and timers with it.
        taken = await asyncio.shield(self._take(intake, inbound, done))
        waits = done is not None and bool(taken.n) and not taken.is_duplicate
        return Ticket(taken=taken, done=done if waits else None)

    def _check_room(self, channel: str) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._look_at:
            self._look_at = now + LOOK
            self._waiting = self._turns.waiting
            self._tell(self._taking + self._waiting >= self._max_waiting)
        if self._taking + self._waiting >= self._max_waiting:
            self._tell(True)
            of_channel(REFUSED, channel).inc()
            raise DeskBusy("too many messages wait for their turn")

    async def _take(self, intake: Intake, inbound: Inbound, done: asyncio.Future[Done] | None) -> Taken:
        try:
            taken = await self._turns.take(intake, inbound, done)
        finally:
            self._taking -= 1
        self._waiting += not taken.is_committed
        return taken

    def _tell(self, is_full: bool) -> None:
        if is_full is not self._is_full:
            self._is_full = is_full
            if is_full:
                log.warning("%d messages wait for their turn: new ones are sent away", self._max_waiting)
            else:
                log.warning("new messages are taken again")


def new_session_id(now: datetime, clock: Clock) -> str:
    """Ids begin with the time, so that neighbours in time are neighbours in the store."""
    return f"{int(now.timestamp() * 1000):011x}{clock.token(50)}"
