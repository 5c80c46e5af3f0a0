"""A desk on a channel that calls a provider: what leaves is heard at the provider's wire."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import orjson

from frontdesk.app import RunningDesk
from frontdesk.clock import Clock
from frontdesk.events import load_event
from frontdesk.inbox import Ticket
from frontdesk.messages import Inbound
from frontdesk.settings import Settings
from frontdesk.store.base import EventRow, Intake, Taken, Turn
from frontdesk.store.sqlite import SqliteStore
from tests.patience import until as until

URL = "http://provider.test/messages"

_FILES = {
    "frontdesk.yml": """
        name: Phone desk
        languages: [en]
        channels:
          key: {kind: loopback, url: "URL", secret: s, in_doubt: key}
          once: {kind: loopback, url: "URL", secret: s, in_doubt: once}
        queues: {general: {}}
        routing:
        - {else: {bot: echo}, fallback: {queue: general}}
        """,
    "ext/loopback.py": "from frontdesk.testing.loopback import Loopback as Loopback\n",
    "bots/echo/bot.yml": """
        kind: dialogs
        slots: {words: {ask: next}}
        """,
    "bots/echo/dialogs/echo.yml": """
        dialog: echo
        when: {event: session_started}
        steps:
        - ask: words
          id: next
          known: ask
        - say: got
        - goto: next
        """,
    "bots/echo/messages/en.yml": """
        next: "Next?"
        got: "got {{ words }}"
        """,
}


def write_desk(root: Path) -> Path:
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip().replace("URL", URL))
    return root


@dataclass
class Provider:
    """The provider's API: answers as it is told, then 200 for ever."""

    answers: list[httpx.Response | Exception] = field(default_factory=list)
    heard: list[tuple[str, str]] = field(default_factory=list)  # key, text

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.heard.append((request.headers["idempotency-key"], orjson.loads(request.content)["text"]))
        answer = self.answers.pop(0) if self.answers else httpx.Response(200)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.heard]

    async def has_heard(self, count: int) -> None:
        await until(lambda: len(self.heard) >= count)


class FlakyStore(SqliteStore):
    """A store that does something else before a step, once for each thing it is given to do."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.before: dict[str, list[Callable[..., Awaitable[None]]]] = {}

    async def _first(self, step: str, *values: Any) -> None:
        waiting = self.before.get(step)
        if waiting:
            await waiting.pop(0)(*values)

    async def intake(self, intake: Intake) -> Taken:
        await self._first("intake", intake)
        return await super().intake(intake)

    async def fused(self, intake: Intake, turn: Turn) -> Taken:
        await self._first("fused", turn)
        return await super().fused(intake, turn)

    async def commit(self, turn: Turn) -> bool:
        await self._first("commit", turn)
        return await super().commit(turn)

    async def mark_sending(self, session: str, seq: int) -> None:
        await self._first("mark_sending")
        await super().mark_sending(session, seq)

    async def mark_sent(self, rows: Iterable[tuple[str, int]]) -> None:
        await self._first("mark_sent")
        await super().mark_sent(list(rows))

    async def mark_failed(self, session: str, seq: int, **values: Any) -> None:
        await self._first("mark_failed")
        await super().mark_failed(session, seq, **values)

    async def events(self, session: str, after: int = 0, limit: int = 100_000) -> list[EventRow]:
        await self._first("events")
        return await super().events(session, after, limit)


def failing(error: Exception) -> Callable[..., Awaitable[None]]:
    async def fail(*values: Any) -> None:
        raise error

    return fail


@dataclass
class Phone:
    """The desk and somebody who writes to it."""

    root: Path
    desk: RunningDesk
    store: FlakyStore
    written: int = 0

    @classmethod
    def make(cls, root: Path, clock: Clock | None = None) -> Phone:
        settings = Settings(root=root)
        store = FlakyStore(settings.database)
        return cls(root, RunningDesk(settings, store=store, clock=clock), store)

    def message(self, text: str, *, channel: str = "key", **more: Any) -> Inbound:
        self.written += 1
        return Inbound(channel=channel, sender="anna", external_id=f"m{self.written}", text=text, **more)

    async def greet(self, provider: Provider, channel: str = "key") -> None:
        """Open the session: the bot asks, and what is written from now on is said back."""
        await self.write("hello", channel=channel)
        await provider.has_heard(1)
        await until(lambda: not self.desk.outbox._lanes)
        provider.heard.clear()

    async def write(self, text: str, *, channel: str = "key", **more: Any) -> Ticket:
        message = self.message(text, channel=channel, **more)
        return await self.desk.inbox.receive(message, wants_turn=True)

    async def log(self, user: str = "key:anna") -> list[Any]:
        """Every event of the user's sessions."""
        rows = await self.store.conversation_events(user, 0, 10_000)
        return [load_event(row.kind, row.version, row.body) for _, _, row in rows]
