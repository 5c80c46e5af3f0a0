"""The same conversation by web, text message and terminal, in three languages, ends the same.

One running desk, real HTTP and sockets on loopback, Twilio's API in place of Twilio.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio
import typer
import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from typer.testing import CliRunner
from websockets.asyncio.client import connect

from frontdesk.app import RunningDesk
from frontdesk.authoring.trainer import train_now
from frontdesk.cli import talk
from frontdesk.clock import FixedClock
from frontdesk.desk import chat, webhooks
from frontdesk.sessions import SessionState
from frontdesk.settings import Settings
from frontdesk.testing.simulators.twilio import TwilioSimulator

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "s3cret"

WHERE = ("lucia.garcia@example.com", "12 rue des Lilas", "69003")

CONVERSATIONS: dict[str, dict[str, Sequence[str]]] = {
    "return": {
        "en": ("I want to return my order 1042", "too small", "next Tuesday", "yes", "5"),
        "fr": ("Je voudrais retourner ma commande 1042", "trop petit", "mardi prochain", "oui", "5"),
        "es": ("Quiero devolver mi pedido 1042", "me queda pequeño", "el próximo martes", "sí", "5"),
    },
    "change": {
        "en": ("I want to change the delivery address", "1046", *WHERE, "yes", "very good"),
        "fr": ("Je voudrais changer l'adresse de livraison", "1046", *WHERE, "oui", "excellent"),
        "es": ("Quiero cambiar la dirección de entrega", "1046", *WHERE, "sí", "genial"),
    },
}
SLOTS: dict[str, dict[str, Any]] = {
    "return": {"order_number": "1042", "reason": "too_small", "pickup": "2026-03-17", "satisfaction": 5},
    "change": {
        "order_number": "1046",
        "email": "lucia.garcia@example.com",
        "change": "address",
        "street": "12 rue des Lilas",
        "postcode": "69003",
        "satisfaction": 5,
    },
}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a conversation came out."""

    slots: dict[str, Any]
    outcome: str | None
    language: str
    owner: str


class Town:
    """The shop, and the ways customers reach it."""

    def __init__(self, desk: RunningDesk, address: str, twilio: TwilioSimulator) -> None:
        self.desk = desk
        self.address = address
        self.twilio = twilio
        self._customers = 0

    async def by_web(self, lines: Sequence[str], language: str) -> Ended:
        """The widget's own socket."""
        url = f"{self.address.replace('http', 'ws')}/ws/chat"
        async with connect(url, additional_headers={"origin": self.address}) as wire:

            async def frame(kind: str) -> dict[str, Any]:
                while True:
                    found: dict[str, Any] = orjson.loads(await wire.recv())
                    if found["type"] == kind and found.get("kind", "outbound") == "outbound":
                        return found

            hello = {"type": "hello", "channel": "site", "token": None, "last": 0, "language": language}
            await wire.send(orjson.dumps(hello).decode())
            user = (await frame("welcome"))["user"]
            for number, line in enumerate(lines):
                await wire.send(orjson.dumps({"type": "send", "id": f"c{number}", "text": line}).decode())
                await frame("ack")
            return await self._ended(user, len(lines))

    async def by_sms(self, lines: Sequence[str], language: str) -> Ended:
        """Twilio's webhook, signed; nobody says which language it is but the customer's words."""
        self._customers += 1
        number = f"+1555123{self._customers:04}"
        before = len(self.twilio.sent)
        for line in lines:
            assert await self.twilio.write(number, line) == 200
        await self.twilio.has_sent(before + len(lines))
        return await self._ended(f"sms:{number}", len(lines))

    async def in_terminal(self, lines: Sequence[str], language: str) -> Ended:
        """`frontdesk chat`, as it is typed."""
        app = typer.Typer()
        talk.register(app)
        words = ["chat", str(self.desk.settings.root), "--jsonl", "--lang", language]
        typed = b"".join(orjson.dumps({"text": line}) + b"\n" for line in lines)
        ran = await asyncio.to_thread(CliRunner().invoke, app, [*words, "--clock", "2026-03-11T10:00"], typed)
        answers = [orjson.loads(line) for line in ran.stdout.splitlines()]
        events = [event for answer in answers for event in answer["events"]]
        outcomes = [event["name"] for event in events if event["kind"] == "outcome"]
        last = answers[-1]
        return Ended(last["slots"], outcomes[-1] if outcomes else None, last["language"], last["owner"])

    async def _ended(self, user: str, lines: int) -> Ended:
        async with asyncio.timeout(10):
            while True:
                [row] = await self.desk.store.sessions(user=user)
                events = await self.desk.store.events(row.id)
                if sum(event.kind == "inbound" for event in events) == lines:  # a turn's rows come together
                    state = SessionState.load(row.state)
                    values = {name: slot.value for name, slot in state.slots.items()}
                    return Ended(values, state.outcome, state.language, state.owner)
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def listening(routes: Sequence[BaseRoute], sock: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        Starlette(routes=routes),
        log_config=None,
        lifespan="off",
        timeout_graceful_shutdown=1,
        ws="websockets-sansio",
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await task


def bound() -> tuple[socket.socket, str]:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock, f"http://127.0.0.1:{sock.getsockname()[1]}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """The shop as it lies in the repository, its text-message channel on because its secrets are there."""
    root = tmp_path_factory.mktemp("town") / "shop"
    shutil.copytree(ROOT / "bots", root / "bots", ignore=shutil.ignore_patterns("system"))
    for name in ("frontdesk.yml", "holidays.ics"):
        shutil.copy(ROOT / name, root)
    (near, address), (far, api) = bound(), bound()
    twilio = TwilioSimulator(webhook=f"{address}/webhooks/sms", token=TOKEN)
    secrets = {
        "TWILIO_ACCOUNT": twilio.account,
        "TWILIO_TOKEN": TOKEN,
        "TWILIO_NUMBER": twilio.number,
        "TWILIO_API": api,
        "PUBLIC_URL": address,
    }
    desk = RunningDesk(Settings(root=root, environ=secrets), clock=FixedClock())
    routes = [*webhooks.routes(desk), *chat.routes(desk)]
    async with listening(twilio.routes(), far), listening(routes, near):
        await desk.start()
        train_now(desk.releases.current, lambda text: None)
        try:
            yield Town(desk, address, twilio)
        finally:
            await twilio.close()
            await desk.stop()


Way = Callable[[Town, Sequence[str], str], Awaitable[Ended]]
WAYS: dict[str, Way] = {"web": Town.by_web, "sms": Town.by_sms, "terminal": Town.in_terminal}


@pytest.mark.parametrize("language", ["en", "fr", "es"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("what", CONVERSATIONS)
async def test_the_same_conversation_ends_the_same(town: Town, what: str, way: str, language: str) -> None:
    ended = await WAYS[way](town, CONVERSATIONS[what][language], language)
    assert ended == Ended(slots=SLOTS[what], outcome="resolved", language=language, owner="bot:shop")
