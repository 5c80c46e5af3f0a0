"""A conversation that is longer than its model should read: what stays of its beginning."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from frontdesk.agents.compact import _places
from frontdesk.authoring.agentfile import ModelFields
from frontdesk.effect import EffectResult
from frontdesk.memory import LOOKED_UP, MAX_PINNED, AgentMemory, Entry
from tests.agents.conftest import Agent, AgentTalk
from tests.agents.desk import FILES, calls, says

SMALL = {
    "bots/helper/bot.yml": FILES["bots/helper/bot.yml"].replace(
        'model: {name: "scripted:helper"}', 'model: {name: "scripted:helper", context: 1500}'
    )
}
LONG = "And now something about my day, at some length, because it was a long one. "


def uncounted(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer of a server that counts no tokens: four bytes are taken for one."""
    return answer | {"estimated": True}


FOUND = uncounted(calls(("find_order", {"order_number": "1042"})))
YES = uncounted(says("I see."))


async def talk_on(talk: AgentTalk, text: str = LONG, *, most: int = 30) -> int:
    """Write until the beginning is forgotten; how often that was."""
    for number in count(1):
        await talk.say(f"{number}. {text}", YES)
        memory = talk.talk.state.agent
        assert memory is not None
        if talk.answers.noted:
            return number
        assert number < most
    raise AssertionError


def notes(talk: AgentTalk) -> list[str]:
    """What the model was told of the beginning, the last time it was asked."""
    return next((text for role, text in talk.read if role == "system"), "").splitlines()


async def test_what_was_done_and_chosen_stays_word_for_word(agent: Agent) -> None:
    talk = await agent(SMALL)
    talk.answers.notes = uncounted(says("They want order 1042 collected."))
    await talk.say("please collect 1042 on Tuesday", FOUND, YES)
    booked = uncounted(calls(("book_pickup", {"order_number": "1042", "day": "2026-03-17"})))
    await talk.say("go on", booked, YES)
    await talk.say("a hat", uncounted(calls(("show_colour", {"what": "the hat"}))))
    await talk.choose("red", YES)
    await talk.say("no, wait", uncounted(calls(("refund", {"order_number": "1042", "amount": 5}))))
    await talk.say("no", YES)
    number = await talk_on(talk)
    assert notes(talk) == [
        "The beginning of this conversation is left out here. What stays of it:",
        "Notes: They want order 1042 collected.",
        '- looked up: find_order {"order_number":"1042"}',
        '- done: book_pickup {"order_number":"1042","day":"2026-03-17"}: P-1042',
        '- done: show_colour {"what":"the hat"}: {"answer":"red","label":"Red"}',
        '- done: refund {"order_number":"1042","amount":5}: The customer said no. Nothing was done.',
    ]
    assert talk.read[1][0] == "user"
    assert talk.read[-1] == ("user", f"{number}. {LONG}")
    assert talk.answers.noted[0].splitlines()[:3] == [
        "Customer: please collect 1042 on Tuesday",
        'Assistant calls find_order {"order_number":"1042"}',
        'Result: {"id":"1042","status":"delivered"}',
    ]
    logged = talk.events("model")
    assert [one["prompt"] for one in logged] == ["summary", "helper"]
    (forgot,) = talk.events("forgot")
    assert forgot["summary"] == "They want order 1042 collected."


async def test_however_long_it_gets_a_model_is_sent_no_more_than_it_can_read(agent: Agent) -> None:
    talk = await agent(SMALL)
    talk.answers.notes = uncounted(says("They spoke of their day."))
    for number in range(150):
        await talk.say(f"{number}. {LONG}", YES)
    sizes = [
        sum(len((one["content"] or "").encode()) for one in asked.args["messages"])
        for asked in talk.answers.asked
    ]
    assert max(sizes) <= 1500 * 4
    assert len(talk.answers.noted) > 2
    memory = talk.talk.state.agent
    assert memory is not None
    assert memory.size <= 1500 * 4
    assert talk.read[-1] == ("user", f"149. {LONG}")


async def test_the_next_notes_are_made_of_the_ones_before(agent: Agent) -> None:
    talk = await agent(SMALL)
    talk.answers.notes = uncounted(says("They spoke of their day."))
    await talk_on(talk)
    talk.answers.noted.clear()
    await talk_on(talk)
    assert talk.answers.noted[0].startswith("Notes: They spoke of their day.\nCustomer: ")


async def test_what_the_session_knows_is_told_as_it_is_now(agent: Agent) -> None:
    talk = await agent(SMALL)
    talk.talk.begin.slots = {"order_number": "1042", "email": "ana@example.com"}
    await talk_on(talk)
    assert "- known: order_number = 1042" in notes(talk)
    assert "ana@example.com" not in "".join(notes(talk))


async def test_without_notes_the_facts_stay_alone(agent: Agent) -> None:
    talk = await agent(SMALL)
    talk.answers.notes = EffectResult.failure("away", "nobody is there")
    await talk.say("where is 1042?", FOUND, YES)
    await talk_on(talk)
    assert notes(talk)[1:] == ['- looked up: find_order {"order_number":"1042"}']
    assert talk.owner == "bot:helper"


async def test_one_long_turn_is_cut_between_its_calls(agent: Agent) -> None:
    talk = await agent(SMALL)
    long = uncounted(calls(("find_order", {"order_number": "long"})))  # 8,000 characters each
    assert await talk.say("look at everything", long, long, FOUND, YES) == ["I see."]
    assert len(talk.answers.noted) == 2
    assert talk.read[1] == ("user", "look at everything")
    assert talk.told == ['{"id":"1042","status":"delivered"}']
    assert notes(talk)[2:] == ['- looked up: find_order {"order_number":"long"}']


async def test_a_provider_tells_how_long_a_token_is(agent: Agent) -> None:
    """Four bytes a token would be too much: of this language one token is one byte."""
    talk = await agent(SMALL)
    text = "長い一日でした。"
    for number in count(1):
        sent = sum(len((one["content"] or "").encode()) for one in _last_asked(talk)) + 4_000
        await talk.say(f"{number}{text}", says("はい。") | {"tokens_in": sent})
        if talk.answers.noted:
            break
        assert number < 30
    assert number < await talk_on(await agent(SMALL), text, most=90)


def _last_asked(talk: AgentTalk) -> list[dict[str, Any]]:
    return talk.answers.asked[-1].args["messages"] if talk.answers.asked else []


async def test_a_conversation_keeps_clear_of_the_authors_own_limit(agent: Agent) -> None:
    bot = FILES["bots/helper/bot.yml"].replace("{calls: 6}", "{calls: 6, tokens: 3000}")
    talk = await agent({"bots/helper/bot.yml": bot})
    assert await talk_on(talk) < 15
    assert talk.owner == "bot:helper"


def test_no_call_is_parted_from_its_answer() -> None:
    two = [["call1", "find_order", "{}"], ["call2", "show_colour", "{}"]]
    entries: list[Entry] = [
        ["u", "hi"],
        ["a", "Hello."],
        ["u", "both"],
        ["m", "", two],
        ["t", "call1", "found"],
        ["u", "(a file)"],
        ["t", "call2", "red"],
        ["m", "", [["call3", "find_order", "{}"]]],
        ["t", "call3", "found"],
        ["a", "There."],
        ["u", "thanks"],
    ]
    assert list(_places(entries)) == [2, 3, 7, 10]


def test_facts_are_bounded_and_what_was_looked_up_goes_first() -> None:
    memory = AgentMemory(bot="helper")
    memory.forget(0, "", [("done", "refund 5"), *((LOOKED_UP, f"find {n}") for n in range(MAX_PINNED))])
    assert memory.pinned[0] == ["done", "refund 5"]
    assert memory.pinned[1] == [LOOKED_UP, "find 1"]
    assert len(memory.pinned) == MAX_PINNED


@pytest.mark.parametrize(
    ("name", "window"),
    [("gpt-4o-mini", 128_000), ("gpt-4-0613", 8_000), ("gpt-4.1", 1_000_000), ("ours", 32_000)],
)
def test_what_a_model_can_read_is_known_by_its_name(name: str, window: int) -> None:
    assert ModelFields(name=name).window == window
    assert ModelFields(name=name, context=5_000).window == 5_000
