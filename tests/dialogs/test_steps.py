"""Every kind of step by its golden cases: steps and inbounds in, events out, driven as a plain generator.

A case gives a bot's content and `steps`, and `talk`: what comes in turn by turn, each line one of
{say, choose, value, timer}, with the `results` its effects are sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from frontdesk.dialogs import STEP_KINDS
from frontdesk.events import Event
from tests.conftest import Golden

from .drive import ORDER, Session, line, make_desk


def run_steps(given: Mapping[str, Any]) -> list[list[str]]:
    """The events of each turn."""
    bot = {
        "entities": ORDER,
        **{name: given[name] for name in ("slots", "messages", "components") if name in given},
        "intents": {"status": ["where is it"]},
        "dialogs": {"main": {"when": {"keyword": "go"}, "steps": given["steps"]}},
    }
    desk = make_desk(bot, *given.get("bots", ()), **given.get("desk", {}))
    session = Session(desk, owner="bot:shop", user_slots={})
    return [
        [line(event) for event in _turn(session, wanted) if event.KIND != "inbound"]
        for wanted in given["talk"]
    ]


def _turn(session: Session, wanted: Mapping[str, Any]) -> list[Event]:
    results = wanted.get("results", ())
    if "timer" in wanted:
        session.advance(hours=1)
        return session.timer(wanted["timer"])
    if "choose" in wanted:
        return session.choose(wanted["choose"], *results)
    if "value" in wanted:
        return session.value(wanted["value"], *results)
    return session.say(wanted["say"], *results)


@pytest.mark.parametrize("kind", sorted(STEP_KINDS))
def test_a_kind_of_step(kind: str, golden: Golden) -> None:
    for case in golden(f"steps/{kind}.yml"):
        case.expect(events=run_steps(case.given))
