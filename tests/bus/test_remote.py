"""Hints between processes, over the real servers."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from frontdesk.hints import remote
from frontdesk.hints.nats import NatsBus
from frontdesk.hints.notify import NotifyBus
from frontdesk.metrics import HINTS_DROPPED
from tests import natsserver
from tests.bus.conftest import Desk, Process, until

TURN = {"session": "s1", "n": 3, "owner": "queue:returns", "status": "waiting"}


def dropped() -> float:
    [counted] = HINTS_DROPPED.collect()
    return counted.samples[0].value


async def test_a_hint_reaches_listeners_here_at_once_and_those_elsewhere_soon(desk: Desk) -> None:
    here, there = await desk.process(), await desk.process()
    here.bus.publish("user:site:ana", TURN)
    assert here.heard == [("user:site:ana", TURN)]
    await there.hears("user:site:ana", TURN)
    for hint in (None, "rest:ben", 7, True, {"text": "été \x00 'quoted' \\ 𝄞"}):
        there.bus.publish("draft:rest:ben", hint)
        await here.hears("draft:rest:ben", hint)
    assert len(here.heard) == 6  # its own hint came back to nobody


async def test_what_comes_together_goes_together_in_order_and_the_same_only_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = await desk.process(), await desk.process()
    messages: list[bytes] = []
    send = here.bus._send

    async def counted(message: bytes) -> None:
        messages.append(message)
        await send(message)

    monkeypatch.setattr(here.bus, "_send", counted)
    for number in range(1_000):
        here.bus.publish(f"user:site:{number}", TURN)
        here.bus.publish("shards")
    await there.hears("user:site:999", TURN)
    await there.hears("shards")
    assert [topic for topic, _ in there.heard] == [*(f"user:site:{n}" for n in range(1_000)), "shards"]
    assert len(messages) < 20
    assert max(map(len, messages)) < (8_000 if desk.kind == "postgres" else 100_000)


async def test_the_last_word_counts(desk: Desk) -> None:
    here, there = await desk.process(), await desk.process()
    for on in (True, False, True):
        here.bus.publish("working:site:ana", on)
    await there.hears("working:site:ana", True)
    assert there.heard[-1] == ("working:site:ana", True)


async def test_a_process_alone_sends_nothing(desk: Desk) -> None:
    here, there = await desk.process(), await desk.process()
    here.bus.alone = True
    here.bus.publish("wanted", "rest:ana")
    here.bus.alone = False
    here.bus.publish("wanted", "rest:ben")
    await there.hears("wanted", "rest:ben")
    assert there.heard == [("wanted", "rest:ben")]
    there.bus.tell("queue:site:ana", {"position": 1, "waiting": 1})
    there.bus.publish("shards")
    await here.hears("shards")
    assert "queue:site:ana" not in dict(here.heard)


async def test_desks_that_share_a_server_hear_nothing_of_each_other(desk: Desk) -> None:
    here, there = await desk.process(), await desk.process()
    other = Desk(desk.kind, desk._stack)
    stranger = await other.process("another desk")
    stranger.bus.publish("shards", "theirs")
    here.bus.publish("shards", "ours")
    await there.hears("shards", "ours")
    assert stranger.heard == [("shards", "theirs")]
    assert there.heard == [("shards", "ours")]


async def test_a_listener_that_fails_keeps_nothing_from_the_others(desk: Desk) -> None:
    here, there = await desk.process(), await desk.process()

    def fail(topic: str, hint: Any) -> None:
        raise ValueError(hint["owner"])

    there.bus.listen("user:site:ana", fail)
    here.bus.publish("user:site:ana", "no turn")
    here.bus.publish("user:site:ana", TURN)
    await there.hears("user:site:ana", TURN)


async def test_a_lost_connection_is_made_again(desk: Desk) -> None:
    here, there = await desk.process(), await desk.process()
    await cut(here)
    assert here.heard == []
    here.bus.publish("shards", "while away")
    assert here.heard == [("shards", "while away")]
    await here.is_connected()
    here.bus.publish("shards", "again")
    await there.hears("shards", "again")
    there.bus.publish("shards", "and back")
    await here.hears("shards", "and back")


async def cut(process: Process) -> None:
    """The server ends the connection."""
    bus = process.bus
    if isinstance(bus, NotifyBus):
        assert bus._connection is not None
        pid = bus._connection.get_server_pid()
        connection = await asyncpg.connect(bus._place.url)
        await connection.execute("SELECT pg_terminate_backend($1)", pid)
        await connection.close()
    else:
        assert isinstance(bus, NatsBus)
        assert bus._client is not None
        assert bus._client._transport is not None
        bus._client._transport._io_writer.transport.abort()  # type: ignore[attr-defined]
    await until(lambda: not bus.is_connected)


async def test_a_server_that_is_away_costs_a_line_in_the_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = natsserver.Server()
    server.kill()
    process = Process(NatsBus(server.url.replace("nats://", "nats://desk:secret@")))
    tried, connect = 0, process.bus._open

    async def counted() -> None:
        nonlocal tried
        tried += 1
        await connect()

    monkeypatch.setattr(process.bus, "_open", counted)
    await process.bus.start("a desk")
    assert tried == 0, "nobody waits for it"
    try:
        await until(lambda: bool(caplog.records))
        process.bus.publish("shards")
        assert process.heard == [("shards", None)]
        await until(lambda: tried > 2)  # and it says no more
        [said] = [record.getMessage() for record in caplog.records if record.name == remote.__name__]
        assert f"nats://127.0.0.1:{server.port} carries no hints" in said
        assert "Connect call failed" in said
        assert "secret" not in said
        server.start()
        await process.is_connected()
    finally:
        await process.bus.stop()
        server.kill()


async def test_what_cannot_be_sent_is_dropped_and_counted(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "MOST_WAITING", 100)
    process = Process(NotifyBus("postgresql://nobody@127.0.0.1:1/none"))
    process.bus.publish("shards", "before the start")
    assert not process.bus._waiting
    await process.bus.start()
    before = dropped()
    for number in range(150):
        process.bus.publish("wanted", f"rest:{number}")
    assert (dropped() - before, len(process.bus._waiting)) == (50, 100)
    assert b"rest:149" in list(process.bus._waiting)[-1]
    process.bus.publish("draft:rest:ana", {"text": "x" * 8_000})
    assert dropped() - before == 51
    process.bus.publish("user:rest:ana", object())
    assert "cannot be sent to other processes" in caplog.text
    assert len(process.heard) == 153  # whoever listens here was told all of it
    await process.bus.stop()


async def test_what_waited_through_a_long_absence_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "STALE", 0.0)
    server = natsserver.Server()
    here, there = Process(NatsBus(server.url)), Process(NatsBus(server.url))
    try:
        for one in (here, there):
            await one.bus.start()
            await one.is_connected()
        server.kill()
        await until(lambda: not here.bus.is_connected and not there.bus.is_connected)
        here.bus.publish("typing:site:ana", {"on": True})
        server.start()
        for one in (here, there):
            await one.is_connected()
        here.bus.publish("shards")
        await there.hears("shards")
        assert there.heard == [("shards", None)]
    finally:
        for one in (here, there):
            await one.bus.stop()
        server.kill()


async def test_a_message_that_is_none_of_ours_is_passed_over(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    here = await desk.process()
    for said in (b"", b"nonsense", b"7", b"[]", b'["other", 5]', b'["other", ["a"]]', b'{"a": 1}'):
        here.bus._heard(said)
    assert here.heard == []
    assert "no hint" in caplog.text
    there = await desk.process()
    there.bus.publish("shards")
    await here.hears("shards")
