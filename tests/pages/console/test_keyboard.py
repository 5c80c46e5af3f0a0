"""The whole job without a mouse, and without leaving a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.pages.console.conftest import Console, Opening

pytestmark = pytest.mark.pages


def test_whole_job_by_keyboard(console: Console) -> None:
    page = console.page
    press = page.keyboard.press
    press("2")
    expect(page.get_by_role("radio", name="Waiting 3")).to_be_checked()
    press("j")
    expect(page.get_by_role("heading", name="Nia Okoye").first).to_be_visible()
    press("j")
    expect(page.get_by_role("heading", name="Ada Brand").first).to_be_visible()
    press("a")
    expect(console.field).to_be_focused()
    page.keyboard.type("Hello Ada, one payment goes back today: €89.90.")
    press("Enter")
    expect(console.log).to_contain_text("€89.90.")

    press("Escape")
    expect(console.log).to_be_focused()
    press("c")
    expect(page.get_by_role("searchbox", name="Find a component")).to_be_focused()
    page.keyboard.type("size")
    console.goes_to_the_only_component()
    press("Enter")
    expect(console.log.get_by_role("link")).to_have_attribute(
        "href", "https://shop.example/sizes/walking-boots"
    )

    expect(console.field).to_be_focused()
    press("Escape")
    press("e")
    dialog = page.get_by_role("alertdialog")
    expect(dialog.get_by_role("button", name="End session")).to_be_focused()
    press("Enter")
    expect(page.get_by_text("This session has ended.")).to_be_visible()
    press("Escape")
    expect(page.get_by_role("heading", name="Choose a session")).to_be_visible()


def test_shortcuts_are_listed_and_can_be_turned_off(console: Console) -> None:
    page = console.page
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Single keys act at once").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("2")
    expect(page.get_by_role("radio", name="Mine 3")).to_be_checked()


def test_theme_is_chosen_and_remembered(console: Console) -> None:
    page = console.page
    body = page.locator("body")
    expect(body).to_have_css("background-color", "rgb(243, 243, 246)")
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(body).to_have_css("background-color", "rgb(13, 14, 18)")
    page.reload()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    expect(body).to_have_css("background-color", "rgb(13, 14, 18)")


def test_a_phone_has_three_screens(opening: Opening) -> None:
    console = opening(width=390, height=844, touch=True)
    page = console.page
    inbox = page.get_by_role("heading", name="Inbox")
    console.show("Waiting")
    console.open("Ada Brand")
    expect(inbox).to_be_hidden()
    page.get_by_role("button", name="About the customer").click()
    about = page.get_by_role("region", name="About Ada Brand")
    expect(about).to_contain_text("Charged twice")
    expect(console.log).to_be_hidden()
    page.get_by_role("button", name="Back to the messages").click()
    page.get_by_role("button", name="Accept").click()
    console.field.fill("Hello Ada")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(console.log).to_contain_text("Hello Ada")
    assert page.evaluate("document.documentElement.scrollWidth") == 390

    page.get_by_role("button", name="Back to the inbox").click()
    expect(inbox).to_be_visible()
    console.show("Mine")
    console.open("Ada Brand")
    page.go_back()
    expect(inbox).to_be_visible()


def test_below_1180_about_is_a_button(opening: Opening) -> None:
    console = opening(width=1024)
    console.open("Lea Mori")
    about = console.page.get_by_role("region", name="About Lea Mori")
    expect(about).to_be_hidden()
    console.page.get_by_role("button", name="About the customer").click()
    expect(about).to_be_visible()
    console.page.keyboard.press("Escape")  # leaves the field
    console.page.keyboard.press("Escape")
    expect(about).to_be_hidden()
