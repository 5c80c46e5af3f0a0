"""The store cannot be read for a moment: who waits is answered, and nothing is kept of who went."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from frontdesk.desk import board, commands, names, outcome, sweep
from frontdesk.desk.rooms import Rooms
from frontdesk.desk.transcript import Transcript
from frontdesk.errors import StoreUnavailable
from tests.database import new_place
from tests.desk.conftest import RepPage, running
from tests.patience import patient_socket
from tests.way.phone import until


class Page:
    """Somebody who reads a session."""

    def wake(self) -> None: ...

    def tell(self, frame: dict[str, Any]) -> None: ...


def failing_first(read: Callable[..., Awaitable[Any]], error: Exception) -> Any:
    """The same reading, which fails the first time."""
    has_failed = False

    async def first(*values: Any, **more: Any) -> Any:
        nonlocal has_failed
        if not has_failed:
            has_failed = True
            raise error
        return await read(*values, **more)

    return first


async def test_nothing_is_kept_of_a_visitor_who_could_not_be_welcomed(
    desk_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(desk_folder) as one:
        store, listeners = one.desk.store, one.desk.bus._listeners  # type: ignore[attr-defined]
        before = set(listeners)
        monkeypatch.setattr(store, "conversation", failing_first(store.conversation, StoreUnavailable()))
        async with patient_socket(f"ws://127.0.0.1:{one.port}/ws/chat", origin=one.url) as socket:
            page = RepPage(socket)
            await page.send("hello", channel="site", token=None, last=0, language="en")
            assert await page.ends() == (4429, "unavailable")
        await until(lambda: set(listeners) == before)


async def test_nothing_is_kept_of_a_session_that_could_not_be_opened(
    desk_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(desk_folder) as one:
        session = await one.waits("ann")
        rooms, page = Rooms(one.desk, one.board, sweep.Sweep(one.desk)), Page()
        monkeypatch.setattr(Transcript, "read", failing_first(Transcript.read, StoreUnavailable()))
        with pytest.raises(StoreUnavailable):
            await rooms.enter(session, page)
        assert not rooms._rooms
        assert await rooms.enter(session, page) is not None


async def test_a_command_is_answered_when_the_store_can_be_read_again(
    desk_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "AGAIN", 0.05)
    monkeypatch.setattr(outcome, "LOOK_AGAIN", 0.05)
    place = new_place(stands_still=True)
    async with (
        running(desk_folder, store=place) as back,
        running(desk_folder, store=place, role="web") as front,
    ):
        session = await back.waits("ann")
        mia = await front.page("mia")
        look = failing_first(commands.Commands._look, StoreUnavailable())
        monkeypatch.setattr(commands.Commands, "_look", look)
        assert (await mia.do("accept", session))["type"] == "ack"


async def test_what_is_looked_for_from_time_to_time_is_looked_for_again_whatever_failed(
    desk_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((sweep, "EVERY"), (board, "COMPARE"), (names, "READ_AGAIN")):
        monkeypatch.setattr(module, name, 0.03)
    async with running(desk_folder, store=new_place(stands_still=True)) as one:
        await one.page("mia")
        session = await one.waits("ann")
        store, asked = one.desk.store, dict.fromkeys(("latest", "sessions", "reps"), 0)

        def counted(name: str) -> Any:
            read = failing_first(getattr(store, name), asyncpg.QueryCanceledError("canceled"))

            async def count(*values: Any, **more: Any) -> Any:
                asked[name] += 1
                return await read(*values, **more)

            return count

        for name in asked:
            monkeypatch.setattr(store, name, counted(name))
        rooms = Rooms(one.desk, one.board, sweep.Sweep(one.desk))
        await rooms.enter(session, Page())
        await until(lambda: min(asked.values()) > 2)
