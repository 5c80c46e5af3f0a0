"""What came of an inbound, whichever process takes its turn: told by a hint, read from the log."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from frontdesk.actor import Done
from frontdesk.app import RunningDesk
from frontdesk.events import Event, MessageReceived, MessageSent, load_event
from frontdesk.store.base import EventRow, Store, follower_of

LOOK_AGAIN = 1.0  # seconds, where no hint comes
RECENT = 200  # events at a log's end among which a new turn is

T = TypeVar("T")


async def outcome(
    desk: RunningDesk,
    user: str,
    done: asyncio.Future[Done] | None,
    *,
    decided: Callable[[Done], T],
    read: Callable[[], Awaitable[T | None]],
    within: float | None = None,
) -> T | None:
    """What a turn led to; None: it is not over in time, or the desk stops.

    `done` comes where this process takes the turn, unless it loses the user before; `read` looks into
    the log, where every turn is found in the end.
    """
    if done is not None and done.done() and not done.cancelled():
        return decided(done.result())
    woken = asyncio.Event()
    stop = desk.bus.listen(f"user:{user}", lambda topic, hint: woken.set())
    try:
        async with asyncio.timeout(within):
            if done is not None:
                done.add_done_callback(lambda _: woken.set())
                await _wait(woken, LOOK_AGAIN)
            while True:
                woken.clear()
                if done is not None and done.done() and not done.cancelled():
                    return decided(done.result())
                found = await read()
                if found is not None or not desk.is_ready:
                    return found
                await _wait(woken, LOOK_AGAIN)
    except TimeoutError:
        return None
    finally:
        stop()


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()


async def turn_of_message(
    store: Store, session: str, key: str, *, is_recent: bool = True
) -> list[Event] | None:
    """The events of the turn that a message had; None: it has not had it yet.

    The message may have been moved to the session that follows. `is_recent`: it came just now.
    """
    row = await store.session(session)
    while row is not None:
        after = max(0, row.last_event - RECENT) if is_recent else 0
        found = _turn_of(await store.events(row.id, after), key)
        if found is not None or row.status != "ended":
            return found
        row = await store.session(follower_of(row.id))
    return None


def _turn_of(rows: Sequence[EventRow], key: str) -> list[Event] | None:
    found: list[Event] | None = None
    at = ""
    for row in rows:
        event = load_event(row.kind, row.version, row.body)
        if found is None:
            if isinstance(event, MessageReceived) and event.key == key:
                found, at = [event], row.at
        elif row.at != at or row.kind == "fired" or _begins(event):
            break
        else:
            found.append(event)
    return found


def _begins(event: Event) -> bool:
    """Whether an event is the first of another message's turn, or of a rep's."""
    return isinstance(event, MessageReceived) or (
        isinstance(event, MessageSent) and event.author.startswith("rep:")
    )
