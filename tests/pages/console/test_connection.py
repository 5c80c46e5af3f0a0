"""Cut connections: nothing lost, nothing doubled, and the rep is told."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.pages.console.conftest import Console
from tests.pages.waiting import until

pytestmark = pytest.mark.pages


def test_a_cut_socket_resumes_where_it_was(console: Console) -> None:
    console.open("Lea Mori")
    expect(console.log.get_by_text("Do I need to print anything?")).to_be_visible()  # the last that was said
    lines = console.log.locator(".line")
    before = lines.count()
    console.server.do(lambda desk: desk.cut())
    console.server.do(lambda desk: desk.customer_says("s-lea", "Are you still there?"))
    expect(console.log.get_by_text("Are you still there?")).to_be_visible()
    assert lines.count() == before + 1
    opens = console.sent("open")
    assert opens[-1]["after"] > opens[0]["after"] == 0


def test_what_is_written_offline_is_sent_once(console: Console) -> None:
    console.open("Hana Ito")
    console.desk.refuses_sockets = True
    console.server.do(lambda desk: desk.cut())
    expect(console.page.get_by_text("No connection. What you write is kept")).to_be_visible()
    console.field.fill("Yes, the 28th is free.")
    console.field.press("Enter")
    expect(console.log).to_contain_text("Not sent yet: waits for the connection")

    console.desk.refuses_sockets = False
    console.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(console.log).not_to_contain_text("Not sent yet")
    expect(console.log.get_by_text("Yes, the 28th is free.")).to_have_count(1)
    expect(console.page.get_by_text("No connection.")).to_have_count(0)


def test_a_lost_acknowledgement_does_not_double(console: Console) -> None:
    console.open("Hana Ito")
    console.desk.drops_acks = True
    console.field.fill("Booked for the 28th.")
    console.field.press("Enter")
    expect(console.log.get_by_text("Booked for the 28th.")).to_have_count(1)
    until(lambda: console.desk.dropped)
    console.desk.drops_acks = False
    console.server.do(lambda desk: desk.cut())
    console.server.do(lambda desk: desk.customer_says("s-hana", "Great!"))
    expect(console.log.get_by_text("Great!")).to_be_visible()
    until(lambda: len(console.sent("say")) > 1)
    expect(console.log.get_by_text("Booked for the 28th.")).to_have_count(1)
    said = console.sent("say")
    assert len(said) == 2
    assert said[0]["id"] == said[1]["id"]


def test_unsent_words_outlive_a_reload(console: Console) -> None:
    console.open("Hana Ito")
    console.desk.refuses_sockets = True
    console.server.do(lambda desk: desk.cut())
    expect(console.page.get_by_text("No connection. What you write is kept")).to_be_visible()
    console.field.fill("Kept through a reload")
    console.field.press("Enter")
    console.page.reload()
    console.desk.refuses_sockets = False
    expect(console.log.get_by_text("Kept through a reload")).to_have_count(1)
    expect(console.log.locator("[data-unsent]")).to_have_count(0)
    assert len(console.sent("say")) == 1
