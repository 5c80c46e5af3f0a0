"""A running desk whose agent's model answers piece by piece, and a customer at its widget."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import orjson

from frontdesk.app import RunningDesk
from frontdesk.bus import EVERYTHING
from frontdesk.channels.web import Web
from frontdesk.desk.sweep import Sweep
from frontdesk.desk.visitor import Visitor
from frontdesk.effects.models import Models
from frontdesk.messages import Inbound
from frontdesk.settings import Settings
from tests.agents.desk import FILES, write_desk
from tests.patience import PATIENCE
from tests.way.phone import FlakyStore

URL = "http://llm.test/v1"
REAL = FILES["bots/helper/bot.yml"].replace('{name: "scripted:helper"}', f'{{name: m, base_url: "{URL}"}}')


class Endpoint:
    """Chat completions, each piece of a stream when the test says so."""

    def __init__(self) -> None:
        self.answers: list[list[Any]] = []  # pieces: text, a call, an event to wait for, or an error
        self.asked: list[dict[str, Any]] = []

    def transport(self) -> httpx2.AsyncBaseTransport:
        async def respond(request: httpx2.Request) -> httpx2.Response:
            self.asked.append(orjson.loads(request.content))
            answer = self.answers.pop(0)
            if not self.asked[-1].get("stream"):
                message = {"role": "assistant", "content": "".join(map(str, answer))}
                return httpx2.Response(200, json={"choices": [{"message": message, "finish_reason": "stop"}]})
            headers = {"content-type": "text/event-stream"}
            return httpx2.Response(200, content=_events(answer), headers=headers)

        return httpx2.MockTransport(respond)


async def _events(pieces: list[Any]) -> AsyncIterator[bytes]:
    for piece in pieces:
        if isinstance(piece, asyncio.Event):
            await piece.wait()
        elif isinstance(piece, Exception):
            raise piece
        else:
            delta = {"content": piece} if isinstance(piece, str) else {"tool_calls": [piece]}
            yield _event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    is_call = isinstance(pieces[-1], dict)
    finish = "tool_calls" if is_call else "stop"
    yield _event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})


def _event(body: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(body) + b"\n\n"


def call(name: str, **arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": orjson.dumps(arguments).decode()}
    return {"index": 0, "id": "call_1", "type": "function", "function": function}


class Site:
    """A running desk, and a customer who looks at the widget."""

    def __init__(self, desk: RunningDesk, endpoint: Endpoint, *, watches: bool = True) -> None:
        self.desk = desk
        self.endpoint = endpoint
        self.hints: list[str] = []
        self.written = 0
        desk.bus.listen(EVERYTHING, lambda topic, hint: self.hints.append(topic))
        channel = desk.channels["site"]
        assert isinstance(channel, Web)
        hello = {"type": "hello", "channel": "site"}
        self.visitor = Visitor(desk, channel, hello, Sweep(desk))
        if watches:
            self.visitor.listen(drafts=True)

    async def write(self, text: str, *answers: list[Any]) -> None:
        self.endpoint.answers += answers
        self.written += 1
        inbound = Inbound(
            channel="site", sender=self.visitor.address, external_id=f"m{self.written}", text=text
        )
        await self.desk.inbox.receive(inbound)

    async def sees(
        self, *wanted: tuple[str, str | None], within: float = PATIENCE, in_any_order: bool = False
    ) -> None:
        """The next drafts and messages of the agent; typing and the rest are passed over.

        So is a draft of what is then said: whether it comes first is a matter of milliseconds.
        """
        found: list[tuple[str, str | None]] = []
        async with asyncio.timeout(within):
            while len(found) < len(wanted):
                self.visitor.wake.clear()
                for frame in await self.visitor.news():
                    if frame["type"] == "draft" and ("said", frame["text"]) not in wanted:
                        assert frame["author"] == {"kind": "bot", "name": "Helper"}
                        found.append(("draft", frame["text"]))
                    elif frame["type"] == "event" and frame["kind"] == "outbound":
                        found.append(("said", frame["text"]))
                if len(found) < len(wanted):
                    await self.visitor.wake.wait()
        if in_any_order:
            assert sorted(found, key=str) == sorted(wanted, key=str)
        else:
            assert found == list(wanted)


async def open_site(root: Path, changes: dict[str, str], *, watches: bool = True) -> Site:
    """Start the desk."""
    endpoint = Endpoint()
    settings = Settings(root=write_desk(root, {"bots/helper/bot.yml": REAL, **changes}))
    models = Models({}, pause=0, transport=endpoint.transport())
    desk = RunningDesk(settings, models=models, store=FlakyStore(settings.database))
    desk.turns.retry = 0.01
    await desk.start()
    return Site(desk, endpoint, watches=watches)
