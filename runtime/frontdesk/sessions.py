"""A messaging session: its status machine and the state that its events add up to.

The state is a fold of the session's events (`events.py` says what each does to it) and is stored
as a snapshot, so that message 300 costs what message 3 does.
"""

# Its classes have no slots: the snapshot is written in every turn, and with them that takes four times
# as long.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import orjson

from frontdesk.memory import AgentMemory
from frontdesk.value import made

Status: TypeAlias = Literal["new", "consent", "waiting", "active", "paused", "inactive", "ended", "error"]

TRANSITIONS: dict[str, frozenset[str]] = {
    "new": frozenset({"consent", "waiting", "active", "ended", "error"}),
    "consent": frozenset({"waiting", "active", "ended", "error"}),
    "waiting": frozenset({"active", "ended", "error"}),
    "active": frozenset({"waiting", "paused", "inactive", "ended", "error"}),
    "paused": frozenset({"active", "waiting", "inactive", "ended", "error"}),
    "inactive": frozenset({"active", "waiting", "ended", "error"}),
    "error": frozenset({"waiting", "active", "ended"}),
    "ended": frozenset(),
}
"""From each status, where a session may go. `ended` is final: who writes again opens a new session."""

NOBODY = "none"


def may_become(status: str, to: str) -> bool:
    """Whether a session in `status` may go to `to`; staying is always allowed."""
    return status == to or to in TRANSITIONS[status]


def owner_kind(owner: str) -> str:
    """`bot`, `queue`, `rep` or `none` of an owner written `KIND:NAME`."""
    return owner.partition(":")[0]


def owner_name(owner: str) -> str:
    """Which bot, queue or rep."""
    return owner.partition(":")[2]


@dataclass
class SlotValue:
    """What the session knows under a slot's name, and how it came to know it."""

    value: Any
    source: str = "said"  # typed | chosen | said | set | action | user
    label: str = ""  # how the customer would say it
    private: bool = False
    scope: str = "session"
    dialog: str = ""  # which dialog asked; beginning it again asks again


@dataclass
class Frame:
    """A dialog in progress. It stays on the release it began with."""

    bot: str
    dialog: str
    release: str
    at: str | None = None  # the place: id of the step it waits at
    phase: str = ""  # what of that step is open: "" the question, confirm, known
    values: dict[str, Any] = field(default_factory=dict)  # `into` names and slots of dialog scope
    tries: dict[str, int] = field(default_factory=dict)  # place -> failures so far
    asked: list[str] = field(default_factory=list)  # ids of the messages that put the open question
    held: dict[str, Any] | None = None  # arguments the customer is asked to confirm
    answered: list[str] = field(default_factory=list)  # places of the questions answered, in order
    settled: list[str] = field(default_factory=list)  # slots that something was done with: not taken back
    aside: dict[str, list[Any]] = field(default_factory=dict)  # interrupted: its answers, value and label


@dataclass
class Question:
    """The component the session waits on: only a reply to this one fills a slot."""

    message: str  # id of the message that asked
    shown: dict[str, Any]  # what the customer saw
    asked_at: str


@dataclass
class SessionState:
    """Everything a turn may know of its session."""

    id: str
    user: str  # CHANNEL:ADDRESS
    channel: str
    channel_kind: str
    ordinal: int = 1  # the user's first, second ... session on this channel
    status: str = "new"
    owner: str = NOBODY
    language: str = "en"
    said_in: str = ""  # the language the customer surely wrote in last
    time_zone: str = "UTC"
    origin: str = "inbound"
    slots: dict[str, SlotValue] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)
    question: Question | None = None
    timers: dict[str, int] = field(default_factory=dict)  # kind -> generation that still counts
    intent: dict[str, Any] | None = None  # the last one understood: name, score
    handoff: dict[str, Any] | None = None  # the package the last handoff gave
    waiting_since: str | None = None
    waited: int = 0  # messages the customer wrote while nobody had taken the session
    outcome: str | None = None
    missed: int = 0  # messages in a row that nobody understood
    heard: int = 0  # messages that the bot has read since it became the owner
    actions: list[dict[str, Any]] = field(default_factory=list)  # tried so far: name, ok, error
    asked: int = 0  # questions the bots asked
    last_question: str | None = None  # the last one's text
    agent: AgentMemory | None = None  # what the agent that owns the session remembers
    preview: str = ""
    preview_from: str = ""
    started_at: str = ""
    last_at: str = ""
    last_event: int = 0
    last_inbound: int = 0

    @property
    def address(self) -> str:
        return self.user.partition(":")[2]

    @property
    def is_open(self) -> bool:
        return self.status != "ended"

    def dump(self) -> bytes:
        return orjson.dumps(self)

    @classmethod
    def load(cls, body: bytes) -> SessionState:
        values = orjson.loads(body)
        values["slots"] = {name: made(SlotValue, slot) for name, slot in values["slots"].items()}
        values["frames"] = [made(Frame, frame) for frame in values["frames"]]
        if values["question"] is not None:
            values["question"] = made(Question, values["question"])
        if values.get("agent") is not None:
            values["agent"] = made(AgentMemory, values["agent"])
        return made(cls, values)

    def copy(self) -> SessionState:
        """A working copy that a turn may change without touching this one."""
        return SessionState.load(self.dump())
