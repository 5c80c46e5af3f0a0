"""An agent in a desk that runs: its turns are on disk, and each waits for the one before."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from frontdesk.effects import models
from frontdesk.messages import ComponentReply, Inbound
from tests.agents.conftest import OpenSite
from tests.agents.desk import FILES, write_desk
from tests.agents.site import call, open_site
from tests.agents.test_before import CLERK
from tests.desk.test_two_processes import good, pair
from tests.patience import PATIENCE


def asked(body: dict[str, Any]) -> list[tuple[str, str]]:
    """What a request told the model, but for the prompt."""
    return [(one["role"], one["content"]) for one in body["messages"][1:]]


async def test_what_comes_while_it_thinks_is_answered_after_it(site: OpenSite) -> None:
    customer = await site()
    thinks = asyncio.Event()
    await customer.write("one", [thinks, "To one."], ["To two."], ["To three."])
    await customer.write("two")
    await customer.write("three")
    thinks.set()
    said = ("To one.", "To two.", "To three.")
    got: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while len(got) < len(said):
            customer.visitor.wake.clear()
            frames = await customer.visitor.news()
            got += [one["text"] for one in frames if one.get("kind") == "outbound"]
            if len(got) < len(said):
                await customer.visitor.wake.wait()
    assert got == list(said)
    assert [asked(body)[-1] for body in customer.endpoint.asked] == [
        ("user", "one"),
        ("user", "two"),
        ("user", "three"),
    ]
    assert asked(customer.endpoint.asked[1]) == [("user", "one"), ("assistant", "To one."), ("user", "two")]


async def test_waiting_holds_nothing_and_outlives_the_desk(tmp_path: Path) -> None:
    """The calendar is shown by one life of the desk, and answered in the next."""
    before = await open_site(tmp_path, {})
    await before.write("collect it", [call("show_pickup_date")])
    await before.sees(("said", "On which day?"))
    async with asyncio.timeout(PATIENCE):
        while before.desk.turns.busy:
            await asyncio.sleep(0.001)
    await before.desk.stop()
    after = await open_site(tmp_path, {})
    try:
        after.endpoint.answers.append(["Booked."])
        day = (before.desk.clock.now() + timedelta(days=7)).date().isoformat()
        reply = ComponentReply(value=day)
        address = before.visitor.address
        inbound = Inbound(channel="site", sender=address, external_id="later", reply=reply)
        ticket = await after.desk.inbox.receive(inbound, wants_turn=True)
        assert ticket.done is not None
        await ticket.done
        assert day in asked(after.endpoint.asked[0])[-1][1]
    finally:
        await after.desk.stop()


async def test_what_was_said_before_is_read_from_the_log(site: OpenSite) -> None:
    """In one turn the clerk hands over and the helper answers: some of it is on disk, some is not yet."""
    desk = (
        FILES["frontdesk.yml"]
        .replace("to: {bot: helper}", "")
        .replace("else: {bot: helper}", "else: {bot: clerk}")
    )
    customer = await site({**CLERK, "frontdesk.yml": desk})
    await customer.write("helper please")
    await customer.sees(("said", "Your e-mail?"))
    await customer.write("ana@example.com", ["Hello."])
    await customer.sees(("said", "The helper takes over."), ("said", "Hello."), ("draft", None))
    assert asked(customer.endpoint.asked[0]) == [
        (
            "system",
            "What was said before you took over:\n"
            "Customer: helper please\n"
            "The bot clerk: Your e-mail?\n"
            "Customer answered: •••\n"
            "The bot clerk: The helper takes over.",
        ),
        ("user", "•••"),
    ]


@pytest.mark.slow
async def test_a_draft_reaches_who_is_connected_to_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = asyncio.Event()

    async def writes_on(seconds: float) -> None:
        await seen.wait()

    monkeypatch.setattr(models, "asyncio", SimpleNamespace(sleep=writes_on))
    bot = {"bots/helper/models/helper.yml": "- say: Hello from the script of the helper.\n"}
    async with pair(write_desk(tmp_path, bot), good) as desk:
        ana = await desk.customer()
        await ana.send("send", id="c1", text="hi")
        draft = await ana.next("draft")
        assert draft["text"] == "Hello"
        assert draft["author"] == {"kind": "bot", "name": "Helper"}
        seen.set()
        while (await ana.next("event"))["kind"] != "outbound":
            pass
        while (await ana.next("draft"))["text"] is not None:
            pass
