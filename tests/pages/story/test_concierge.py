"""The same agent by web and by text message, and a person who takes over: one conversation, two channels."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Page, expect

from frontdesk.desk.accounts import demo_rep
from tests.pages.browsers import Browsers
from tests.pages.customer import Customer
from tests.pages.waiting import LONG
from tests.town import Town, copy_shop, running_town

pytestmark = [pytest.mark.pages, pytest.mark.slow]

T = TypeVar("T")
SHOP = "{when: \"channel == 'concierge'\", to: {bot: concierge}"
BOTH = "{when: \"channel in ['concierge', 'sms']\", to: {bot: concierge}"


class Running:
    """A town in a thread of its own, beside the browser."""

    def __init__(self, root: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._open = running_town(root, Town, demo=True)
        self.town = self.do(self._open.__aenter__())
        self.login, self.password = self.do(demo_rep(self.town.desk))

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(LONG)

    def close(self) -> None:
        self.do(self._open.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LONG)
        self._loop.close()


class ByWeb:
    """A customer at the widget."""

    def __init__(self, running: Running, browsers: Browsers) -> None:
        self._browsers = browsers
        self._context = browsers.take()
        page = self._context.new_page()
        page.goto(f"{running.town.address}/try/concierge")
        self._customer = Customer(page)
        self._customer.launcher.click()
        self._customer.is_connected()
        self._seen = 0

    def writes(self, text: str) -> None:
        self._customer.write(text)

    def picks(self, label: str) -> None:
        self._customer.option(label).last.click()

    def sees(self, text: str) -> None:
        """The next message says this."""
        expect(self._customer.log.locator("p.theirs").nth(self._seen)).to_contain_text(text)
        self._seen += 1

    def begins_again(self) -> None:
        self._customer.press("Start again")

    def leaves(self) -> None:
        self._browsers.give_back(self._context)


class BySms:
    """A customer with a telephone: options are numbers there."""

    def __init__(self, running: Running, browsers: Browsers) -> None:
        self._running = running
        self._twilio = running.town.twilio
        self._number = "+15551234567"
        self._seen = 0

    def writes(self, text: str) -> None:
        assert self._running.do(self._twilio.write(self._number, text)) == 200

    def picks(self, label: str) -> None:
        [number] = re.findall(rf"^(\d+)\. {re.escape(label)}", self._last, re.MULTILINE) or [label]
        self.writes(number)

    def sees(self, text: str) -> None:
        """The next message says this."""
        self._seen += 1
        self._running.do(self._twilio.has_sent(self._seen, within=LONG))
        assert text in self._last

    @property
    def _last(self) -> str:
        body: str = self._twilio.texts(self._number)[self._seen - 1]
        return body

    def begins_again(self) -> None:
        """Whoever writes begins."""

    def leaves(self) -> None:
        assert len(self._twilio.sent) == self._seen


class Rep:
    """Somebody at the console."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.log = page.get_by_role("log", name="Messages with")

    def accepts(self) -> None:
        self._page.get_by_role("radio", name="Waiting").click()
        self._page.get_by_role("listitem").get_by_role("button").first.click()
        self._page.get_by_role("button", name="Accept").click()
        expect(self._page.get_by_role("textbox", name="Message to")).to_be_focused()

    def writes(self, text: str) -> None:
        field = self._page.get_by_role("textbox", name="Message to")
        field.fill(text)
        field.press("Enter")

    def sees(self, text: str) -> None:
        expect(self.log).to_contain_text(text)

    def looks_into(self, text: str) -> None:
        """What led to a message of the bot."""
        self.log.locator(".part-fold").first.click()
        line = self.log.locator(".line").filter(has_text=text)
        line.get_by_role("button", name="Why?").click()

    def learns(self, *words: str) -> None:
        for one in words:
            expect(self._page.get_by_role("region", name="What led to this")).to_contain_text(one)

    def ends(self) -> None:
        self._page.get_by_role("button", name="End").first.click()
        self._page.get_by_role("alertdialog").get_by_role("button", name="End").click()


@pytest.fixture(scope="module")
def running(static: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    root = copy_shop(tmp_path_factory.mktemp("story") / "desk")
    routes = root / "frontdesk.yml"
    routes.write_text(routes.read_text(encoding="utf-8").replace(SHOP, BOTH), encoding="utf-8")
    running = Running(root)
    yield running
    running.close()


@pytest.fixture(scope="module")
def rep(running: Running, browsers: Browsers) -> Iterator[Rep]:
    context = browsers.take()
    page = context.new_page()
    page.goto(f"{running.town.address}/console")
    page.get_by_label("Login").fill(running.login)
    page.get_by_label("Password").fill(running.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("radio", name="Waiting")).to_be_visible()
    yield Rep(page)
    browsers.give_back(context)


Way = Callable[[Running, Browsers], ByWeb | BySms]


@pytest.mark.parametrize("way", [ByWeb, BySms])
def test_the_concierge_and_then_a_person(running: Running, browsers: Browsers, rep: Rep, way: Way) -> None:
    customer = way(running, browsers)
    customer.writes("I want to return order 1042")
    customer.sees("Why are you sending it back?")
    customer.picks("It is too small")
    customer.sees("On which day may we collect it?")
    customer.writes("next Tuesday")  # in words, where a click would do
    customer.sees("on Tuesday 17 March. Shall I book that?")
    customer.picks("Yes, book it")
    customer.sees("P-1042")
    customer.sees("How did we do?")
    customer.picks("Skip this")
    customer.sees("Is there anything else I can do for you?")

    customer.writes("please collect order 1044, too")
    customer.sees("On which day may we collect it?")
    customer.picks("Fri 13 Mar")
    customer.sees("Shall I have order 1044 collected on Friday 13 March?")
    customer.writes("go ahead")
    customer.sees("It is booked: P-1044, on Friday 13 March.")

    customer.writes("thank you, may I talk to a person?")
    customer.sees("I am passing you to a colleague")
    rep.accepts()
    rep.sees("asked for a person")
    rep.looks_into("It is booked: P-1044")
    rep.learns("go ahead", "book_pickup", "order_number1044", "scripted:concierge answered", "Tokens")
    rep.writes("Hello, this is Alex.")
    customer.sees("Hello, this is Alex.")
    customer.writes("Will the driver ring the bell?")
    rep.sees("Will the driver ring the bell?")
    rep.writes("Twice.")
    customer.sees("Twice.")
    rep.ends()
    customer.sees("Goodbye!")

    customer.begins_again()
    customer.writes("where is order 1043?")
    customer.sees("Order 1043")
    customer.leaves()
