"""A running desk and its bots' models: live at once, live with what is saved, one answer to one message."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import orjson
import pytest

from frontdesk.app import RunningDesk
from frontdesk.authoring.cache import use_cache_folder
from frontdesk.errors import StoreUnavailable
from frontdesk.messages import Inbound
from frontdesk.nlu.entities.known import ANY_TIME as NOW
from frontdesk.nlu.model import Judgement, Model
from frontdesk.settings import Settings
from frontdesk.testing.desks import open_desk
from tests.patience import until
from tests.way.phone import FlakyStore
from tests.way.saving import followed, save

TRAINED_WITHIN = 300.0  # seconds a model may take, in a process of its own on a busy machine


class Other:
    """A model that takes everything for something else."""

    encoder = None

    def judge(self, text: str) -> Judgement:
        return Judgement(
            label="order_status",
            probability=0.9,
            decision="accept",
            score=1.0,
            runner_up=None,
            nearest=None,
        )


async def log(desk: RunningDesk, user: str) -> list[tuple[str, dict[str, Any]]]:
    rows = await desk.store.conversation_events(user, 0, 10_000)
    return [(row.kind, orjson.loads(row.body)) for _, _, row in rows]


async def say(desk: RunningDesk, text: str) -> None:
    inbound = Inbound(channel="rest", sender="ana", external_id=text, text=text)
    await desk.inbox.receive(inbound, wants_turn=True)
    await until(lambda: not desk.turns.busy)


async def test_what_a_message_means_stays_when_the_model_changes_in_its_turn(folder: Path) -> None:
    settings = Settings(root=folder)
    store = FlakyStore(settings.database)
    desk = RunningDesk(settings, store=store)
    desk.turns.retry = 0.01
    await desk.start()
    try:
        await asyncio.to_thread(desk.trainer.wait)

        async def another_model_and_a_crash(turn: object) -> None:
            desk.releases.current.bots["hello"].matcher.use(cast(Model, Other()))
            raise StoreUnavailable("gone for a moment")

        store.before = {"commit": [another_model_and_a_crash]}
        await say(desk, "please take my order 1042 back, I want to return it")
        events = await log(desk, "rest:ana")
        [understood] = [body for kind, body in events if kind == "understood"]
        assert (understood["rule"], understood["intent"]) == ("model", "return_order")
        assert [body["name"] for kind, body in events if kind == "action"] == ["find_order"]
        assert [body["component"]["name"] for kind, body in events if kind == "outbound"] == ["return_reason"]
        await say(desk, "and my parcel?")
        moved = [body for kind, body in await log(desk, "rest:ana") if kind == "dialog"]
        began = [body["dialog"] for body in moved if body["did"] == "began"]
        assert began == ["return_order", "order_status"], "the next turn hears the new model"
    finally:
        await desk.stop()


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[None]:
    """A machine that has trained nothing yet."""
    use_cache_folder(tmp_path / "cache")
    yield
    use_cache_folder(None)


async def test_a_saved_example_is_live_with_the_model_that_knows_it(folder: Path, cache: None) -> None:
    told: list[str] = []
    desk = RunningDesk(Settings(root=folder, watch=True), tell=told.append)
    await desk.start()
    try:
        await asyncio.to_thread(desk.trainer.wait)
        assert len([one for one in told if "new model is live" in one]) == 1
        async with followed(desk, told.append):
            path = folder / "bots/hello/intents/order_status.yml"
            save(path, path.read_text() + "  - Did the courier drop my parcel off?\n")
            await until(lambda: len([one for one in told if "new model is live" in one]) > 1, TRAINED_WITHIN)
            await until(lambda: any("Release" in one for one in told))
        matcher = desk.releases.current.bots["hello"].matcher
        assert (
            matcher.understand("has the courier dropped my parcel off yet", "en", NOW).intent
            == "order_status"
        )
    finally:
        await desk.stop()


@pytest.mark.parametrize(
    "text", ["asdf", "what is the weather like", "banana bread 7", "🙂🙂", "sing me a song", "tell me a joke"]
)
def test_the_small_desk_takes_nonsense_for_no_wish(folder: Path, text: str) -> None:
    matcher = open_desk(folder).content.bots["hello"].matcher
    assert matcher.model is not None
    assert matcher.understand(text, "en", NOW).intent is None
