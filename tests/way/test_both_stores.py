"""The same desk on SQLite and on PostgreSQL: the same answers, the same log, the same commands."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from typer.testing import CliRunner

from frontdesk.cli import application
from frontdesk.clock import FixedClock
from frontdesk.desk.server import asgi
from frontdesk.store import postgres_writer
from frontdesk.store.base import SHARDS, Store
from tests import natsserver
from tests.database import new_place, server
from tests.patience import PATIENCE, STANDSTILL
from tests.way.conftest import Serve, Served
from tests.way.test_run_command import run

pytestmark = pytest.mark.slow

TALKS = {
    "alice": ("I want to return my order 1042", "2", "tomorrow", "yes", "thanks"),
    "bob": ("where is my order", "no, I want to return it", "1042", "cancel"),
    "carla": ("Je voudrais renvoyer un article", "human", "hello?"),
}


async def log(store: Store, user: str) -> list[tuple[int, str, str, bytes]]:
    return [
        (number, session, row.kind, row.body)
        for number, session, row in await store.conversation_events(user, 0, 10_000)
    ]


async def had(served: Served, *others: Served) -> dict[str, Any]:
    """Every talk, one message of each in turn: the answers, and what the log holds in the end."""
    for one in (served, *others):
        await asyncio.to_thread(one.desk.trainer.wait)  # until then it answers by its rules alone
    found: dict[str, Any] = {}
    for place in range(5):
        for sender, messages in TALKS.items():
            if place < len(messages):
                answer = await served.say(sender, messages[place], message_id=f"{sender}{place}")
                assert answer.status_code == 200
                found[f"{sender} {messages[place]}"] = answer.json()
    for sender in TALKS:
        found[f"log of {sender}"] = await log(served.desk.store, f"rest:{sender}")
    found["timers"] = sorted(map(str, await served.desk.store.timers()))
    found["sessions"] = sorted(map(str, await served.desk.store.sessions()))
    return found


async def test_the_same_conversations_come_to_the_same_log(serve: Serve) -> None:
    on_sqlite = await had(await serve())
    on_postgres = await had(await serve(store=new_place(stands_still=True)))
    assert len(on_sqlite["log of alice"]) > 15
    assert on_postgres == on_sqlite


async def test_three_workers_and_nats_come_to_the_same_log_as_one_file(serve: Serve) -> None:
    on_sqlite = await had(await serve())
    shared = {"store": new_place(stands_still=True), "bus": natsserver.server().url, "clock": FixedClock()}
    workers = [await serve(role="worker", **shared) for _ in range(3)]
    door = await serve(role="web", **shared)
    async with asyncio.timeout(PATIENCE):
        while len({shard for one in workers for shard in one.desk.shards.owned}) < SHARDS or not all(
            one.desk.shards.owned for one in workers
        ):
            await asyncio.sleep(0.05)
    assert await had(door, *workers) == on_sqlite
    assert not door.desk.shards.owned, "every turn was another process's"


async def frontdesk(*arguments: object) -> tuple[int, str]:
    """A command, in a thread: it has a loop of its own."""
    done = await asyncio.to_thread(CliRunner().invoke, application(), [str(one) for one in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return 1, str(done.exception)
    return done.exit_code, done.output


async def test_every_command_reads_and_changes_a_desk_on_postgresql(serve: Serve, folder: Path) -> None:
    url = new_place(stands_still=True)
    served = await serve(store=url)
    for message in TALKS["alice"]:
        await served.say("alice", message)
    [row] = await served.desk.store.sessions(user="rest:alice")
    code, said = await frontdesk("report", folder, "--days", 36_500, "--json", "--store", url)
    assert (code, orjson.loads(said)["sessions"]) == (0, 1)
    code, said = await frontdesk("export", "rest:alice", "--desk", folder, "--json", "--store", url)
    events = orjson.loads(said)
    assert [one["kind"] for one in events if one["kind"] == "inbound"] == ["inbound"] * 5
    code, said = await frontdesk("replay", row.id, "--desk", folder, "--json", "--store", url)
    assert orjson.loads(said) == events
    code, said = await frontdesk("why", row.id, "--desk", folder, "--store", url)
    assert (code, "thanks" in said) == (0, True)
    code, said = await frontdesk("problems", folder, "--store", url)
    assert (code, said) == (0, "Nothing is waiting: everything was processed and sent.\n")
    code, said = await frontdesk("migrate", folder, "--store", url)
    assert (code, f" {os.getpid()} " in said) == (1, True), said  # this process serves it
    code, said = await frontdesk("rep", "add", "mia", "--desk", folder, "--store", url)
    assert (code, "can sign in as mia" in said) == (0, True)
    async with asyncio.timeout(PATIENCE):
        while "mia" not in served.desk.reps:  # the running desk hears of it
            await asyncio.sleep(0.05)
    await served.desk.stop()
    code, said = await frontdesk("rep", "list", "--desk", folder, "--store", url)
    assert "mia" in said
    code, said = await frontdesk("migrate", folder, "--store", url)
    assert (code, "of this version already" in said) == (0, True)
    code, said = await frontdesk("report", folder, "--store", "mysql://root:geheim@here/desk")
    assert (code, "no store of kind `mysql`" in said, "geheim" in said) == (1, True, False)
    await served.desk.store.open()  # the fixture stops it again


# A process that does not give a busy machine up for one without a database.
PATIENT = f"""
from frontdesk.store import postgres, postgres_connect, postgres_lease
for module in (postgres, postgres_connect, postgres_lease):
    module.CONNECT_WITHIN = {STANDSTILL}
postgres_connect._WRITES["idle_in_transaction_session_timeout"] = "{STANDSTILL:.0f}s"
import frontdesk.__main__
"""


@pytest.mark.slow
async def test_processes_that_share_a_desk_on_postgresql_say_no_secret(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "FRONTDESK_STORE", new_place(stands_still=True).replace("postgres@", "postgres:geheim@")
    )
    patiently = ("-c", PATIENT)
    async with run(folder, "--port", "0", frontdesk=patiently) as first:
        await first.address()
        assert not (folder / ".frontdesk" / "desk.db").exists()
        async with run(folder, "--port", "0", "--role", "worker", frontdesk=patiently) as second:
            await second.address()
            second.process.send_signal(signal.SIGTERM)
            assert await second.ended() == 0
        code, said = await frontdesk("rep", "add", "mia", "--desk", folder)  # by the control socket
        assert (code, "can sign in as mia" in said) == (0, True)
        first.process.send_signal(signal.SIGTERM)
        assert await first.ended() == 0
    assert "geheim" not in first.said + second.said + said


@pytest.mark.skipif("FRONTDESK_TEST_POSTGRES" in os.environ, reason="a server that others use is not stopped")
async def test_while_the_database_is_away_messages_are_refused_and_none_is_lost(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_writer, "HURRIED", 0.2)
    served = await serve(store=new_place(stands_still=True))
    await served.say("alice", "hi", message_id="m0")
    refused: list[int] = []
    said: Counter[str] = Counter()
    is_back = asyncio.Event()

    async def talk(sender: str) -> None:
        while not is_back.is_set() or said[sender] < 6:
            number = said[sender]
            said[sender] += 1
            while True:
                text = "cancel" if number % 2 else "I want to return my order 1042"
                answer = await served.say(sender, text, message_id=f"{sender}{number}")
                if answer.status_code == 200:
                    break
                refused.append(answer.status_code)
                assert int(answer.headers["retry-after"]) > 0
                await asyncio.sleep(0.05)
            assert answer.json(), "an empty answer is no answer"

    talking = asyncio.gather(*(talk(f"user{number}") for number in range(8)))
    await asyncio.sleep(0.05)
    await asyncio.to_thread(server().stop)
    away = await served.say("alice", "are you there?", message_id="m1")
    assert (away.status_code, served.desk.store.is_available) == (503, False)
    assert "postgresql" not in away.text, "where the database is, is the operator's to know"
    newcomer = asyncio.create_task(talk("user8"))  # whose turns had begun just wait: this one's had not
    async with asyncio.timeout(PATIENCE):
        while len(refused) < 3:
            await asyncio.sleep(0.01)
    door = httpx.AsyncClient(transport=httpx.ASGITransport(asgi(served.desk)), base_url="http://desk")
    assert ((await door.get("/readyz")).status_code, (await door.get("/healthz")).status_code) == (503, 200)
    assert "frontdesk_store_up 0.0" in (await door.get("/metrics")).text
    await asyncio.to_thread(server().start)
    is_back.set()
    await asyncio.gather(talking, newcomer)
    assert (await door.get("/readyz")).status_code == 200
    assert "frontdesk_store_up 1.0" in (await door.get("/metrics")).text
    await door.aclose()
    assert set(refused) == {503}
    for number in range(9):
        kinds = [kind for _, _, kind, _ in await log(served.desk.store, f"rest:user{number}")]
        assert kinds.count("inbound") == said[f"user{number}"]
    assert await served.desk.store.pending_users() == []
