"""Two processes serve one desk: people are connected to one, their turns are taken by the other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from frontdesk import shards
from frontdesk.app import RunningDesk
from frontdesk.bus import Bus
from frontdesk.desk import board, names, outcome, sweep
from frontdesk.desk.chat_frames import frames_of
from frontdesk.desk.server import asgi
from frontdesk.desk.transcript import shown_events
from frontdesk.hints.nats import NatsBus
from frontdesk.hints.notify import NotifyBus
from frontdesk.metrics import DUPLICATES
from frontdesk.private import PrivateValues
from frontdesk.settings import Settings
from tests import natsserver
from tests.bus.air import Air
from tests.database import new_place
from tests.desk.conftest import PASSWORD, Frame, RepPage, Running, running
from tests.patience import PATIENCE, patient_socket

pytestmark = pytest.mark.slow
Buses = Callable[[], Bus]


def good(place: str) -> Buses:
    return lambda: NotifyBus(place)


def over_nats(place: str) -> Buses:
    return lambda: NatsBus(natsserver.server().url)


def bad(place: str) -> Buses:
    return Air(lost=0.3, doubled=0.4, late=0.05).bus


def silent(place: str) -> Buses:
    return Air(lost=1.0).bus


@dataclass
class Pair:
    """`front` serves people and takes no turns; `back` takes them all."""

    front: Running
    back: Running
    place: str
    _open: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    async def customer(self) -> RepPage:
        url = f"ws://127.0.0.1:{self.front.port}/ws/chat"
        socket = await self._open.enter_async_context(patient_socket(url, origin=self.front.url))
        page = RepPage(socket)  # it only reads frames, so it will do for a customer
        await page.send("hello", channel="site", token=None, last=0, language="en")
        page.begun = await page.next("welcome")
        return page

    async def rest(self, sender: str, message: str, **more: Any) -> Any:
        async with self.front.http() as http:
            body = {"sender": sender, "message": message, **more}
            answer = await http.post("/webhooks/rest/webhook", json=body)
            assert answer.status_code == 200, answer.text
            return answer.json()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done every few seconds where hints are lost is done often."""
    for module, name in (
        (sweep, "EVERY"),
        (board, "COMPARE"),
        (outcome, "LOOK_AGAIN"),
        (names, "READ_AGAIN"),
        (shards, "BEAT"),
    ):
        monkeypatch.setattr(module, name, 0.05)


@contextlib.asynccontextmanager
async def pair(folder: Path, buses: Callable[[str], Buses]) -> AsyncIterator[Pair]:
    place = new_place(stands_still=True)
    bus = buses(place)
    async with (
        running(folder, store=place, bus=bus()) as back,
        running(folder, store=place, role="web", bus=bus()) as front,
    ):
        both = Pair(front=front, back=back, place=place)
        async with asyncio.timeout(PATIENCE):
            while back.desk.bus.alone or not all(
                getattr(one.desk.bus, "is_connected", True) for one in (front, back)
            ):
                await asyncio.sleep(0.01)
        async with both._open:
            yield both


async def logged(desk: Pair, user: str, session: str) -> tuple[list[int], list[int]]:
    """The events that the customer and the rep are to see, by their numbers, as the store has them."""
    store, address = desk.back.desk.store, user.partition(":")[2]
    rows = await store.conversation_events(user, 0, 1_000)
    told = [frame["id"] for frame in frames_of(rows, address, desk.back.desk)]
    read = shown_events(session, await store.events(session), {}, PrivateValues(frozenset()))
    return told, [seq for seq, _ in read]


@pytest.mark.parametrize("buses", [good, over_nats, bad, silent])
async def test_a_customer_and_a_rep_see_every_event_once_and_in_order(
    desk_folder: Path, quick: None, buses: Callable[[str], Buses]
) -> None:
    async with pair(desk_folder, buses) as desk:
        ann, mia = await desk.customer(), await desk.front.page("mia")
        await ann.send("send", id="1", text="person")
        row = await mia.next("row")
        session = row["session"]["id"]
        await mia.open(session)
        assert (await mia.do("accept", session))["type"] == "ack"
        assert (await mia.do("accept", session))["type"] == "ack"  # a click too many
        for number in range(3):
            await ann.send("send", id=f"q{number}", text=f"question {number}")
            await mia.event("inbound", text=f"question {number}")
            assert (await mia.do("say", session, text=f"answer {number}"))["type"] == "ack"
            await ann.event("outbound", text=f"answer {number}")
        assert (await mia.do("component", session, name="none such"))["code"] == "no_component"
        assert (await mia.do("end", session))["type"] == "ack"
        await ann.event("session", status="ended")
        await mia.event("session", status="ended")
        assert (await mia.next("gone"))["session"] == session
        told, read = await logged(desk, ann.begun["user"], session)
        assert [frame["id"] for frame in ann.events] == told
        assert [frame["seq"] for frame in mia.events] == read
        assert desk.front.desk.turns.busy == 0


async def row_of(page: RepPage, user: str) -> Frame:
    """A customer's row as soon as it is there."""
    frame = await page.first(lambda frame: frame["type"] == "row" and frame["session"]["user"] == user)
    row: Frame = frame["session"]
    return row


async def test_typing_and_places_are_shown_across_processes(desk_folder: Path) -> None:
    async with pair(desk_folder, good) as desk:
        ann, mia = await desk.customer(), await desk.front.page("mia")
        await desk.back.waits("bob")
        await row_of(mia, "site:bob")
        await ann.send("send", id="1", text="person")
        assert (await ann.next("queue"))["position"] == 2
        session = (await row_of(mia, ann.begun["user"]))["id"]
        away = await desk.back.page("mia")
        await away.open(session)
        await mia.do("accept", session)
        await mia.row(session, owner="rep:mia")
        await mia.send("typing", session=session)
        assert await ann.next("typing", on=True, author={"kind": "rep", "name": "Mia"})
        await ann.send("typing")
        assert (await away.next("typing"))["session"] == session
        await ann.send("send", id="2", text="hello?")
        unread = await away.row(session, unread=1)
        await mia.row(session, unread=1)
        await mia.send("seen", session=session, seq=unread["version"])
        await away.row(session, unread=0, version=unread["version"])


@pytest.mark.parametrize("buses", [good, silent])
async def test_programs_are_answered_wherever_the_turn_is_taken(
    desk_folder: Path, quick: None, buses: Callable[[str], Buses]
) -> None:
    async with pair(desk_folder, buses) as desk:
        before = repeated()
        first = await desk.rest("ann", "help", message_id="m1")
        assert [one["text"] for one in first] == ["What is your e-mail address?"]
        assert repeated() == before
        second = await desk.rest("ann", "ann@shop.example", message_id="m2")
        assert [one["text"] for one in second] == ["Which size fits?"]
        assert await desk.rest("ann", "help", message_id="m1") == first
        assert repeated() == before + 1
        both = await asyncio.gather(*(desk.rest("ben", "help", message_id="m1") for _ in range(3)))
        assert [[{**one, "recipient_id": "ann"} for one in answer] for answer in both] == [first] * 3
        assert repeated() == before + 3


def repeated() -> float:
    return float(DUPLICATES.labels(channel="rest")._value.get())


@pytest.mark.parametrize("buses", [good, silent])
async def test_reps_are_the_same_everywhere(
    desk_folder: Path, quick: None, buses: Callable[[str], Buses]
) -> None:
    async with pair(desk_folder, buses) as desk:
        mia = await desk.front.page("mia")
        session = (await desk.back.says("ann", "person")).session
        await mia.row(session)
        await mia.do("accept", session)
        await desk.back.accounts.put("mia", password=PASSWORD, name="Mia Two")
        await mia.row(session, owner_name="Mia Two")
        await desk.back.accounts.add("ben", password=PASSWORD)
        async with asyncio.timeout(PATIENCE):
            while "ben" not in desk.front.desk.reps:
                await asyncio.sleep(0.01)
        await desk.back.accounts.remove("mia")
        assert await mia.ends() == (4401, "signed_out")
        assert "mia" not in desk.front.desk.reps


@pytest.mark.parametrize("role", ["all", "web", "worker"])
async def test_a_worker_serves_its_health_and_nothing_else(desk_folder: Path, role: str) -> None:
    desk = RunningDesk(Settings(root=desk_folder, role=role))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(asgi(desk)), base_url="http://desk") as http:
        for path in ("/healthz", "/metrics"):
            assert (await http.get(path)).status_code == 200
        assert (await http.get("/readyz")).text == "starting"
        assert ((await http.get("/v1/desk/me")).status_code == 404) is (role == "worker")
    desk.trainer.close()


async def test_processes_that_begin_at_once_on_an_empty_database_are_one_desk(desk_folder: Path) -> None:
    place = new_place(stands_still=True)
    desks = [RunningDesk(Settings(root=desk_folder, store=place)) for _ in range(3)]
    try:
        await asyncio.gather(*(desk.start() for desk in desks))
        assert len({desk.secret for desk in desks}) == 1
    finally:
        await asyncio.gather(*(desk.stop() for desk in desks))
