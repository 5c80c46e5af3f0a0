"""Everything that can happen in a session, what it does to the state, and which of it is the customer's.

The log is appended to, never changed; `upcasters.py` reads old versions. `CUSTOMER` names the fields with a
customer's words or data: models, logs and reps get placeholders, and an erasure overwrites them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from frontdesk.event import EVENT_KINDS as EVENT_KINDS
from frontdesk.event import Event as Event
from frontdesk.event import UnknownEvent as UnknownEvent
from frontdesk.event import event_kind as event_kind
from frontdesk.event import load_event as load_event
from frontdesk.memory import told_of
from frontdesk.sessions import Frame, Question, SessionState, SlotValue, may_become, owner_kind
from frontdesk.value import value

PREVIEW = 140  # characters of the last message a list shows


@event_kind("started")
@value
class SessionStarted(Event):
    """A messaging user began a session."""

    user: str
    channel: str
    channel_kind: str
    ordinal: int
    language: str
    time_zone: str
    origin: str = "inbound"
    at: str = ""

    def apply(self, state: SessionState) -> None:
        state.status, state.language, state.time_zone = "waiting", self.language, self.time_zone
        state.origin, state.started_at = self.origin, self.at


@event_kind("inbound", customer=("text", "reply", "label"))
@value
class MessageReceived(Event):
    """The customer wrote, or answered a component."""

    n: int  # the session's gapless inbound sequence
    key: str  # the channel's own id
    text: str = ""
    reply: Mapping[str, Any] | None = None
    sent_at: str | None = None
    language: str = ""  # of the desk's languages the one the words surely are in

    def apply(self, state: SessionState) -> None:
        state.said_in = self.language or state.said_in
        state.preview, state.preview_from = self.text[:PREVIEW], "user"
        if owner_kind(state.owner) == "queue":
            state.waited += 1
        if state.agent is not None and self.reply is None:
            state.agent.heard(self.text)


@event_kind("answered", customer=("value", "label"))
@value
class QuestionAnswered(Event):
    """A reply was read as the value the open component asked for."""

    message: str  # id of the message that asked
    value: Any
    label: str
    how: str
    choose: str | None = None

    def apply(self, state: SessionState) -> None:
        if state.question is not None and state.question.message == self.message:
            state.question = None
        if state.preview_from == "user" and not state.preview:
            state.preview = self.label[:PREVIEW]


@event_kind("understood")
@value
class Understood(Event):
    """Which rule read the customer's words, and what else was considered."""

    rule: str  # dialogs/resolve.py has the rules in their order, and what else may stand here
    intent: str | None = None
    score: float | None = None  # how likely the intent is among all of the bot's
    threshold: float | None = None  # of `scope`, and of the score of an exact match
    runner_up: str | None = None
    scope: float | None = None  # 0 to 1: how much the words are like the bot's examples at all
    nearest: str | None = None  # the example they are most like
    what: str = ""  # which word for everywhere, which slots, which language
    release: str = ""

    def apply(self, state: SessionState) -> None:
        if self.rule != "did_you_mean":  # asking back is no understanding yet
            state.missed = state.missed + 1 if self.rule == "none" else 0
        state.heard += self.rule != "event"
        if self.intent is not None:
            state.intent = {"name": self.intent, "score": self.score}


@event_kind("outbound", customer=("text", "component"))
@value
class MessageSent(Event):
    """A message to the customer was decided; the outbox delivers it."""

    text: str
    author: str  # bot:NAME | rep:LOGIN | desk
    component: Mapping[str, Any] | None = None
    key: str = ""  # SESSION.EVENT-NUMBER: the message's id and idempotency key
    client: str = ""  # the console's own id of what a rep sent

    def apply(self, state: SessionState) -> None:
        state.preview, state.preview_from = self.text[:PREVIEW], owner_kind(self.author)
        if state.agent is not None:
            state.agent.said(self.text)


@event_kind("asked", customer=("shown",))
@value
class QuestionAsked(Event):
    """The message just sent waits for a reply."""

    message: str
    shown: Mapping[str, Any]
    at: str

    def apply(self, state: SessionState) -> None:
        state.question = Question(message=self.message, shown=dict(self.shown), asked_at=self.at)
        state.last_question = str(self.shown.get("text", ""))
        state.asked += 1


@event_kind("closed")
@value
class QuestionClosed(Event):
    """The open component is waited for no longer."""

    message: str

    def apply(self, state: SessionState) -> None:
        state.question = None


@event_kind("slot", customer=("value", "label"))
@value
class SlotSet(Event):
    """A slot got a value; None clears it."""

    name: str
    value: Any
    source: str = "set"
    label: str = ""
    private: bool = False
    scope: str = "session"
    dialog: str = ""

    def apply(self, state: SessionState) -> None:
        if self.value is None:
            state.slots.pop(self.name, None)
        else:
            state.slots[self.name] = SlotValue(
                value=self.value,
                source=self.source,
                label=self.label,
                private=self.private,
                scope=self.scope,
                dialog=self.dialog,
            )


@event_kind("place", customer=("frames",))
@value
class PlaceKept(Event):
    """Where the dialogs in progress stand when the turn ends."""

    frames: tuple[Mapping[str, Any], ...]

    def apply(self, state: SessionState) -> None:
        state.frames = [Frame(**frame) for frame in self.frames]


@event_kind("dialog")
@value
class DialogMoved(Event):
    """A dialog began, was left, or came to its end."""

    dialog: str
    bot: str
    did: str  # began | ended | stopped
    why: str = ""


@event_kind("action", version=2, customer=("arguments", "result"))
@value
class ActionCalled(Event):
    """An action was called and gave a result, or failed, or nobody can know."""

    name: str
    code: str  # ok | raised | timeout | bad_args | bad_result | unknown | in_doubt | declined
    arguments: Mapping[str, Any] = field(default_factory=dict)
    result: Any = None
    error: str = ""
    call: str = ""  # the agent's call that it answers
    seconds: float = 0.0  # how long it took

    def apply(self, state: SessionState) -> None:
        tried = {"name": self.name, "ok": self.code == "ok", "error": self.error}
        state.actions = [*state.actions[-19:], tried]
        if self.call and state.agent is not None:
            state.agent.answered(self.call, told_of(self.code, self.result, self.error))


@event_kind("owner")
@value
class OwnerChanged(Event):
    """The session has a new owner: a bot, a queue or a rep."""

    owner: str
    was: str = ""
    because: str = ""
    at: str = ""

    def apply(self, state: SessionState) -> None:
        state.owner, state.waited, state.heard, state.agent = self.owner, 0, 0, None
        state.waiting_since = self.at if owner_kind(self.owner) == "queue" else None


@event_kind("handoff", customer=("package",))
@value
class HandoffRequested(Event):
    """A bot gives the session to people, with what it knows."""

    queue: str
    package: Mapping[str, Any]

    def apply(self, state: SessionState) -> None:
        state.handoff = dict(self.package)


@event_kind("status")
@value
class StatusChanged(Event):
    """The session went to another status."""

    status: str
    by: str = "desk"  # user | bot | rep | desk
    why: str = ""

    def apply(self, state: SessionState) -> None:
        if may_become(state.status, self.status):
            state.status = self.status
        if self.status == "ended":
            state.owner, state.question, state.frames, state.waiting_since = "none", None, [], None
            state.timers.clear()


@event_kind("outcome")
@value
class OutcomeReached(Event):
    """A dialog came to something that is counted."""

    name: str
    by: str = ""

    def apply(self, state: SessionState) -> None:
        state.outcome = self.name


@event_kind("language")
@value
class LanguageChanged(Event):
    """The session goes on in another language."""

    language: str
    why: str

    def apply(self, state: SessionState) -> None:
        state.language = self.language


@event_kind("timer")
@value
class TimerSet(Event):
    """Something will happen at `due` unless it is cancelled (`due` None) or set again before."""

    name: str
    due: str | None
    gen: int

    def apply(self, state: SessionState) -> None:
        if self.due is None:
            state.timers.pop(self.name, None)
        else:
            state.timers[self.name] = self.gen


@event_kind("fired")
@value
class TimerFired(Event):
    """A timer came due."""

    name: str
    gen: int

    def apply(self, state: SessionState) -> None:
        if state.timers.get(self.name) == self.gen:
            del state.timers[self.name]


@event_kind("told")
@value
class EventTold(Event):
    """The desk was told of something from outside, or the channel sent what it cannot show."""

    name: str
    data: Mapping[str, Any] = field(default_factory=dict)


@event_kind("refused")
@value
class RequestRefused(Event):
    """A rep asked for what could not be done any more: the session was taken, or had ended."""

    rep: str
    did: str
    code: str


@event_kind("error", customer=("detail",))
@value
class ErrorHappened(Event):
    """Something went wrong inside; the customer was told kindly, the developer reads this."""

    where: str
    what: str
    detail: str = ""


@event_kind("delivery")
@value
class DeliveryChanged(Event):
    """What became of a message: sent, failed, or in doubt."""

    key: str
    status: str
    reason: str = ""
