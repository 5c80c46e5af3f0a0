"""Chromium for the tests of the pages: started once, and cheap to begin with for each test."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.pages.waiting import LONG

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",  # see Browsers
]
KEPT = 4  # contexts that nobody uses now

# A page takes some things back by itself after some seconds: that somebody writes, a notice, a connection
# that says nothing. Where the machine stands still for as long, that is before anyone has looked, so these
# whole seconds do not pass. What the pages wait for at random, such as another try to connect, does.
PATIENT = """
const later = window.setTimeout;
window.setTimeout = (act, after, ...given) =>
  Number.isInteger(after) && after >= 4000 ? 0 : later(act, after, ...given);
"""


def chromium() -> str | None:
    """Where Chromium is; None: playwright's own."""
    named = os.environ.get("FRONTDESK_CHROMIUM", "/usr/bin/chromium")
    return named if Path(named).is_file() else None


def launch(playwright: Playwright) -> Browser:
    """The one Chromium of a run."""
    return playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS, timeout=2 * LONG * 1000)


@dataclass(frozen=True, slots=True)
class _Made:
    """A context, and the page in it that is always open."""

    settings: str
    context: BrowserContext
    keeper: Page


class Browsers:
    """What customers and reps sit in front of, each a browser that knows nothing yet.

    Most of what a page costs is the process that shows it. So a context is lent to one test after the
    other, without cookies and without what the pages of the last one stored, and a page of the same site
    stays open in it: its process is what the pages of the next test begin in.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: list[_Made] = []
        self._lent: dict[BrowserContext, _Made] = {}

    def take(self, **settings: Any) -> BrowserContext:
        settings = {"locale": "en-GB", "timezone_id": "Europe/Paris", "reduced_motion": "reduce"} | settings
        wanted = repr(sorted(settings.items()))
        made = next((one for one in self._free if one.settings == wanted), None)
        if made is None:
            made = self._make(wanted, settings)
        else:
            self._free.remove(made)
        self._lent[made.context] = made
        return made.context

    def give_back(self, context: BrowserContext) -> None:
        made = self._lent.pop(context)
        context.set_offline(False)
        seen = [page for page in context.pages if page is not made.keeper]
        origins = {f"{place.scheme}://{place.netloc}" for place in (urlsplit(page.url) for page in seen)}
        for page in seen:
            page.close()
        context.clear_cookies()
        console = context.new_cdp_session(made.keeper)
        for origin in origins:
            console.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        console.detach()
        self._free.append(made)
        for one in self._free[:-KEPT]:
            self._free.remove(one)
            one.context.close()

    def _make(self, wanted: str, settings: dict[str, Any]) -> _Made:
        context = self._browser.new_context(**settings)
        context.set_default_timeout(LONG * 1000)
        context.add_init_script(PATIENT)
        keeper = context.new_page()
        keeper.route("**", lambda route: route.fulfill(body="", content_type="text/html"))
        keeper.goto("http://127.0.0.1/")
        return _Made(wanted, context, keeper)
