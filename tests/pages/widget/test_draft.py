"""A message that is still being written: seen while it grows, and gone when nothing comes of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.pages.chat_server import BOT, ScriptedDesk
from tests.pages.customer import Customer

pytestmark = pytest.mark.pages
Visit = Callable[..., Customer]

WHOLE = "Order 1042 (wool jumper) was delivered on Monday. Shall we have it collected, or is it a return?"


def half_written(desk: ScriptedDesk, customer: Customer, text: str = "Order 1042 (wool") -> Locator:
    desk.tell(type="draft", id="t1", author=BOT, text=text)
    bubble = customer.panel.locator(".draft p.theirs")
    expect(bubble).to_have_text(text)
    return bubble


def test_a_message_grows_and_the_committed_one_takes_its_place(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.write("nothing")
    expect(customer.panel.get_by_text("Sending…")).to_have_count(0)
    desk.tell(type="typing", author=BOT, on=True)
    expect(customer.panel.locator(".typing")).to_be_visible()
    half_written(desk, customer)
    expect(customer.panel.locator(".typing")).to_be_hidden()
    bubble = half_written(desk, customer, WHOLE)
    assert bubble.locator("i").evaluate("dot => getComputedStyle(dot).animationName") == "none"
    assert WHOLE not in customer.panel.aria_snapshot(), "it would be read out word by word"
    where = bubble.bounding_box()
    desk.say(WHOLE)
    expect(bubble).to_have_count(0)
    customer.sees(WHOLE)
    assert customer.log.locator("p.theirs").last.bounding_box() == where
    assert WHOLE in customer.panel.aria_snapshot()
    assert customer.log.locator("p.author").count() == 1


def test_what_comes_to_nothing_is_taken_back(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.write("nothing")
    bubble = half_written(desk, customer)
    desk.tell(type="draft", id="t1", author=BOT, text=None)
    expect(bubble).to_have_count(0)
    half_written(desk, customer)
    desk.tell(type="typing", author=BOT, on=False)
    expect(bubble).to_have_count(0)
    half_written(desk, customer)
    desk.cut()
    expect(bubble).to_have_count(0)
    customer.is_connected()
    desk.say(WHOLE)
    customer.sees(WHOLE)
    customer.page.reload()
    customer.open().sees(WHOLE)
    expect(bubble).to_have_count(0)
