"""What people read from the log: report, export, replay, problems."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from frontdesk.clock import FixedClock
from frontdesk.desk.webhooks import Webhooks
from frontdesk.insights.log import user_events
from frontdesk.insights.report import report
from frontdesk.messages import Inbound
from tests.way.conftest import Served, folder, serve, served

pytestmark = pytest.mark.slow

__all__ = ["folder", "serve", "served"]


async def frontdesk(*arguments: object) -> tuple[int, str]:
    """Run the command in a process of its own; gives its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "frontdesk",
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def rep(served: Served, user: str, do: str, **data: object) -> None:
    [session] = [row for row in await served.desk.store.sessions(user=user) if row.status != "ended"]
    channel, _, address = user.partition(":")
    ticket = await served.desk.inbox.receive(
        Inbound(
            channel=channel,
            sender=address,
            external_id=f"mia:{do}{served.desk.clock.token()}",
            kind="rep",
            data={"rep": "mia", "do": do, **data},
        ),
        session=session.id,
        wants_turn=True,
    )
    if ticket.done is not None:
        await ticket.done


async def test_the_report_tells_what_came_of_the_sessions(served: Served) -> None:
    clock = served.desk.clock
    assert isinstance(clock, FixedClock)
    for message in ("I want to return my order 1042", "too small", "tomorrow", "yes"):
        await served.say("alice", message)
    await served.say("bob", "human")
    clock.advance(timedelta(seconds=40))
    await rep(served, "rest:bob", "accept")
    await rep(served, "rest:bob", "say", text="Hello Bob")
    await rep(served, "rest:bob", "end")
    await served.say("carol", "human")
    left = await served.desk.inbox.receive(
        Inbound(channel="rest", sender="carol", external_id="bye", kind="end"),
        session=(await served.desk.store.sessions(user="rest:carol"))[0].id,
        wants_turn=True,
    )
    assert left.done is not None
    await left.done
    await served.say("dave", "human")
    values = (await report(served.desk.store, now=clock.now(), days=1)).to_json()
    assert (values["sessions"], values["open"], values["contained"]) == (4, 2, 1)
    assert values["outcomes"] == {"resolved": 1, "none": 3}
    assert values["handovers"] == {"total": 3, "because": {"asked for a person": 3}}
    assert values["waits"] == {
        "accepted": 1,
        "median_s": 40.0,
        "p90_s": 40.0,
        "longest_s": 40.0,
        "abandoned": 1,
        "waiting_now": 1,
    }
    assert values["messages"]["inbound"] == 7
    assert values["errors"] == 0


async def test_a_report_of_an_empty_desk_is_all_zero(served: Served) -> None:
    values = (await report(served.desk.store, now=served.desk.clock.now(), days=7)).to_json()
    assert values["sessions"] == 0
    assert values["waits"]["median_s"] is None


async def test_an_export_holds_every_event_of_a_user_in_order(served: Served, folder: Path) -> None:
    for message in ("hi", "I want to return my order 1042"):
        await served.say("alice", message)
    await served.say("bob", "hi")
    events = await user_events(served.desk.store, "rest:alice")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    said = [event["text"] for event in events if event["kind"] == "inbound"]
    assert said == ["hi", "I want to return my order 1042"]
    asked = [event for event in events if event["kind"] == "outbound"][-1]
    assert asked["component"]["name"] == "return_reason"
    assert asked["key"] == f"{asked['session']}.{asked['seq']}"
    # The commands read beside the running desk.
    session = asked["session"]
    assert orjson.loads((await frontdesk("export", "rest:alice", "--desk", folder, "--json"))[1]) == events
    assert orjson.loads((await frontdesk("replay", session, "--desk", folder, "--json"))[1]) == events
    assert "I want to return my order 1042" in (await frontdesk("replay", session, "--desk", folder))[1]


@pytest.mark.parametrize("arguments", [("export", "rest:nobody"), ("replay", "nothing")])
async def test_who_is_not_there_is_said_so(served: Served, folder: Path, arguments: tuple[str, str]) -> None:
    code, said = await frontdesk(*arguments, "--desk", folder)
    assert code == 1
    assert arguments[1] in said
    assert "Traceback" not in said


async def test_an_unreadable_payload_is_listed_and_can_be_replayed(served: Served, folder: Path) -> None:
    await served.http.post("/webhooks/rest/webhook", content=b'{"sender": "alice", "mess')
    [row] = await served.desk.store.problems()
    listed = orjson.loads((await frontdesk("problems", folder, "--json"))[1])
    assert [(one["id"], one["status"]) for one in listed] == [(row.id, "open")]
    webhooks = Webhooks(served.desk)
    assert "still cannot be read" in await webhooks.replay(row.id)
    # The adapter is mended meanwhile; here the payload is.
    channel = served.desk.channels["rest"]
    number = await webhooks.keep(channel, {}, b'{"sender": "alice", "message": "hi"}', "was not understood")
    assert await webhooks.replay(number) == "Replayed: 1 messages."
    [session] = await served.desk.store.sessions(user="rest:alice")
    assert session.last_event > 1
    assert [one.status for one in await served.desk.store.problems()] == ["open", "replayed"]
    assert "There is no problem 99" in await webhooks.replay(99)
