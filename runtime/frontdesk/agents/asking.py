"""What a model is asked: the prompt, and the conversation so far as chat completions want it.

After a message with calls every one of them is answered before anything else is said: where the memory has no
answer, one is made up here, so that no provider ever refuses the conversation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from frontdesk.agents.budget import cost_of
from frontdesk.agents.happened import ModelAnswered
from frontdesk.agents.turn import NO_OBJECT, AgentTurn
from frontdesk.authoring.agentfile import ModelFields, Prompt
from frontdesk.clock import iso
from frontdesk.dialogs.base import Outcome
from frontdesk.effect import Effect, EffectResult
from frontdesk.memory import AgentMemory, Call, Entry, bytes_of
from frontdesk.private import PrivateValues
from frontdesk.sessions import SessionState

NOT_ANSWERED = "Nothing came of it."
MAX_CALLS = 16  # of one answer; a model that asks for more is not well
MAX_WRONG = 500  # characters of arguments that cannot be read
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")


def messages_of(memory: AgentMemory, prompt: str, notes: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The conversation: the prompt, what stays of a forgotten beginning, then every entry in its order."""
    found: list[dict[str, Any]] = [{"role": "system", "content": prompt}]
    if notes:
        found.append({"role": "system", "content": "\n".join(notes)})
    entries = memory.entries
    place = 0
    while place < len(entries):
        kind, text = entries[place][0], entries[place][1]
        if kind == "m":
            end = _end_of_calls(entries, place)
            found += _calls(entries[place], entries[place + 1 : end])
            place = end
            continue
        if kind != "t":  # a result without its call: the call was forgotten
            found.append({"role": "user" if kind == "u" else "assistant", "content": text})
        place += 1
    return found


def _end_of_calls(entries: Sequence[Entry], start: int) -> int:
    """Behind the last result of this entry's calls."""
    ids = {call[0] for call in entries[start][2]}
    end = start + 1
    for place in range(start + 1, len(entries)):
        if entries[place][0] == "m":
            break
        if entries[place][0] == "t" and entries[place][1] in ids:
            end = place + 1
    return end


def _calls(entry: Entry, between: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    """A message with calls, their answers, and what the customer wrote meanwhile."""
    _, text, calls = entry
    yield {
        "role": "assistant",
        "content": text or None,
        "tool_calls": [
            {"id": one[0], "type": "function", "function": {"name": one[1], "arguments": one[2]}}
            for one in calls
        ],
    }
    told = {one[1]: one[2] for one in between if one[0] == "t"}
    for one in calls:
        yield {"role": "tool", "tool_call_id": one[0], "content": told.get(one[0], NOT_ANSWERED)}
    for one in between:
        if one[0] == "u":
            yield {"role": "user", "content": one[1]}


def without_private(messages: list[dict[str, Any]], state: SessionState) -> list[dict[str, Any]]:
    """The same messages with private values taken out: models see placeholders."""
    # What is so short stands everywhere, and hiding it would hide the rest.
    hidden = [slot for slot in state.slots.values() if slot.private and len(str(slot.value)) > 2]
    if not hidden:
        return messages
    private = PrivateValues()
    for slot in hidden:
        private.add_value(slot.value, slot.label)
    for message in messages:
        if message.get("content"):
            message["content"] = private.mask(message["content"])
        for call in message.get("tool_calls", ()):
            function = call["function"]
            if private.finds(function["arguments"]):
                arguments = private.mask_all(orjson.loads(function["arguments"]))
                function["arguments"] = orjson.dumps(arguments).decode()
    return messages


def ask_agent(turn: AgentTurn, model: ModelFields, *, seconds: float) -> Outcome:
    """What the agent's model says or calls next."""
    messages = without_private(
        messages_of(turn.memory, turn.rendered(turn.bot.prompt), list(turn.notes())), turn.state
    )
    return (yield from ask_model(turn, model, messages, seconds=seconds))


def ask_model(
    turn: AgentTurn,
    model: ModelFields,
    messages: list[dict[str, Any]],
    *,
    seconds: float,
    notes: Prompt | None = None,
) -> Outcome:
    """One model's answer, as it was journaled; the log keeps what it took. `notes`: it is asked for these."""
    prompt = notes or turn.bot.prompt
    sent = sum(map(_size_of, messages)) + (0 if notes else turn.tools_size)
    result: EffectResult = yield _effect(turn, model, messages, seconds, is_notes=notes is not None)
    answer = result.value if result.ok else {}
    calls = tuple(_call(turn.memory.made + place, one) for place, one in enumerate(_called(answer, notes), 1))
    tokens_in, tokens_out = answer.get("tokens_in", 0), answer.get("tokens_out", 0)
    if notes is None:
        turn.budget.spend(tokens_in + tokens_out, result.seconds)
    else:
        turn.budget.wait(result.seconds)
    yield ModelAnswered(
        model=model.name,
        prompt=prompt.name,
        version=prompt.version,
        text=answer.get("text", "") if calls else "",
        calls=calls,
        finish=answer.get("finish", ""),
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cached=answer.get("cached", 0),
        estimated=answer.get("estimated", False),
        sent=sent if answer and not answer.get("estimated") else 0,
        seconds=result.seconds,
        cost=cost_of(tokens_in, tokens_out, model.prices),
        error=result.error if not result.ok else "",
    )
    return result


def _effect(
    turn: AgentTurn, model: ModelFields, messages: list[dict[str, Any]], seconds: float, *, is_notes: bool
) -> Effect:
    """One call of one model."""
    bot = turn.bot
    args: dict[str, Any] = {
        "messages": messages,
        "tools": [] if is_notes else turn.tools,
        "tool_choice": "none" if turn.budget.is_last else "auto",
        "base_url": model.base_url,
        "key": model.key,
        "stream": model.stream,
        "shown": bot.settings.speak == "free" and not is_notes,
        "notes": is_notes,
    }
    if model.temperature is not None:
        args["temperature"] = model.temperature
    if model.max_tokens is not None:
        args["max_completion_tokens"] = model.max_tokens
    if model.script is not None:
        args["script"] = bot.scripts[model.script]
        args |= {"language": turn.state.language, "now": iso(turn.given.now)}
    return Effect(kind="model", name=model.name, args=args, timeout=seconds)


def _size_of(message: Mapping[str, Any]) -> int:
    calls = message.get("tool_calls", ())
    return bytes_of(message["content"] or "") + sum(bytes_of(one["function"]["arguments"]) for one in calls)


def _called(answer: Mapping[str, Any], notes: Prompt | None) -> Sequence[Mapping[str, str]]:
    found: Sequence[Mapping[str, str]] = answer.get("calls", ()) if notes is None else ()
    return found[:MAX_CALLS]


def _call(number: int, one: Mapping[str, str]) -> Call:
    """A call as the log keeps it: with an id of ours, and as a provider takes it back."""
    name = _NOT_IN_NAMES.sub("_", one["name"])[:64] or "_"
    return f"call{number:05d}", name, _kept(one["arguments"])


def _kept(arguments: str) -> str:
    """Arguments as the conversation may repeat them to a provider: always a JSON object."""
    try:
        found = orjson.loads(arguments or "{}")
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        return orjson.dumps({NO_OBJECT: arguments[:MAX_WRONG]}).decode()
    return arguments or "{}"
