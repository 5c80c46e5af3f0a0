"""The example site, the protocol page and the open widget: axe finds nothing, nothing scrolls sideways."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.pages.chat_server import ScriptedDesk
from tests.pages.conftest import SETTINGS, axe_violations, scrolls_sideways
from tests.pages.customer import Customer

pytestmark = pytest.mark.pages
Contexts = Callable[..., BrowserContext]


def test_the_widget_is_one_small_file(static: Path) -> None:
    source = (static / "widget.js").read_bytes()
    assert len(gzip.compress(source, 9)) <= 10 * 1024
    assert not re.search(rb"\bimport *[\"'`{*(]|\bimport +\w+ +from\b", source)


def test_whose_code_and_font_the_pages_hold_is_shipped_with_them(static: Path) -> None:
    named = (static / "third-party.md").read_text(encoding="utf-8")
    assert "## react - " in named
    assert "SIL OPEN FONT LICENSE" in (static / "third-party-font.txt").read_text(encoding="utf-8").upper()


@pytest.mark.parametrize("setting", SETTINGS)
def test_pages_and_widget_are_accessible(desk: ScriptedDesk, context_with: Contexts, setting: str) -> None:
    page = context_with(**SETTINGS[setting]).new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))

    page.goto(f"{desk.url}/protocol")
    expect(page.get_by_role("heading", level=1)).to_have_text("Chat protocol")
    assert axe_violations(page) == []
    assert not scrolls_sideways(page)

    page.goto(desk.url)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert axe_violations(page) == []
    assert not scrolls_sideways(page)

    customer = Customer(page).open()
    customer.write("I want to return my jumper")
    customer.option("Too small").click()
    customer.option("To my door").click()
    expect(customer.option("Mon 16 Mar")).to_be_visible()
    assert axe_violations(page, "frontdesk-chat") == [], "with a date picker"
    customer.option("Mon 16 Mar").click()
    expect(customer.panel.get_by_role("link")).to_be_visible()
    customer.write("guests")
    customer.write("nps")
    customer.write("rate")
    expect(customer.option("Skip this")).to_be_visible()
    customer.panel.get_by_text("★").nth(3).click()
    assert axe_violations(page, "frontdesk-chat") == [], "with a number and ratings"
    assert not scrolls_sideways(page)
    customer.write("person")
    expect(customer.panel.get_by_text("You are number 2 in line")).to_be_visible()
    page.context.set_offline(True)
    customer.is_connected(False)
    customer.write("are you there")
    expect(customer.panel.get_by_role("button", name="Try again")).to_be_visible()
    page.context.set_offline(False)
    customer.is_connected()
    customer.sees("You said are you there.")
    assert axe_violations(page, "frontdesk-chat") == [], "with a link and a place in the queue"
    desk.log("session", status="ended", by="rep")
    expect(customer.panel.get_by_role("button", name="Start again")).to_be_visible()
    assert axe_violations(page, "frontdesk-chat") == [], "ended"
    assert not scrolls_sideways(page)
    assert failures == []


@pytest.mark.parametrize(
    ("locale", "shop", "chat", "protocol"),
    [
        ("fr-FR", "Des choses chaudes, faites lentement.", "Discuter avec nous", "Protocole de discussion"),
        ("es-ES", "Cosas cálidas, hechas despacio.", "Hable con nosotros", "Protocolo de chat"),
        ("de-DE", "Warm things, slowly made.", "Chat with us", "Chat protocol"),
    ],
)
def test_pages_speak_the_browser_s_language(
    desk: ScriptedDesk, context_with: Contexts, locale: str, shop: str, chat: str, protocol: str
) -> None:
    page = context_with(locale=locale).new_page()
    page.goto(desk.url)
    expect(page.get_by_role("heading", level=1)).to_have_text(shop)
    expect(page.get_by_role("link", name=re.compile("onsol"))).to_have_attribute("href", "/console")
    expect(page.get_by_role("button", name=chat)).to_be_visible()
    page.goto(f"{desk.url}/protocol")
    expect(page.get_by_role("heading", level=1)).to_have_text(protocol)
