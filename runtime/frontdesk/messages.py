"""The values that travel: what comes in from a messaging user or a rep, and what goes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from frontdesk.value import made, value

MAX_TEXT = 4_000  # characters of one inbound message that a bot reads; the log keeps them all


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentReply:
    """An answer to a messaging component, by click or by the channel's own form."""

    to: str | None = None  # id of the message that asked; None: the one that is open
    choose: str | None = None  # an option's id
    value: Any = None  # a typed value: "2026-03-17", 4, {"field": ...}


@value
class Inbound:
    """One thing that came in for a messaging session, the same whatever channel it came through.

    kind: message (the customer wrote or chose) | timer (one fired) | rep (a rep did something,
    `data["do"]` says what) | event (the desk's own API or the provider told something) | end
    (the customer closed the session) | unsupported (the channel knows no better; `data["what"]`).
    """

    channel: str  # the desk's name of the channel
    external_id: str  # the channel's own id; each is processed once
    sender: str  # the messaging user's address on that channel
    kind: str = "message"
    text: str = ""
    reply: ComponentReply | None = None  # set when a component was answered
    sent_at: str | None = None  # what the client's clock claims; shown, never trusted
    language: str | None = None  # what the client says about itself, for a new session
    time_zone: str | None = None
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def user(self) -> str:
        """The messaging user's name: CHANNEL:ADDRESS."""
        return f"{self.channel}:{self.sender}"

    def dump(self) -> bytes:
        return orjson.dumps(self)

    @classmethod
    def load(cls, body: bytes) -> Inbound:
        values = orjson.loads(body)
        if values.get("reply") is not None:
            values["reply"] = made(ComponentReply, values["reply"])
        return made(cls, values)


@value
class Outbound:
    """One message to a messaging user, as it is committed and before a channel renders it.

    `component` is what `components.base.ComponentKind.show` made: neutral to the channel, in the
    session's language, e.g. {"name", "kind", "options": [{"id", "label"}], "answer": "one"}.
    """

    id: str  # SESSION.EVENT-NUMBER; a component reply names it
    session: str
    channel: str
    to: str  # the messaging user's address
    text: str = ""
    component: dict[str, Any] | None = None
    author: str = ""  # bot:NAME | rep:LOGIN | desk
    language: str = ""

    @property
    def key(self) -> str:
        """The idempotency key a provider is given; the same for every attempt."""
        return self.id

    def dump(self) -> bytes:
        return orjson.dumps(self)

    @classmethod
    def load(cls, body: bytes) -> Outbound:
        return made(cls, orjson.loads(body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a provider says of a message we sent: sent, delivered, read, failed."""

    key: str  # of the message; empty where the provider names only its own id
    status: str
    provider_id: str | None = None
    reason: str = ""
    sender: str = ""  # the messaging user's address


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """A signed payload's part that this adapter does not know; kept raw, answered politely.

    With a `sender` it is a customer's: the session's owner is told. Without one nobody can be answered.
    """

    what: str
    raw: Any = None
    sender: str = ""
    external_id: str = ""  # the channel's own id of it
