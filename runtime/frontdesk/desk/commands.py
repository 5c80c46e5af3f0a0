"""What a rep does to a session: each command becomes an inbound, and its outcome an answer to the page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from frontdesk.app import RunningDesk
from frontdesk.desk.board import Board
from frontdesk.desk.chat_frames import author_of
from frontdesk.desk.outcome import outcome
from frontdesk.errors import StoreError
from frontdesk.events import ErrorHappened, Event, MessageSent, RequestRefused, load_event
from frontdesk.inbox import Ticket
from frontdesk.locale import t
from frontdesk.messages import MAX_TEXT, Inbound
from frontdesk.sessions import owner_name
from frontdesk.store.base import RepRow, SessionRow

log = logging.getLogger(__name__)

FIELDS = {"accept": (), "say": ("text",), "component": ("name",), "end": ()}
"""The commands, and what each needs besides its id and its session."""
MAX_ID = 100
MAX_NAME = 200
TYPING_LASTS = 6.0  # seconds
AGAIN = 1.0  # seconds: when the store could not be read


class Refusal(Exception):
    """A command cannot be done now."""

    def __init__(self, command: str, code: str, **values: Any) -> None:
        self.command = command
        self.code = code
        self.values = values
        super().__init__(code)

    def frame(self, language: str) -> dict[str, Any]:
        """What the page is told."""
        text = t(language, f"refused.{self.code}", **self.values)
        return {"type": "refused", "id": self.command, "code": self.code, "text": text}


class Commands:
    """The commands of one connected rep."""

    def __init__(
        self,
        desk: RunningDesk,
        board: Board,
        rep: RepRow,
        language: str,
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        self._desk = desk
        self._board = board
        self._rep = rep
        self._language = language
        self._tell = tell
        self._tasks: set[asyncio.Task[None]] = set()
        self._typing: dict[str, asyncio.TimerHandle] = {}  # session -> when the typing is over

    def stop(self) -> None:
        """The page is gone; what it asked for goes on."""
        for session in tuple(self._typing):
            self._stop_typing(session)
        for task in self._tasks:
            task.cancel()

    async def take(self, frame: dict[str, Any], session: str) -> None:
        """Commit one command; its turn answers it. ValueError: the frame is none; Refusal: not now."""
        command, data = _read(frame)
        found = await self._desk.store.session(session)
        if found is None:
            raise Refusal(command, "unknown")
        channel, _, address = found.user.partition(":")
        inbound = Inbound(
            channel=channel,
            sender=address,
            external_id=f"{self._rep.login}:{command}",
            kind="rep",
            data={"rep": self._rep.login, "client": command, **data},
        )
        try:
            ticket = await self._desk.inbox.receive(inbound, session=session, wants_turn=True)
        except StoreError:
            raise Refusal(command, "unavailable") from None
        self._stop_typing(session)
        task = asyncio.get_running_loop().create_task(self._answer_surely(command, data["do"], found, ticket))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer_surely(self, command: str, did: str, found: SessionRow, ticket: Ticket) -> None:
        """What is committed is answered in the end, however long the store is away meanwhile."""
        while True:
            try:
                await self._answer(command, did, found, ticket)
            except StoreError as error:
                log.info("a rep's command is not answered yet: %s", error)
                await asyncio.sleep(AGAIN)
            else:
                return

    async def _answer(self, command: str, did: str, found: SessionRow, ticket: Ticket) -> None:
        """Say what became of a command, when its turn is over."""
        code: str | None = None
        if ticket.taken.is_duplicate:
            code = await self._code_again(did, found.id)
        elif not ticket.taken.n:
            code = "ended"
        else:
            said = await outcome(
                self._desk,
                found.user,
                ticket.done,
                decided=lambda done: (_code(done.events, self._rep.login, did, command),),
                read=lambda: self._look(command, did, found, ticket.taken.n),
            )
            if said is None:  # the desk stops: the page will ask the next process
                return
            code = said[0]
        if code is None:
            self._tell({"type": "ack", "id": command})
        else:
            self._tell(Refusal(command, code, name=await self._holder(found.id)).frame(self._language))

    async def _look(self, command: str, did: str, found: SessionRow, n: int) -> tuple[str | None] | None:
        """What the log says of a command; None: its turn is not over."""
        row = await self._desk.store.session(found.id)
        if row is None or not row.state or orjson.loads(row.state)["last_inbound"] < n:
            # What was meant for a session that ended before it is not done.
            return ("ended",) if row is not None and row.status == "ended" else None
        rows = await self._desk.store.events(found.id, found.last_event)
        events = [load_event(one.kind, one.version, one.body) for one in rows]
        return (_code(events, self._rep.login, did, command),)

    async def _code_again(self, did: str, session: str) -> str | None:
        """A repeated command was done the first time, but an accept may have been refused then."""
        if did != "accept":
            return None
        found = await self._desk.store.session(session)
        if found is None or found.status == "ended":
            return "ended"
        return None if found.owner == f"rep:{self._rep.login}" else "taken"

    async def _holder(self, session: str) -> str:
        found = await self._desk.store.session(session)
        login = owner_name(found.owner) if found is not None else ""
        return self._desk.reps.get(login, login)

    # --- typing ------------------------------------------------------------------------------

    def typing(self, session: str) -> None:
        """Show the customer that the rep is writing, for a while or until the message comes."""
        if self._board.owner(session) != f"rep:{self._rep.login}":
            return
        known = self._typing.pop(session, None)
        if known is not None:
            known.cancel()
        else:
            self._publish_typing(session, True)
        loop = asyncio.get_running_loop()
        self._typing[session] = loop.call_later(TYPING_LASTS, self._stop_typing, session)

    def _stop_typing(self, session: str) -> None:
        known = self._typing.pop(session, None)
        if known is not None:
            known.cancel()
            self._publish_typing(session, False)

    def _publish_typing(self, session: str, on: bool) -> None:
        user = self._board.user(session)
        if user is not None:
            author = author_of(f"rep:{self._rep.login}", self._desk)
            self._desk.bus.publish(f"typing:{user}", {"author": author, "on": on})


def _read(frame: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The command's id, and what the engine is to know of it."""
    did, command = frame["type"], frame.get("id")
    if did not in FIELDS or not isinstance(command, str) or not 0 < len(command) <= MAX_ID:
        raise ValueError(did)
    data: dict[str, Any] = {"do": did}
    for name in FIELDS[did]:
        value = frame.get(name)
        if not isinstance(value, str):
            raise ValueError(name)
        data[name] = value.replace("\x00", "").strip()
    if did == "say" and not data["text"]:
        raise Refusal(command, "empty")
    if did == "say" and len(data["text"]) > MAX_TEXT:
        raise Refusal(command, "too_long", n=MAX_TEXT)
    if did == "component" and len(data["name"]) > MAX_NAME:
        raise Refusal(command, "no_component")
    return command, data


def _code(events: Sequence[Event], rep: str, did: str, command: str) -> str | None:
    """Why a turn among these events did not do what was asked; None: it did."""
    sent = [event for event in events if isinstance(event, MessageSent)]
    if any(event.client == command for event in sent):
        return None
    for event in events:
        if isinstance(event, RequestRefused) and (event.rep, event.did) == (rep, did):
            return None if event.code == "already_yours" else event.code
    failed = any(isinstance(event, ErrorHappened) for event in events)
    return "no_component" if failed and not sent else None
