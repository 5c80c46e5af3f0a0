"""The console in a browser, signed in or not, against a desk of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.pages import desk_board
from tests.pages.browsers import Browsers
from tests.pages.desk_server import PASSWORDS, ScriptedDesk, Server

Opening = Callable[..., "Console"]


@dataclass
class Console:
    """One open page and the desk behind it."""

    page: Page
    server: Server
    troubles: list[str]

    @property
    def desk(self) -> ScriptedDesk:
        return self.server.desk

    def sign_in(self, login: str = "mia", password: str = "") -> None:
        self.page.get_by_label("Login").fill(login)
        self.page.get_by_label("Password").fill(password or PASSWORDS[login])
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def open_ada(self) -> None:
        """All that she wrote stands there, down to the last message."""
        self.show("Waiting")
        self.open("Ada Brand")
        last = self.log.get_by_text("I was charged twice for order 4471", exact=True)
        expect(last).to_be_in_viewport()

    def show(self, name: str) -> None:
        self.page.get_by_role("radio", name=name).click()

    def row(self, name: str) -> Locator:
        return self.page.get_by_role("listitem").get_by_role("button", name=name)

    def open(self, name: str) -> None:
        """Open a session, and wait until the desk has told of it."""
        self.row(name).click()
        expect(self.page.get_by_role("heading", name=name).first).to_be_visible()
        expect(self.page.locator(".talk[aria-busy=false]")).to_have_count(1)

    def goes_to_the_only_component(self) -> None:
        """In the list that has been searched, by keyboard."""
        found = self.page.get_by_role("menuitem")
        expect(found).to_have_count(1)
        self.page.keyboard.press("ArrowDown")
        expect(found).to_have_attribute("data-focused", "true")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log", name="Messages with")

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message to")

    def sent(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.desk.frames if frame["type"] == kind]


@pytest.fixture
def opening(browsers: Browsers, static: Path, ending: list[Thread]) -> Iterator[Opening]:
    """Opens a console: `opening(desk=..., width=..., signed_in=False, scheme="dark")`."""
    servers: list[Server] = []
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_it(
        desk: ScriptedDesk | None = None,
        *,
        server: Server | None = None,
        width: int = 1440,
        height: int = 900,
        signed_in: bool = True,
        login: str = "mia",
        scheme: Any = "light",
        touch: bool = False,
        axe: bool = False,
        path: str = "/console",
    ) -> Console:
        if server is None:
            server = Server(desk or desk_board.desk(), static).start()
            servers.append(server)
        context = browsers.take(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            timezone_id="Europe/Berlin",
            has_touch=touch,
            is_mobile=touch,
            bypass_csp=axe,
        )
        contexts.append(context)
        if signed_in:
            server.desk.cookies[login] = login
            context.add_cookies([{"name": "frontdesk_rep", "value": login, "url": server.address}])
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: _note(said.text, said.type, troubles))
        console = Console(page, server, troubles)
        page.goto(server.address + path)
        if signed_in:
            expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
            expect(page.locator(".inbox-wait")).to_have_count(0)  # the desk has told what there is
        return console

    yield open_it
    for context in contexts:
        browsers.give_back(context)
    for server in servers:
        server.stop()
        ending.append(server.thread)
    assert troubles == [], troubles


def _note(text: str, kind: str, troubles: list[str]) -> None:
    """A page that complains or breaks its own policy fails the test; lost connections are meant."""
    if "Content Security Policy" in text or (
        kind == "error" and "Failed to load" not in text and "WebSocket" not in text
    ):
        troubles.append(text)


@pytest.fixture
def console(opening: Opening) -> Console:
    return opening()
