"""Two processes' buses on one real server, PostgreSQL or NATS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from frontdesk.hints import nats, notify, remote
from frontdesk.hints.nats import NatsBus
from frontdesk.hints.notify import NotifyBus
from frontdesk.hints.remote import RemoteBus
from tests import database, natsserver

WITHIN = 60.0  # seconds


class Process:
    """One process's end: its bus, and every hint that its listeners were told."""

    def __init__(self, bus: RemoteBus) -> None:
        self.bus = bus
        self.heard: list[tuple[str, Any]] = []
        bus.listen("*", lambda topic, hint: self.heard.append((topic, hint)))

    async def hears(self, topic: str, hint: Any = None) -> None:
        await until(lambda: (topic, hint) in self.heard)

    async def is_connected(self) -> None:
        await until(lambda: self.bus.is_connected)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not is_so():
            await asyncio.sleep(0.002)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stands still for seconds loses no connection, and with it no hint."""
    for module in (remote, nats, notify):
        monkeypatch.setattr(module, "CONNECT_WITHIN", WITHIN)
    for module in (remote, nats):
        monkeypatch.setattr(module, "ANSWER_WITHIN", WITHIN)


class Desk:
    """A desk whose processes talk over one kind of bus."""

    def __init__(self, kind: str, stack: AsyncExitStack) -> None:
        self.kind = kind
        self.url = database.new_place() if kind == "postgres" else natsserver.server().url
        self._stack = stack

    async def process(self, desk: str = "this desk") -> Process:
        """A process that serves it from now on."""
        process = Process(self.bus())
        await process.bus.start(desk)
        self._stack.push_async_callback(process.bus.stop)
        await process.is_connected()
        return process

    def bus(self) -> RemoteBus:
        return NotifyBus(self.url) if self.kind == "postgres" else NatsBus(self.url)


@pytest.fixture(params=["postgres", "nats"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        yield Desk(request.param, stack)
