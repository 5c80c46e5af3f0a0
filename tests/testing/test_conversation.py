"""Conversation tests: what passes, what fails, and what its author reads then."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .conftest import Shop

TOO_SMALL = """
given:
  clock: "2026-03-11T10:00"
  actions: {find_order: {id: "7", status: delivered}}
talk:
- user: I want to return 1042
- bot: {component: return_reason}
- user: {choose: too_small}
- bot: {message: return_booked}
- advance: PT10M
- expect: {owner: bot, status: active, slots: {reason: too_small, email: null}, outcome: resolved, replies: 0}
"""


async def test_a_conversation_that_goes_as_expected_passes(shop: Shop) -> None:
    result = await shop.test(TOO_SMALL)
    assert result.passed, str(result)


async def test_coverage_says_what_was_reached_and_what_was_not(shop: Shop) -> None:
    found = (await shop.test(TOO_SMALL)).coverage.to_json()
    assert (found["intents"]["reached"], found["dialogs"]["reached"], found["components"]["reached"]) == (
        1,
        1,
        1,
    )
    assert found["steps"]["reached"] == 7
    assert "shop/return_order/handoff (14)" in found["steps"]["missed"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "- bot: {component: return_date}",
            "expected component return_date\n  came: component return_reason",
        ),
        ("- bot: {message: away}", "expected message away\n  came: component return_reason"),
        ("- bot: Why?", "expected 'Why?'\n  came: component return_reason ('Why are you sending it back?')"),
        ("- expect: {owner: queue}", "expected owner queue\n  came: bot:shop"),
        ("- expect: {owner: bot:other}", "expected owner bot:other\n  came: bot:shop"),
        ("- expect: {slots: {reason: broken}}", "expected slot reason 'broken'\n  came: not set"),
        ("- expect: {slots: {order_number: null}}", "expected slot order_number not set\n  came: '1042'"),
        ("- expect: {outcome: resolved}", "expected outcome resolved\n  came: none"),
        ("- expect: {language: fr}", "expected language fr\n  came: en"),
        ("- expect: {replies: 2}", "expected 2 replies\n  came: 1: component return_reason"),
        ("- expect: {events: [handoff]}", "expected an event handoff\n  came: started, "),
        ("- rep: Hello", "expected a line in\n  came: a rep can write once the session waits in a queue"),
    ],
)
async def test_a_failure_names_the_line_what_was_expected_and_what_came(
    shop: Shop, line: str, told: str
) -> None:
    result = await shop.test(f"talk:\n- user: I want to return 1042\n\n{line}\n")
    assert str(result).startswith(f"bots/shop/tests/one.yml:4: {told}")


@pytest.mark.parametrize(
    "lines",
    [
        "- bot: {component: return_reason}\n- expect: {owner: bot:shop, outcome: none}",
        "- bot: {component: shop/return_reason}",
        "- bot: Why are you  sending it back?",
        "- bot: {text: 'Why are you sending it back?', component: return_reason}",
        "- expect: {slots: {order_number: 1042}}",
        "- expect: {outcome: null, events: [understood, asked]}",
        "- value: nonsense\n- bot: {component: return_reason}",
        "- user: {language: fr, email: a@b.example}\n- expect: {slots: {email: a@b.example}}",
        "- session: new\n- user: return\n- bot: {message: order_number}",
    ],
)
async def test_ways_to_expect(shop: Shop, lines: str) -> None:
    result = await shop.test(f"talk:\n- user: I want to return 1042\n{lines}\n")
    assert result.passed, str(result)


async def test_bot_lines_are_matched_in_order_and_once(shop: Shop) -> None:
    once = "- bot: {component: return_reason}\n"
    result = await shop.test(f"talk:\n- user: I want to return 1042\n{once}{once}")
    assert "one.yml:4: expected component return_reason\n  came: nothing more" in str(result)


@pytest.mark.parametrize(("fails", "code"), [("the shop is away", "raised"), ("timeout", "timeout")])
async def test_a_given_action_can_fail(shop: Shop, fails: str, code: str) -> None:
    result = await shop.test(
        f"""
        given: {{actions: {{find_order: {{fails: {fails}}}}}}}
        talk:
        - user: I want to return 1042
        - bot: {{message: away}}
        - expect: {{owner: queue:returns, events: [action]}}
        """
    )
    assert result.passed, str(result)


async def test_given_slots_are_known_from_the_start(shop: Shop) -> None:
    slots = "{slots: {order_number: '1042'}}"
    assert (await shop.test(f"given: {slots}\ntalk:\n- user: hello\n- expect: {slots}\n")).passed


async def test_a_test_beside_a_bot_talks_to_it_and_may_ask_for_routing(shop: Shop) -> None:
    assert (
        await shop.test("given: {channel: rest}\ntalk:\n- user: hi\n- expect: {owner: bot:shop}\n")
    ).passed
    routed = "given: {channel: rest, routing: true}\ntalk:\n- user: hi\n- expect: {owner: queue:general}\n"
    assert (await shop.test(routed)).passed


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("talk:\n- usr: hello\n", "one.yml:2: `usr` means nothing in a talk. Did you mean `user`?"),
        ("talk:\n- hello\n", "one.yml:2: a line of a talk is written like `- user: hello`"),
        ("talk:\n- user:\n", "one.yml:2: what does the customer say?"),
        (
            "talk:\n- expect: {ownr: bot}\n",
            "one.yml:2: `ownr` cannot be used in `expect`.\n  Did you mean `owner`?",
        ),
        (
            "talk:\n- bot: {mesage: a}\n",
            "one.yml:2: `mesage` cannot be used in `bot`.\n  Did you mean `message`?",
        ),
        ("talk:\n- user: hi\n- advance: soon\n", "one.yml:3: 'soon' is no duration"),
        ("given: {chanel: site}\ntalk: []\n", "one.yml:1: "),
        ("given: {clock: noon}\ntalk: []\n", "one.yml:1: "),
        ("given: {}\n", "one.yml"),
        (
            "given: {channel: nope}\ntalk:\n- user: hi\n",
            "one.yml:1: expected a talk that can begin\n  came: there is no",
        ),
    ],
)
async def test_a_test_that_cannot_be_read_fails_with_its_line(shop: Shop, text: str, told: str) -> None:
    result = await shop.test(text)
    assert not result.passed
    assert f"bots/shop/tests/{told}" in str(result)


@pytest.mark.slow
def test_pytest_collects_conversation_tests(shop: Shop) -> None:
    shop.write("bots/shop/tests/good.yml", TOO_SMALL)
    shop.write("bots/shop/tests/bad.yml", "talk:\n- user: return\n- bot: {message: away}\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "frontdesk.testing.pytest_plugin",
        "-p",
        "no:cacheprovider",
    ]
    ran = subprocess.run(
        [*command, str(shop.root)], capture_output=True, text=True, cwd=shop.root, check=False
    )
    assert "1 failed, 1 passed" in ran.stdout
    assert "bots/shop/tests/bad.yml:3: expected message away" in ran.stdout
