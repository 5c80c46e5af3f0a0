"""Whatever customers and models do, in whatever order: no silence, and a state that is its log."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontdesk.clock import FixedClock
from frontdesk.effect import Effect, EffectResult
from frontdesk.events import load_event
from frontdesk.sessions import SessionState
from frontdesk.testing.desks import OpenDesk, open_desk
from frontdesk.testing.talk import Talk, TalkBegin
from frontdesk.users import MessagingUser
from tests.agents.conftest import obeys_the_rule
from tests.agents.desk import FILES, calls, says, write_desk

CALLS = [
    ("find_order", {"order_number": "1042"}),
    ("find_order", "{bad"),
    ("book_pickup", {"order_number": "1042", "day": "2026-03-17"}),
    ("refund", {"order_number": "1042", "amount": 5}),
    ("cancel_order", {"order_number": "1042", "day": "soon"}),
    ("show_colour", {"what": "it"}),
    ("show_colour", {}),
    ("show_pickup_date", {}),
    ("show_free_text", {}),
    ("show_page", {}),
    ("start_return_order", {"order_number": "1042"}),
    ("start_return_order", {}),
    ("hand_over", {"because": "so"}),
    ("no_such_tool", {}),
]
ANSWERS = st.one_of(
    st.just(says("An answer.")),
    st.lists(st.sampled_from(CALLS), min_size=1, max_size=3).map(lambda some: calls(*some, text="Well.")),
    st.just(says("")),
    st.just(EffectResult.failure("away", "nobody is there")),
    st.just(EffectResult.failure("overflow", "too long")),
    st.just(says("half a sen", finish="length")),
)
LINES = st.one_of(
    st.sampled_from(
        ["hello", "1042", "blue", "yes", "no", "too small", "tomorrow", "never mind", "back", "   "]
    ).map(lambda text: {"text": text}),
    st.sampled_from(["red", "yes", "no", "small", "nothing"]).map(lambda one: {"choose": one}),
    st.sampled_from(["yes", "red", "small"]).map(lambda one: {"choose": one, "of": "earlier"}),
    st.just({"value": "2026-03-17"}),
    st.just({"file": __file__}),
    st.just({"event": "order_shipped", "data": {}}),
    st.just({"advance": "PT1H"}),
)
TALKS = st.lists(st.tuples(LINES, st.lists(ANSWERS, max_size=3)), min_size=1, max_size=7)


class _Scripted:
    """The model gives these answers and then always one in words; tools give what they give."""

    def __init__(self) -> None:
        self.answers: list[Any] = []

    async def perform(self, effect: Effect, *, key: str, user: MessagingUser) -> EffectResult:
        if effect.kind != "model":
            return EffectResult.success({"done": effect.name})
        obeys_the_rule(effect.args["messages"])
        answer = self.answers.pop(0) if self.answers else says("That is all.")
        return answer if isinstance(answer, EffectResult) else EffectResult.success(answer)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> OpenDesk:
    """Its model can read very little, so that every talk of some length is made shorter."""
    bot = FILES["bots/helper/bot.yml"].replace('"scripted:helper"}', '"scripted:helper", context: 400}')
    root = write_desk(tmp_path_factory.mktemp("desk"), {"bots/helper/bot.yml": bot})
    return open_desk(root, {}, is_to_talk=False)


@given(lines=TALKS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_talk_holds(desk: OpenDesk, lines: list[tuple[dict[str, Any], list[Any]]]) -> None:
    asyncio.run(_talk(desk, lines))


async def _talk(desk: OpenDesk, lines: list[tuple[dict[str, Any], list[Any]]]) -> None:
    model = _Scripted()
    talk = Talk(desk.content, model, clock=FixedClock(), begin=TalkBegin(bot="helper"))
    blank = SessionState.load(talk.state.dump())
    log: list[Mapping[str, Any]] = []
    messages = ["m"]
    for line, answers in lines:
        model.answers = list(answers)
        talk.state = SessionState.load(talk.state.dump())
        owner = talk.state.owner
        written = line | ({"of": messages[0]} if "of" in line else {})
        out = await talk.take(written)
        assert "error" not in out, out
        assert "turn" not in [event.get("where") for event in out["events"] if event["kind"] == "error"], out
        messages += [reply["id"] for reply in out["replies"]]
        log += out["events"]
        is_said = "event" not in line and "advance" not in line
        if is_said and owner in ("none", "bot:helper"):
            assert out["replies"], f"silence after {line}"
        memory = talk.state.agent
        assert (memory is not None) == (talk.state.owner == "bot:helper" and bool(log))
        if memory is not None and memory.waiting is None:
            assert talk.state.question is None
            assert not list(memory.open_calls())
    state = folded(blank, log)
    assert orjson.loads(state.dump())["agent"] == orjson.loads(talk.state.dump())["agent"]


def folded(state: SessionState, log: list[Mapping[str, Any]]) -> SessionState:
    """The state that the log alone adds up to."""
    for event in log:
        load_event(event["kind"], 1, event).apply(state)
    return state
