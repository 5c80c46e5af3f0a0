"""The whole story: a customer, a bot, a person, and nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.pages.conftest import SETTINGS, axe_violations, scrolls_sideways
from tests.pages.customer import Customer
from tests.pages.story.conftest import Demo
from tests.pages.story.slow_model import SlowModel

pytestmark = [pytest.mark.pages, pytest.mark.slow]

Contexts = Callable[..., BrowserContext]
SHOTS = Path("test-results")


def customer_at(demo: Demo, contexts: Contexts, path: str = "/", **settings: Any) -> Customer:
    page = contexts(**settings).new_page()
    page.goto(demo.address + path)
    customer = Customer(page)
    customer.launcher.click()
    customer.is_connected()
    return customer


def rep_at(demo: Demo, contexts: Contexts, **settings: Any) -> Page:
    page = contexts(**settings).new_page()
    page.goto(demo.address + "/console")
    page.get_by_label("Login").fill(demo.login)
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("radio", name="Waiting")).to_be_visible()
    return page


def book_a_return(customer: Customer) -> None:
    customer.write("I want to return my order 1042")
    customer.option("It is too small").click()
    expect(customer.panel.get_by_label("Choose a day")).to_be_visible()
    customer.panel.get_by_role("group").last.get_by_role("button").first.click()
    customer.option("Yes").first.click()
    expect(customer.log).to_contain_text("P-1042")


def wait_for_a_person(customer: Customer) -> None:
    customer.write("human")
    expect(customer.panel).to_contain_text("You are number 1 in line")


def accept(rep: Page) -> None:
    rep.get_by_role("radio", name="Waiting").click()
    rep.get_by_role("listitem").get_by_role("button").first.click()
    rep.get_by_role("button", name="Accept").click()
    expect(rep.get_by_role("textbox", name="Message to")).to_be_focused()


def log_of(rep: Page):  # type: ignore[no-untyped-def]
    return rep.get_by_role("log", name="Messages with")


def rep_writes(rep: Page, text: str) -> None:
    field = rep.get_by_role("textbox", name="Message to")
    field.fill(text)
    field.press("Enter")


def test_a_customer_returns_an_order_and_then_talks_to_a_person(demo: Demo, context_with: Contexts) -> None:
    customer, rep = customer_at(demo, context_with), rep_at(demo, context_with)
    expect(rep.get_by_text("Nothing", exact=False).first).to_be_visible()
    book_a_return(customer)
    wait_for_a_person(customer)

    accept(rep)
    expect(log_of(rep)).to_contain_text("asked for a person")
    expect(
        log_of(rep)
        .get_by_role("button", name="Shop assistant")
        .or_(log_of(rep).locator("[aria-expanded]"))
        .first
    ).to_be_visible()
    expect(customer.panel.locator(".answering")).not_to_contain_text("Shop assistant")

    rep_writes(rep, "Hello, how can I help with order 1042?")
    customer.sees("Hello, how can I help with order 1042?")
    customer.write("When do you collect it?")
    expect(log_of(rep)).to_contain_text("When do you collect it?")
    rep_writes(rep, "Between 8 and 11.")
    customer.sees("Between 8 and 11.")

    rep.get_by_role("button", name="End").first.click()
    confirm = rep.get_by_role("alertdialog").or_(rep.get_by_role("dialog"))
    confirm.get_by_role("button", name="End").click()
    expect(customer.log.or_(customer.panel).first).to_contain_text("ended")
    assert demo.stop() == 0


def test_killed_at_any_moment_both_pages_go_on_and_nothing_is_lost_or_doubled(
    demo: Demo, context_with: Contexts
) -> None:
    customer, rep = customer_at(demo, context_with), rep_at(demo, context_with)
    wait_for_a_person(customer)
    accept(rep)
    rep_writes(rep, "before the power cut")
    customer.sees("before the power cut")
    for page in (customer.page, rep):
        page.evaluate("Math.random = () => 0.05")  # of up to 30 seconds until it looks for the desk again
    demo.kill()
    customer.write("written while it was dark")
    rep_writes(rep, "so was this")
    demo.start()
    customer.sees("so was this")
    expect(log_of(rep).get_by_text("written while it was dark", exact=True)).to_have_count(1)
    customer.write("all well?")
    expect(log_of(rep).get_by_text("all well?", exact=True)).to_have_count(1)
    for text in ("before the power cut", "so was this"):
        customer.sees(text, times=1)
    customer.page.reload()
    customer.launcher.click()
    for text in ("before the power cut", "written while it was dark", "so was this", "all well?"):
        expect(customer.log.locator("p.mine, p.theirs").get_by_text(text, exact=True)).to_have_count(1)


def test_killed_in_the_middle_of_an_answer_it_is_said_once(
    modelled: Demo, slow_model: SlowModel, context_with: Contexts
) -> None:
    customer = customer_at(modelled, context_with, "/try/concierge")
    customer.write("where is my order?")
    draft = customer.panel.locator(".draft p.theirs")
    expect(draft).to_have_text("Your order is on its way")
    modelled.kill()
    expect(draft).to_have_count(0)
    slow_model.goes_on.set()
    modelled.start()
    customer.sees("Your order is on its way: it arrives on Friday.")
    expect(draft).to_have_count(0)
    customer.sees("where is my order?")
    assert len(slow_model.asked) == 2, "what was answered before the kill is not known to have been"
    customer.page.reload()
    customer.launcher.click()
    customer.sees("Your order is on its way: it arrives on Friday.")
    customer.sees("where is my order?")
    expect(customer.log.locator("p.mine, p.theirs")).to_have_count(2)


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_page_is_accessible_with_real_content(
    lasting_demo: Demo, context_with: Contexts, setting: str
) -> None:
    customer = customer_at(lasting_demo, context_with, **SETTINGS[setting])
    customer.write("I want to return my order 1042")
    customer.option("It is too small").click()
    expect(customer.panel.get_by_label("Choose a day")).to_be_visible()
    customer.page.screenshot(path=SHOTS / f"customer-{setting}.png")
    assert axe_violations(customer.page) == []
    wait_for_a_person(customer)
    rep = rep_at(lasting_demo, context_with, **SETTINGS[setting])
    rep.get_by_role("radio", name="Waiting").click()
    rep.get_by_role("listitem").get_by_role("button").first.click()
    expect(log_of(rep)).to_contain_text("asked for a person")
    rep.screenshot(path=SHOTS / f"console-{setting}.png")
    for page in (customer.page, rep):
        assert not scrolls_sideways(page)
    assert axe_violations(rep) == []
    rep.get_by_role("button", name="Accept").click()  # so that the next one is the first again
    expect(rep.get_by_role("textbox", name="Message to")).to_be_focused()
