"""An agent in a desk that runs: its turns are on disk, and each waits for the one before."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.agents.conftest import OpenSite
from tests.agents.desk import FILES
from tests.agents.test_before import CLERK


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
    async with asyncio.timeout(5):
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
