"""More than the desk can do: new messages are sent away before they are committed, and lost is none."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed

from frontdesk.app import RunningDesk
from frontdesk.desk import webhooks
from frontdesk.errors import DeskBusy, SettingsError
from frontdesk.events import MessageReceived, load_event
from frontdesk.messages import Inbound
from frontdesk.settings import Settings
from frontdesk.testing.loopback import SIGNATURE, sign
from tests.way.conftest import Serve, Talker
from tests.way.phone import until, write_desk

PEOPLE, EACH = 12, 8

SLOW = """
    import asyncio
    from pathlib import Path

    from frontdesk import action

    GO = Path(__file__).with_name("go.txt")


    @action(timeout=300)
    async def think(words: str) -> bool:
        "Takes as long as the test wants."
        while not GO.exists():
            await asyncio.sleep(0.005)
        return True
    """


def go(root: Path) -> Path:
    """The file without which no turn of this desk ends."""
    return root / "bots" / "echo" / "go.txt"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[RunningDesk]:
    root = write_desk(tmp_path)
    (root / "bots" / "echo" / "actions.py").write_text(dedent(SLOW).lstrip())
    go(root).touch()
    dialog = root / "bots" / "echo" / "dialogs" / "echo.yml"
    dialog.write_text(
        dialog.read_text().replace("- say: got", "- {call: think, with: {words: words}}\n- say: got")
    )
    (root / "frontdesk.yml").write_text(
        (root / "frontdesk.yml").read_text().replace("channels:", "channels:\n  rest: {kind: rest}")
    )
    desk = RunningDesk(Settings(root=root, environ={"FRONTDESK_MAX_WAITING": "20"}))
    await desk.start()
    desk.outbox._places = asyncio.Semaphore(0)  # what is sent is no part of this
    yield desk
    await desk.stop()


async def test_what_is_refused_is_taken_later_and_what_is_acknowledged_is_there(desk: RunningDesk) -> None:
    """Every customer's provider sends its messages in order, each until it is taken."""
    statuses: Counter[int] = Counter()
    longest = 0
    go(desk.settings.root).unlink()
    transport = httpx.ASGITransport(app=Starlette(routes=webhooks.routes(desk)))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as http:

        async def deliver(sender: str, n: int) -> None:
            nonlocal longest
            body = orjson.dumps({"messages": [{"id": f"{sender}{n}", "from": sender, "text": f"{n}"}]})
            while True:
                answer = await http.post("/webhooks/key", content=body, headers={SIGNATURE: sign("s", body)})
                statuses[answer.status_code] += 1
                longest = max(longest, desk.turns.waiting)
                if answer.status_code == 200:
                    return
                assert answer.headers["retry-after"]
                go(desk.settings.root).touch()
                await asyncio.sleep(0.005)

        async def write(sender: str) -> None:
            await deliver(sender, 0)
            for n in range(1, EACH):
                await deliver(sender, n)

        people = [f"p{n}" for n in range(PEOPLE)]
        await asyncio.gather(*map(write, people))
    await until(lambda: not desk.turns.busy)
    assert statuses[200] == PEOPLE * EACH
    assert statuses[503] > 0
    assert longest <= 20
    for sender in people:
        rows = await desk.store.conversation_events(f"key:{sender}", 0, 1_000)
        events = [load_event(row.kind, row.version, row.body) for _, _, row in rows]
        assert [one.text for one in events if isinstance(one, MessageReceived)] == [*map(str, range(EACH))]


async def test_a_full_desk_says_so_once_and_still_takes_what_is_its_own(
    desk: RunningDesk, caplog: pytest.LogCaptureFixture
) -> None:
    receive = desk.inbox.receive
    session = (await receive(_from("anna", "hello"))).taken.session
    desk.inbox._max_waiting = 0
    with caplog.at_level(logging.WARNING, "frontdesk.inbox"):
        for n in range(5):
            with pytest.raises(DeskBusy):
                await receive(_from("anna", f"{n}"))
        for kind, data in (
            ("timer", {"name": "idle", "gen": 1}),
            ("delivery", {"delivery": {"key": "s.1", "status": "sent", "reason": ""}}),
            ("rep", {"rep": "rita", "do": "accept"}),
        ):
            one = Inbound(channel="key", sender="anna", external_id=kind, kind=kind, data=data)
            assert (await receive(one, session=session)).taken.n
        desk.inbox._max_waiting = 20
        await asyncio.sleep(0.06)
        await receive(_from("anna", "at last"))
    said = [record.getMessage() for record in caplog.records]
    assert said == ["0 messages wait for their turn: new ones are sent away", "new messages are taken again"]


async def test_rest_is_told_to_come_again(desk: RunningDesk) -> None:
    transport = httpx.ASGITransport(app=Starlette(routes=webhooks.routes(desk)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        desk.inbox._max_waiting = 0
        asked = {"sender": "alice", "message": "hello", "message_id": "m1"}
        answer = await http.post("/webhooks/rest/webhook", json=asked)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        desk.inbox._max_waiting = 20
        answer = await http.post("/webhooks/rest/webhook", json=asked)
        assert [one["text"] for one in answer.json()] == ["Next?"]


async def test_a_page_comes_again_with_what_was_not_taken_in_its_order(serve: Serve) -> None:
    """Were only the one message refused, the next could pass it."""
    served = await serve()
    async with served.socket() as socket:
        client = Talker(socket)
        token = (await client.greet())["token"]
        served.desk.inbox._max_waiting = 0
        for n in (1, 2):
            await client.send({"type": "send", "id": f"m{n}", "text": f"message {n}"})
        bye = await client.next("bye")
        assert bye["code"] == "unavailable"
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4429  # the widget comes back after a while, not at once
    served.desk.inbox._max_waiting = 20
    async with served.socket() as socket:
        client = Talker(socket)
        await client.greet(token=token, last=client.last)
        for n in (1, 2):
            await client.send({"type": "send", "id": f"m{n}", "text": f"message {n}"})
        assert [(await client.next("ack"))["id"] for _ in (1, 2)] == ["m1", "m2"]


def test_the_limit_must_be_a_number(tmp_path: Path) -> None:
    def limit(written: str) -> Any:
        return Settings(root=tmp_path, environ={"FRONTDESK_MAX_WAITING": written}).max_waiting

    assert (limit(""), limit("7")) == (10_000, 7)
    for wrong in ("0", "-1", "many"):
        with pytest.raises(SettingsError, match="FRONTDESK_MAX_WAITING"):
            limit(wrong)


def _from(sender: str, text: str) -> Inbound:
    return Inbound(channel="key", sender=sender, external_id=f"{sender}:{text}", text=text)
