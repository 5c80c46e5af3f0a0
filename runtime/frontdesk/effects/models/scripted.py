"""The scripted model: the first line of its file that fits says what it answers. For tests and demos.

- when: called == "find_order" # its result is there: this stands before the line that calls it
  say: {en: "It is {{ result.status }}.", fr: "Statut : {{ result.status }}."}
- when: "'order' in said and number"
  call: find_order
  with: {order_number: number}
- say: How can I help?
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from frontdesk.authoring import expressions
from frontdesk.authoring.expressions import ExpressionError, TextContext
from frontdesk.effect import EffectResult
from frontdesk.effects.models.wire import estimated

_NUMBER = re.compile(r"\d+")
MAX_NOTES = 500  # characters


def answer(args: Mapping[str, Any]) -> EffectResult:
    """What the script answers to these messages."""
    messages = args["messages"]
    if args.get("notes"):
        return EffectResult.success(
            estimated({"text": _notes(messages), "calls": [], "finish": "stop"}, messages)
        )
    values = _values(messages, str(args.get("language", "")))
    at = TextContext(now=datetime.fromisoformat(args["now"]), language=values["language"], open=_always)
    try:
        for line in args["script"]:
            if "when" in line and not expressions.expression(line["when"]).evaluate(values, at):
                continue
            return EffectResult.success(estimated(_line(line, values, at), messages))
    except ExpressionError as error:
        return EffectResult.failure("raised", f"the script: {error}")
    return EffectResult.failure("raised", "no line of the script fits; end it with one that has no `when`")


def _line(line: Mapping[str, Any], values: Mapping[str, Any], at: TextContext) -> dict[str, Any]:
    say = line.get("say", "")
    if isinstance(say, Mapping):
        say = say.get(values["language"]) or next(iter(say.values()))
    calls = []
    if "call" in line:
        arguments = {
            name: expressions.expression(source).evaluate(values, at)
            for name, source in line.get("with", {}).items()
        }
        written = orjson.dumps(arguments, default=str).decode()
        calls = [{"name": line["call"], "arguments": written}]
    text = expressions.text(str(say)).render(values, at) if say else ""
    return {"text": text, "calls": calls, "finish": "tool_calls" if calls else "stop"}


def _values(messages: Sequence[Mapping[str, Any]], language: str) -> dict[str, Any]:
    """What a line may look at."""
    said, number, called, result = "", None, None, None
    left_out = ""
    results: dict[str, Any] = {}
    names: dict[str, str] = {}
    for message in messages:
        content = str(message.get("content") or "")
        if message["role"] == "user":
            said, called, result = content.casefold().strip(), None, None
            found = _NUMBER.findall(content)
            number = found[-1] if found else number
        elif message["role"] == "system":
            left_out = content if message is not messages[0] else ""
        elif message["role"] == "assistant":
            names |= {one["id"]: one["function"]["name"] for one in message.get("tool_calls", ())}
        elif message["role"] == "tool":
            called = names.get(message["tool_call_id"], "")
            result = results[called] = _read(content)
    return {
        "said": said,
        "number": number,
        "called": called,
        "result": result,
        "results": results,
        "language": language,
        "left_out": left_out,
    }


def _notes(messages: Sequence[Mapping[str, Any]]) -> str:
    """What a script makes of a long conversation: the customer's own words, and the notes before them."""
    lines = str(messages[-1]["content"]).splitlines()
    kept = [line for line in lines if line.startswith(("Customer: ", "Notes: "))]
    return " ".join(line.partition(": ")[2] for line in kept)[:MAX_NOTES]


def _read(content: str) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return content


def _always(hours: str) -> bool:
    return True
