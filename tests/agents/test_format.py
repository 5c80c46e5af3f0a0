"""An agent's files: what is loaded, what is refused with file and line, and what the model gets of them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import orjson
import pytest

from frontdesk.agents.offers import offers_of
from frontdesk.agents.turn import AgentTurn
from frontdesk.authoring.agentbot import AgentBot
from frontdesk.authoring.check import World, check
from frontdesk.channels import CHANNEL_KINDS
from frontdesk.effects.actions import ActionRegistry
from frontdesk.errors import AuthoringError
from frontdesk.testing.desks import open_desk
from tests.agents.conftest import Agent
from tests.agents.desk import FILES, says, write_desk
from tests.conftest import Golden

BOT = dedent(FILES["bots/helper/bot.yml"]).lstrip()


def problems(root: Path, changes: dict[str, str]) -> list[str]:
    with pytest.raises(AuthoringError) as raised:
        open_desk(write_desk(root, changes), {}, is_to_talk=False)
    return [str(problem) for problem in raised.value.problems]


WRONG = [
    (
        BOT.replace("find_order", "find_oder"),
        "bot.yml:5: no action named `find_oder`.\n  Did you mean `find_order`?",
    ),
    (
        BOT.replace("clerk/pickup_date", "clerk/pickup_dat"),
        "bot.yml:6: no component named `clerk/pickup_dat`.\n  Did you mean `clerk/pickup_date`?",
    ),
    (
        BOT.replace("clerk/return_order", "clerk/return_oder"),
        "bot.yml:7: no dialog named `clerk/return_oder`.\n  Did you mean `clerk/return_order`?",
    ),
    (
        BOT.replace("prompt: helper", "prompt: helpr"),
        "bot.yml:3: no prompt named `helpr`.\n  Did you mean `helper`?",
    ),
    (
        BOT.replace("scripted:helper", "scripted:help"),
        "bot.yml:4: no scripted model named `help`.\n  Did you mean `helper`?",
    ),
    (BOT + "speak: aproved\n", "bot.yml:9: `speak` cannot be `aproved`."),
    (BOT + "speek: free\n", "bot.yml:9: unknown field `speek`.\n  Did you mean `speak`?"),
    (
        BOT.replace("confirm: sure", "confirm: colour"),
        "bot.yml:5: `colour` cannot confirm: it needs exactly two options",
    ),
    (
        BOT.replace("free_text, page]", "free_text, page, clerk/reason]").replace("clerk/reason", "page"),
        "bot.yml:6: the model would call two things `show_page`",
    ),
    (BOT.replace("calls: 6", "calls: 0"), "bot.yml:8: `calls` must be at least 1."),
]


@pytest.mark.parametrize(("bot", "problem"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_in_bot_yml_is_said_with_its_line(bot: str, problem: str, tmp_path: Path) -> None:
    found = problems(tmp_path, {"bots/helper/bot.yml": bot})
    assert any(problem in each for each in found), found


def test_an_undefined_name_in_a_prompt_is_an_error_when_it_is_loaded(tmp_path: Path) -> None:
    prompt = "You are {{ bot }}.\n{% if langage == 'fr' %}Bonjour{% endif %}\n"
    assert problems(tmp_path, {"bots/helper/prompts/helper.j2": prompt}) == [
        "bots/helper/prompts/helper.j2:2: `langage` is not defined here.\n  Did you mean `language`?"
    ]


def test_a_prompt_that_is_no_template_or_includes_others_is_refused(tmp_path: Path) -> None:
    (broken,) = problems(tmp_path / "a", {"bots/helper/prompts/helper.j2": "Hello {{ bot"})
    assert broken.startswith("bots/helper/prompts/helper.j2:1: this prompt cannot be used")
    (included,) = problems(tmp_path / "b", {"bots/helper/prompts/helper.j2": "Hi\n{% include 'x' %}"})
    assert included.startswith("bots/helper/prompts/helper.j2:2: a prompt is one file")


def test_a_script_names_what_is_there(tmp_path: Path) -> None:
    script = "- when: sayd == 'x'\n  call: find_odrer\n  with: {order_number: number}\n- say: '{{ reslt }}'\n"
    found = problems(tmp_path, {"bots/helper/models/helper.yml": script})
    assert [each.splitlines()[0].rpartition("/")[2] for each in found] == [
        "helper.yml:1: `sayd` is not defined here.",
        "helper.yml:2: the agent has no tool `find_odrer`.",
        "helper.yml:4: `reslt` is not defined here.",
    ]


@pytest.mark.parametrize("place", ["bots/helper/prompts/shared.j2", "prompts/shared.j2"])
def test_a_prompt_is_looked_up_in_the_bot_then_in_the_desk(place: str, tmp_path: Path) -> None:
    changes = {"prompts/shared.j2": "of the desk", place: f"from {place}"}
    changes["bots/helper/bot.yml"] = BOT.replace("prompt: helper", "prompt: shared")
    bot = open_desk(write_desk(tmp_path, changes), {}, is_to_talk=False).content.bot("helper")
    assert isinstance(bot, AgentBot)
    assert bot.prompt.source == f"from {place}"


def test_a_prompts_version_is_its_content(tmp_path: Path) -> None:
    one, two = (
        open_desk(
            write_desk(tmp_path / str(n), {"bots/helper/prompts/helper.j2": text}), {}, is_to_talk=False
        )
        for n, text in enumerate(("Be kind.", "Be brief."))
    )
    versions = {desk.content.bots["helper"].prompt.version for desk in (one, two)}  # type: ignore[attr-defined]
    assert len(versions) == 2


async def test_prompts_as_the_model_reads_them(agent: Agent, golden: Golden) -> None:
    for case in golden("agents/prompts.yml"):
        talk = await agent(language=case.given["language"])
        if case.given.get("order"):
            talk.talk.begin.slots = {"order_number": case.given["order"]}
        await talk.say("hello", says("Hello."))
        if case.given.get("prompt") == "summary":
            bot = talk.desk.content.bots["helper"]
            assert isinstance(bot, AgentBot)
            turn = AgentTurn(bot, talk.talk.state, talk.talk._given())
            case.expect(prompt=turn.rendered(bot.summary))
            continue
        case.expect(prompt=talk.answers.asked[0].args["messages"][0]["content"])


async def test_what_the_model_is_offered(agent: Agent, golden: Golden) -> None:
    talk = await agent()
    bot = talk.desk.content.bots["helper"]
    assert isinstance(bot, AgentBot)
    (case,) = golden("agents/offers.yml")
    offers = offers_of(bot, "en", ("general", "returns"))
    case.expect(offers=[offer.to_json()["function"] for offer in offers.values()])


def test_check_notes_a_model_whose_key_is_missing(tmp_path: Path) -> None:
    bot = BOT.replace('"scripted:helper"', "m, key: OUR_KEY")
    root = write_desk(tmp_path, {"bots/helper/bot.yml": bot})
    world = World(channels=CHANNEL_KINDS)
    (note,) = [each for each in check(root, {}, world) if "OUR_KEY" in each.message]
    assert (note.level, note.path, note.line) == ("note", "bots/helper/bot.yml", 4)
    assert not [each for each in check(root, {"OUR_KEY": "k"}, world) if "OUR_KEY" in each.message]


def test_what_providers_fill_is_hidden_from_the_model(tmp_path: Path) -> None:
    registry = ActionRegistry.load(write_desk(tmp_path))
    schema = orjson.dumps([dict(one.schema) for one in registry.described["book_pickup"].parameters])
    assert [one.name for one in registry.described["book_pickup"].parameters] == ["order_number", "day"]
    assert b"key" not in schema
