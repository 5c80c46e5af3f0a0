"""What the customer writes arrives once, what the desk says is shown once, whatever the network does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.pages.chat_server import BOT, ScriptedDesk
from tests.pages.customer import Customer
from tests.pages.waiting import until

pytestmark = pytest.mark.pages
Visit = Callable[..., Customer]


def test_who_does_not_open_the_chat_does_not_connect(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit()
    expect(customer.launcher).to_be_visible()
    assert desk.desk.conversations == {}


def test_a_message_is_acknowledged_and_answered(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit(locale="fr-FR").open()
    customer.write("hello")
    customer.sees("hello")
    customer.sees("You said hello.")
    expect(customer.panel.get_by_text("Sending…")).to_have_count(0)
    [sent] = desk.received("send")
    assert set(sent) == {"type", "id", "at", "text"}
    assert customer.page.evaluate("Object.values(localStorage).map(JSON.parse)[0].outbox") == []


def test_a_cut_socket_resumes_and_shows_each_event_once(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.write("one")
    customer.sees("You said one.")
    desk.cut()
    desk.say("Said while you were away.")
    customer.sees("Said while you were away.")
    customer.write("two")
    customer.sees("You said two.")
    for text in ("one", "two", "You said one.", "Said while you were away."):
        customer.sees(text)


def test_an_event_that_comes_again_is_not_shown_again(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.write("one")
    customer.sees("You said one.")
    for event in list(desk.conversation.events):
        desk.tell(**event)
    customer.write("two")
    customer.sees("You said two.")
    customer.sees("one")
    customer.sees("You said one.")


def test_what_is_written_offline_is_sent_once(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.page.context.set_offline(True)
    customer.is_connected(False)
    customer.write("from the tunnel")
    expect(customer.panel.get_by_role("status")).to_have_text("You are offline. Messages are sent later.")
    expect(customer.panel.get_by_text("Sending…")).to_be_visible()
    assert desk.received("send") == []
    customer.page.context.set_offline(False)
    customer.sees("You said from the tunnel.")
    customer.sees("from the tunnel")
    assert len(desk.conversation.clients) == 1


def test_an_unacknowledged_message_survives_a_reload_and_is_taken_once(
    desk: ScriptedDesk, visit: Visit
) -> None:
    customer = visit().open()
    desk.desk.keeps_acks = True
    customer.write("are you there")
    expect(customer.panel.get_by_text("Sending…")).to_be_visible()
    until(lambda: desk.received("send"))
    desk.desk.keeps_acks = False
    customer.page.reload()
    customer.launcher.click()
    customer.sees("You said are you there.")
    customer.sees("are you there")
    assert len(desk.conversation.clients) == 1
    ids = {frame["id"] for frame in desk.received("send")}
    assert len(ids) == 1, "sent again under the same id"


def test_what_a_busy_desk_did_not_take_comes_again_in_its_order(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.page.evaluate("Math.random = () => 0.01")  # of up to 16 seconds until it comes again
    desk.desk.keeps_acks = True
    customer.write("one")
    customer.write("two")
    expect(customer.panel.get_by_text("Sending…")).to_have_count(2)
    until(lambda: len(desk.received("send")) == 2)
    desk.desk.keeps_acks = False
    desk.cut(4429)
    customer.sees("You said one.")
    customer.sees("You said two.")
    assert [frame["text"] for frame in desk.received("send")][-2:] == ["one", "two"]
    assert len(desk.conversation.clients) == 2


def test_without_sockets_it_polls(desk: ScriptedDesk, visit: Visit) -> None:
    desk.desk.refuses_sockets = True
    customer = visit()
    customer.launcher.click()
    customer.is_connected()
    customer.write("through the proxy")
    customer.sees("You said through the proxy.")
    desk.say("Nobody asked, but it arrives.")
    customer.sees("Nobody asked, but it arrives.")
    customer.sees("through the proxy")


def test_history_is_there_after_a_reload(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.write("remember me")
    customer.sees("You said remember me.")
    customer.page.reload()
    customer.open()
    customer.sees("remember me")
    customer.sees("You said remember me.")
    assert len(desk.desk.conversations) == 1


def test_a_second_tab_sees_what_the_first_writes(visit: Visit) -> None:
    first = visit().open()
    first.write("from the first tab")
    first.sees("You said from the first tab.")
    second = visit(also=first).open()
    first.write("again")
    for tab in (first, second):
        tab.sees("again")
        tab.sees("You said again.")
    second.write("and back")
    for tab in (first, second):
        tab.sees("and back")


def test_reset_forgets_and_shows_everything_anew(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.write("hello")
    customer.sees("You said hello.")
    desk.tell(type="reset")
    for event in list(desk.conversation.events):
        desk.tell(**event)
    customer.sees("hello")
    customer.sees("You said hello.")


def test_an_unknown_token_begins_a_new_conversation(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.write("hello")
    customer.sees("You said hello.")
    desk.cut(4401)
    expect(customer.log.get_by_text("hello", exact=True)).to_have_count(0)
    customer.is_connected()
    assert len(desk.desk.conversations) == 2


def test_a_page_that_may_not_talk_is_told_so_and_stays_away(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    desk.cut(4403)
    expect(customer.panel.get_by_role("status")).to_have_text("Chat is not available here.")


def test_a_refused_message_says_why_and_can_be_sent_again(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.write("refuse this")
    expect(customer.panel.get_by_role("alert").get_by_text("Please wait a moment.")).to_be_visible()
    customer.press("Try again")
    expect(customer.panel.get_by_text("Please wait a moment.")).to_be_visible()
    assert len({frame["id"] for frame in desk.received("send")}) == 2


def test_a_message_that_is_too_long_is_not_sent_and_not_lost(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.write("x" * 201)
    expect(
        customer.panel.get_by_role("alert").get_by_text("Please keep it under 200 characters")
    ).to_be_visible()
    expect(customer.field).to_have_value("x" * 201)
    assert desk.received("send") == []


def test_the_badge_counts_what_was_not_seen_in_any_tab(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    customer.page.keyboard.press("Escape")
    expect(customer.launcher).to_be_focused()
    desk.say("First.")
    desk.say("Second.")
    badge = customer.page.get_by_role("status").get_by_text("2 new messages")
    expect(badge).to_be_attached()
    customer.page.reload()
    expect(badge).to_be_attached()
    customer.open()
    expect(badge).not_to_be_attached()
    until(lambda: desk.conversation.seen == desk.conversation.events[-1]["id"])
    customer.page.reload()
    customer.is_connected()
    expect(customer.page.locator("p.theirs").get_by_text("Second.")).to_be_attached()
    expect(badge).not_to_be_attached()
    assert desk.conversation.seen == desk.conversation.events[-1]["id"]


def test_both_sides_see_that_the_other_writes(desk: ScriptedDesk, visit: Visit) -> None:
    customer = visit().open()
    # Typing takes as long as the machine needs: for the page it is a moment, and then three seconds more.
    customer.page.evaluate("window.now = Date.now(), Date.now = () => window.now")
    customer.field.press_sequentially("hello there")
    customer.page.evaluate("window.now += 2999")
    customer.field.press_sequentially("!")
    customer.field.press("Enter")
    customer.sees("You said hello there!.")
    assert len(desk.received("typing")) == 1, "at most every three seconds"
    customer.page.evaluate("window.now += 1")
    customer.field.press_sequentially("and")
    customer.field.press("Enter")
    customer.sees("You said and.")
    assert len(desk.received("typing")) == 2
    desk.tell(type="typing", author={"kind": "rep", "name": "Mia"}, on=True)
    expect(customer.panel.get_by_text("Mia is writing")).to_be_attached()
    desk.say("Here I am.", author=BOT)
    expect(customer.panel.get_by_text("Mia is writing")).to_be_hidden()
