"""An agent that may only say what was approved: messages by their names, filled with what is known."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from frontdesk.agents.run import NOT_SHOWN
from frontdesk.errors import AuthoringError
from frontdesk.testing.desks import open_desk
from tests.agents.conftest import Agent
from tests.agents.desk import FILES, calls, says, write_desk

HELPER = dedent(FILES["bots/helper/bot.yml"]).lstrip()
BOT = f"""{HELPER}speak: approved
messages:
- order_status
- thanks
- clerk/label_sent
- {{message: order_unknown, with: [order_number]}}
- {{message: on_the_day, with: [day]}}
"""
APPROVED = {
    "bots/helper/bot.yml": BOT,
    "bots/helper/messages/en.yml": """
        order_status: "Order {{ find_order.id }} was {{ find_order.status }}."
        order_unknown: "There is no order {{ order_number }}."
        on_the_day: "We come on {{ day|date('EEEE d MMMM') }}."
        thanks: ["You are welcome."]
        secret: "Nobody approved this."
        """,
}
FOUND = calls(("find_order", {"order_number": "1042"}))
PERSON = "I am passing you to a colleague, who can see everything you have written here."


def said(message: str, **given: Any) -> dict[str, Any]:
    """The model says a message by its name, and something of its own beside."""
    return calls(("say", {"message": message} | ({"with": given} if given else {})), text="My own words.")


async def test_a_message_is_filled_from_a_result_and_ends_the_turn(agent: Agent) -> None:
    talk = await agent(APPROVED)
    assert await talk.say("where is 1042?", FOUND, said("order_status")) == ["Order 1042 was delivered."]
    assert await talk.say("thank you", said("thanks")) == ["You are welcome."]
    assert talk.told[-1] == "The customer was told: Order 1042 was delivered."
    assert not talk.answers.asked[-1].args["shown"]  # nobody watches it write


async def test_what_the_model_writes_itself_is_never_shown(agent: Agent) -> None:
    talk = await agent(APPROVED)
    got = await talk.say("hi", says("Let me tell you a story."), said("thanks"))
    assert got == ["You are welcome."]
    assert talk.read[-1] == ("user", NOT_SHOWN)
    assert await talk.say("hi", says("A story."), says("Another story.")) == [PERSON]
    assert talk.owner == "queue:general"
    assert talk.events("handoff")[0]["package"]["because"] == "the agent came to no answer"


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (said("secret"), "There is no message `secret`. There are: order_status, thanks, clerk/label_sent"),
        (said("order_status"), "Nothing is known yet of: find_order."),
        (said("order_unknown"), "`order_unknown` takes order_number in `with`: order_number?"),
        (said("thanks", story="once"), "`thanks` takes no values in `with`: story?"),
        (said("order_unknown", order_number="and 10 euros"), "`and 10 euros` stands in no tool's result"),
        (said("on_the_day", day=["Monday", "x"]), "`Monday` stands in no tool's result"),
        (calls(("say", {"message": "thanks", "with": "x"})), "`with` must be an object of values."),
        (calls(("show_colour", {"what": "your lovely hat"})), "`your lovely hat` stands in no tool's result"),
        (
            calls(("cancel_order", {"order_number": "7", "day": "2026-03-17"})),
            "`7` stands in no tool's result",
        ),
    ],
)
async def test_words_of_its_own_get_in_nowhere(agent: Agent, wish: dict[str, Any], told: str) -> None:
    talk = await agent(APPROVED)
    assert await talk.say("order 1042, a hat", wish, said("thanks")) == ["You are welcome."]
    assert told in talk.told[0]


async def test_the_customers_own_words_and_answers_may_stand_in_it(agent: Agent) -> None:
    talk = await agent(APPROVED)
    unknown = said("order_unknown", order_number="1043")
    assert await talk.say("where is 1043?", unknown) == ["There is no order 1043."]
    assert await talk.say("a hat", calls(("show_colour", {"what": "hat"}))) == ["Which colour for hat?"]
    await talk.choose("red", calls(("show_pickup_date", {}), text="Of course."))
    assert [one["text"] for one in talk.out["replies"]] == ["On which day?"]
    on_the_day = said("on_the_day", day="2026-03-17")
    assert await talk.pick("2026-03-17", on_the_day) == ["We come on Tuesday 17 March."]


async def test_a_message_of_another_bot(agent: Agent) -> None:
    talk = await agent(APPROVED)
    talk.talk.begin.slots = {"order_number": "1042"}
    assert await talk.say("x", said("clerk/label_sent")) == ["A label for 1042 is on its way."]
    talk = await agent(APPROVED)
    await talk.say("x", said("clerk/label_sent"), said("thanks"))
    assert "Nothing is known yet of: order_number." in talk.told[0]


async def test_a_dialog_is_given_nothing_it_made_up_itself(agent: Agent) -> None:
    talk = await agent(APPROVED)
    made_up = calls(("start_return_order", {"order_number": "1042"}))
    assert await talk.say("a return", made_up) == ["Which order?"]
    talk = await agent(APPROVED)
    assert await talk.say("a return of 1042", made_up) == ["Why?"]


async def test_more_is_done_when_more_was_asked_for(agent: Agent) -> None:
    talk = await agent(APPROVED)
    both = calls(("say", {"message": "thanks"}), ("find_order", {"order_number": "1042"}))
    assert await talk.say("1042?", both, said("order_status")) == [
        "You are welcome.",
        "Order 1042 was delivered.",
    ]


async def test_without_a_list_all_messages_of_the_bot_are_approved(agent: Agent) -> None:
    messages = {"bots/helper/messages/en.yml": "thanks: You are welcome.\nbye: Goodbye.\n"}
    talk = await agent({"bots/helper/bot.yml": f"{HELPER}speak: approved\n", **messages})
    assert await talk.say("bye", said("bye")) == ["Goodbye."]
    tools = {one["function"]["name"]: one["function"] for one in talk.answers.asked[0].args["tools"]}
    assert tools["say"]["parameters"]["properties"]["message"]["enum"] == ["thanks", "bye"]
    assert "thanks: You are welcome." in tools["say"]["parameters"]["properties"]["message"]["description"]


async def test_a_free_agent_may_say_approved_words_too(agent: Agent) -> None:
    talk = await agent({**APPROVED, "bots/helper/bot.yml": BOT.replace("speak: approved", "speak: free")})
    assert await talk.say("hi", says("Hello!")) == ["Hello!"]
    assert await talk.say("where is 1042?", FOUND, said("order_status")) == ["Order 1042 was delivered."]


WRONG = [
    (
        "bots/helper/bot.yml",
        BOT.replace("- thanks", "- thnks"),
        "bots/helper/bot.yml:12: no message named `thnks`.\n  Did you mean `thanks`?",
    ),
    (
        "bots/helper/bot.yml",
        BOT.replace("clerk/label_sent", "clerk/label_snt"),
        "bots/helper/bot.yml:13: no message named `clerk/label_snt`.\n  Did you mean `clerk/label_sent`?",
    ),
    (
        "bots/helper/messages/en.yml",
        "order_status: '{{ find_oder.id }}'\n",
        "bots/helper/messages/en.yml:1: `find_oder` is not defined here.\n  Did you mean `find_order`?",
    ),
    (
        "bots/helper/models/helper.yml",
        "- call: say\n  with: {message: \"'order_staus'\"}\n",
        "bots/helper/models/helper.yml:2: the agent may not say `order_staus`.\n"
        "  Did you mean `order_status`?",
    ),
    (
        "bots/helper/bot.yml",
        BOT.replace("free_text, page]", "free_text, page]\n").replace("book_pickup,", "book_pickup, say,"),
        "bots/helper/bot.yml:5: the model would call two things `say`",
    ),
]


@pytest.mark.parametrize(("path", "text", "problem"), WRONG, ids=range(len(WRONG)))
def test_check_names_messages_that_are_not_there(path: str, text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(AuthoringError) as raised:
        open_desk(write_desk(tmp_path, {**APPROVED, path: text}), {}, is_to_talk=False)
    found = [str(one) for one in raised.value.problems]
    assert any(one.startswith(problem) for one in found), found


def test_an_agent_that_may_say_nothing_is_refused(tmp_path: Path) -> None:
    bot = {"bots/helper/bot.yml": f"{HELPER}speak: approved\n"}
    with pytest.raises(AuthoringError) as raised:
        open_desk(write_desk(tmp_path, bot), {}, is_to_talk=False)
    (found,) = raised.value.problems
    assert str(found).startswith("bots/helper/bot.yml:9: there are no messages the agent may say.")
