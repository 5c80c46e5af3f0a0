"""Talks with an agent whose model answers what a test says it does."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from frontdesk.clock import FixedClock
from frontdesk.effect import Effect, EffectResult
from frontdesk.effects.perform import Effects
from frontdesk.sessions import SessionState
from frontdesk.testing.desks import OpenDesk, open_desk
from frontdesk.testing.talk import Talk, TalkBegin
from frontdesk.users import MessagingUser
from tests.agents.desk import write_desk
from tests.agents.site import Site, open_site


class Answers:
    """Performs effects: models answer from a list, tools are really called."""

    def __init__(self, real: Effects) -> None:
        self._real = real
        self.waiting: deque[Any] = deque()
        self.asked: list[Effect] = []  # of models
        self.notes: Any = {"text": "Some notes.", "calls": [], "finish": "stop"}  # of a long conversation
        self.noted: list[str] = []  # what they were made of

    async def perform(self, effect: Effect, *, key: str, user: MessagingUser) -> EffectResult:
        if effect.kind != "model":
            return await self._real.perform(effect, key=key, user=user)
        obeys_the_rule(effect.args["messages"])
        if effect.args["notes"]:
            self.noted.append(effect.args["messages"][-1]["content"])
            return self.notes if isinstance(self.notes, EffectResult) else EffectResult.success(self.notes)
        self.asked.append(effect)
        assert self.waiting, "the model is asked once more than the test expects"
        answer = self.waiting.popleft()
        return answer if isinstance(answer, EffectResult) else EffectResult.success(answer)


def obeys_the_rule(messages: list[dict[str, Any]]) -> None:
    """What providers demand: after calls, one answer for each before anything else."""
    open_calls: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            assert message["tool_call_id"] in open_calls, messages
            open_calls.remove(message["tool_call_id"])
            continue
        assert not open_calls, f"unanswered: {open_calls} in {messages}"
        open_calls = [one["id"] for one in message.get("tool_calls", ())]
        assert len(open_calls) == len(set(open_calls))
    assert not open_calls, messages


class AgentTalk:
    """A talk, and what the model was asked and answers in it."""

    def __init__(self, desk: OpenDesk, language: str) -> None:
        self.clock = FixedClock()
        self.effects = Effects(desk.registry, clock=self.clock)
        self.answers = Answers(self.effects)
        self.desk = desk
        begin = TalkBegin(bot="helper", language=language)
        self.talk = Talk(desk.content, self.answers, clock=self.clock, begin=begin)
        self.out: dict[str, Any] = {}

    async def say(self, text: str, *answers: Any) -> list[str]:
        """The customer writes; the model answers so. Gives what the customer gets."""
        return await self.line({"text": text}, *answers)

    async def choose(self, option: str, *answers: Any, of: str | None = None) -> list[str]:
        return await self.line({"choose": option} | ({"of": of} if of else {}), *answers)

    async def pick(self, value: Any, *answers: Any, of: str | None = None) -> list[str]:
        return await self.line({"value": value} | ({"of": of} if of else {}), *answers)

    async def line(self, line: dict[str, Any], *answers: Any) -> list[str]:
        self.answers.waiting.extend(answers)
        # as the store gives it back
        self.talk.state = SessionState.load(self.talk.state.dump())
        self.out = await self.talk.take(line)
        assert "error" not in self.out, self.out
        assert not self.answers.waiting, "the model was not asked as often as the test expects"
        return [reply["text"] for reply in self.out["replies"]]

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.out["events"] if event["kind"] == kind]

    @property
    def owner(self) -> str:
        return str(self.out["owner"])

    @property
    def message(self) -> str:
        """The id of the last message the customer got."""
        return str(self.out["replies"][-1]["id"])

    @property
    def component(self) -> dict[str, Any]:
        found = self.out["replies"][-1]["component"]
        assert found is not None
        return dict(found)

    @property
    def told(self) -> list[str]:
        """What the model read as results, the last time it was asked."""
        messages = self.answers.asked[-1].args["messages"]
        return [one["content"] for one in messages if one["role"] == "tool"]

    @property
    def read(self) -> list[tuple[str, str]]:
        """Everything it read but the prompt, the last time it was asked."""
        messages = self.answers.asked[-1].args["messages"]
        return [(one["role"], str(one["content"] or "")) for one in messages[1:]]

    @property
    def done(self) -> list[Any]:
        """What the tools have done outside."""
        function = self.desk.registry.actions["refund"].function
        done: list[Any] = function.__globals__["DONE"]
        return done


Agent = Callable[..., Awaitable[AgentTalk]]


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[Agent]:
    """Starts talks with the helper; `changes` are files of its desk."""
    opened: list[AgentTalk] = []

    async def start(changes: dict[str, str] | None = None, language: str = "en") -> AgentTalk:
        root = write_desk(tmp_path / str(len(opened)), changes)
        opened.append(AgentTalk(open_desk(root, {}, is_to_talk=False), language))
        return opened[-1]

    yield start
    for one in opened:
        await one.effects.close()


OpenSite = Callable[..., Awaitable[Site]]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[OpenSite]:
    """Starts desks with a customer at the widget; `changes` are files of the desk."""
    opened: list[Site] = []

    async def start(changes: dict[str, str] | None = None, **more: Any) -> Site:
        opened.append(await open_site(tmp_path / f"site{len(opened)}", changes or {}, **more))
        return opened[-1]

    yield start
    for one in opened:
        await one.desk.stop()
