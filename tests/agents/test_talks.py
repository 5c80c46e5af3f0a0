"""What customers live through with an agent, whatever its model answers."""

from __future__ import annotations

import pytest

from frontdesk.agents.budget import Budget
from frontdesk.authoring.agentfile import AgentFile
from frontdesk.memory import AgentMemory
from tests.agents.conftest import Agent
from tests.agents.desk import FILES, calls, says


async def test_it_answers_in_the_models_words(agent: Agent) -> None:
    talk = await agent()
    assert await talk.say("hello", says("Hello! How can I help?")) == ["Hello! How can I help?"]
    assert talk.owner == "bot:helper"
    assert talk.answers.asked[0].args["messages"][0]["role"] == "system"
    assert talk.read == [("user", "hello")]
    assert await talk.say("and now?", says("Now too.")) == ["Now too."]
    assert talk.read == [("user", "hello"), ("assistant", "Hello! How can I help?"), ("user", "and now?")]


async def test_a_tool_is_called_and_its_result_told(agent: Agent) -> None:
    talk = await agent()
    got = await talk.say(
        "where is 1042?", calls(("find_order", {"order_number": "1042"})), says("It was delivered.")
    )
    assert got == ["It was delivered."]
    assert talk.told == ['{"id":"1042","status":"delivered"}']
    (called,) = talk.events("action")
    assert (called["name"], called["code"]) == ("find_order", "ok")
    first, second = talk.events("model")
    assert first["prompt"] == second["prompt"] == "helper"
    assert set(first) == {
        *("kind", "seq", "at", "model", "prompt", "version", "calls", "finish"),
        *("tokens_in", "tokens_out", "sent"),
    }
    assert len(first["version"]) == 12
    assert first["tokens_in"] == 10


async def test_a_component_waits_and_its_reply_is_the_result(agent: Agent) -> None:
    talk = await agent()
    got = await talk.say("pick it up", calls(("show_pickup_date", {}), text="Of course."))
    assert got == ["Of course.", "On which day?"]
    assert talk.component["kind"] == "date_picker"
    got = await talk.pick("2026-03-17", says("Booked for the 17th."))
    assert got == ["Booked for the 17th."]
    assert talk.told == ['{"answer":"2026-03-17","label":"17 Mar 2026"}'] or "2026-03-17" in talk.told[0]
    assert talk.read[-1][0] == "tool"


async def test_a_typed_answer_is_as_good_as_a_click(agent: Agent) -> None:
    talk = await agent()
    await talk.say("a hat", calls(("show_colour", {"what": "the hat"})))
    assert talk.component["options"][1]["id"] == "blue"
    assert await talk.say("Blue", says("A blue hat.")) == ["A blue hat."]
    assert talk.told == ['{"answer":"blue","label":"Blue"}']
    assert ("user", "Blue") not in talk.read


async def test_free_text_instead_of_a_click_closes_the_question(agent: Agent) -> None:
    talk = await agent()
    await talk.say("a hat", calls(("show_colour", {"what": "the hat"})))
    question = talk.message
    assert await talk.say("do you have gloves?", says("Yes, we do.")) == ["Yes, we do."]
    assert talk.read[-1] == ("user", "do you have gloves?")
    assert "next message instead" in talk.told[0]
    assert talk.events("closed")
    # the click that comes late is harmless, and the conversation goes on
    assert await talk.choose("red", of=question) == [
        "That question is not open any more. What can I do for you?"
    ]
    assert await talk.say("great", says("Anything else?")) == ["Anything else?"]


async def test_a_second_click_is_harmless(agent: Agent) -> None:
    talk = await agent()
    await talk.say("a hat", calls(("show_colour", {"what": "the hat"})))
    question = talk.message
    await talk.choose("red", says("Red it is."), of=question)
    assert len(await talk.choose("red", of=question)) == 1
    assert not talk.events("model")


async def test_a_click_on_an_older_question_asks_the_open_one_again(agent: Agent) -> None:
    talk = await agent()
    await talk.say("a hat", calls(("show_colour", {"what": "the hat"})))
    older = talk.message
    await talk.choose("red", calls(("show_pickup_date", {})), of=older)
    open_one = talk.message
    got = await talk.choose("blue", of=older)
    assert got == ["That answers an earlier question. This one is still open.", "On which day?"]
    # both messages that put the open question take its answer
    assert await talk.pick("2026-03-17", says("Done."), of=open_one) == ["Done."]


async def test_a_link_is_shown_without_waiting(agent: Agent) -> None:
    talk = await agent()
    got = await talk.say("where are you?", calls(("show_page", {})), says("Have a look."))
    assert got[-1] == "Have a look."
    assert talk.out["replies"][0]["component"]["kind"] == "link"


async def test_two_calls_at_once_are_answered_in_order(agent: Agent) -> None:
    talk = await agent()
    both = calls(("show_colour", {"what": "it"}), ("find_order", {"order_number": "1042"}))
    assert await talk.say("both", both) == ["Which colour for it?"]
    assert await talk.choose("red", says("All done.")) == ["All done."]
    assert [told[:3] for told in talk.told] == ['{"a', '{"i']


async def test_two_components_at_once_are_asked_one_after_the_other(agent: Agent) -> None:
    talk = await agent()
    both = calls(("show_colour", {"what": "it"}), ("show_pickup_date", {}), text="Two questions.")
    assert await talk.say("both", both) == ["Two questions.", "Which colour for it?"]
    assert await talk.choose("red") == ["On which day?"]
    assert await talk.pick("2026-03-17", says("Thanks.")) == ["Thanks."]
    assert len(talk.told) == 2


# --- confirmation ------------------------------------------------------------------------------


REFUND = {"order_number": "1042", "amount": 12.5}


async def test_a_write_that_asks_for_it_is_confirmed_by_the_customer(agent: Agent) -> None:
    talk = await agent()
    assert await talk.say("refund me", calls(("refund", REFUND))) == ["Refund 12.5 for order 1042?"]
    assert talk.done == []
    assert await talk.choose("yes", says("It is refunded.")) == ["It is refunded."]
    assert talk.done == [("1042", 12.5)]
    assert talk.told == ["refunded"]


async def test_no_means_no(agent: Agent) -> None:
    talk = await agent()
    await talk.say("refund me", calls(("refund", REFUND)))
    assert await talk.say("no", says("Then not.")) == ["Then not."]
    assert talk.done == []
    assert talk.told == ["The customer said no. Nothing was done."]


async def test_something_else_is_no_yes(agent: Agent) -> None:
    talk = await agent()
    await talk.say("refund me", calls(("refund", REFUND)))
    question = talk.message
    await talk.say("how long does it take?", says("A week."))
    assert "nothing was done" in talk.told[0]
    await talk.choose("yes", of=question)  # late: what it confirmed is not open any more
    assert talk.done == []


async def test_without_a_component_the_question_shows_every_argument(agent: Agent) -> None:
    talk = await agent(language="fr")
    wanted = {"order_number": "1042", "day": "2026-03-17"}
    got = await talk.say("annulez", calls(("cancel_order", wanted)))
    assert got == ["Est-ce que je continue ? cancel order : order number: 1042; day: mardi 17 mars 2026."]
    await talk.choose("yes", says("C'est fait."))
    assert talk.done == ["1042"]


async def test_wrong_arguments_are_told_before_the_customer_is_asked(agent: Agent) -> None:
    talk = await agent()
    wrong = calls(("refund", {"order_number": "1042", "amount": "much"}))
    assert await talk.say("refund me", wrong, says("How much was it?")) == ["How much was it?"]
    assert "amount" in talk.told[0]


# --- dialogs and people ------------------------------------------------------------------------


async def test_a_dialog_runs_and_its_results_come_back(agent: Agent) -> None:
    talk = await agent()
    assert await talk.say("I want to return 1042", calls(("start_return_order", {}))) == ["Which order?"]
    assert await talk.say("1042") == ["Why?"]
    got = await talk.choose("small", says("Anything else?"))
    assert got == ["A label for 1042 is on its way.", "Anything else?"]
    assert '"outcome":"resolved"' in talk.told[0]
    assert '"reason":"small"' in talk.told[0]
    assert talk.owner == "bot:helper"


async def test_what_the_customer_said_already_is_not_asked_again(agent: Agent) -> None:
    talk = await agent()
    given = {"order_number": "1042", "reason": "nonsense"}
    assert await talk.say("I want to return 1042", calls(("start_return_order", given))) == ["Why?"]


@pytest.mark.parametrize("wrong", ["my jumper", "10420", "", None, ["1042"], {"a": 1}, True, 3.5])
async def test_what_is_no_value_of_the_slot_is_asked_for(agent: Agent, wrong: object) -> None:
    talk = await agent()
    assert await talk.say("a return", calls(("start_return_order", {"order_number": wrong}))) == [
        "Which order?"
    ]


async def test_a_number_is_as_good_as_its_digits(agent: Agent) -> None:
    talk = await agent()
    assert await talk.say("a return", calls(("start_return_order", {"order_number": 1042}))) == ["Why?"]
    assert talk.talk.state.slots["order_number"].value == "1042"


async def test_free_text_leaves_the_dialog_for_the_model(agent: Agent) -> None:
    talk = await agent()
    await talk.say("I want to return 1042", calls(("start_return_order", {"order_number": "1042"})))
    assert await talk.say("do you sell gloves?", says("We do.")) == ["We do."]
    assert talk.talk.state.frames == []
    assert talk.talk.state.question is None
    assert talk.read[-1] == ("user", "do you sell gloves?")


async def test_words_for_everywhere_work_inside_a_dialog(agent: Agent) -> None:
    talk = await agent()
    await talk.say("I want to return 1042", calls(("start_return_order", {"order_number": "1042"})))
    got = await talk.say("never mind", says("All right. Anything else?"))
    assert got == ["All right, we will leave that.", "All right. Anything else?"]


async def test_people_get_the_same_package(agent: Agent) -> None:
    talk = await agent()
    found = calls(("find_order", {"order_number": "1042"}))
    handed = calls(("hand_over", {"because": "is angry", "queue": "returns"}), text="I understand.")
    got = await talk.say("a person!", found, handed)
    assert got[0] == "I understand."
    assert talk.owner == "queue:returns"
    (handoff,) = talk.events("handoff")
    assert handoff["package"]["because"] == "the agent says: is angry"
    assert handoff["package"]["actions"] == [{"name": "find_order", "ok": True, "error": ""}]
    assert talk.talk.state.agent is None


# --- limits ------------------------------------------------------------------------------------


async def test_the_last_call_may_only_be_words(agent: Agent) -> None:
    talk = await agent()
    again = calls(("find_order", {"order_number": "1042"}))
    assert await talk.say("loop", *[again] * 5, says("This is what I know.")) == ["This is what I know."]
    assert [one.args["tool_choice"] for one in talk.answers.asked] == ["auto"] * 5 + ["none"]


async def test_a_model_that_goes_on_calling_ends_with_a_person(agent: Agent) -> None:
    talk = await agent()
    again = calls(("find_order", {"order_number": "1042"}))
    got = await talk.say("loop", *[again] * 6)
    assert talk.owner == "queue:general"
    assert got


async def test_tokens_of_a_turn_are_limited(agent: Agent) -> None:
    talk = await agent()
    many = calls(("find_order", {"order_number": "1042"})) | {"tokens_in": 30_000}
    await talk.say("loop", many)
    assert talk.owner == "queue:general"


async def test_what_a_session_may_cost_is_limited(agent: Agent) -> None:
    bot = FILES["bots/helper/bot.yml"].rstrip() + "\n        session_limits: {calls: 2}\n"
    talk = await agent({"bots/helper/bot.yml": bot})
    await talk.say("one", says("One."))
    await talk.say("two", says("Two."))
    assert talk.owner == "bot:helper"
    await talk.say("three")
    assert talk.owner == "queue:general"
    (error,) = talk.events("error")
    assert error["detail"] == "this session has asked the model 2 times"


def test_each_limit_says_which_it_is() -> None:
    settings = AgentFile.model_validate({"kind": "agent", "prompt": "p", "model": {"name": "m"}})
    memory = AgentMemory(bot="helper")
    budget = Budget(settings)
    assert budget.over(memory) == ""
    budget.spend(10, 61)
    assert budget.over(memory) == "one answer took more than 60 seconds"
    memory.tokens = 1_000_000
    assert Budget(settings).over(memory) == "this session has taken 1000000 tokens"


async def test_a_file_is_told_to_the_model(agent: Agent) -> None:
    talk = await agent()
    assert await talk.line({"file": __file__}, says("I cannot see files.")) == ["I cannot see files."]
    assert talk.read == [("user", "(The customer sent something you cannot see: file.)")]
