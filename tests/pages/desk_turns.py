"""What led to the answers of Ada's session: a dialog's turn, an agent's with all it can come to, and none."""

from __future__ import annotations

from typing import Any

from frontdesk.insights.why import why

Frame = dict[str, Any]

AT = "2026-11-22T09:40:00Z"
UNDERSTOOD = {
    "rule": "model",
    "intent": "charged_twice",
    "score": 0.88,
    "scope": 0.71,
    "threshold": 0.5,
    "runner_up": "refund_status",
    "nearest": "I paid two times for the same order",
    "what": "",
    "release": "5fd0c2a9b1e377",
}
MODEL = {
    "prompt": "concierge",
    "version": "588942d4674b",
    "tokens_in": 1284,
    "tokens_out": 56,
    "seconds": 1.84,
}
ORDER = {"id": "4471", "total": 89.9, "payments": [{"day": "2026-11-18", "amount": 89.9}]}


def turns() -> list[Frame]:
    """Ada's turns, by the numbers that the events of her session have on the board."""
    return why([_event(seq, kind, **fields) for seq, kind, fields in [*_dialog(), *_agent(), *_people()]])


def _event(seq: int, kind: str, **fields: Any) -> Frame:
    return {"seq": seq, "kind": kind, "at": AT, **fields}


def _dialog() -> list[tuple[int, str, Frame]]:
    place = {"bot": "hello", "dialog": "charged_twice", "at": "order_number", "phase": "", "release": "5fd0"}
    return [
        (1, "inbound", {"text": "Why did you take €89.90 twice?", "reply": None}),
        (2, "owner", {"owner": "bot:hello"}),
        (3, "understood", UNDERSTOOD),
        (4, "dialog", {"dialog": "charged_twice", "bot": "hello", "did": "began", "why": ""}),
        (5, "place", {"frames": [place]}),
    ]


def _agent() -> list[tuple[int, str, Frame]]:
    called = [("c1", "find_order", '{"order_number":"4471"}'), ("c2", "refund", '{"order_number":"4471"}')]
    return [
        (10, "inbound", {"text": "4471", "reply": None}),
        (11, "understood", UNDERSTOOD | {"rule": "agent", "intent": None, "score": None, "scope": None}),
        (12, "place", {"frames": []}),
        (
            12,
            "dialog",
            {"dialog": "charged_twice", "bot": "hello", "did": "stopped", "why": "wrote something else"},
        ),
        (12, "forgot", {"entries": 6}),
        (
            13,
            "model",
            {**MODEL, "model": "large-1", "tokens_in": 0, "tokens_out": 0, "error": "429: no quota"},
        ),
        (14, "model", {**MODEL, "model": "small-2", "calls": called, "cached": 1024, "cost": 0.00421}),
        (15, "action", _action("ok", result=ORDER, call="c1", seconds=0.42)),
        (16, "action", _action("raised", name="refund", error="PaymentError: the bank does not answer")),
        (
            17,
            "error",
            {"where": "bots/concierge", "what": "tool refund", "detail": "the bank does not answer"},
        ),
        (18, "waits", {"call": "c2", "what": "confirm", "name": "refund"}),
    ]


def _action(code: str, **fields: Any) -> Frame:
    return {"name": "find_order", "arguments": {"order_number": "4471"}, "code": code, "error": "", **fields}


def _people() -> list[tuple[int, str, Frame]]:
    return [
        (22, "inbound", {"text": "Yes, two. Let me talk to a person", "reply": None}),
        (23, "understood", UNDERSTOOD | {"rule": "global", "what": "person", "intent": None, "score": None}),
        (24, "handoff", {"queue": "billing", "package": {"because": "asked for a person"}}),
        (25, "owner", {"owner": "queue:billing"}),
        (31, "inbound", {"text": "I was charged twice for order 4471", "reply": None}),
    ]
