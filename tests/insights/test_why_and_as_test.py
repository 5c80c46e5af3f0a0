"""`why` and `replay --as-test`: how each message was understood, and the same talk had again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from frontdesk.clock import FixedClock
from frontdesk.insights.as_test import as_test
from frontdesk.insights.log import session_events
from frontdesk.insights.told import told
from frontdesk.insights.why import why
from frontdesk.testing.conversation import run_file
from frontdesk.testing.desks import open_desk
from tests.insights.test_log_commands import frontdesk, rep
from tests.way.conftest import Served, folder, serve, served

pytestmark = pytest.mark.slow

__all__ = ["folder", "serve", "served"]


async def events_of(served: Served, user: str) -> list[dict[str, object]]:
    [row] = await served.desk.store.sessions(user=user)
    return await session_events(served.desk.store, row)


async def test_why_names_the_rule_of_every_message(served: Served, folder: Path) -> None:
    for message in ("I want to return something", "1042, it is torn", "no, 1044", "help", "human", "hello?"):
        await served.say("alice", message)
    events = await events_of(served, "rest:alice")
    rows = why(events)
    assert [[(one["rule"], one["what"] or one["intent"]) for one in row["answered"]] for row in rows] == [
        [("exact", "return_order")],
        [("reply", None)],
        [("correction", "order_number")],
        [("global", "help")],
        [("keyword", "talk_to_person")],
        [],
    ]
    assert rows[0]["answered"][0]["score"] == 1.0
    assert rows[0]["answered"][0]["threshold"] == 0.5
    assert {one["release"] for row in rows for one in row["answered"]} == {
        served.desk.releases.current.release
    }
    assert rows[-1]["owner"] == "queue:general"
    assert "correction: order_number" in "\n".join(told(rows[2]))
    session = str(events[0]["session"])
    assert orjson.loads((await frontdesk("why", session, "--desk", folder, "--json"))[1]) == rows
    said = (await frontdesk("why", session, "--desk", folder))[1]
    assert "exact: return_order  score 1.00, threshold 0.50" in said
    assert (await frontdesk("why", "nothing", "--desk", folder))[0] == 1


def test_why_says_in_a_line_what_the_model_made_of_a_message() -> None:
    heard = {"kind": "understood", "seq": 2, "what": "", "release": "r1", "threshold": 0.5}
    sure = heard | {"rule": "model", "intent": "track", "score": 0.87, "runner_up": "return", "scope": 0.71}
    lost = heard | {"rule": "none", "intent": None, "score": 0.3, "runner_up": "track", "scope": 0.12}
    older = heard | {"rule": "exact", "intent": "track", "score": 1.0, "runner_up": None}  # as logs had it
    asked = sure | {"rule": "did_you_mean", "intent": None, "what": "track", "scope": 0.6}
    several = older | {"rule": "requests", "what": "return refunds"}
    said = {"kind": "inbound", "seq": 1, "at": "10:00", "text": "my parcel?"}
    [row] = why([said, sure | {"nearest": "Where is my parcel?"}, lost, older, asked, several])
    assert told(row)[1:] == [
        "       model: track  score 0.87  runner-up return  in scope: 0.71, threshold 0.50"
        '  most like "Where is my parcel?"  release r1',
        "       none  score 0.30  at best track  out of scope: 0.12, threshold 0.50  release r1",
        "       exact: track  score 1.00, threshold 0.50  release r1",
        "       did_you_mean: track  score 0.87  runner-up return  in scope: 0.60, threshold 0.50"
        "  release r1",
        "       requests: track, then return, refunds  score 1.00, threshold 0.50  release r1",
    ]


def test_why_says_in_a_line_what_was_done() -> None:
    said = {"kind": "inbound", "seq": 1, "at": "10:00", "text": "hello"}
    order = {"id": "1042", "note": "x" * 200}
    called = {"kind": "action", "seq": 2, "name": "find_order", "code": "ok", "error": "", "seconds": 0.42}
    left = {"kind": "error", "seq": 3, "where": "bots/shop", "what": "no text", "detail": "of order_unknown"}
    [row] = why([said, called | {"arguments": {"number": "1042"}, "result": order}, left])
    [found, wrong] = told(row)[1:3]
    assert found.startswith('         find_order(number="1042")  0.4 s  ok  {"id":"1042","note":"xxx')
    assert found.endswith("x…")
    assert wrong == "         error in bots/shop: no text  of order_unknown"
    answered = {"kind": "model", "model": "large", "prompt": "shop", "version": "p1", "seq": 4, "cost": 2.0}
    [row] = why([said, answered | {"tokens_in": 7, "tokens_out": 3}])
    assert told(row)[2].strip() == "model calls: 1, tokens: 10, cost: 2"


async def test_a_session_becomes_a_test_that_passes(served: Served, folder: Path) -> None:
    clock = served.desk.clock
    assert isinstance(clock, FixedClock)
    await served.say("alice", "I want to return my order 1042")
    clock.advance(timedelta(hours=26))
    for message in ("too small", "tomorrow", "yes", "a person"):
        await served.say("alice", message)
    await rep(served, "rest:alice", "accept")
    await rep(served, "rest:alice", "say", text="Hello Alice")
    events = await events_of(served, "rest:alice")
    made = await as_test(open_desk(folder), events)
    assert made.notes == []
    text = made.recording.text()
    assert "- user: I want to return my order 1042\n- bot: {component: return_reason}\n" in text
    assert "- bot: {message: return_booked}" in text
    assert '- rep: "Hello Alice"' in text or "- rep: Hello Alice" in text
    code, printed = await frontdesk("replay", str(events[0]["session"]), "--desk", folder, "--as-test")
    assert (code, printed) == (0, text)
    code, said = await frontdesk(
        "replay", str(events[0]["session"]), "--desk", folder, "--as-test", "--save", "from_log"
    )
    path = folder / "bots" / "hello" / "tests" / "from_log.yml"
    assert (code, path.read_text(encoding="utf-8")) == (0, text), said
    result = await run_file(open_desk(folder), path)
    assert result.passed, str(result)
    again = ("replay", str(events[0]["session"]), "--desk", folder, "--as-test", "--save", "from_log")
    assert (await frontdesk(*again))[0] == 1


async def test_what_the_desk_says_otherwise_now_is_told(served: Served, folder: Path) -> None:
    await served.say("alice", "I want to return my order 1042")
    events = await events_of(served, "rest:alice")
    dialog = folder / "bots" / "hello" / "dialogs" / "return_order.yml"
    written = dialog.read_text(encoding="utf-8")
    dialog.write_text(
        written.replace("- ask: order_number", "- ask: order_number\n- say: our_hours", 1), "utf-8"
    )
    made = await as_test(open_desk(folder), events)
    [note] = made.notes
    assert note.endswith("the desk now answers a text, return_reason; the log has return_reason")
