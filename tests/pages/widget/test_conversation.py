"""What stands in the conversation, and what a customer can do with it, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.pages.chat_server import LABEL, PICKUP, REASONS, ScriptedDesk
from tests.pages.customer import Customer

pytestmark = pytest.mark.pages
Visit = Callable[..., Customer]


def test_a_choice_is_sent_once_and_stays_marked(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.write("I want to return my jumper")
    customer.option("Too small").click()
    customer.sees("Too small")
    customer.sees("How shall we send the new one?")
    expect(customer.option("Too small")).to_have_attribute("aria-pressed", "true")
    expect(customer.option("Too large")).to_be_disabled()
    [answer] = [frame for frame in desk.received("send") if "reply" in frame]
    assert answer["reply"]["choose"] == "too_small"
    customer.page.reload()
    customer.open()
    expect(customer.option("Too small")).to_have_attribute("aria-pressed", "true")
    expect(customer.option("Too large")).to_be_disabled()


def test_a_question_answered_by_typing_is_shown_as_answered(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    desk.say(REASONS["text"], REASONS)
    expect(customer.option("It is faulty")).to_be_enabled()
    message = desk.conversation.events[-1]["message"]
    desk.log("answered", message=message, label="It is faulty", choose="faulty")
    expect(customer.option("It is faulty")).to_be_disabled()
    expect(customer.option("It is faulty")).to_have_attribute("aria-pressed", "true")


def test_a_suggested_day_is_one_press(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.write("when")
    customer.option("Mon 16 Mar").click()
    customer.sees("Your return label is ready.")
    assert desk.received("send")[-1]["reply"]["value"] == "2026-03-16"
    expect(customer.panel.get_by_label("Choose a day")).to_be_hidden()


def test_another_day_is_picked_by_keyboard(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.write("when")
    day = customer.panel.get_by_label("Choose a day")
    expect(day).to_have_attribute("min", "2026-03-12")
    expect(day).to_have_attribute("max", "2026-04-11")
    keys = customer.page.keyboard
    customer.option("Mon 16 Mar").focus()
    keys.press("Tab")
    expect(day).to_be_focused()
    keys.type("03152026")
    keys.press("Enter")
    assert day.evaluate("field => field.validationMessage").startswith("That day is not available")
    keys.press("Home")
    for _ in range(2):
        keys.press("ArrowLeft")
    keys.type("03172026")
    keys.press("Enter")
    customer.sees("Tuesday 17 March")
    customer.sees("You said 2026-03-17.")
    assert desk.received("send")[-1]["reply"]["value"] == "2026-03-17"
    expect(customer.panel.locator(".part p")).to_contain_text("17")


def test_a_number_is_given_in_steps_by_a_pick_or_by_writing(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.write("guests")
    field = customer.panel.get_by_label("Reply with a number from 1 to 12.")
    expect(field).to_have_attribute("max", "12")
    for _ in range(3):
        customer.option("+").click()
    customer.option("−").click()
    expect(field).to_have_value("2")
    keys = customer.page.keyboard
    field.focus()
    keys.type("0")
    keys.press("Enter")
    assert field.evaluate("field => field.validity.rangeOverflow")
    keys.press("Backspace")
    keys.press("Backspace")
    keys.type("7")
    keys.press("Enter")
    customer.sees("You said 7.")
    assert desk.received("send")[-1]["reply"]["value"] == "7"
    expect(field).to_be_hidden()
    expect(customer.panel.locator(".part p")).to_have_text("7")
    customer.write("guests")
    expect(customer.panel.get_by_role("group")).to_have_count(2)
    customer.option("4").last.click()
    customer.sees("You said 4.")
    expect(customer.option("4").last).to_have_attribute("aria-pressed", "true")


def test_a_rating_is_a_radio_group_drawn_as_stars(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.write("rate")
    stars = customer.panel.get_by_role("group", name="How did we do?").get_by_role("radio")
    expect(stars).to_have_count(5)
    customer.option("Choose").click()
    assert stars.first.evaluate("star => star.validity.valueMissing"), (
        "nothing is sent before a star is chosen"
    )
    stars.first.focus()
    keys = customer.page.keyboard
    keys.press("Space")
    for _ in range(3):
        keys.press("ArrowRight")
    expect(customer.panel.get_by_role("radio", name="4")).to_be_checked()
    keys.press("Enter")
    customer.sees("You said 4.")
    assert desk.received("send")[-1]["reply"]["value"] == "4"
    expect(customer.panel.locator(".part p")).to_have_text("4")
    customer.write("rate")
    expect(customer.panel.get_by_role("group")).to_have_count(2)
    customer.panel.get_by_text("★").last.click()
    customer.option("Choose").last.click()
    customer.sees("You said 5.")
    customer.write("rate")
    expect(customer.panel.get_by_role("group")).to_have_count(3)
    customer.option("Skip this").last.click()
    customer.sees("You said skip.")
    assert desk.received("send")[-1]["reply"]["choose"] == "skip"


def test_a_link_is_a_card_and_leads_only_to_the_web(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.write("link")
    card = customer.panel.get_by_role("link", name="Return label for order 1042")
    expect(card).to_have_attribute("href", LABEL["url"])
    expect(card).to_have_attribute("rel", "noopener noreferrer")
    customer.write("bad link")
    customer.sees(LABEL["text"], times=2)
    expect(customer.panel.get_by_role("link")).to_have_count(1)


def test_text_is_text_and_addresses_in_it_are_links(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    desk.say("<img src=x onerror=alert(1)> see https://shop.example/a?b=1, or javascript:alert(1).")
    link = customer.panel.get_by_role("link")
    expect(link).to_have_attribute("href", "https://shop.example/a?b=1")
    expect(customer.panel.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    expect(customer.panel.locator("img")).to_have_count(0)


def test_the_queue_and_then_a_person_are_named(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    status = customer.panel.get_by_role("status")
    customer.write("person")
    expect(status).to_have_text("You are number 2 in line")
    expect(customer.panel.get_by_text("Waiting for a person")).to_be_visible()
    desk.tell(type="queue", position=1, waiting=2)
    expect(status).to_have_text("You are number 1 in line")
    desk.log("owner", owner={"kind": "rep", "name": "Mia"})
    expect(customer.panel.get_by_text("Mia is here for you")).to_be_visible()
    expect(customer.panel.get_by_text("Mia joined the conversation")).to_be_visible()
    expect(status).to_be_hidden()


def test_the_customer_ends_and_starts_again(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    desk.say(PICKUP["text"], PICKUP)
    customer.press("End conversation")
    customer.press("Keep talking")
    expect(customer.field).to_be_focused()
    customer.press("End conversation")
    customer.panel.locator(".foot").get_by_role("button", name="End conversation").click()
    expect(customer.panel.get_by_text("This conversation has ended.")).to_be_visible()
    expect(customer.option("Mon 16 Mar")).to_be_disabled()
    expect(customer.panel.get_by_role("textbox", name="Write a message")).to_have_count(0)
    customer.press("Start again")
    customer.write("hello again")
    customer.sees("You said hello again.")


def test_the_transcript_can_be_taken_away(visit: Visit, tmp_path: Path) -> None:
    customer = visit().open()
    customer.write("I want to return my jumper")
    expect(customer.option("Too small")).to_be_visible()
    with customer.page.expect_download() as download:
        customer.press("Save this conversation")
    download.value.save_as(tmp_path / "talk.txt")
    text = (tmp_path / "talk.txt").read_text()
    assert "You: I want to return my jumper" in text
    assert "Shop assistant: Sorry to hear that." in text
    assert "- Too small" in text


def test_the_keyboard_alone_opens_writes_and_closes(visit: Visit) -> None:
    customer = visit()
    customer.launcher.focus()
    customer.page.keyboard.press("Enter")
    expect(customer.field).to_be_focused()
    customer.page.keyboard.type("by keyboard")
    customer.page.keyboard.press("Shift+Enter")
    customer.page.keyboard.type("two lines")
    customer.page.keyboard.press("Enter")
    customer.sees("by keyboard\ntwo lines")
    customer.page.keyboard.press("Escape")
    expect(customer.panel).to_have_count(0)
    expect(customer.launcher).to_be_focused()


@pytest.mark.parametrize(
    ("language", "write"),
    [
        ("en", "Write a message"),
        ("fr", "Écrire un message"),
        ("es", "Escriba un mensaje"),
        ("de", "Écrire un message"),
    ],
)
def test_it_speaks_the_page_s_language_else_the_browser_s(visit: Visit, language: str, write: str) -> None:
    customer = visit(f"/bare?lang={language}", locale="fr-FR")
    customer.launcher.click()
    expect(customer.panel.get_by_role("textbox", name=write)).to_be_visible()


def test_right_to_left_is_mirrored(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit("/bare?dir=rtl").open()
    customer.write("hello")
    customer.sees("You said hello.")
    desk.say("مرحبا")
    customer.sees("مرحبا")
    panel = customer.panel.bounding_box()
    mine, theirs = (
        customer.log.locator("p.mine").bounding_box(),
        customer.log.locator("p.theirs").last.bounding_box(),
    )
    assert panel
    assert mine
    assert theirs
    assert panel["x"] < 100
    assert mine["x"] < panel["x"] + 40, "the customer's side is the left one, whatever the text's direction"
    assert theirs["x"] + theirs["width"] > panel["x"] + panel["width"] - 40


def test_the_theme_follows_the_attribute(visit: Visit) -> None:
    customer = visit("/bare?theme=dark").open()
    red = customer.panel.evaluate("panel => getComputedStyle(panel).backgroundColor")
    assert red != "rgb(255, 255, 255)"
