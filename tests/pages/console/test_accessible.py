"""axe finds nothing, the page never scrolls sideways, and its first load stays small."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from ruamel.yaml import YAML

from tests.pages.conftest import WEB, axe_violations, scrolls_sideways
from tests.pages.console.conftest import Console, Opening

pytestmark = pytest.mark.pages

SETTINGS: dict[str, dict[str, Any]] = {
    "light": {"width": 1440, "scheme": "light"},
    "dark": {"width": 1440, "scheme": "dark"},
    "phone": {"width": 390, "height": 844, "scheme": "light", "touch": True},
    "phone-dark": {"width": 390, "height": 844, "scheme": "dark", "touch": True},
    "rtl": {"width": 1440, "scheme": "light"},
}
FIRST_LOAD = 150 * 1024


def look(console: Console) -> None:
    found = axe_violations(console.page)
    assert found == [], "\n".join(found)
    assert not scrolls_sideways(console.page)


@pytest.mark.parametrize("setting", SETTINGS)
def test_nothing_for_axe_to_find(opening: Opening, setting: str) -> None:
    console = opening(axe=True, **SETTINGS[setting])
    page = console.page
    if setting == "rtl":
        page.evaluate("document.documentElement.dir = 'rtl'")
    console.show("Waiting")
    expect(console.row("Ada Brand")).to_be_visible()
    look(console)
    console.open_ada()
    look(console)
    console.log.get_by_role("button", name="Bot hello").click()
    console.log.get_by_role("button", name="Why?").nth(1).click()
    turn = page.get_by_role("region", name="What led to this")
    turn.get_by_text("Result").click()
    expect(turn.locator("details pre")).to_be_visible()
    look(console)
    turn.get_by_role("button", name="Close").click()
    if "touch" in SETTINGS[setting]:
        page.get_by_role("button", name="Back to the inbox").click()
    console.show("Mine")
    console.open("Lea Mori")
    console.log.get_by_role("button", name="asked 3 questions").click()
    expect(console.log).to_contain_text("What is your order number?")
    look(console)


def test_axe_on_sign_in_and_overlays(opening: Opening) -> None:
    console = opening(axe=True, signed_in=False)
    page = console.page
    console.sign_in("mia", "not-it")
    expect(page.get_by_role("alert")).to_contain_text("do not go together")
    look(console)
    console.sign_in("mia")
    console.open("Hana Ito")
    page.get_by_role("button", name="Send a component").click()
    expect(page.get_by_role("menuitem")).to_have_count(3)
    expect(page.get_by_role("searchbox")).to_be_focused()
    look(console)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Account of").click()
    expect(page.get_by_role("menu")).to_be_visible()
    look(console)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    look(console)


def test_first_load_is_small(static: Path) -> None:
    """Everything the page names, and what those scripts import before they run."""
    page = (static / "console" / "index.html").read_text()
    assert "<script>" not in page
    todo = [static / name.lstrip("/") for name in re.findall(r'(?:src|href)="(/assets/[^"]+\.js)"', page)]
    seen: set[Path] = set()
    while todo:
        script = todo.pop()
        if script in seen:
            continue
        seen.add(script)
        imports = re.findall(r'(?:import|from)\s?"(\./[^"]+\.js)"', script.read_text())
        todo += [script.parent / name for name in imports]
    total = sum(len(gzip.compress(script.read_bytes(), 9)) for script in seen)
    assert seen
    assert total <= FIRST_LOAD, f"{total} bytes: {sorted(script.name for script in seen)}"


def test_every_text_the_page_asks_for_exists() -> None:
    catalogue = YAML(typ="safe").load(WEB.parent / "frontdesk" / "locale" / "en.yml")
    for area, folder in (("console", WEB / "console"), ("turn", WEB / "console" / "turn")):
        for source in folder.glob("*.ts*"):
            for key in re.findall(r'\b(?:t|rich)\(\s*"([a-z_.]+)"', source.read_text()):
                node = catalogue[area]
                for name in key.split("."):
                    assert name in node, f"{source.name} asks for {area}.{key}, which en.yml does not have"
                    node = node[name]
