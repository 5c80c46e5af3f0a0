"""The list: what is mine, who waits, and how it keeps its place."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.pages import desk_board
from tests.pages.console.conftest import Console, Opening

pytestmark = pytest.mark.pages


def test_filters_count_and_show(console: Console) -> None:
    page = console.page
    for name in ("Mine 3", "Waiting 3", "All 10"):
        expect(page.get_by_role("radio", name=name)).to_be_visible()
    expect(page.get_by_role("list", name="My sessions").get_by_role("listitem")).to_have_count(3)
    expect(console.row("Hana Ito")).to_contain_text("1 unread message")

    console.show("Waiting")
    names = page.get_by_role("list", name="Sessions that wait").get_by_role("listitem")
    expect(names).to_have_text([re.compile("Nia"), re.compile("Ada"), re.compile("Kai")])  # the longest first
    expect(console.row("Ada Brand")).to_contain_text("Asked for a person")
    since = datetime.fromisoformat(console.desk.talks["s-ada"].since or "")
    then = (since + timedelta(seconds=130)).timestamp() * 1000  # however long it took until here
    page.evaluate("then => (Date.now = () => then)", then)
    expect(console.row("Ada Brand")).to_contain_text("waits 2m")
    expect(page).to_have_title("(3) Inbox · Harz & Halde")


def test_waiting_time_ticks(console: Console) -> None:
    console.show("Waiting")
    before = console.row("Kai Novak").locator(".row-wait").inner_text()
    # Each second; from a minute on, as a slow machine may see it, each minute.
    expect(console.row("Kai Novak").locator(".row-wait")).not_to_have_text(before, timeout=180_000)


def test_someone_new_waits(console: Console) -> None:
    console.server.do(lambda desk: desk.waits(desk_board.newcomer()))
    expect(console.page.get_by_role("radio", name="Waiting 4")).to_be_visible()
    told = console.page.get_by_role("status").filter(has_text="Jun Endo")
    expect(told).to_have_text("New in Returns: Jun Endo waits for a person. Why: asked for a person.")
    expect(console.page).to_have_title(re.compile(r"^\(4\) "))


def test_empty_lists_explain_themselves(opening: Opening) -> None:
    desk = desk_board.desk()
    desk.talks = {name: talk for name, talk in desk.talks.items() if talk.owner.startswith("queue:")}
    console = opening(desk)
    expect(console.page.get_by_role("heading", name="Nothing is yours yet")).to_be_visible()
    console.page.get_by_role("button", name="Show who waits").click()
    expect(console.row("Ada Brand")).to_be_visible()

    nobody = desk_board.desk()
    nobody.talks = {}
    console = opening(nobody)
    console.show("Waiting")
    expect(console.page.get_by_role("heading", name="Nobody waits")).to_be_visible()


def test_long_list_is_drawn_in_part_and_walked_by_keys(opening: Opening) -> None:
    console = opening(desk_board.desk(extra=300))
    page = console.page
    console.show("All")
    expect(page.get_by_role("radio", name="All 310")).to_be_visible()
    items = page.get_by_role("list", name="All open sessions").get_by_role("listitem")
    assert items.count() < 40
    expect(items.first).to_have_attribute("aria-setsize", "310")

    rows = page.get_by_role("list", name="All open sessions").get_by_role("button")
    assert rows.evaluate_all("rows => rows.filter((row) => row.tabIndex === 0).length") == 1
    rows.first.focus()
    page.keyboard.press("End")
    expect(console.row("Guest 299")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(console.row("Guest 298")).to_be_focused()
    page.keyboard.press("k")
    expect(console.row("Guest 297")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Guest 297").first).to_be_visible()


def test_the_list_keeps_its_place(opening: Opening) -> None:
    console = opening(desk_board.desk(extra=60))
    console.show("All")
    expect(console.page.get_by_role("list", name="All open sessions")).to_be_visible()
    box = console.page.locator(".inbox-rows")
    box.evaluate("box => (box.scrollTop = 64 * 20)")
    kept = console.row("Guest 015")
    before = kept.bounding_box()
    console.server.do(lambda desk: desk.customer_says("s-n40", "And parcel 5040?"))
    expect(console.page.get_by_role("radio", name="All 70")).to_be_visible()
    console.server.do(lambda desk: desk.waits(desk_board.newcomer()))
    expect(console.page.get_by_role("radio", name="All 71")).to_be_visible()
    after = kept.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 2
