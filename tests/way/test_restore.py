"""A desk that is put back to an older backup: what the world did meanwhile comes to it once more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from frontdesk.app import RunningDesk
from frontdesk.clock import Clock, iso
from frontdesk.events import MessageReceived, TimerFired, load_event
from frontdesk.inbox import Ticket
from frontdesk.messages import Inbound
from frontdesk.settings import Settings
from frontdesk.store.archive import Archive, back_up, restore
from frontdesk.store.opening import archive_of
from frontdesk.timers import REMEMBER
from tests.database import new_place
from tests.patience import PATIENCE
from tests.way.conftest import Serve, Talker
from tests.way.phone import Provider, write_desk
from tests.way.test_chat import send

pytestmark = pytest.mark.slow

ASKS_AGAIN = """
dialog: echo
when: {event: session_started}
steps:
- ask: words
  id: next
  known: ask
  timeout: PT10M
  on_timeout: [{say: got}]
- say: got
- goto: next
"""


class LaterClock(Clock):
    """The machine's clock, put forward."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead.total_seconds()


class Line:
    """A customer, the provider they write through, and the desk behind it, which may be put back."""

    def __init__(self, root: Path, store: str, provider: Provider) -> None:
        self.settings = Settings(root=write_desk(root), store=store)
        (root / "bots/echo/dialogs/echo.yml").write_text(ASKS_AGAIN)
        self.provider = provider
        self.clock = LaterClock()
        self.desk = RunningDesk(self.settings, clock=self.clock)

    @property
    def archive(self) -> Archive:
        return archive_of(self.settings)

    async def back_up(self) -> Path:
        made = await back_up(self.archive, self.settings.root / "a.backup", self.clock.now(), lambda *_: None)
        return made.file

    async def put_back(self, backup: Path, *, later: timedelta = timedelta()) -> None:
        """Stop, restore, and start that much later."""
        await self.desk.stop()
        self.clock.ahead += later
        data = self.settings.data
        await restore(self.archive, backup, data, self.clock.now(), lambda *_: None, replace=True)
        self.desk = RunningDesk(self.settings, clock=self.clock)
        await self.desk.start()

    async def deliver(self, number: int) -> Ticket:
        """The provider's webhook with the customer's message of this number, for the first time or again."""
        message = Inbound(channel="key", sender="anna", external_id=f"m{number}", text=f"word {number}")
        ticket = await self.desk.inbox.receive(message, wants_turn=True)
        if ticket.done is not None:
            await ticket.done
        return ticket

    async def settle(self, heard: int) -> None:
        """Until so many messages have left, and the store knows it."""
        await self.provider.has_heard(heard)
        async with asyncio.timeout(PATIENCE):
            while await self.desk.store.unsent():
                await asyncio.sleep(0.005)

    async def events(self, kind: type) -> list[object]:
        rows = await self.desk.store.conversation_events("key:anna", 0, 10_000)
        events = [load_event(row.kind, row.version, row.body) for _, _, row in rows]
        return [event for event in events if isinstance(event, kind)]


@asynccontextmanager
async def a_line(root: Path, store: str, provider: Provider) -> AsyncIterator[Line]:
    line = Line(root, store, provider)
    await line.desk.start()
    try:
        yield line
    finally:
        await line.desk.stop()


@pytest.fixture(params=["postgres", "sqlite"])
async def line(request: pytest.FixtureRequest, tmp_path: Path, provider: Provider) -> AsyncIterator[Line]:
    async with a_line(
        tmp_path, new_place(stands_still=True) if request.param == "postgres" else "", provider
    ) as line:
        yield line


async def test_what_the_provider_delivers_again_is_answered_once_and_the_session_goes_on(
    line: Line, provider: Provider
) -> None:
    session = (await line.deliver(1)).taken.session
    await line.settle(1)
    backup = await line.back_up()
    await line.deliver(2)
    await line.deliver(3)
    await line.settle(5)
    keys_before = {key for key, _ in provider.heard}
    provider.heard.clear()
    await line.put_back(backup)
    assert (await line.deliver(1)).taken.is_duplicate  # from before the backup
    again = await line.deliver(2)  # acknowledged after it: the desk has never heard of it
    assert (again.taken.session, again.taken.is_duplicate) == (session, False)
    assert (await line.deliver(2)).taken.is_duplicate
    await line.deliver(4)
    await line.settle(4)
    assert provider.texts == ["got word 2", "Next?", "got word 4", "Next?"]
    # Under keys of their own: a provider that knows a key takes no other words under it.
    assert not keys_before & {key for key, _ in provider.heard}
    assert len({key for key, _ in provider.heard}) == 4
    received = [event.key for event in await line.events(MessageReceived)]  # type: ignore[attr-defined]
    assert received == ["m1", "m2", "m4"]


async def test_what_left_after_the_backup_leaves_again_under_the_same_key(
    line: Line, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("pace", "outbox"):
        monkeypatch.setattr(f"frontdesk.{module}.LOOK_AGAIN", 0.01)
    provider.answers = [httpx.Response(503, headers={"retry-after": "300"})]
    await line.deliver(1)
    await provider.has_heard(1)
    backup = await line.back_up()
    line.clock.ahead += timedelta(minutes=6)
    await line.settle(2)
    refused, taken = provider.heard
    await line.put_back(backup)
    await line.settle(3)
    assert provider.heard == [refused, taken, taken]
    assert refused == taken


async def test_a_timer_that_came_due_meanwhile_fires_once(tmp_path: Path, provider: Provider) -> None:
    async with a_line(tmp_path, "", provider) as line:
        await line.deliver(1)
        await line.settle(1)
        backup = await line.back_up()
        await line.put_back(backup, later=timedelta(hours=1))
        await line.settle(2)
        assert provider.texts == ["Next?", "got"]
        await line.put_back(await line.back_up(), later=timedelta(hours=1))
        await line.deliver(2)
        assert len(await line.events(TimerFired)) == 1


async def test_an_id_older_than_the_desk_remembers_is_a_new_message(
    tmp_path: Path, provider: Provider
) -> None:
    """Providers deliver again for a week at most; the desk remembers for eight days."""
    async with a_line(tmp_path, "", provider) as line:
        await line.deliver(1)
        backup = await line.back_up()
        await line.put_back(backup, later=REMEMBER - timedelta(hours=1))
        assert (await line.deliver(1)).taken.is_duplicate
        await line.put_back(backup, later=timedelta(hours=2))
        await line.desk.store.sweep(iso(line.clock.now() - REMEMBER))  # as it does every hour
        assert not (await line.deliver(1)).taken.is_duplicate


async def test_a_page_that_saw_what_is_lost_begins_its_transcript_anew(serve: Serve, folder: Path) -> None:
    settings = Settings(root=folder)
    first = await serve()
    async with first.socket() as socket:
        customer = Talker(socket)
        token = (await customer.greet())["token"]
        await customer.send(send("c1", "hi"))
        await customer.next("event", kind="outbound")
        made = await back_up(archive_of(settings), folder / "a.backup", Clock().now(), lambda *_: None)
        await customer.send(send("c2", "hi"))
        await customer.next("event", kind="outbound")
    await first.desk.stop()
    await restore(
        archive_of(settings), made.file, settings.data, Clock().now(), lambda *_: None, replace=True
    )
    second = await serve()
    async with second.socket() as socket:
        again = Talker(socket)
        await again.greet(token=token, last=customer.last)
        await again.next("reset")
        await again.send(send("c3", "hi"))  # events come in order: before it, everything there is
        frames = await again.before("event", kind="inbound", client="c3")
        assert [frame["client"] for frame in frames if frame.get("kind") == "inbound"] == ["c1"]
        assert again.last > customer.last
    async with second.socket() as socket:
        third = Talker(socket)
        await third.greet(token=token, last=again.last)
        await third.send({"type": "ping"})  # which is answered behind the welcome
        assert not [frame for frame in await third.before("pong") if frame["type"] == "reset"]
