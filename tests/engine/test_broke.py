"""A turn that breaks in the middle: what was decided stands, the customer is told, a person takes over."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from frontdesk import engine
from frontdesk.commit import Decision
from frontdesk.dialogs.say import Say
from frontdesk.messages import Inbound
from tests.dialogs.drive import Session, kinds, make_desk

BOT: dict[str, Any] = {
    "slots": {"note": {}},
    "messages": {"note": "Note?", "one": "One.", "two": "Two."},
    "dialogs": {
        "note": {"when": {"keyword": "note"}, "steps": [{"ask": "note", "timeout": "PT5M"}, {"say": "two"}]}
    },
}


class Breaking(Session):
    """A session whose turns end as a desk's do when deciding fails."""

    def _advance(self, decision: Decision, result: Any) -> Any:
        try:
            return decision.advance(result)
        except ZeroDivisionError as error:
            inbound, given = decision.inbound, decision.given
            decision.run = engine.broke(self.state, inbound, given, error, is_received=decision.is_received)
            return decision.advance()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(step: Say, dialog: Any) -> Generator[Any, Any, Any]:
        yield from dialog.send_text("One.")
        raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr(Say, "run", run)


@pytest.mark.usefixtures("broken")
def test_the_customer_gets_an_apology_and_a_person_and_the_log_adds_up() -> None:
    session = Breaking(make_desk(BOT))
    session.say("note")
    events = session.say("an answer")
    assert kinds(events).count("inbound") == 1
    assert session.texts == [
        "One.",
        "Sorry, something went wrong on our side.",
        "I am passing you to a colleague, who can see everything you have written here.",
    ]
    assert session.state.owner == "queue:general"
    assert (session.state.question, session.dialogs, session.state.timers) == (None, [], {})
    assert session.folded() == session.state


def test_a_turn_that_never_began_logs_the_message_and_its_reply() -> None:
    session = Session(make_desk(BOT))
    session.say("note")
    session.state.last_inbound += 1
    inbound = Inbound(channel="site", sender="ana", external_id="x", text="an answer")
    events = list(engine.broke(session.state, inbound, session.given, ValueError("boom")))
    assert kinds(events)[:2] == ["inbound", "error"]


def test_with_a_rep_only_the_log_says_so() -> None:
    session = Session(make_desk(BOT))
    session.state.owner, session.state.status = "rep:mia", "active"
    inbound = Inbound(channel="site", sender="ana", external_id="x", text="hello")
    events = list(engine.broke(session.state, inbound, session.given, ValueError("boom")))
    assert kinds(events) == ["inbound", "error"]


def test_broken_system_texts_still_bring_a_person() -> None:
    system = {"name": "system", "messages": {"error": "{{ 1 + 'a' }}", "handed_over": "{{ 1 + 'a' }}"}}
    boom = {"boom": {"when": {"keyword": "boom"}, "steps": [{"say": "gone"}]}}
    session = Session(make_desk(BOT | {"dialogs": boom}, system))
    session.say("boom")
    assert session.texts == []
    assert session.state.owner == "queue:general"
