"""`frontdesk chat` and `frontdesk test`, as they are typed."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner, Result

from frontdesk.cli.talk import register

from .conftest import Shop

app = typer.Typer()
register(app)


def run(*words: object, typed: str = "") -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], input=typed)


def test_chat_answers_every_line_with_one_line(shop: Shop) -> None:
    lines = ['{"text": "I want to return 1042"}', "no json", "", "[1]", '{"choose": "too_small"}']
    ran = run("chat", shop.root, "--jsonl", typed="\n".join(lines))
    out = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [next(iter(one)) for one in out] == ["replies", "error", "error", "error", "replies"]
    assert out[4]["slots"]["reason"] == "too_small"
    assert ran.exit_code == 0


def test_chat_writes_nothing_into_the_desk(shop: Shop) -> None:
    before = sorted(shop.root.rglob("*"))
    run("chat", shop.root, "--jsonl", typed='{"text": "I want to return 1042"}\n')
    assert sorted(shop.root.rglob("*")) == before


def test_a_person_talks_and_saves_the_talk_as_a_test_that_passes(shop: Shop) -> None:
    typed = "I want to return 1042\n1\n/slots\n/nonsense\n/advance PT1M\n/quit\n"
    ran = run("chat", shop.root, "--clock", "2026-03-11T10:00", "--save", "too_small", typed=typed)
    assert "1. Too small" in ran.stdout
    assert "-- outcome resolved" in ran.stdout
    assert "reason: 'too_small' (typed)" in ran.stdout
    saved = (shop.root / "bots/shop/tests/too_small.yml").read_text(encoding="utf-8")
    assert saved.splitlines() == [
        "given: {channel: site, language: en, "
        'clock: "2026-03-11T10:00", actions: {find_order: {id: "1042", status: delivered}}}',
        "talk:",
        "- user: I want to return 1042",
        "- bot: {component: return_reason}",
        '- user: "1"',
        "- bot: {message: return_booked}",
        "- advance: PT1M",
        '- expect: {owner: "bot:shop", slots: {order_number: "1042", reason: too_small}, outcome: resolved}',
    ]
    assert run("test", shop.root).exit_code == 0


def test_a_saved_test_is_never_overwritten(shop: Shop) -> None:
    path = shop.write("bots/shop/tests/mine.yml", "talk: []\n")
    ran = run("chat", shop.root, "--save", "mine", typed="return\n")
    assert "There is a test mine already" in ran.output
    assert path.read_text(encoding="utf-8") == "talk: []\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--bot", "shp"], "there is no bot `shp`; this desk has shop, system"),
        (["--channel", "fax"], "there is no channel `fax`"),
        (["--clock", "noon"], "--clock noon is no instant"),
    ],
)
def test_wrong_options_are_told(shop: Shop, words: list[str], told: str) -> None:
    ran = run("chat", shop.root, *words)
    assert ran.exit_code == 2
    assert told in ran.output


def test_a_desk_with_problems_lists_them_all(shop: Shop) -> None:
    shop.write("bots/shop/bot.yml", "kind: dialogs\nslts: {}\n")
    shop.write("bots/shop/actions.py", "def broken(:\n")
    ran = run("test", shop.root)
    assert ran.exit_code == 1
    assert "bots/shop/bot.yml:2" in ran.output
    assert "bots/shop/actions.py:1" in ran.output


def test_test_reports_failures_and_coverage(shop: Shop) -> None:
    shop.write("bots/shop/tests/bad.yml", "talk:\n- user: return\n- bot: {message: away}\n")
    shop.write("bots/shop/tests/good.yml", "talk:\n- user: return\n- bot: {message: order_number}\n")
    ran = run("test", shop.root)
    assert ran.exit_code == 1
    assert "bots/shop/tests/bad.yml:3: expected message away" in ran.stdout
    assert "1 passed, 1 failed" in ran.stdout
    assert "2/2 ok bots/shop/tests/good.yml" in ran.stderr

    body = json.loads(run("test", shop.root, "--json").stdout)
    assert (body["passed"], body["failed"]) == (1, 1)
    assert body["tests"][0]["failures"][0]["line"] == 3
    assert body["coverage"]["intents"] == {"reached": 1, "of": 1, "missed": []}


def test_a_desk_without_tests_is_told_how_to_make_one(shop: Shop) -> None:
    ran = run("test", shop.root)
    assert ran.exit_code == 0
    assert "frontdesk chat --save NAME" in ran.stdout
