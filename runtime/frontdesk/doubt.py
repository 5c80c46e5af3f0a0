"""What becomes of a message when nobody knows whether its provider has taken it.

| policy | means |
|---|---|
| key | the provider knows our key and drops what it has: send again |
| echo | the provider's webhooks name our key: wait for one, then as `still_in_doubt` says |
| look_up | ask the provider whether it has the message; where it cannot say, as `still_in_doubt` says |
| once | at most once: it is not sent again, and a person may look |
| again | at least once: it is sent again, and may arrive twice |
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from frontdesk.channels.base import ApiCall, Channel
from frontdesk.events import DeliveryChanged, load_event
from frontdesk.store.base import OutboxRow, Store

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

LOOKS = (2.0, 4.0, 8.0, 16.0, 30.0)  # seconds before each look: a call that broke may yet arrive
MARKED = frozenset({"echo", "look_up", "once"})
"""Policies under which a message is noted as on its way before it leaves."""

ECHOES = frozenset({"sent", "delivered", "read"})

Became = Literal["sent", "again", "unknown"]


async def settle(
    channel: Channel,
    row: OutboxRow,
    calls: Sequence[ApiCall],
    *,
    age: Callable[[], float],
    store: Store,
    http: httpx.AsyncClient,
) -> tuple[Became, int]:
    """Decide by the channel's policy; gives also how many of the calls are known to have been taken.

    `calls`: those whose end is not known, and those behind them. `age`: how many seconds ago the first
    can have left.
    """
    taken = 0
    for wait in LOOKS if channel.in_doubt in ("echo", "look_up") else ():
        await asyncio.sleep(wait)
        if len(calls) == 1 and await was_echoed(store, row):
            return "sent", 1
        if channel.in_doubt == "echo":
            continue
        found: bool | None = True
        while found and taken < len(calls):
            found = await _looked_up(channel, calls[taken], age(), http)
            taken += found is True
        if found is not None:
            return ("sent" if found else "again"), taken
    if channel.in_doubt in ("key", "again"):
        return "again", taken
    if channel.in_doubt != "once" and channel.still_in_doubt == "again":
        return "again", taken
    return "unknown", taken


async def was_echoed(store: Store, row: OutboxRow) -> bool:
    """Whether a receipt named this message: then its provider has it, whatever became of the call."""
    key = f"{row.session}.{row.seq}"
    for one in await store.events(row.session, after=row.seq):
        event = load_event(one.kind, one.version, one.body)
        if isinstance(event, DeliveryChanged) and event.key == key and event.status in ECHOES:
            return True
    return False


async def _looked_up(channel: Channel, call: ApiCall, age: float, http: httpx.AsyncClient) -> bool | None:
    try:
        return await channel.look_up(call, age, http)
    except Exception as error:  # whatever it is: still nobody knows
        log.warning("channel %s could not look up a message: %s", channel.name, error)
        return None
