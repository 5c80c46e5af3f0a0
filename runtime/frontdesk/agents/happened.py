"""What happens in a session that an agent owns: what its model answered, what waits, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import orjson

from frontdesk.events import Event, event_kind
from frontdesk.memory import AgentMemory
from frontdesk.sessions import SessionState
from frontdesk.value import value


@value
class AgentEvent(Event):
    """An event whose empty fields are not written: a session has many of them."""

    def dump(self) -> bytes:
        written = {one.name: getattr(self, one.name) for one in fields(self)}
        return orjson.dumps({name: value for name, value in written.items() if value}, default=str)


@event_kind("agent", version=2, customer=("said", "before"))
@value
class AgentBegan(AgentEvent):
    """An agent answers from here on; it begins with what the customer said, and what was said before."""

    bot: str
    said: str = ""
    before: tuple[str, ...] = ()

    def apply(self, state: SessionState) -> None:
        state.agent = AgentMemory(bot=self.bot, before=list(self.before))
        state.agent.heard(self.said)


@event_kind("model", customer=("text", "calls"))
@value
class ModelAnswered(AgentEvent):
    """A model answered, or could not. A final answer's words are in the message that follows."""

    model: str
    prompt: str
    version: str  # hash of the prompt's content
    text: str = ""  # said beside calls
    calls: tuple[tuple[str, str, str], ...] = ()  # id, name, arguments as JSON text
    finish: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cached: int = 0
    estimated: bool = False
    sent: int = 0  # bytes of what it was asked
    seconds: float = 0.0
    cost: float = 0.0
    error: str = ""  # why there is no answer

    def apply(self, state: SessionState) -> None:
        memory = state.agent
        if memory is None:
            return
        memory.calls += 1
        memory.tokens += self.tokens_in + self.tokens_out
        memory.cost = round(memory.cost + self.cost, 6)
        if not self.estimated:
            memory.counted(self.sent, self.tokens_in)
        if self.calls:
            memory.asked_for(self.text, [(one[0], one[1], one[2]) for one in self.calls])


@event_kind("waits", customer=("held",))
@value
class CallWaits(AgentEvent):
    """A call waits for the customer: a component, a confirmation, a dialog."""

    call: str
    what: str  # component | confirm | dialog
    name: str
    held: Mapping[str, Any] | None = None  # arguments to be confirmed; what a dialog found
    asked: tuple[str, ...] = ()  # ids of the messages that asked

    def apply(self, state: SessionState) -> None:
        if state.agent is not None:
            state.agent.waiting = {
                "call": self.call,
                "what": self.what,
                "name": self.name,
                "held": self.held,
                "asked": list(self.asked),
            }


@event_kind("tool", customer=("told", "said"))
@value
class CallAnswered(AgentEvent):
    """A call that is no action has its result: the model is told this."""

    call: str
    name: str
    told: str = ""
    said: str = ""  # what the customer wrote instead of answering

    def apply(self, state: SessionState) -> None:
        if state.agent is not None:
            state.agent.answered(self.call, self.told)
            state.agent.heard(self.said)


@event_kind("noted", customer=("text",))
@value
class AgentNoted(AgentEvent):
    """The agent is told what is no message: the customer sent a file, its last answer was empty."""

    text: str = ""

    def apply(self, state: SessionState) -> None:
        if state.agent is not None:
            state.agent.heard(self.text)


@event_kind("forgot", customer=("summary", "pinned"))
@value
class AgentForgot(AgentEvent):
    """The conversation got too long: of its oldest part stay a summary, and some facts word for word."""

    entries: int
    summary: str = ""
    pinned: tuple[tuple[str, str], ...] = ()  # kind, fact

    def apply(self, state: SessionState) -> None:
        if state.agent is not None:
            state.agent.forget(self.entries, self.summary, self.pinned)
