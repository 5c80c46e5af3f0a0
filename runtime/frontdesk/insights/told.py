"""The rows of `why` as lines for people: `frontdesk why` prints them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

SHORT = 100  # characters of a result, and of all arguments, in a line


def told(row: Mapping[str, Any]) -> list[str]:
    """A turn: the message, a line for each rule that answered it, and what was done."""
    lines = [f"{row['seq']:>5}  {row['at']}  {_said(row)}"]
    lines += [f"       {_rule(one)}" for one in row["answered"]]
    lines += [f"         {_step(one)}" for one in row["did"]]
    if row["sum"] is not None:
        lines.append(f"         {_sum(row['sum'])}")
    if row["is_at"] is not None and row["is_at"] != row["was_at"]:
        lines.append(f"         waits at {row['is_at']['dialog']}, {row['is_at']['at']}")
    if not row["answered"] and row["what"] == "message":
        lines.append(f"       nobody understood it for them: {row['owner']} has the session")
    if row["language"]:
        lines.append(f"       the session goes on in {row['language']}")
    return lines


def _said(row: Mapping[str, Any]) -> str:
    if row["what"] != "message":
        return f"{row['what']} {row['said']}"
    return f"chose {row['said']}" if row["chosen"] else repr(row["said"])


def _step(one: Mapping[str, Any]) -> str:
    return _STEPS[one["step"]](one)


def _model(one: Mapping[str, Any]) -> str:
    tokens = f"{one.get('tokens_in', 0)} tokens in, {one.get('tokens_out', 0)} out"
    took = f"{tokens}, {one.get('seconds', 0):.1f} s"
    did = one.get("error") or (f"calls {', '.join(one['calls'])}" if one["calls"] else "answers")
    return f"{one['model']}  prompt {one['prompt']} {one['version']}  {took}  {did}"


def _call(one: Mapping[str, Any]) -> str:
    result = one.get("error") or _short(one.get("result"))
    said = f"  {result}" if result else ""
    took = f"  {one['seconds']:.1f} s" if one.get("seconds") else ""
    return f"{one['name']}{_given(one)}{took}  {one['code']}{said}"


def _given(one: Mapping[str, Any]) -> str:
    return f"({_short(', '.join(_arguments(one)))})" if one.get("arguments") else ""


def _arguments(one: Mapping[str, Any]) -> Iterator[str]:
    for name, value in one["arguments"].items():
        yield f"{name}={orjson.dumps(value).decode()}"


def _dialog(one: Mapping[str, Any]) -> str:
    why = f", {one['why']}" if one["why"] else ""
    return f"dialog {one['bot']}/{one['dialog']}  {one['did']}{why}"


_STEPS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "model": _model,
    "call": _call,
    "waits": lambda one: f"{one['what']} {one['name']}{_given(one)}  waits for the customer",
    "dialog": _dialog,
    "handoff": lambda one: f"handed to {one['queue']}: {one['because']}",
    "forgot": lambda one: f"left out the oldest {one['entries']} of what was said",
    "error": lambda one: f"error in {one['where']}: {one['what']}  {_short(one['detail'])}",
}


def _short(value: Any) -> str:
    if value is None or value == "":
        return ""
    text = " ".join((value if isinstance(value, str) else orjson.dumps(value).decode()).split())
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


def _sum(total: Mapping[str, Any]) -> str:
    costs = f", cost: {total['cost']:.6f}".rstrip("0").rstrip(".") if total["cost"] else ""
    return f"model calls: {total['calls']}, tokens: {total['tokens_in'] + total['tokens_out']}{costs}"


def _rule(one: Mapping[str, Any]) -> str:
    parts = [str(one["rule"])]
    if one["intent"] or one["what"]:
        parts[0] += f": {one['intent'] or one['what']}"
    if one["intent"] and one["what"]:
        parts[0] += f", then {', '.join(one['what'].split())}"
    if one["score"] is not None:
        parts.append(f"score {one['score']:.2f}")
    if one["runner_up"]:
        is_next = one["intent"] or one["rule"] == "did_you_mean"
        parts.append(f"runner-up {one['runner_up']}" if is_next else f"at best {one['runner_up']}")
    if one["scope"] is not None:
        side = "in" if one["scope"] >= (one["threshold"] or 0) else "out of"
        parts.append(f"{side} scope: {one['scope']:.2f}, threshold {one['threshold'] or 0:.2f}")
    elif one["score"] is not None:
        parts[-1] += f", threshold {one['threshold'] or 0:.2f}"
    if one["nearest"]:
        parts.append(f'most like "{one["nearest"]}"')
    return "  ".join([*parts, f"release {one['release']}"])
