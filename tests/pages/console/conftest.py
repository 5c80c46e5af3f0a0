"""The console in a browser, signed in or not, against a desk of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.pages import desk_board
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

    def show(self, name: str) -> None:
        self.page.get_by_role("radio", name=name).click()

    def row(self, name: str) -> Locator:
        return self.page.get_by_role("listitem").get_by_role("button", name=name)

    def open(self, name: str) -> None:
        self.row(name).click()
        expect(self.page.get_by_role("heading", name=name).first).to_be_visible()

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log", name="Messages with")

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message to")

    def sent(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.desk.frames if frame["type"] == kind]


@pytest.fixture
def opening(browser: Browser, static: Path) -> Iterator[Opening]:
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
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/Berlin",
            has_touch=touch,
            is_mobile=touch,
            bypass_csp=axe,
        )
        contexts.append(context)
        if signed_in:
            server.desk.cookies[login] = login
            context.add_cookies([{"name": "frontdesk_rep", "value": login, "url": server.address}])
        context.set_default_timeout(5000)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: _note(said.text, said.type, troubles))
        console = Console(page, server, troubles)
        page.goto(server.address + path)
        if signed_in:
            expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
        return console

    yield open_it
    for context in contexts:
        context.close()
    for server in servers:
        server.stop()
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
