"""Chat completions as they come over the wire, read without trusting them: one answer, or what was wrong.

Compatible servers differ: no usage, arguments as an object, calls without an id or an index, several
answers of `null`. What an agent gets is always of one shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from frontdesk.text import writable

Answer = dict[str, Any]
Wrote = Callable[[str], None]
"""Is told the words of an answer that is being written: all of them so far, again and again."""
PER_TOKEN = 4  # characters, where nobody counted


class NoAnswer(Exception):
    """What came is no answer, or only the beginning of one."""


def read_answer(body: Any, messages: Sequence[Any]) -> Answer:
    """The answer in a whole body."""
    choices = body.get("choices") if isinstance(body, Mapping) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, Mapping) else None
    if not isinstance(choice, Mapping) or not isinstance(message, Mapping):
        raise NoAnswer("there is no message in what the model sent")
    answer = {
        "text": _text(message),
        "calls": [_call(one) for one in message.get("tool_calls") or () if isinstance(one, Mapping)],
        "finish": choice.get("finish_reason") or "stop",
    }
    return counted(answer, body.get("usage"), messages)


@dataclass(slots=True)
class Collected:
    """An answer that comes in pieces."""

    text: str = ""
    refusal: str = ""
    finish: str = ""
    usage: Any = None
    calls: dict[Any, dict[str, str]] = field(default_factory=dict)

    def add(self, chunk: Any) -> None:
        """Take one piece; what it does not know it passes over."""
        if not isinstance(chunk, Mapping):
            return
        self.usage = chunk.get("usage") or self.usage
        for choice in (chunk.get("choices") or ())[:1]:  # the piece that tells the usage has none
            delta = choice.get("delta") or {}
            self.text += delta.get("content") or ""
            self.refusal += delta.get("refusal") or ""
            self.finish = choice.get("finish_reason") or self.finish
            for one in delta.get("tool_calls") or ():
                self._add_call(one)

    def _add_call(self, one: Mapping[str, Any]) -> None:
        function = one.get("function") or {}
        place = one.get("index")
        if place is None:  # a server that leaves it out sends each call whole
            place = ("whole", len(self.calls))
        call = self.calls.setdefault(place, {"name": "", "arguments": ""})
        call["name"] += function.get("name") or ""
        call["arguments"] += _written(function.get("arguments"))

    def answer(self, messages: Sequence[Any]) -> Answer:
        """The whole; NoAnswer when the stream ended before the model did."""
        if not self.finish:
            raise NoAnswer("the answer was cut off")
        answer = {
            "text": self.text or self.refusal,
            "calls": [call for _, call in sorted(self.calls.items(), key=lambda one: str(one[0]))],
            "finish": self.finish,
        }
        return counted(answer, self.usage, messages)


def counted(answer: Answer, usage: Any, messages: Sequence[Any]) -> Answer:
    """The answer with its tokens; where nobody counted them they are estimated, and it says so."""
    answer = _writable(answer)
    if not isinstance(usage, Mapping) or not isinstance(usage.get("prompt_tokens"), int):
        return estimated(answer, messages)
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, Mapping) else 0
    return answer | {
        "tokens_in": usage["prompt_tokens"],
        "tokens_out": usage.get("completion_tokens") or 0,
        "cached": cached or 0,
        "estimated": False,
    }


def estimated(answer: Answer, messages: Sequence[Any]) -> Answer:
    """The answer with a guess at its tokens."""
    said = len(answer["text"]) + sum(len(one["arguments"]) for one in answer["calls"])
    read = sum(len(str(one.get("content") or "")) for one in messages)
    return answer | {
        "tokens_in": read // PER_TOKEN,
        "tokens_out": said // PER_TOKEN + 1,
        "cached": 0,
        "estimated": True,
    }


def _writable(answer: Answer) -> Answer:
    calls = [{name: writable(one) for name, one in call.items()} for call in answer["calls"]]
    return answer | {"text": writable(answer["text"]), "calls": calls}


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):  # some servers send parts
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return str(content or message.get("refusal") or "")


def _call(one: Mapping[str, Any]) -> dict[str, str]:
    function = one.get("function")
    held: Mapping[str, Any] = function if isinstance(function, Mapping) else {}
    return {"name": str(held.get("name") or ""), "arguments": _written(held.get("arguments"))}


def _written(arguments: Any) -> str:
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else orjson.dumps(arguments).decode()
