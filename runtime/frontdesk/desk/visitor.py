"""A visitor: one connected client of the chat protocol, by socket or by long-poll."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from frontdesk.app import RunningDesk
from frontdesk.channels.web import Web, visitor_of, visitor_token
from frontdesk.desk.board import QUEUE_WANTED
from frontdesk.desk.chat_frames import author_of, draft_frames, frames_of, owner_of
from frontdesk.desk.security import RateLimiter
from frontdesk.desk.sweep import Sweep
from frontdesk.drafts import topic_of
from frontdesk.errors import BadPayload, BadSignature
from frontdesk.locale import languages, t
from frontdesk.metrics import DUPLICATES

BATCH = 500  # events read at once


class Bye(Exception):
    """The connection ends, with a code the client knows."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Visitor:
    """One connected client: who it is, where its transcript stands, and what it is told live."""

    def __init__(self, desk: RunningDesk, channel: Web, hello: dict[str, Any], sweep: Sweep) -> None:
        self.desk = desk
        self.channel = channel
        self._sweep = sweep
        self.hello = hello
        self.is_known = False
        self.address = self._address(hello.get("token"))
        self.user = f"{channel.name}:{self.address}"
        last = hello.get("last", 0)
        self.cursor = last if isinstance(last, int) and 0 <= last < 2**53 else 0
        self.session: str | None = None  # the one the transcript is in, while it is open
        self.live: list[dict[str, Any]] = []
        self.draft: dict[str, Any] | None = None  # the newest of what is being written
        self._is_same = False  # nothing but drafts has come: the log need not be read
        self.wake = asyncio.Event()
        self._stops: list[Callable[[], None]] = []

    def _address(self, token: Any) -> str:
        if token is None:
            return self.desk.clock.token(80)
        if not isinstance(token, str):
            raise Bye("bad_frame")
        try:
            address = visitor_of(self.desk.secret, self.channel.name, token)
        except BadSignature:
            raise Bye("token") from None
        self.is_known = True
        return address

    @property
    def language(self) -> str:
        wanted = str(self.hello.get("language") or "").partition("-")[0]
        known = languages()
        return wanted if wanted in known else known[0]

    def listen(self, *, drafts: bool = False) -> None:
        """Follow what happens to this user from now on. `drafts`: also what is being written."""
        on = self.desk.bus.listen
        self._stops = [
            on(f"user:{self.user}", self._committed),
            on(f"working:{self.user}", self._working),
            on(f"typing:{self.user}", self._typing),
            on(f"queue:{self.user}", self._queued),
        ]
        if drafts:
            self._stops.append(on(topic_of(self.user), self._drafted))
        self._sweep.join(self)

    def leave(self) -> None:
        self._sweep.leave(self)
        for stop in self._stops:
            stop()

    def newest(self, number: int) -> None:
        """A sweep has found the newest event there is."""
        if number > self.cursor:
            self._wake_to_read()

    def _tell(self, frame: dict[str, Any]) -> None:
        self.live.append(frame)
        self._wake_to_read()

    def _wake_to_read(self) -> None:
        self._is_same = False
        self.wake.set()

    # Methods, not lambdas: thousands are connected, and nearly all of them idle.
    def _committed(self, topic: str, hint: Any) -> None:
        self._wake_to_read()

    def _working(self, topic: str, on: Any) -> None:
        self._tell({"type": "typing", "author": author_of("bot:", self.desk), "on": bool(on)})

    def _typing(self, topic: str, hint: dict[str, Any]) -> None:
        self._tell({"type": "typing", **hint})

    def _queued(self, topic: str, hint: dict[str, Any]) -> None:
        self._tell({"type": "queue", **hint})

    def _drafted(self, topic: str, hint: dict[str, Any]) -> None:
        self.draft = hint
        if not self.wake.is_set():
            self._is_same = hint["text"] is not None
        self.wake.set()

    async def welcome(self) -> list[dict[str, Any]]:
        """What the client is told first; `reset` when its cursor is none of this conversation's."""
        known = await self.desk.store.conversation(self.user)
        config = self.channel.config
        frames: list[dict[str, Any]] = [
            {
                "type": "welcome",
                "token": visitor_token(self.desk.secret, self.channel.name, self.address),
                "user": self.user,
                "last": self.cursor,
                "name": config.title or self.desk.releases.current.name,
                "languages": list(self.desk.releases.current.languages),
                "limits": {"text": config.max_text, "per_minute": config.per_minute},
                "owner": owner_of(known.state, self.desk),
                "oldest": False,
            }
        ]
        if not await self._has_been(self.cursor >> 32, known.ordinal):
            self.cursor = 0
            frames.append({"type": "reset"})
        if known.session is not None:
            self.session = known.session
            self.desk.bus.tell(QUEUE_WANTED, self.user)
        return frames

    async def _has_been(self, ordinal: int, newest: int) -> bool:
        """Whether the conversation has this session; one that was restored may have lost it."""
        if ordinal in (0, newest):
            return True
        sessions = await self.desk.store.sessions(user=self.user) if ordinal < newest else []
        return any(one.ordinal == ordinal for one in sessions)

    async def news(self) -> list[dict[str, Any]]:
        """Every event behind the cursor, then what is only live."""
        frames: list[dict[str, Any]] = []
        is_same, self._is_same = self._is_same, False
        while not is_same:
            rows = await self.desk.store.conversation_events(self.user, self.cursor, BATCH)
            if rows:
                self.cursor, self.session = rows[-1][:2]
                shown = frames_of(rows, self.address, self.desk)
                if any(frame.get("status") == "ended" for frame in shown[-1:]):
                    self.session = None
                frames += shown
            if len(rows) < BATCH:
                break
        frames += self.live
        self.live.clear()
        draft, self.draft = self.draft, None
        if draft is not None:
            frames += draft_frames(draft, self.cursor, self.desk)
        return frames

    async def hear(self, frame: dict[str, Any], limiter: RateLimiter) -> dict[str, Any] | None:
        """Do what one client frame asks; gives the answer to it."""
        kind = frame["type"]
        if kind == "send":
            return await self._send(frame, limiter)
        if kind == "end":
            return await self._end(frame)
        if kind == "typing":
            if self.session is not None:
                self.desk.bus.publish(f"customer-typing:{self.session}", {"on": True})
            return None
        if kind == "ping":
            return {"type": "pong"}
        if kind in ("seen", "hello"):
            return None
        raise Bye("bad_frame")

    async def _send(self, frame: dict[str, Any], limiter: RateLimiter) -> dict[str, Any]:
        try:
            inbound = self.channel.inbound(frame, self.address, self.hello)
        except BadPayload:
            raise Bye("bad_frame") from None
        client = frame["id"]
        if len(inbound.text) > self.channel.config.max_text:
            return self._refused(client, "too_long", n=self.channel.config.max_text)
        if not inbound.text.strip() and inbound.reply is None:
            return self._refused(client, "empty")
        if not limiter.take(self.user):
            return self._refused(client, "too_fast")
        ticket = await self.desk.inbox.receive(inbound)
        if ticket.taken.is_duplicate:
            DUPLICATES.labels(channel=self.channel.name).inc()
        return {"type": "ack", "id": client}

    async def _end(self, frame: dict[str, Any]) -> dict[str, Any]:
        try:
            inbound = self.channel.inbound(frame, self.address, self.hello)
        except BadPayload:
            raise Bye("bad_frame") from None
        known = await self.desk.store.conversation(self.user)
        if known.session is not None:
            await self.desk.inbox.receive(inbound, session=known.session)
        return {"type": "ack", "id": frame["id"]}

    def _refused(self, client: str, code: str, **values: Any) -> dict[str, Any]:
        text = t(self.language, f"refused.{code}", **values)
        return {"type": "refused", "id": client, "code": code, "text": text}
