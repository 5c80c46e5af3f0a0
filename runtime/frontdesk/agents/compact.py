"""A conversation that is longer than its model should read: of the oldest part stays what matters.

A summary, which the model makes itself (an effect, journaled like every answer of it), and word for word
(`memory.pinned`) what no summary may bend:

- every call of a tool that writes, with its arguments and what came of it, so that nothing is done twice;
- what the customer answered to components, and what dialogs came to;
- what was looked up, without the result: the numbers of orders, to look them up again.

What the session knows (its slots) is told beside them, as it is now. A call is never parted from its answer,
and the customer's last words stay as they are. If no summary can be had, the facts stay alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from frontdesk.agents.asking import ask_model, without_private
from frontdesk.agents.happened import AgentForgot
from frontdesk.agents.turn import AgentTurn
from frontdesk.authoring.agentfile import ModelFields
from frontdesk.dialogs.base import Outcome
from frontdesk.effect import EffectResult
from frontdesk.memory import LOOKED_UP, Entry, bytes_of, size_of

NEAR = 0.75  # of what a model can read: from there on it is made shorter
PER_TURN = 3  # a turn may ask the model so many times before the author's limit of tokens is reached
LEAST = 0.25  # of that stays for the conversation, however long the prompt is
KEPT = 0.5  # of the conversation's room: what is left of it
SECONDS = 20.0  # that a summary may take
MAX_SUMMARY = 2_000  # characters
MAX_FACT = 300
MAX_LINE = 1_000  # of one message, as the summary's model reads it


def nears(turn: AgentTurn, model: ModelFields) -> bool:
    """Whether this model should not be asked with the whole conversation any more."""
    size = turn.memory.size
    return size > _most(turn, model) * LEAST and size > _room(turn, model)


def _room(turn: AgentTurn, model: ModelFields) -> float:
    """How long the conversation may be, in bytes."""
    most = _most(turn, model)
    fixed = turn.tools_size + bytes_of(turn.rendered(turn.bot.prompt)) + sum(map(bytes_of, turn.notes()))
    return max(most - fixed, most * LEAST)


def _most(turn: AgentTurn, model: ModelFields) -> float:
    """How long everything may be that the model is asked with, in bytes."""
    tokens = min(model.window * NEAR, turn.bot.settings.limits.tokens / PER_TURN)
    return tokens * turn.memory.per_token


def shorten(turn: AgentTurn, model: ModelFields, *, most: float | None = None) -> Outcome:
    """Make the conversation shorter. Gives whether that was possible. `most`: bytes that may be left."""
    memory = turn.memory
    count = _cut(memory.entries, (most if most is not None else _room(turn, model)) * KEPT)
    if count == 0:
        return False
    gone = memory.entries[:count]
    summary = yield from _summary(turn, model, gone)
    yield AgentForgot(entries=count, summary=summary, pinned=tuple(_facts(turn, gone)))
    return True


def _cut(entries: Sequence[Entry], most: float) -> int:
    """How many entries go, so that no more than `most` bytes are left where that can be.

    Best before something the customer wrote; within one long turn before what the model asked for.
    """
    places = list(_places(entries))
    left = {place: sum(map(size_of, entries[place:])) for place in places}
    for kinds in ("u", "um"):
        fitting = [one for one in places if entries[one][0] in kinds and left[one] <= most]
        if fitting:
            return fitting[0]
    return places[-1] if places else 0


def _places(entries: Sequence[Entry]) -> Iterator[int]:
    """Where the conversation may be cut: no call on one side, and its answer on the other."""
    open_calls: set[str] = set()
    for place, entry in enumerate(entries):
        is_before = place > 0 if entry[0] == "u" else place > 1 and entry[0] == "m"
        if is_before and not open_calls:
            yield place
        if entry[0] == "m":
            open_calls = {call[0] for call in entry[2]}
        elif entry[0] == "t":
            open_calls.discard(entry[1])


def _facts(turn: AgentTurn, gone: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """What stays word for word of these entries."""
    told = {entry[1]: entry[2] for entry in gone if entry[0] == "t"}
    for entry in gone:
        for call, name, arguments in entry[2] if entry[0] == "m" else ():
            offer, result = turn.offers.get(name), told.get(call, "")
            if offer is None:
                continue
            tool = turn.bot.tools.get(offer.target) if offer.what == "tool" else None
            if tool is not None and tool.effect == "read":
                yield LOOKED_UP, f"{name} {arguments}"[:MAX_FACT]
            else:
                yield "done", f"{name} {arguments}: {result}"[:MAX_FACT]


def _summary(turn: AgentTurn, model: ModelFields, gone: Sequence[Entry]) -> Outcome:
    """What the model makes of these entries and of the notes before them; empty: it gave none."""
    seconds = min(SECONDS, turn.budget.seconds_left / 2)
    lines = [*turn.memory.notes(), *_lines(gone)]
    most = int(model.window * NEAR * turn.memory.per_token)
    while len(lines) > 1 and sum(map(len, lines)) > most:
        del lines[len(lines) // 2]
    messages = [
        {"role": "system", "content": turn.rendered(turn.bot.summary)},
        {"role": "user", "content": "\n".join(lines)},
    ]
    result: EffectResult = yield from ask_model(
        turn, model, without_private(messages, turn.state), seconds=seconds, notes=turn.bot.summary
    )
    return result.value["text"].strip()[:MAX_SUMMARY] if result.ok else ""


def _lines(entries: Sequence[Entry]) -> Iterator[str]:
    """A conversation as one reads it."""
    for entry in entries:
        if entry[0] == "m":
            if entry[1]:
                yield f"Assistant: {entry[1][:MAX_LINE]}"
            yield from (f"Assistant calls {name} {arguments[:MAX_LINE]}" for _, name, arguments in entry[2])
        else:
            who, said = {"u": ("Customer", 1), "a": ("Assistant", 1), "t": ("Result", 2)}[entry[0]]
            yield f"{who}: {entry[said][:MAX_LINE]}"
