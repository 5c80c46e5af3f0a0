"""What led to a turn, as a rep may see it."""

from __future__ import annotations

from typing import Any

import httpx

from frontdesk.desk.explained import masked
from frontdesk.insights.why import why
from frontdesk.private import PrivateValues
from tests.desk.conftest import PASSWORD, Running


async def ask(desk: Running, login: str, session: str, seq: int | str) -> httpx.Response:
    async with desk.http() as http:
        if login:
            http.cookies.set("frontdesk_rep", await desk.cookie(login))
        return await http.get(f"/v1/desk/sessions/{session}/turns/{seq}")


async def test_a_rep_looks_into_a_turn_and_sees_no_private_value(running_desk: Running) -> None:
    await running_desk.accounts.add("mia", password=PASSWORD)
    session = (await running_desk.says("ann", "help")).session
    await running_desk.says("ann", "anna@example.com")
    await running_desk.says("ann", "large")
    rows = await running_desk.desk.store.events(session)
    asked = [row.seq for row in rows if row.kind == "outbound"]

    answer = await ask(running_desk, "mia", session, asked[0])
    assert answer.headers["cache-control"] == "no-store"
    first = answer.json()
    assert (first["session"], first["before"]) == (session, None)
    turn = first["turn"]
    assert (turn["said"], turn["owner"], turn["was_at"]) == ("help", "bot:hello", None)
    assert turn["answered"][0]["rule"] == "keyword"
    assert turn["is_at"] == {"bot": "hello", "dialog": "help", "at": "email", "phase": ""}
    assert turn["did"] == [{"step": "dialog", "dialog": "help", "bot": "hello", "did": "began", "why": ""}]

    second = (await ask(running_desk, "mia", session, first["after"])).json()
    assert second["turn"]["said"] == "•••"
    assert (second["before"], second["turn"]["is_at"]["at"]) == (turn["seq"], "reason")
    last = (await ask(running_desk, "mia", session, rows[-1].seq)).json()
    assert last["after"] is None
    assert {"step": "handoff", "queue": "general", "because": "wants help"} in last["turn"]["did"]
    assert "anna" not in answer.text + str(second) + str(last)


async def test_who_may_not_serve_customers_sees_nothing(running_desk: Running) -> None:
    await running_desk.accounts.add("mia", password=PASSWORD)
    await running_desk.accounts.add("dan", password=PASSWORD, role="designer")
    session = (await running_desk.says("ann", "help")).session
    asked: list[tuple[str, str, int | str, int]] = [
        ("", session, 1, 401),
        ("dan", session, 1, 403),
        ("mia", "nothing", 1, 404),
        ("mia", session, 9_999, 404),
        ("mia", session, "x", 404),
        ("mia", session, 0, 404),
    ]
    for login, named, seq, status in asked:
        assert (await ask(running_desk, login, named, seq)).status_code == status


def test_what_an_agent_was_given_is_masked_by_value_and_by_name() -> None:
    private = PrivateValues(frozenset({"email"}))
    private.add_value("Ann Lee")
    given = '{"customer":"ann lee","email":"a@b.example","number":1042}'
    events: list[dict[str, Any]] = [
        {"kind": "inbound", "seq": 1, "at": "", "text": "I am Ann Lee"},
        {
            "kind": "model",
            "seq": 2,
            "model": "m",
            "prompt": "p",
            "version": "1",
            "text": "One moment, Ann Lee.",
            "calls": [["call1", "find", given]],
        },
        {
            "kind": "action",
            "seq": 3,
            "name": "find",
            "code": "ok",
            "error": "",
            "arguments": {"customer": "ann lee", "email": "a@b.example", "number": 1042},
            "result": {
                "orders": [{"to": "Ann Lee", "email": "a@b.example", "day": None}],
                "page": "x" * 3_000,
            },
        },
        {"kind": "waits", "seq": 4, "call": "call1", "name": "find", "what": "confirm"},
    ]
    [row] = why(masked(event, private) for event in events)
    assert row["said"] == "I am •••"
    model, call, waits = row["did"]
    assert model["said"] == "One moment, •••."
    assert call["arguments"] == waits["arguments"] == {"customer": "•••", "email": "•••", "number": 1042}
    assert call["result"].startswith('{"orders":[{"to":"•••","email":"•••","day":null}],"page":"xxx')
    assert call["result"].endswith("characters)")
    assert len(call["result"]) < 2_100
