"""What an agent remembers of a session: what was said, what its model asked for, and what came of it.

Kept in the session's state, so it is as compact as it can be: an entry is a short list.

    ["u", text]                          the customer wrote
    ["a", text]                          the customer was told
    ["m", text, [[id, name, args], ..]]  the model asked for calls; `args` is JSON text
    ["t", id, text]                      what came of one of them
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from frontdesk.messages import MAX_TEXT

MAX_TOLD = 8_000  # characters of one result that a model is given
MAX_PINNED = 40  # facts that stay when what they stood in is forgotten
PER_TOKEN = 4.0  # bytes, about, until a provider has told how many they were
LOOKED_UP = "looked up"  # the kind of fact that goes first when there are too many

Entry = list[Any]
Call = tuple[str, str, str]  # id, name, arguments as JSON text


@dataclass(slots=True)
class AgentMemory:
    """One agent's memory of one session. Only events change it."""

    bot: str
    entries: list[Entry] = field(default_factory=list)
    waiting: dict[str, Any] | None = None  # the call the customer must answer: call, what, name, held, asked
    made: int = 0  # calls of tools so far; names the next one
    calls: int = 0  # of the model, in this session
    tokens: int = 0
    cost: float = 0.0
    left_out: int = 0  # entries that were forgotten, because the model could not take them all
    summary: str = ""  # what a model made of them
    pinned: list[list[str]] = field(default_factory=list)  # what stays of them word for word: kind, fact
    before: list[str] = field(default_factory=list)  # what was said before the agent took over, a line each
    per_token: float = PER_TOKEN  # bytes of this conversation, as a provider has counted them last

    def heard(self, text: str) -> None:
        """The customer wrote; while a call waits for them the agent says itself what their words were."""
        if text and self.waiting is None:
            self.entries.append(["u", text[:MAX_TEXT]])

    def said(self, text: str) -> None:
        """The customer was told something; what a waiting call says is part of its result."""
        if text and self.waiting is None:
            self.entries.append(["a", text])

    def asked_for(self, text: str, calls: list[Call]) -> None:
        """The model asked for calls."""
        self.entries.append(["m", text, [list(call) for call in calls]])
        self.made += len(calls)

    def answered(self, call: str, told: str) -> None:
        """A call has its result; a second one for the same call is not kept."""
        if call in (one[0] for one in self.open_calls()):
            self.entries.append(["t", call, told])
        if self.waiting is not None and self.waiting["call"] == call:
            self.waiting = None

    def open_calls(self) -> Iterator[Call]:
        """The calls of the model's last answer that have no result yet, in order."""
        done: set[str] = set()
        for entry in reversed(self.entries):
            if entry[0] == "t":
                done.add(entry[1])
            elif entry[0] == "m":
                yield from ((one[0], one[1], one[2]) for one in entry[2] if one[0] not in done)
                return

    def results(self) -> Iterator[tuple[str, str]]:
        """What calls have given, by the name of what was called, in order."""
        names: dict[str, str] = {}
        for entry in self.entries:
            if entry[0] == "m":
                names |= {call[0]: call[1] for call in entry[2]}
            elif entry[0] == "t" and entry[1] in names:
                yield names[entry[1]], entry[2]

    @property
    def last_called(self) -> tuple[str, ...]:
        """The names of what the model asked for last."""
        last: Entry = next((one for one in reversed(self.entries) if one[0] == "m"), ["m", "", []])
        return tuple(call[1] for call in last[2])

    def unsaid(self) -> str:
        """What the model said beside its last calls, unless the customer was told it already."""
        after: list[str] = []
        for entry in reversed(self.entries):
            if entry[0] == "m":
                return "" if entry[1] in after else entry[1]
            if entry[0] == "a":
                after.append(entry[1])
        return ""

    def forget(self, count: int, summary: str = "", pinned: Iterable[Iterable[str]] = ()) -> None:
        """Leave out the oldest entries. The customer's last words stay, even if their answer has begun."""
        gone, kept = self.entries[:count], self.entries[count:]
        if kept and kept[0][0] != "u":
            kept = [*[entry for entry in gone if entry[0] == "u"][-1:], *kept]
        self.entries = kept
        self.left_out += count
        if summary:  # the old one and what was before are in it
            self.summary, self.before = summary, []
        for fact in pinned:
            if list(fact) not in self.pinned:
                self.pinned.append(list(fact))
        while len(self.pinned) > MAX_PINNED:
            looked_up = (place for place, one in enumerate(self.pinned) if one[0] == LOOKED_UP)
            del self.pinned[next(looked_up, 0)]

    def notes(self) -> Iterator[str]:
        """What is known of the conversation beside its entries, a line each."""
        yield from self.before
        if self.summary:
            yield f"Notes: {self.summary}"
        yield from (f"- {kind}: {fact}" for kind, fact in self.pinned)

    def counted(self, sent: int, tokens: int) -> None:
        """A provider has told how many tokens so many bytes were."""
        if sent and tokens:
            self.per_token = round(min(max(sent / tokens, 0.5), 8.0), 2)

    @property
    def size(self) -> int:
        """How long the conversation is, in bytes."""
        return sum(map(size_of, self.entries))


def size_of(entry: Entry) -> int:
    """How long an entry is, in bytes: letters of many languages take more of them, and more tokens."""
    if entry[0] == "t":
        return bytes_of(entry[2])
    return bytes_of(entry[1]) + (sum(bytes_of(call[2]) for call in entry[2]) if entry[0] == "m" else 0)


def bytes_of(text: str) -> int:
    """The length of a text in bytes."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def told_of(code: str, result: Any, error: str) -> str:
    """An action's end as a model is told it: its result, or what went wrong in its own words."""
    if code == "ok":
        return as_told(result)
    return as_told(_SAID.get(code, "") or f"It failed: {error or code}")


_SAID = {
    "declined": "The customer said no. Nothing was done.",
    "in_doubt": "Nobody knows whether it happened. It must not be repeated.",
}


def as_told(value: Any) -> str:
    """A value as text of bounded length."""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    if len(text) <= MAX_TOLD:
        return text
    return f"{text[:MAX_TOLD]} ... (cut: it has {len(text)} characters; ask for less)"
