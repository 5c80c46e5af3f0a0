"""What led to a message: opened beside the transcript, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.pages.console.conftest import Console

pytestmark = pytest.mark.pages

TITLE = "What led to this"


def beside(console: Console) -> Locator:
    return console.page.get_by_role("region", name=TITLE)


def open_ada(console: Console) -> None:
    console.open_ada()
    console.log.get_by_role("button", name="Bot hello").click()
    # What unfolds pushes the end down, and the transcript follows it.
    expect(console.log.locator(".bubble").last).to_be_in_viewport(ratio=1)


def why(console: Console, place: int) -> Locator:
    return console.log.get_by_role("button", name="Why?").nth(place)


def says(part: Locator, words: list[str]) -> None:
    for one in words:
        expect(part).to_contain_text(one)


def test_what_led_to_a_message_stands_beside_it(console: Console) -> None:
    open_ada(console)
    where = [bubble.bounding_box() for bubble in console.log.locator(".bubble").all()]
    why(console, 0).click()
    turn = beside(console)
    says(turn, ["Why did you take €89.90 twice?", "trained model", "Charged twice", "0.88", "0.71"])
    says(turn, ["threshold 0.50", "Refund status", "I paid two times for the same order"])
    says(turn, ["Charged twice waits for Order.", "Dialog Charged twice began", "5fd0c2a9b1e3"])
    assert [bubble.bounding_box() for bubble in console.log.locator(".bubble").all()] == where
    expect(why(console, 0)).to_have_attribute("aria-pressed", "true")
    expect(console.page.get_by_role("region", name="About")).to_have_count(0)
    expect(turn.get_by_role("button", name="The turn before")).to_be_disabled()

    turn.get_by_role("button", name="The turn after").click()
    says(turn, ["4471", "the agent’s model", "6 older entries were left out", "No dialog is open any more."])
    says(turn, ["Dialog Charged twice was left", "The customer wrote something else"])
    says(turn, ["large-1 gave no answer", "429: no quota", "small-2 asked for find_order, refund"])
    says(turn, ["concierge 588942d4674b", "1,284 in (1,024 cached), 56 out", "1.8 s", "0.00421"])
    says(
        turn, ["find_order Worked", "0.42 s", "order_number4471", "refund Failed", "the bank does not answer"]
    )
    says(
        turn,
        ["refund waits for the customer’s yes", "2 calls of models · 1,340 tokens · 3.7 s · cost 0.00421"],
    )
    result = turn.locator("details pre")
    expect(result).to_be_hidden()
    turn.get_by_text("Result").click()
    expect(result).to_contain_text('"total": 89.9')

    turn.get_by_role("button", name="The turn after").click()
    says(turn, ["a word for everywhere", "Handed to Billing", "Asked for a person"])
    turn.get_by_role("button", name="The turn after").click()
    says(turn, ["Nothing was decided here: the queue Billing had the session."])
    turn.get_by_role("button", name="Close").click()
    expect(console.page.get_by_role("region", name="About Ada Brand")).to_be_visible()


def test_it_is_opened_walked_and_left_by_keyboard(console: Console) -> None:
    open_ada(console)
    press = console.page.keyboard.press
    why(console, 1).focus()
    press("Enter")
    expect(console.page.get_by_role("heading", name=TITLE)).to_be_focused()
    expect(beside(console).get_by_role("button", name="The turn before")).to_be_enabled()
    press("Tab")
    press("Enter")
    says(beside(console), ["Why did you take €89.90 twice?"])
    expect(console.page.get_by_role("heading", name=TITLE)).to_be_focused()
    press("Escape")
    expect(beside(console)).to_have_count(0)
    expect(why(console, 0)).to_be_focused()
    press("w")
    says(beside(console), ["Handed to Billing"])
    press("i")
    expect(beside(console)).to_have_count(0)
    expect(console.page.get_by_role("region", name="About Ada Brand")).to_be_visible()
    press("w")
    expect(beside(console)).to_be_visible()
    press("w")
    expect(beside(console)).to_have_count(0)


def test_a_turn_that_cannot_be_had_says_why(console: Console) -> None:
    open_ada(console)
    console.desk.refuses_turns = 503
    why(console, 0).click()
    expect(beside(console).get_by_role("alert")).to_contain_text("The desk does not answer.")
    console.desk.refuses_turns = 0
    beside(console).get_by_role("button", name="Try again").click()
    says(beside(console), ["trained model"])
    console.desk.refuses_turns = 404
    beside(console).get_by_role("button", name="The turn after").click()
    expect(beside(console).get_by_role("alert")).to_contain_text("is not in the log any more")
    console.show("Mine")
    console.open("Hana Ito")
    expect(beside(console)).to_have_count(0)


def test_the_last_turn_is_asked_for_again_when_something_follows_it(console: Console) -> None:
    open_ada(console)
    asked: list[str] = []
    console.page.on("request", lambda request: asked.append(request.url.partition("/turns/")[2]))
    why(console, 2).click()
    beside(console).get_by_role("button", name="The turn after").click()
    says(beside(console), ["Nothing was decided here"])
    expect(beside(console)).to_have_attribute("aria-busy", "false")
    assert [one for one in asked if one] == ["28", "31"]
    with console.page.expect_request("**/turns/31"):
        console.server.do(lambda desk: desk.customer_says("s-ada", "Are you there?"))
    assert [one for one in asked if one] == ["28", "31", "31"]
