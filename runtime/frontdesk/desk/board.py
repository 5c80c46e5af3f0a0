"""The board: every open session that a queue or a rep owns, and who waits at which place.

It is read from the store when it is first needed and then follows the turns that the bus hints at,
whichever process takes them. A turn that only a bot had a part in costs one look at its owner. Hints
may be lost between processes: so while somebody looks, the board compares itself with the store.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from frontdesk.app import RunningDesk
from frontdesk.desk.names import NAMES
from frontdesk.errors import StoreError
from frontdesk.events import (
    PREVIEW,
    Event,
    MessageReceived,
    MessageSent,
    OwnerChanged,
    QuestionAnswered,
    load_event,
)
from frontdesk.locale import t
from frontdesk.private import HIDDEN, PrivateValues
from frontdesk.sessions import SessionState, owner_kind, owner_name
from frontdesk.store.base import SessionRow

log = logging.getLogger(__name__)

PEOPLE = ("queue:", "rep:")
QUEUE_WANTED = "queue-wanted"  # a customer came back and wants to know the place in the queue
SEEN = "seen:"  # with a session: its rep has read so far
RETRY = 1.0  # seconds
COMPARE = 5.0  # seconds between two comparisons with the store, where other processes take turns too
Change = Callable[[str], None]
"""Told the id of a session whose row changed, came or went."""


@dataclass(slots=True, kw_only=True)
class Row:
    """One session of the board."""

    state: SessionState
    private: PrivateValues
    read: int = 0  # the last event taken in
    unread: list[int] = field(default_factory=list)  # numbers of the messages no person has seen
    said: str = ""  # the last message's words
    heard: str = ""  # the customer's last ones: what the desk says to who waits tells a rep nothing

    @property
    def waits(self) -> tuple[str, str | None]:
        """What the session's place in a queue depends on."""
        return self.state.owner, self.state.waiting_since

    def take(self, events: Sequence[tuple[int, Event]]) -> None:
        """Take in what happened since."""
        self.private.read([event for _, event in events])
        unreadable = self.private.unreadable([event for _, event in events])
        for place, (seq, event) in enumerate(events):
            self.read = seq
            if isinstance(event, MessageReceived):
                self.unread.append(seq)
                self.said = self.heard = HIDDEN if place in unreadable else event.text
            elif isinstance(event, QuestionAnswered) and not self.said:
                self.said = self.heard = event.label  # it was answered by a click
            elif isinstance(event, MessageSent):
                self.said = event.text
                if event.author.startswith("rep:"):
                    self.unread.clear()
            elif isinstance(event, OwnerChanged) and event.was.startswith("bot:"):
                self.unread.clear()  # a bot has read what came before

    def is_private(self, slot: str) -> bool:
        """Whether a slot's value must not be shown."""
        return self.state.slots[slot].private or self.private.is_named(slot)

    def shown(self, reps: dict[str, str], language: str) -> dict[str, Any]:
        """The row as the console gets it."""
        state = self.state
        handoff = state.handoff or {}
        kind, name = owner_kind(state.owner), owner_name(state.owner)
        is_heard = kind == "queue" and bool(self.heard)
        return {
            "id": state.id,
            "user": state.user,
            "name": friendly_name(state, language),
            "channel": state.channel,
            "channel_kind": state.channel_kind,
            "queue": name if kind == "queue" else handoff.get("queue"),
            "owner": state.owner,
            "owner_name": reps.get(name, name) if kind == "rep" else name,
            "status": state.status,
            "since": state.waiting_since,
            "last_at": state.last_at,
            "preview": self.private.mask(self.heard if is_heard else self.said)[:PREVIEW],
            "preview_from": "user" if is_heard else state.preview_from,
            "unread": len(self.unread),
            "language": state.language,
            "because": self.private.mask(handoff.get("because") or "") or None,
            "time_zone": state.time_zone,
            "version": state.last_event,
        }


class Board:
    """The sessions people have to do with. `start` is called by whoever needs it first."""

    def __init__(self, desk: RunningDesk) -> None:
        self._desk = desk
        self._rows: dict[str, Row] = {}
        self._places: dict[str, tuple[int, int]] = {}  # session -> (place in its queue, how many wait)
        self._changed: dict[str, None] = {}  # sessions to be read again, in order
        self._listeners: set[Change] = set()
        self._shown: dict[str, dict[str, dict[str, Any]]] = {}  # session -> language -> row, for all who look
        self._is_started = False
        self._starting = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._compared = 0.0  # when, by the loop's clock
        self._comparing: asyncio.Task[None] | None = None
        self._stop = desk.bus.listen("*", self._hint)

    # --- reading -----------------------------------------------------------------------------

    async def start(self) -> None:
        """Read the board from the store, once; where nobody has looked for a while, what is new there."""
        async with self._starting:
            if self._is_started:
                if self._is_behind:
                    await self._compare()
                return
            self._compared = asyncio.get_running_loop().time()
            for found in await self._desk.store.sessions(is_open=True, with_people=True):
                self._rows[found.id] = await self._whole(found)
            self._is_started = True
            self._place()

    def close(self) -> None:
        """Follow the desk no longer."""
        self._stop()
        for task in (self._task, self._comparing):
            if task is not None:
                task.cancel()

    def listen(self, listener: Change) -> Callable[[], None]:
        """Call `listener` with the id of every session whose row changes, comes or goes."""
        self._listeners.add(listener)
        if self._desk.store.is_shared and (self._comparing is None or self._comparing.done()):
            self._comparing = asyncio.get_running_loop().create_task(self._keep_comparing())
        return lambda: self._listeners.discard(listener)

    def row(self, session: str, language: str) -> dict[str, Any] | None:
        """A session's row; None when it is not on the board."""
        row = self._rows.get(session)
        if row is None:
            return None
        shown = self._shown.setdefault(session, {})
        if language not in shown:
            shown[language] = row.shown(self._desk.reps, language)
        return shown[language]

    def rows(self, language: str) -> list[dict[str, Any]]:
        """Every row."""
        return [row for session in self._rows if (row := self.row(session, language)) is not None]

    def owner(self, session: str) -> str | None:
        """Who has a session of the board."""
        row = self._rows.get(session)
        return row.state.owner if row is not None else None

    def user(self, session: str) -> str | None:
        """Whose session of the board it is."""
        row = self._rows.get(session)
        return row.state.user if row is not None else None

    async def look(self, session: str) -> Row | None:
        """A session whether it is on the board or not; None when there is none."""
        found = await self._desk.store.session(session)
        return await self._whole(found) if found is not None and found.state else None

    def position(self, session: str) -> tuple[int, int]:
        """(place in the queue, how many wait there); place 0: it does not wait."""
        return self._places.get(session, (0, 0))

    def seen(self, session: str, seq: int, login: str) -> None:
        """A rep has seen a session up to an event. Only its owner's eyes count."""
        if self._has_seen(session, seq, login):
            self._desk.bus.publish(f"{SEEN}{session}", {"seq": seq, "rep": login})

    def _has_seen(self, session: str, seq: int, login: str) -> bool:
        row = self._rows.get(session)
        if row is None or row.state.owner != f"rep:{login}":
            return False
        left = [one for one in row.unread if one > seq]
        if len(left) == len(row.unread):
            return False
        row.unread = left
        self._tell(session)
        return True

    # --- following ---------------------------------------------------------------------------

    def _hint(self, topic: str, hint: Any) -> None:
        if topic.startswith("user:"):
            if hint["owner"].startswith(PEOPLE) or hint["session"] in self._rows:
                self._read_again(hint["session"])
        elif topic == QUEUE_WANTED:
            self._read_again(hint)
        elif topic == NAMES:
            self._rename(hint)
        elif topic.startswith(SEEN):
            self._has_seen(topic.removeprefix(SEEN), hint["seq"], hint["rep"])

    def _rename(self, logins: Sequence[str]) -> None:
        """Reps have other names now."""
        owners = {f"rep:{login}" for login in logins}
        for session, row in self._rows.items():
            if row.state.owner in owners:
                self._tell(session)

    def _read_again(self, session: str) -> None:
        self._changed[session] = None
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._follow())

    async def _follow(self) -> None:
        """Read what changed, in order; what changes meanwhile is read behind it."""
        while self._changed:
            session = next(iter(self._changed))
            try:
                await self.start()
                del self._changed[session]
                await self._take(session)
            except Exception as error:
                is_mistake = not isinstance(error, StoreError)  # else a line a second is enough
                log.error(
                    "session %s could not be read, tried again: %s", session, error, exc_info=is_mistake
                )
                self._changed.setdefault(session)
                await asyncio.sleep(RETRY)

    async def _take(self, session: str) -> None:
        if ":" in session:  # a user's name: the place is wanted, nothing has changed
            self._tell_place(session)
            return
        found = await self._desk.store.session(session)
        if found is None or found.status == "ended" or not found.owner.startswith(PEOPLE):
            if self._rows.pop(session, None) is not None:
                self._tell(session)
                self._place()
            return
        row = self._rows.get(session)
        before = row.waits if row is not None else None
        if row is None:
            row = self._rows[session] = await self._whole(found)
        else:
            row.state = SessionState.load(found.state)
            row.take(await self._events(session, row.read))
        self._tell(session)
        if row.waits != before:
            self._place()

    @property
    def _is_behind(self) -> bool:
        """Whether hints may have been lost since the store was read."""
        return self._desk.store.is_shared and asyncio.get_running_loop().time() - self._compared > COMPARE

    async def _keep_comparing(self) -> None:
        """Find what no hint told of, as long as somebody looks."""
        while self._listeners:
            await asyncio.sleep(COMPARE)
            if self._is_started and self._listeners:
                try:
                    await self._compare()
                except StoreError as error:
                    log.warning("the board could not be compared with the store: %s", error)
                except Exception:
                    log.exception("the board could not be compared with the store")

    async def _compare(self) -> None:
        """Read again whatever is not as the store has it."""
        self._compared = asyncio.get_running_loop().time()
        found = await self._desk.store.sessions(is_open=True, with_people=True)
        found.sort(key=lambda one: one.waiting_since or "")  # else who came later is told an earlier place
        kept = {one.id: one.last_event for one in found}
        for session in dict.fromkeys([*kept, *self._rows]):
            row = self._rows.get(session)
            if row is None or row.state.last_event != kept.get(session):
                self._read_again(session)

    async def _whole(self, found: SessionRow) -> Row:
        state = SessionState.load(found.state)
        row = Row(state=state, private=self.private())
        row.take(await self._events(found.id, 0))
        return row

    async def _events(self, session: str, after: int) -> list[tuple[int, Event]]:
        rows = await self._desk.store.events(session, after)
        return [(row.seq, load_event(row.kind, row.version, row.body)) for row in rows]

    def private(self) -> PrivateValues:
        """What the current release declares private, with no values yet."""
        bots = self._desk.releases.current.bots.values()
        return PrivateValues(
            frozenset(name for bot in bots for name, slot in bot.slots.items() if slot.private)
        )

    def _tell(self, session: str) -> None:
        self._shown.pop(session, None)
        for listener in tuple(self._listeners):
            listener(session)

    # --- the queues' order -------------------------------------------------------------------

    def _place(self) -> None:
        """Find every place anew, and tell the customers whose place is another one now."""
        before = self._places
        self._places = _places([row.state for row in self._rows.values()])
        for session, place in self._places.items():
            if before.get(session, (0, 0))[0] != place[0]:
                self._publish(self._rows[session].state.user, place)
        for session in before.keys() - self._places.keys():
            row = self._rows.get(session)
            if row is not None:
                self._publish(row.state.user, (0, 0))

    def _tell_place(self, user: str) -> None:
        for session, place in self._places.items():
            if self._rows[session].state.user == user:
                self._publish(user, place)

    def _publish(self, user: str, place: tuple[int, int]) -> None:
        # The visitors of this process only: the others' boards tell theirs.
        self._desk.bus.tell(f"queue:{user}", {"position": place[0], "waiting": place[1]})


def _places(states: Sequence[SessionState]) -> dict[str, tuple[int, int]]:
    queues: dict[str, list[SessionState]] = {}
    for state in states:
        if owner_kind(state.owner) == "queue":
            queues.setdefault(state.owner, []).append(state)
    places = {}
    for waiting in queues.values():
        waiting.sort(key=lambda state: (state.waiting_since or "", state.id))
        for place, state in enumerate(waiting, 1):
            places[state.id] = (place, len(waiting))
    return places


_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is easily mistaken for another


def friendly_name(state: SessionState, language: str) -> str:
    """What a rep calls the customer: the address where it means something, else a short code."""
    if state.channel_kind != "web":
        return state.address[:40]
    number = int.from_bytes(hashlib.sha256(state.user.encode()).digest()[:8])
    code = "".join(_LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(3))
    return t(language, "rep.visitor", code=code)
