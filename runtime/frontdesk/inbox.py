"""What comes in is committed once, given its number, and only then acknowledged."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from frontdesk.actor import Done
from frontdesk.clock import Clock, iso
from frontdesk.messages import Inbound
from frontdesk.store.base import Intake, Taken
from frontdesk.turn import Turns

ACCOUNTS = {"timer": "timer", "rep": "desk", "delivery": "desk"}
"""Whose delivery ids an inbound's are, by its kind; all others are its channel's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """An inbound that is committed. `done` comes when its turn is; a duplicate has none."""

    taken: Taken
    done: asyncio.Future[Done] | None


class Inbox:
    """The one door for everything that happens to a session."""

    def __init__(self, turns: Turns, clock: Clock) -> None:
        self._turns = turns
        self._clock = clock

    async def receive(
        self, inbound: Inbound, *, session: str | None = None, wants_turn: bool = False
    ) -> Ticket:
        """Commit an inbound; when this returns it may be acknowledged.

        `session`: only this one may take it (a timer's, a rep's); when it is over nothing happens.
        """
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
        # A caller that is cancelled must not take a committed turn's sends and timers with it.
        taken = await asyncio.shield(self._turns.take(intake, inbound, done))
        waits = done is not None and bool(taken.n) and not taken.is_duplicate
        return Ticket(taken=taken, done=done if waits else None)


def new_session_id(now: datetime, clock: Clock) -> str:
    """Ids begin with the time, so that neighbours in time are neighbours in the store."""
    return f"{int(now.timestamp() * 1000):011x}{clock.token(50)}"
