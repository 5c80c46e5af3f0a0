"""A customer in front of the widget."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect


class Customer:
    """Someone on a page with the widget."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.launcher = page.get_by_role(
            "button", name=re.compile("Chat with us|Discuter avec nous|Hable con nosotros")
        )
        self.panel = page.get_by_role("dialog")
        self.field = self.panel.get_by_role("textbox").last
        self.log = self.panel.get_by_role("log")

    def open(self) -> Customer:
        self.launcher.click()
        expect(self.panel.locator(".answering")).to_have_text("Shop assistant is here")
        return self

    def write(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def press(self, label: str) -> None:
        self.panel.get_by_role("button", name=label).click()

    def option(self, label: str) -> Locator:
        return self.panel.get_by_role("group").get_by_role("button", name=label)

    def sees(self, text: str, times: int = 1) -> None:
        """What was said stands in the log, as often as told."""
        expect(self.log.locator("p.mine, p.theirs").get_by_text(text, exact=True)).to_have_count(times)

    def is_connected(self, connected: bool = True) -> None:
        panel = self.page.locator(".panel[data-link=live]")
        expect(panel).to_have_count(1 if connected else 0)
