"""Why a session went as it did: which rule answered each message, and what else it could have meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_KEPT = ("rule", "what", "intent", "score", "scope", "threshold", "runner_up", "nearest", "release")
_OF_MODEL = ("model", "prompt", "version", "tokens_in", "tokens_out", "cached", "seconds", "cost", "error")
_IN = ("inbound", "told")


def why(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row for each inbound of a session's log: what came, who owned the session, which rules answered."""
    rows: list[dict[str, Any]] = []
    owner = "none"
    for event in events:
        if event["kind"] in _IN:
            rows.append(
                {
                    "seq": event["seq"],
                    "at": event["at"],
                    "said": _said(event),
                    "owner": owner,
                    "answered": [],
                    "did": [],
                    "language": None,
                }
            )
        elif event["kind"] == "owner":
            owner = event["owner"]
            if rows and not rows[-1]["answered"]:
                rows[-1]["owner"] = owner
        elif event["kind"] == "understood" and rows:
            rows[-1]["answered"].append({name: event.get(name) for name in _KEPT})
        elif event["kind"] in _DID and rows:
            rows[-1]["did"].append(_DID[event["kind"]](event))
        elif event["kind"] == "language" and rows:
            rows[-1]["language"] = event["language"]
    return rows


def told(row: Mapping[str, Any]) -> list[str]:
    """The same for people: the message, and a line for each rule that answered it."""
    lines = [f"{row['seq']:>5}  {row['at']}  {row['said']}"]
    lines += [f"       {_rule(one)}" for one in row["answered"]]
    lines += [f"         {_step(one)}" for one in row["did"]]
    if any(one["step"] == "model" for one in row["did"]):
        lines.append(f"         {_sum(row['did'])}")
    if not row["answered"]:
        lines.append(f"       nobody understood it for them: {row['owner']} has the session")
    if row["language"]:
        lines.append(f"       the session goes on in {row['language']}")
    return lines


def _model(event: Mapping[str, Any]) -> dict[str, Any]:
    """A model's answer: what it took, and what it asked for."""
    kept = {name: event[name] for name in _OF_MODEL if name in event}
    return {"step": "model", **kept, "calls": [call[1] for call in event.get("calls", ())]}


def _action(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"step": "call", "name": event["name"], "code": event["code"], "error": event["error"]}


def _answered(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"step": "call", "name": event["name"], "code": "ok", "told": event["told"]}


def _waits(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"step": "waits", "name": event["name"], "what": event["what"]}


_DID = {"model": _model, "action": _action, "tool": _answered, "waits": _waits}
"""What of a turn's log was done: by an agent, and the actions of every bot."""


def _step(one: Mapping[str, Any]) -> str:
    if one["step"] == "model":
        tokens = f"{one.get('tokens_in', 0)} tokens in, {one.get('tokens_out', 0)} out"
        took = f"{tokens}, {one.get('seconds', 0):.1f} s"
        did = one.get("error") or (f"calls {', '.join(one['calls'])}" if one["calls"] else "answers")
        return f"{one['model']}  prompt {one['prompt']} {one['version']}  {took}  {did}"
    if one["step"] == "waits":
        return f"{one['what']} {one['name']}  waits for the customer"
    said = one.get("error") or " ".join(str(one.get("told", "")).split())[:100]
    return f"{one['name']}  {one['code']}{f'  {said}' if said else ''}"


def _sum(steps: Iterable[Mapping[str, Any]]) -> str:
    asked = [one for one in steps if one["step"] == "model"]
    tokens = sum(one.get("tokens_in", 0) + one.get("tokens_out", 0) for one in asked)
    cost = sum(one.get("cost", 0.0) for one in asked)
    costs = f", cost: {cost:.6f}".rstrip("0") if cost else ""
    return f"model calls: {len(asked)}, tokens: {tokens}{costs}"


def _said(event: Mapping[str, Any]) -> str:
    if event["kind"] == "told":
        return f"event {event['name']}"
    reply = event.get("reply") or {}
    chosen = reply.get("choose") if reply.get("choose") is not None else reply.get("value")
    return repr(event["text"]) if chosen is None else f"chose {chosen}"


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
