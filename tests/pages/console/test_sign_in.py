"""Signing in and out, and a session that ran out."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.pages.console.conftest import Opening

pytestmark = pytest.mark.pages


def test_wrong_then_right(opening: Opening) -> None:
    console = opening(signed_in=False)
    page = console.page
    expect(page.get_by_label("Login")).to_be_focused()

    console.sign_in("mia", "not-it")
    expect(page.get_by_role("alert")).to_contain_text("do not go together")
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_label("Login")).to_have_value("mia")

    console.sign_in("mia")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    expect(page.get_by_role("button", name="Account of Mia Novak")).to_be_visible()


def test_too_many_tries_are_told_kindly(opening: Opening) -> None:
    console = opening(signed_in=False)
    console.desk.failures = 5
    console.sign_in("mia", "not-it")
    expect(console.page.get_by_role("alert")).to_contain_text("Wait 2 minutes, then try again")


def test_a_reload_stays_signed_in_and_open(opening: Opening) -> None:
    console = opening()
    console.open("Lea Mori")
    console.field.fill("Half a sentence")
    console.page.reload()
    expect(console.page.get_by_role("heading", name="Lea Mori").first).to_be_visible()
    expect(console.field).to_have_value("Half a sentence")


def test_sign_out_leaves_nothing(opening: Opening) -> None:
    console = opening()
    console.open("Hana Ito")
    console.field.fill("Not for Tom")
    console.page.get_by_role("button", name="Account of Mia Novak").click()
    console.page.get_by_role("menuitem", name="Sign out").click()
    expect(console.page.get_by_label("Login")).to_be_visible()

    console.sign_in("tom")
    expect(console.page.get_by_role("button", name="Account of Tom Berger")).to_be_visible()
    expect(console.row("Eli Frank")).to_be_visible()
    expect(console.row("Hana Ito")).to_have_count(0)
    assert "Not for Tom" not in str(console.page.evaluate("Object.values(sessionStorage)"))


def test_signed_out_by_the_desk_keeps_what_was_typed(opening: Opening) -> None:
    console = opening()
    console.open("Hana Ito")
    console.field.fill("The 28th works, I will")
    console.server.do(lambda desk: desk.forget_cookies())

    dialog = console.page.get_by_role("alertdialog", name="Sign in again")
    expect(dialog.get_by_label("Password")).to_be_focused()
    expect(dialog.get_by_label("Login")).to_have_value("mia")
    dialog.get_by_label("Password").fill("harbour-17")
    dialog.get_by_role("button", name="Sign in", exact=True).click()

    expect(dialog).to_have_count(0)
    expect(console.field).to_have_value("The 28th works, I will")
    console.field.press("Enter")
    expect(console.log).to_contain_text("The 28th works, I will")
