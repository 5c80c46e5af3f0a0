"""A process that stood still past its lease wakes up, and for a moment does not know what it has lost."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

from frontdesk.app import RunningDesk
from frontdesk.messages import Inbound
from frontdesk.settings import Settings
from frontdesk.store.base import Lease
from frontdesk.store.postgres import PostgresStore
from tests.database import new_place
from tests.way.phone import Provider, until, write_desk

ACTIONS = """
import asyncio
from pathlib import Path

from frontdesk import action

HERE = Path(__file__).parent


@action
async def is_booked(words: str) -> bool:
    "Whether the booking was made."
    return (HERE / "booked.txt").exists()


@action(effect="write", check="is_booked", timeout=300)
async def book(words: str) -> bool:
    "A booking that takes its time."
    with (HERE / "begun.txt").open("a") as file:
        file.write(words + "\\n")
    while not (HERE / "go.txt").exists():
        await asyncio.sleep(0.01)
    (HERE / "booked.txt").write_text(words)
    return True
"""


class Sleepy(PostgresStore):
    """The store of a process that can be put to sleep: its lease ends, and it does not notice."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.is_awake = asyncio.Event()
        self.is_awake.set()
        self.was_asked = False  # whether the lease still holds

    async def open(self) -> None:
        await super().open()
        self._writes._judges_from = -math.inf  # however young the server is

    async def sleep_past_its_lease(self) -> None:
        while await self.unsent():  # which it would still mark as sent
            await asyncio.sleep(0.01)
        self.is_awake.clear()
        await self._run("UPDATE worker SET until = now() - interval '1 s'")
        self._writes._renewed = -math.inf

    async def sweep(self, before: str) -> None:
        """Nothing it does by itself renews the lease."""

    def lease_left(self) -> float:
        self.was_asked = True
        return super().lease_left()

    async def beat(self, **values: object) -> Lease:
        await self.is_awake.wait()
        return await super().beat(**values)  # type: ignore[arg-type]


def message(text: str) -> Inbound:
    return Inbound(channel="key", sender="anna", external_id=text, text=text)


def begun(bot: Path) -> list[str]:
    """What was begun to be booked, as often as it was."""
    file = bot / "begun.txt"
    return file.read_text().splitlines() if file.exists() else []


async def test_who_wakes_up_repeats_no_booking_that_another_has_begun(
    tmp_path: Path, provider: Provider
) -> None:
    bot = write_desk(tmp_path) / "bots/echo"
    (bot / "actions.py").write_text(ACTIONS)
    dialog = bot / "dialogs/echo.yml"
    dialog.write_text(dialog.read_text().replace("- say", "- {call: book, with: {words: words}}\n- say"))
    place = new_place(stands_still=True)
    store = Sleepy(place)
    settings = Settings(root=tmp_path, store=place)
    first, second = RunningDesk(settings, store=store), RunningDesk(settings, store=Sleepy(place))
    await first.start()
    await first.inbox.receive(message("hello"), wants_turn=True)
    await provider.has_heard(1)
    await store.sleep_past_its_lease()
    await second.start()
    await second.inbox.receive(message("at noon"))
    await until(lambda: begun(bot) == ["at noon"])
    store.was_asked = False
    first.turns.want("key:anna")  # it wakes up, and still believes that Anna is its own
    await until(lambda: store.was_asked or len(begun(bot)) > 1)
    await asyncio.sleep(0.05)
    assert begun(bot) == ["at noon"]
    store.is_awake.set()
    (bot / "go.txt").touch()
    await provider.has_heard(3)
    assert provider.texts == ["Next?", "got at noon", "Next?"]
    await first.stop()
    await second.stop()
    assert begun(bot) == ["at noon"]
