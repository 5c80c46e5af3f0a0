"""What a model is asked: the prompt, and the conversation so far as chat completions want it.

After a message with calls every one of them is answered before anything else is said: where the memory has no
answer, one is made up here, so that no provider ever refuses the conversation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from frontdesk.authoring.agentbot import AgentBot
from frontdesk.authoring.agentfile import ModelFields
from frontdesk.clock import iso
from frontdesk.effect import Effect
from frontdesk.given import Given
from frontdesk.memory import AgentMemory, Entry
from frontdesk.sessions import SessionState

HIDDEN = "•••"
NOT_ANSWERED = "Nothing came of it."


def rendered(bot: AgentBot, state: SessionState, given: Given) -> str:
    """The prompt as the model reads it."""
    at = given.texts_at(state)
    values = {
        "desk": given.desk.name,
        "bot": bot.text(bot.title, state.language, {}, at) if bot.title is not None else bot.name,
        "language": state.language,
        "languages": list(bot.languages),
        "channel": state.channel_kind,
        "known": known(state),
    }
    return bot.render(values, at)


def known(state: SessionState) -> dict[str, Any]:
    """What the session knows, without what models must not see."""
    return {name: slot.value for name, slot in state.slots.items() if not slot.private}


def messages_of(memory: AgentMemory, prompt: str) -> list[dict[str, Any]]:
    """The conversation: the prompt, then every entry in its order."""
    found: list[dict[str, Any]] = [{"role": "system", "content": prompt}]
    if memory.left_out:
        found.append({"role": "system", "content": "The beginning of this conversation is left out here."})
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
    private = sorted(
        {str(slot.value) for slot in state.slots.values() if slot.private and len(str(slot.value)) > 2},
        key=len,
        reverse=True,
    )
    for message in messages if private else ():
        for value in private:
            if message.get("content"):
                message["content"] = message["content"].replace(value, HIDDEN)
            for call in message.get("tool_calls", ()):
                function = call["function"]
                function["arguments"] = function["arguments"].replace(value, HIDDEN)
    return messages


def model_effect(
    bot: AgentBot,
    model: ModelFields,
    state: SessionState,
    given: Given,
    *,
    tools: Sequence[Mapping[str, Any]],
    may_call: bool,
    seconds: float,
) -> Effect:
    """One call of one model."""
    assert state.agent is not None
    args: dict[str, Any] = {
        "messages": without_private(messages_of(state.agent, rendered(bot, state, given)), state),
        "tools": list(tools),
        "tool_choice": "auto" if may_call else "none",
        "base_url": model.base_url,
        "key": model.key,
        "stream": model.stream,
        "shown": bot.settings.speak == "free",
    }
    if model.temperature is not None:
        args["temperature"] = model.temperature
    if model.max_tokens is not None:
        args["max_completion_tokens"] = model.max_tokens
    if model.script is not None:
        args |= {"script": bot.scripts[model.script], "language": state.language, "now": iso(given.now)}
    return Effect(kind="model", name=model.name, args=args, timeout=seconds)
