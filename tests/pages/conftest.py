"""Chromium, the built pages and axe, for every test of the pages."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.pages.chat_server import ScriptedDesk
from tests.pages.customer import Customer

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "runtime" / "web"
# Another folder may hold the build that is to be tested.
STATIC = Path(os.environ.get("FRONTDESK_STATIC", ROOT / "runtime" / "frontdesk" / "static"))
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Where Chromium is; None: playwright's own."""
    named = os.environ.get("FRONTDESK_CHROMIUM", "/usr/bin/chromium")
    return named if Path(named).is_file() else None


@pytest.fixture(scope="session")
def static() -> Path:
    """The built pages."""
    if not (STATIC / "widget.js").is_file():
        pytest.skip(
            f"the pages are not built: no {STATIC / 'widget.js'} (run `npm run build` in runtime/web)"
        )
    return STATIC


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context_with(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes contexts with the settings a test names, and closes them."""
    contexts: list[BrowserContext] = []

    def make(**settings: Any) -> BrowserContext:
        settings = {
            "locale": "en-GB",
            "time_zone": "Europe/Paris",
            "reduced_motion": "reduce",
            "viewport": {"width": 1280, "height": 860},
        } | settings
        settings["timezone_id"] = settings.pop("time_zone")
        context = browser.new_context(bypass_csp=True, **settings)
        context.set_default_timeout(8_000)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def running_desk(static: Path) -> Iterator[ScriptedDesk]:
    with ScriptedDesk(static) as desk:
        yield desk


@pytest.fixture
def desk(running_desk: ScriptedDesk) -> ScriptedDesk:
    """A desk that knows nobody yet."""
    running_desk.reset()
    return running_desk


@pytest.fixture
def visit(context_with: Callable[..., BrowserContext], desk: ScriptedDesk) -> Callable[..., Customer]:
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
    found = page.evaluate("async (within) => (await axe.run(within)).violations", within)
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]
    ]


def scrolls_sideways(page: Page) -> bool:
    """Whether the page is wider than its window."""
    wider: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return wider
