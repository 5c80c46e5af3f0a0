"""A session: read it, accept it, write, send a component, end it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.pages import desk_board
from tests.pages.console.conftest import Console, Opening
from tests.pages.waiting import until

pytestmark = pytest.mark.pages


def test_the_bots_part_folds_and_unfolds(console: Console) -> None:
    console.open("Lea Mori")
    fold = console.log.get_by_role("button", name="Bot hello asked 3 questions in 48 s")
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(console.log).not_to_contain_text("What is your order number?")
    expect(console.log).to_contain_text("The boots from order 4417 are too small")
    expect(console.log).to_contain_text("Handed to Returns: wants another pickup day")
    expect(console.log).to_contain_text("You accepted")

    fold.click()
    for words in (
        "What is your order number?",
        "Understood return_order 0.94 · same words as an example",
        "Order = 4417 · typed",
        "email = private",
        "find_order worked",
        "book_pickup failed: No free date",
        "Any day from Tue 24 Nov to Sat 12 Dec",
    ):
        expect(console.log).to_contain_text(words)
    assert console.log.get_by_text("The boots from order 4417").count() == 1


def test_components_show_the_answer(console: Console) -> None:
    console.open("Lea Mori")
    card = console.log.locator(".card").filter(has_text="Pickup slot")
    expect(card).to_contain_text("Answered")
    expect(card.locator("[data-chosen]")).to_have_text("Thu 26 Nov 8–11 (chosen)")


def test_numbers_and_ratings_stand_as_the_customer_saw_them(console: Console) -> None:
    console.open("Hana Ito")
    rating = console.log.locator(".card").filter(has_text="How did we do?")
    expect(rating).to_contain_text("Answered")
    expect(rating.get_by_role("img", name="4 – Good")).to_be_visible()
    expect(rating.locator(".card-scale [data-on]")).to_have_count(4)
    expect(rating.get_by_role("listitem")).to_have_text(["Skip this"])
    number = console.log.locator(".card").filter(has_text="How many pairs?")
    expect(number.locator("[data-chosen]")).to_have_text("2 (chosen)")
    expect(number).to_contain_text("Reply with a number from 1 to 4.")


def test_about_tells_what_the_bot_gathered(console: Console) -> None:
    console.open("Lea Mori")
    about = console.page.get_by_role("region", name="About Lea Mori")
    for words in (
        "WhatsApp",
        "German",
        "in Berlin",
        "Wants: Return an order (Order 4417, Reason Too small). The bot asked 3 questions in 48 s; "
        "“Book pickup” failed: No free date.",
        "Handed over because: Wants another pickup day.",
        "When shall we pick it up?",
        "Return an order",
        "0.94",
        "Too small",
        "No free date",
    ):
        expect(about).to_contain_text(words)
    expect(about.locator("dd").filter(has_text="Private")).to_contain_text("known from before")


def test_accept_write_and_send_a_component(console: Console) -> None:
    page = console.page
    console.show("Waiting")
    console.open("Ada Brand")
    expect(console.field).to_have_count(0)
    page.get_by_role("button", name="Accept").click()
    expect(console.field).to_be_focused()
    expect(page.get_by_role("radio", name="Mine 4")).to_be_visible()
    expect(console.log).to_contain_text("You accepted")

    console.field.press_sequentially("Hello Ada, let me look.")
    console.field.press("Shift+Enter")
    console.field.press_sequentially("One moment.")
    console.field.press("Enter")
    expect(console.field).to_have_value("")
    expect(console.log.locator(".bubble-rep")).to_have_text("Hello Ada, let me look.\nOne moment.")
    expect(console.log.locator("[data-unsent]")).to_have_count(0)
    assert [frame["text"] for frame in console.sent("say")] == ["Hello Ada, let me look.\nOne moment."]
    assert console.sent("typing")

    page.get_by_role("button", name="Send a component").click()
    search = page.get_by_role("searchbox", name="Find a component")
    search.fill("pick it")
    console.goes_to_the_only_component()
    page.keyboard.press("Enter")
    expect(console.log.locator(".card")).to_contain_text("When shall we pick it up?")
    expect(console.log.locator(".card")).to_contain_text("No answer")
    assert [frame["name"] for frame in console.sent("component")] == ["hello/pickup_date"]


def test_someone_else_was_faster(console: Console) -> None:
    console.desk.talks["s-ada"].unread = 0  # else reading it changes the row, which tells
    console.show("Waiting")
    console.open("Ada Brand")
    console.server.do(lambda desk: desk.taken_by("s-ada", "tom", tell=False))
    console.page.get_by_role("button", name="Accept").click()
    expect(console.page.get_by_role("alert").filter(has_text="taken")).to_be_visible()
    expect(console.page.get_by_text("Tom Berger answers here. You can read along.")).to_be_visible()


def test_a_refused_message_can_be_edited(console: Console) -> None:
    console.desk.talks["s-hana"].unread = 0  # else reading it changes the row, which tells
    console.open("Hana Ito")
    console.desk.talks["s-hana"].owner = "rep:tom"  # taken over, and the page was not told yet
    console.field.fill("The 28th works")
    console.field.press("Enter")
    expect(console.log.get_by_role("alert")).to_contain_text("Not sent. The session is not yours any more.")
    console.log.get_by_role("button", name="Remove").click()
    expect(console.log).not_to_contain_text("The 28th works")


def test_refusals_speak_the_reps_language(console: Console) -> None:
    page = console.page
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("menuitemradio", name="Français").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Réception")).to_be_visible()
    console.show("En attente")
    console.open("Kai Novak")
    console.server.do(lambda desk: desk.taken_by("s-kai", "tom", tell=False))
    page.get_by_role("button", name="Accepter").click()
    expect(page.get_by_role("alert").filter(has_text="plus rapide")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Réception")).to_be_visible()


def test_end_is_asked_first(console: Console) -> None:
    page = console.page
    console.open("Hana Ito")
    page.get_by_role("button", name="End", exact=True).click()
    dialog = page.get_by_role("alertdialog", name="End the session with Hana Ito?")
    dialog.get_by_role("button", name="Not yet").click()
    assert console.sent("end") == []

    page.get_by_role("button", name="End", exact=True).click()
    dialog.get_by_role("button", name="End session").click()
    expect(page.get_by_text("This session has ended.")).to_be_visible()
    expect(console.log).to_contain_text("A rep ended the session")
    expect(page.get_by_role("radio", name="Mine 2")).to_be_visible()


def test_drafts_are_kept_for_each_session(console: Console) -> None:
    console.open("Hana Ito")
    console.field.fill("For Hana")
    console.open("Lea Mori")
    expect(console.field).to_have_value("")
    expect(console.row("Hana Ito")).to_contain_text("Draft: For Hana")
    console.open("Hana Ito")
    expect(console.field).to_have_value("For Hana")


def test_the_customer_types_and_writes(console: Console) -> None:
    console.open("Lea Mori")
    console.server.do(lambda desk: desk.customer_types("s-lea"))
    expect(console.log).to_contain_text("Lea Mori is writing")
    console.server.do(lambda desk: desk.customer_says("s-lea", "It is <b>size 39</b> by the way"))
    expect(console.log).to_contain_text("It is <b>size 39</b> by the way")
    expect(console.log).not_to_contain_text("Lea Mori is writing")
    expect(console.row("Lea Mori")).not_to_contain_text("unread")
    until(lambda: console.desk.talks["s-lea"].unread == 0)


def test_two_thousand_events_stay_usable(opening: Opening) -> None:
    desk = desk_board.desk()
    talk = desk_board.long_talk(2000)
    desk.talks[talk.id] = talk
    console = opening(desk)
    console.open("Uma Berg")
    newest = console.log.get_by_text("Line 999 of a long story")
    expect(console.log.get_by_text("Noted: 999")).to_be_in_viewport()  # with it all is there
    expect(newest).to_be_in_viewport()
    assert console.log.locator(".line").count() < 300

    console.log.evaluate("log => (log.scrollTop = 400)")
    expect(console.page.get_by_role("button", name="To the newest")).to_be_visible()
    place = console.log.evaluate("log => log.scrollHeight - log.scrollTop")
    console.server.do(lambda desk: desk.customer_says("s-long", "And one more thing"))
    pill = console.page.get_by_role("button", name="1 new message")
    expect(pill).to_be_visible()
    assert console.log.evaluate("log => log.scrollHeight - log.scrollTop") > place  # it did not jump
    pill.click()
    expect(console.log.get_by_text("And one more thing")).to_be_in_viewport()
    expect(pill).to_have_count(0)
