"""Chromium, the built pages and axe, for every test of the pages."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests.pages.browsers import Browsers, launch
from tests.pages.chat_server import ScriptedDesk
from tests.pages.customer import Customer
from tests.pages.waiting import LONG

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "runtime" / "web"
# Another folder may hold the build that is to be tested.
STATIC = Path(os.environ.get("FRONTDESK_STATIC", ROOT / "runtime" / "frontdesk" / "static"))
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"

expect.set_options(timeout=LONG * 1000)


@pytest.fixture(scope="session")
def static() -> Path:
    """The built pages."""
    if not (STATIC / "widget.js").is_file():
        pytest.skip(
            f"the pages are not built: no {STATIC / 'widget.js'} (run `npm run build` in runtime/web)"
        )
    return STATIC


@pytest.fixture(scope="session")
def browsers() -> Iterator[Browsers]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield Browsers(browser)
        browser.close()


@pytest.fixture
def lent(browsers: Browsers) -> Iterator[Callable[..., BrowserContext]]:
    """Somebody's browser, with the settings a test names; given back at its end."""
    contexts: list[BrowserContext] = []

    def take(**settings: Any) -> BrowserContext:
        contexts.append(browsers.take(**settings))
        return contexts[-1]

    yield take
    for context in contexts:
        browsers.give_back(context)


@pytest.fixture
def context_with(lent: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """The same on a screen of the usual size, where axe may be run."""

    def take(**settings: Any) -> BrowserContext:
        return lent(**{"viewport": {"width": 1280, "height": 860}, "bypass_csp": True} | settings)

    return take


@pytest.fixture(scope="session")
def ending() -> Iterator[list[Thread]]:
    """Threads of servers that were told to stop."""
    threads: list[Thread] = []
    yield threads
    for thread in threads:
        thread.join(LONG)


@pytest.fixture
def desk(static: Path, ending: list[Thread]) -> Iterator[ScriptedDesk]:
    """A desk that knows nobody yet, at an address where no page of another test looks for it."""
    desk = ScriptedDesk(static).start()
    yield desk
    desk.stop()
    ending.append(desk.thread)


@pytest.fixture
def visit(desk: ScriptedDesk, context_with: Callable[..., BrowserContext]) -> Callable[..., Customer]:
    """A customer opens a page: in a new browser, or in another tab of `also`'s."""

    def go(path: str = "/bare", also: Customer | None = None, **settings: object) -> Customer:
        context = also.page.context if also else context_with(**settings)
        page = context.new_page()
        page.goto(desk.url + path)
        return Customer(page)

    return go


PHONE = {"width": 390, "height": 844}

SETTINGS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"color_scheme": "light", "viewport": PHONE},
    "phone-dark": {"color_scheme": "dark", "viewport": PHONE},
}


def axe_violations(page: Page, within: str = "html") -> list[str]:
    """What axe finds on a page, or in a part of it, a line each."""
    if not AXE.is_file():
        pytest.skip(f"axe is not installed: no {AXE} (run `npm ci` in runtime/web)")
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    found = page.evaluate(
        "async (within) => (await axe.run(within, { resultTypes: ['violations'] })).violations", within
    )
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]
    ]


def scrolls_sideways(page: Page) -> bool:
    """Whether the page is wider than its window."""
    wider: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return wider
