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
- expect: {owner: bot, status: active, slots: {reason: too_small, email: null}}
- expect: {outcome: resolved, actions: [find_order]}
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
        ("- expect: {actions: []}", "expected the actions none\n  came: find_order"),
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
        "- expect: {outcome: null, actions: [find_order]}",
        "- user: {value: nonsense}\n- bot: {component: return_reason}",
        "- user: {text: '1'}\n- expect: {slots: {reason: too_small}}",
        "- event: paid\n  data: {order: '1042'}\n- expect: {owner: bot:shop}",
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


@pytest.mark.parametrize("fails", ["the shop is away", "timeout", "bad_result"])
async def test_a_given_action_can_fail(shop: Shop, fails: str) -> None:
    result = await shop.test(
        f"""
        given: {{actions: {{find_order: {{fails: {fails}}}}}}}
        talk:
        - user: I want to return 1042
        - bot: {{message: away}}
        - expect: {{owner: queue:returns}}
        """
    )
    assert result.passed, str(result)


async def test_a_given_action_still_wants_the_real_ones_arguments(shop: Shop) -> None:
    shop.write(
        "bots/shop/actions.py", "from frontdesk import action\n@action\ndef find_order(code: str): ...\n"
    )
    given = "given: {actions: {find_order: {status: delivered}}}\n"
    result = await shop.test(f"{given}talk:\n- user: I want to return 1042\n- bot: {{message: away}}\n")
    assert result.passed, str(result)


async def test_no_two_tests_share_an_idempotency_key(shop: Shop) -> None:
    shop.write(
        "bots/shop/actions.py",
        """
        from frontdesk import IdempotencyKey, action

        @action(effect="write", key="idempotency")
        def find_order(number: str, key: IdempotencyKey):
            return {"id": key, "status": "delivered"}
        """,
    )
    lines = "talk:\n- user: I want to return 1042\n- user: {choose: broken}\n"
    result = await shop.test(f"{lines}- bot: nothing of the kind\n")
    assert "shop-one-1:1:1" in str(result)


async def test_given_slots_and_the_user_are_known_from_the_start(shop: Shop) -> None:
    known = "slots: {order_number: '1042'}, user: {email: a@b.example}"
    expected = "slots: {order_number: '1042', email: a@b.example}"
    result = await shop.test(f"given: {{{known}}}\ntalk:\n- user: hello\n- expect: {{{expected}}}\n")
    assert result.passed, str(result)


async def test_a_test_talks_to_the_bot_beside_it_or_is_routed_by_its_channel(shop: Shop) -> None:
    assert (await shop.test("talk:\n- user: hi\n- expect: {owner: bot:shop}\n")).passed
    routed = "given: {channel: rest}\ntalk:\n- user: hi\n- expect: {owner: queue:general}\n"
    assert (await shop.test(routed)).passed


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("talk:\n- usr: hello\n", "one.yml:2: "),
        ("talk:\n- hello\n", "one.yml:2: "),
        ("talk:\n- expect: {ownr: bot}\n", "one.yml:2: "),
        ("talk:\n- bot: {mesage: a}\n", "one.yml:2: "),
        ("talk:\n- user: hi\n- advance: soon\n", "one.yml:3: "),
        (
            "talk:\n- user: hi\n- advance: P20000D\n- session: old\n",
            'one.yml:4: `session` can only be "new".',
        ),
        ("talk:\n- user:\n", "one.yml:2: this line says nothing; write `- user: TEXT`"),
        ("talk:\n- user: {file: nope.jpg}\n", "one.yml:2: there is no file"),
        ("given: {chanel: site}\ntalk: [{user: hi}]\n", "one.yml:1: "),
        ("given: {clock: noon}\ntalk: [{user: hi}]\n", "one.yml:1: `noon` is no instant"),
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
