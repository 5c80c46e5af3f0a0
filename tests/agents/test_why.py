"""`frontdesk why` shows an agent's turn: the prompt's version, the calls, the tokens."""

from __future__ import annotations

from frontdesk.insights.as_test import as_test
from frontdesk.insights.told import told
from frontdesk.insights.why import why
from tests.agents.conftest import Agent
from tests.agents.desk import FILES, calls, says

PRICED = FILES["bots/helper/bot.yml"].replace(
    '{name: "scripted:helper"}', '{name: "scripted:helper", prices: {input: 1000, output: 2000}}'
)


async def test_why_shows_what_a_turn_took(agent: Agent) -> None:
    talk = await agent({"bots/helper/bot.yml": PRICED})
    wanted = calls(("find_order", {"order_number": "raise"}), ("show_colour", {"what": "it"}))
    await talk.say("where is it?", wanted)
    events = list(talk.out["events"])
    await talk.choose("red", says("Red, then."))
    rows = why([*events, *talk.out["events"]])
    version = rows[0]["did"][0]["version"]
    assert [one["step"] for one in rows[0]["did"]] == ["model", "call", "waits"]
    model = f"scripted:helper  prompt helper {version}  10 tokens in, 5 out, 0.0 s"
    assert told(rows[0])[2:] == [
        f"         {model}  calls find_order, show_colour",
        '         find_order(order_number="raise")  raised  ValueError: the order system is down',
        '         component colour(what="it")  waits for the customer',
        "         model calls: 1, tokens: 15, cost: 0.02",
    ]
    assert told(rows[1])[2:] == [
        '         colour(what="it")  ok  {"answer":"red","label":"Red"}',
        f"         {model}  answers",
        "         model calls: 1, tokens: 15, cost: 0.02",
    ]


async def test_a_session_with_an_agent_can_be_had_again(agent: Agent) -> None:
    talk = await agent()
    events: list[dict[str, object]] = []
    wanted = calls(("find_order", {"order_number": "1042"}), ("show_colour", {"what": "it"}), text="Well.")
    await talk.say("where is it?", wanted)
    events += talk.out["events"]
    await talk.choose("red", says("Red, then."))
    events += talk.out["events"]
    again = await as_test(talk.desk, events)
    (note,) = again.notes
    assert note.startswith("a test asks the agent's own model")
