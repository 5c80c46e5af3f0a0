"""How a session begins in a running desk: its language and its time zone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
import pytest_asyncio

from frontdesk.app import RunningDesk
from frontdesk.events import SessionStarted
from frontdesk.messages import Inbound
from frontdesk.settings import Settings
from tests.dialogs.drive import DESK


@pytest_asyncio.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningDesk]:
    monkeypatch.setenv("FRONTDESK_CACHE", str(tmp_path / "cache"))
    channels = {"rest": {"kind": "rest"}, "rest_fr": {"kind": "rest", "language": "fr"}}
    written = DESK | {"channels": channels, "languages": ["en", "fr", "es"]}
    (tmp_path / "frontdesk.yml").write_bytes(orjson.dumps(written))
    (tmp_path / "bots" / "shop").mkdir(parents=True)
    (tmp_path / "bots" / "shop" / "bot.yml").write_text("kind: dialogs\n")
    running = RunningDesk(Settings(root=tmp_path))
    await running.start()
    yield running
    await running.stop()


@pytest.mark.parametrize(
    ("channel", "said", "zone", "language", "time_zone"),
    [
        ("rest", None, None, "en", "Europe/Paris"),
        ("rest", "fr", "America/Lima", "fr", "America/Lima"),
        ("rest", "es-MX", None, "es", "Europe/Paris"),
        ("rest", "de", None, "en", "Europe/Paris"),
        ("rest", "", "", "en", "Europe/Paris"),
        ("rest_fr", "en", None, "fr", "Europe/Paris"),
    ],
)
async def test_language_and_time_zone_are_the_customers_as_far_as_they_are_known(
    desk: RunningDesk, channel: str, said: str | None, zone: str | None, language: str, time_zone: str
) -> None:
    inbound = Inbound(
        channel=channel, sender="ana", external_id="1", text="hi", language=said, time_zone=zone
    )
    ticket = await desk.inbox.receive(inbound, wants_turn=True)
    assert ticket.done is not None
    started = (await ticket.done).events[0]
    assert isinstance(started, SessionStarted)
    assert (started.language, started.time_zone) == (language, time_zone)
