"""What an agent remembers of a session: what was said, what its model asked for, and what came of it.

Kept in the session's state, so it is as compact as it can be: an entry is a short list.

    ["u", text]                          the customer wrote
    ["a", text]                          the customer was told
    ["m", text, [[id, name, args], ..]]  the model asked for calls; `args` is JSON text
    ["t", id, text]                      what came of one of them
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from frontdesk.messages import MAX_TEXT

MAX_TOLD = 8_000  # characters of one result that a model is given

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

    def unsaid(self) -> str:
        """What the model said beside its last calls, unless the customer was told it already."""
        after: list[str] = []
        for entry in reversed(self.entries):
            if entry[0] == "m":
                return "" if entry[1] in after else entry[1]
            if entry[0] == "a":
                after.append(entry[1])
        return ""

    def forget(self, count: int) -> None:
        """Leave out the oldest entries."""
        self.entries = self.entries[count:]
        self.left_out += count

    @property
    def size(self) -> int:
        """How long the conversation is, in characters."""
        found = 0
        for entry in self.entries:
            found += len(entry[1]) if entry[0] != "t" else len(entry[2])
            if entry[0] == "m":
                found += sum(len(call[2]) for call in entry[2])
        return found

    @property
    def oldest_half(self) -> int:
        """How many entries may be forgotten so that a half is left, beginning with the customer's words."""
        places = [place for place, entry in enumerate(self.entries) if entry[0] == "u"]
        later = [place for place in places if place >= len(self.entries) / 2]
        return later[0] if later else (places[-1] if places else 0)


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
