"""Why a session went as it did: which rule answered each turn, what else it could have meant, what was done.

`frontdesk why` prints these rows, and the console asks for them: what is said of a turn is said here, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

LONGEST = 2_000  # characters of one argument or result; the log has the whole
_KEPT = ("rule", "what", "intent", "score", "scope", "threshold", "runner_up", "nearest", "release")
_OF_MODEL = ("model", "prompt", "version", "tokens_in", "tokens_out", "cached", "seconds", "cost", "error")
_BEGINS = {"inbound": "message", "told": "event", "fired": "timer"}

Row = dict[str, Any]


def why(events: Iterable[Mapping[str, Any]]) -> list[Row]:
    """One row for each turn of a session's log: what came, who owned it, which rules answered, what was done.

    A row goes from `seq` to `last`. Its `did` are steps in their order, each with the fields of its kind.
    """
    rows: list[Row] = []
    reading = _Reading()
    for event in events:
        if event["kind"] in _BEGINS:
            rows.append(reading.row(event))
        if event["kind"] == "owner":
            reading.owner = event["owner"]
            if rows and rows[-1]["owner"] == "none":  # who it was routed to
                rows[-1]["owner"] = event["owner"]
        if rows:
            rows[-1]["last"] = event["seq"]
            reading.take(rows[-1], event)
    for row in rows:
        row["sum"] = _sum(row["did"])
    return rows


def turn_at(rows: Sequence[Row], seq: int) -> int | None:
    """Which row an event belongs to; None: it came before the first."""
    before = [place for place, row in enumerate(rows) if row["seq"] <= seq]
    return before[-1] if before else None


class _Reading:
    """What has to be kept from one event to the next."""

    def __init__(self) -> None:
        self.owner = "none"
        self.place: dict[str, Any] | None = None  # where the dialogs stand
        self.asked: dict[str, Mapping[str, Any]] = {}  # an agent's calls -> their arguments

    def row(self, event: Mapping[str, Any]) -> Row:
        return {
            "seq": event["seq"],
            "last": event["seq"],
            "at": event["at"],
            "what": _BEGINS[event["kind"]],
            "said": _said(event),
            "chosen": _chosen(event) is not None,
            "label": "",
            "owner": self.owner,
            "answered": [],
            "did": [],
            "was_at": self.place,
            "is_at": self.place,
            "language": None,
        }

    def take(self, row: Row, event: Mapping[str, Any]) -> None:
        kind = event["kind"]
        if kind == "understood":
            row["answered"].append({name: event.get(name) for name in _KEPT})
        elif kind == "answered":
            row["label"] = event["label"]
        elif kind == "language":
            row["language"] = event["language"]
        elif kind == "place":
            self.place = _place(event["frames"])
        elif kind == "status" and event["status"] == "ended":
            self.place = None
        elif kind == "model":
            self.asked |= {call[0]: _arguments(call[2]) for call in event.get("calls", ())}
        row["is_at"] = self.place
        if kind in _DID:
            row["did"].append(self._step(kind, event))

    def _step(self, kind: str, event: Mapping[str, Any]) -> dict[str, Any]:
        step = _DID[kind](event)
        arguments = event.get("arguments") or self.asked.get(event.get("call") or "")
        if arguments:
            step["arguments"] = {str(name): bounded(value) for name, value in arguments.items()}
        return step


def _place(frames: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The dialog on top and its step; what it holds of the customer's stays in the log."""
    if not frames:
        return None
    return {name: frames[-1].get(name) for name in ("bot", "dialog", "at", "phase")}


def _arguments(written: str) -> Mapping[str, Any]:
    """A model's arguments: JSON text that is an object."""
    found: Mapping[str, Any] = orjson.loads(written)
    return found


def bounded(value: Any) -> Any:
    """A value as it is, and a long one as the beginning of its text."""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return value if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


# --- what was done ---------------------------------------------------------------------------------


def _model(event: Mapping[str, Any]) -> dict[str, Any]:
    """A model's answer: what it took, and what it asked for."""
    kept = {name: event[name] for name in _OF_MODEL if name in event}
    step = {"step": "model", **kept, "calls": [call[1] for call in event.get("calls", ())]}
    if event.get("text"):
        step["said"] = bounded(event["text"])
    if event.get("finish") in ("length", "content_filter"):
        step["finish"] = event["finish"]
    return step


def _action(event: Mapping[str, Any]) -> dict[str, Any]:
    step = {"step": "call", "name": event["name"], "code": event["code"], "error": event["error"]}
    if event["code"] == "ok":
        step["result"] = bounded(event.get("result"))
    if event.get("seconds"):
        step["seconds"] = event["seconds"]
    return step


def _answered(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"step": "call", "name": event["name"], "code": "ok", "result": bounded(event.get("told", ""))}


def _waits(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"step": "waits", "name": event["name"], "what": event["what"]}


def _dialog(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"step": "dialog", **{name: event[name] for name in ("dialog", "bot", "did", "why")}}


def _handoff(event: Mapping[str, Any]) -> dict[str, Any]:
    because = str(event["package"].get("because") or "")
    return {"step": "handoff", "queue": event["queue"], "because": because}


def _forgot(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"step": "forgot", "entries": event["entries"]}


def _error(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"step": "error", **{name: event[name] for name in ("where", "what", "detail")}}


_DID = {
    "model": _model,
    "action": _action,
    "tool": _answered,
    "waits": _waits,
    "dialog": _dialog,
    "handoff": _handoff,
    "forgot": _forgot,
    "error": _error,
}
"""What of a turn's log was done, whatever kind the bot is of."""


def _sum(steps: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What the models of a turn took together; None: none was asked."""
    asked = [one for one in steps if one["step"] == "model"]
    if not asked:
        return None
    total = {name: sum(one.get(name, 0) for one in asked) for name in ("tokens_in", "tokens_out")}
    cost = round(sum(one.get("cost", 0.0) for one in asked), 6)
    return {
        "calls": len(asked),
        **total,
        "cost": cost,
        "seconds": sum(one.get("seconds", 0.0) for one in asked),
    }


def _said(event: Mapping[str, Any]) -> str:
    if event["kind"] != "inbound":
        return str(event["name"])
    chosen = _chosen(event)
    return str(event["text"] if chosen is None else chosen)


def _chosen(event: Mapping[str, Any]) -> Any:
    """What was picked instead of written."""
    reply = event.get("reply") or {}
    return reply.get("choose") if reply.get("choose") is not None else reply.get("value")
