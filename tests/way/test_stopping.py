"""A desk is told to stop while its database is away: it ends soon and in a few words, and loses nothing."""

from __future__ import annotations

import asyncio

import pytest

from frontdesk import app, marks, outbox
from frontdesk.app import RunningDesk
from frontdesk.messages import Inbound
from frontdesk.settings import Settings
from tests.database import new_place
from tests.store.cutting import Wire
from tests.way.phone import write_desk

SOON = app.DRAIN_WITHIN / 2  # seconds: it does not wait for a database as it does for its turns


async def test_a_desk_ends_though_its_database_is_away(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for module, name in ((app, "AWAY_WITHIN"), (outbox, "ON_THE_WIRE"), (marks, "CLOSE_WITHIN")):
        monkeypatch.setattr(module, name, 0.2)
    place = new_place(stands_still=True)
    wire = Wire(place, tmp_path_factory.mktemp("w"))
    await wire.open()
    root = write_desk(tmp_path_factory.mktemp("d"))
    desk = RunningDesk(Settings(root=root, store=wire.url))
    await desk.start()
    hello = Inbound(channel="key", sender="anna", external_id="m1", text="hello")
    ticket = await desk.inbox.receive(hello, wants_turn=True)
    assert ticket.done is not None
    await ticket.done
    await wire.close()
    before = len(caplog.records)
    async with asyncio.timeout(SOON):
        await desk.stop()
    assert len(caplog.records) - before < 10
    assert not desk.turns.busy
    again = RunningDesk(Settings(root=root, store=place))
    await again.store.open()
    assert len(await again.store.unsent()) == 1
    await again.store.close()
    again.trainer.close()
    await again.effects.close()
