"""An agent that takes a session over knows what was said in it before, and by whom."""

from __future__ import annotations

from frontdesk.agents.before import LEFT_OUT
from frontdesk.events import OwnerChanged
from tests.agents.conftest import Agent, AgentTalk
from tests.agents.desk import FILES, calls, says

CLERK = {
    "bots/clerk/dialogs/to_helper.yml": """
        dialog: to_helper
        when: {keyword: helper please}
        steps:
        - ask: email
        - say: passing
        - handoff: {bot: helper, because: wants the helper}
        """,
    "bots/clerk/messages/en.yml": FILES["bots/clerk/messages/en.yml"].rstrip()
    + '\n        passing: "The helper takes over."\n',
}


def before(talk: AgentTalk) -> list[str]:
    """What the model was told of earlier, the last time it was asked."""
    return next((text for role, text in talk.read if role == "system"), "").splitlines()


async def test_a_session_that_only_begins_has_nothing_before_it(agent: Agent) -> None:
    talk = await agent()
    await talk.say("hi", says("Hello."))
    await talk.say("and?", says("Yes?"))
    assert before(talk) == []


async def test_from_a_dialogs_bot_in_the_same_turn(agent: Agent) -> None:
    talk = await agent(CLERK)
    talk.talk.begin.bot = "clerk"
    assert await talk.say("helper please") == ["Your e-mail?"]
    got = await talk.say("it is Ana@Example.com", says("Hello, I am the helper."))
    assert got == ["The helper takes over.", "Hello, I am the helper."]
    assert before(talk) == [
        "What was said before you took over:",
        "Customer: helper please",
        "The bot clerk: Your e-mail?",
        "Customer answered: •••",
        "The bot clerk: The helper takes over.",
    ]
    assert talk.read[-1] == ("user", "•••")


async def test_back_from_a_colleague(agent: Agent) -> None:
    talk = await agent()
    found = calls(("find_order", {"order_number": "1042"}))
    handed = calls(("hand_over", {"because": "is angry"}), text="One moment.")
    await talk.say("where is 1042? I am angry", found, handed)
    await talk.line({"rep": "Hello, I am Rita. It comes tomorrow."})
    await talk.say("thank you")
    talk.talk._happened(OwnerChanged(owner="bot:helper", was="rep:rep", because="handed back"))
    assert await talk.say("one more thing", says("Yes?")) == ["Yes?"]
    assert before(talk) == [
        "What was said before you took over:",
        "Customer: where is 1042? I am angry",
        'Called find_order: {"order_number":"1042"}, result: {"id":"1042","status":"delivered"}',
        "You: One moment.",
        "Handed over to people: the agent says: is angry",
        "You: I am passing you to a colleague, who can see everything you have written here.",
        "rep, a colleague: Hello, I am Rita. It comes tomorrow.",
        "Customer: thank you",
    ]
    assert talk.read[-1] == ("user", "one more thing")
    await talk.say("and another", says("Yes?"))
    assert before(talk)[-1] == "Customer: thank you"  # and what came since is the conversation itself


async def test_of_a_long_session_the_newest_part_is_told(agent: Agent) -> None:
    talk = await agent()
    await talk.say("a person", calls(("hand_over", {"because": "asked"})))
    for number in range(40):
        await talk.line({"rep": f"{number} " + "x" * 400})
    talk.talk._happened(OwnerChanged(owner="bot:helper", was="rep:rep"))
    await talk.say("hi", says("Hello."))
    told = before(talk)
    assert told[1] == LEFT_OUT
    assert told[-1].startswith("rep, a colleague: 39 ")
    assert len("".join(told)) < 7_000
