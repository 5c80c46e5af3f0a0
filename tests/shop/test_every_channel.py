"""The same conversation by web, text message and terminal, in three languages, ends the same.

One running desk, real HTTP and sockets on loopback, Twilio's API in place of Twilio.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import pytest_asyncio
import typer
from typer.testing import CliRunner

from frontdesk.authoring.trainer import train_now
from frontdesk.cli import talk
from frontdesk.sessions import SessionState
from tests.patience import PATIENCE, patient_socket
from tests.town import Town, copy_shop, running_town

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

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


class Shop(Town):
    """The shop, and the ways customers reach it."""

    _customers = 0

    async def by_web(self, lines: Sequence[str], language: str) -> Ended:
        """The widget's own socket."""
        url = f"{self.address.replace('http', 'ws')}/ws/chat"
        async with patient_socket(url, additional_headers={"origin": self.address}) as wire:

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
        await self.twilio.has_sent(before + len(lines), PATIENCE)
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
        async with asyncio.timeout(PATIENCE):
            while True:
                [row] = await self.desk.store.sessions(user=user)
                events = await self.desk.store.events(row.id)
                if sum(event.kind == "inbound" for event in events) == lines:  # a turn's rows come together
                    [row] = await self.desk.store.sessions(user=user)
                    state = SessionState.load(row.state)
                    values = {name: slot.value for name, slot in state.slots.items()}
                    return Ended(values, state.outcome, state.language, state.owner)
                await asyncio.sleep(0.01)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """The shop as it lies in the repository, its text-message channel on because its secrets are there."""
    root = copy_shop(tmp_path_factory.mktemp("town") / "shop")
    async with running_town(root, Shop) as town:
        train_now(town.desk.releases.current, lambda text: None)
        yield town


Way = Callable[[Shop, Sequence[str], str], Awaitable[Ended]]
WAYS: dict[str, Way] = {"web": Shop.by_web, "sms": Shop.by_sms, "terminal": Shop.in_terminal}


@pytest.mark.parametrize("language", ["en", "fr", "es"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("what", CONVERSATIONS)
async def test_the_same_conversation_ends_the_same(town: Shop, what: str, way: str, language: str) -> None:
    ended = await WAYS[way](town, CONVERSATIONS[what][language], language)
    assert ended == Ended(slots=SLOTS[what], outcome="resolved", language=language, owner="bot:shop")
