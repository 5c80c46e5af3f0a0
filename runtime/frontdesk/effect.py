"""What a deciding layer asks the world for (`Effect`), and what it is sent back (`EffectResult`).

Also what is known of an action without calling it, so that `frontdesk check` and the dialogs can
compare a step's `with:` to the Python function it names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import orjson

from frontdesk.text import writable

EffectMode = Literal["read", "write"]

CODES = frozenset(
    (
        "ok", "raised", "timeout", "bad_args", "bad_result", "unknown", "in_doubt", "declined",
        "away", "refused", "overflow",
    ),
)  # fmt: skip
"""How an effect can end. in_doubt: nobody knows whether a write happened; a person must look.

A model's own: away (it gave no answer, however often it was asked), refused (it takes no such request: the
key, the quota, its name), overflow (the conversation is longer than it can read).
"""


class IdempotencyKey(str):
    """The text under which a write may be repeated: the same for every attempt of one effect."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One call out of a turn: yielded by a bot's `respond`, performed by the turn, journaled."""

    kind: str = "action"  # action (tools are actions) | model | log (what the session's log has)
    name: str
    args: dict[str, Any] = field(default_factory=dict)
    effect: EffectMode = "read"
    timeout: float | None = None  # seconds; None: the action's own
    offered: dict[str, Any] = field(default_factory=dict)  # known values for parameters `args` leaves out

    def to_json(self) -> bytes:
        """What the journal keeps. What a model is asked is made anew from the session when it is needed."""
        return orjson.dumps(self if self.kind == "action" else replace(self, args={}))

    @classmethod
    def from_json(cls, body: bytes | str) -> Effect:
        return cls(**orjson.loads(body))


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectResult:
    """How an effect ended. The same bytes come out however often it is written and read back."""

    ok: bool
    value: Any = None  # plain JSON values
    error: str = ""  # short, for the log; a messaging user never sees it
    code: str = "ok"  # one of CODES
    seconds: float = 0.0  # how long it took

    @classmethod
    def success(cls, value: Any = None) -> EffectResult:
        return cls(ok=True, value=value)

    @classmethod
    def failure(cls, code: str, error: str) -> EffectResult:
        return cls(ok=False, code=code, error=writable(error))

    def to_json(self) -> bytes:
        return orjson.dumps(self)

    @classmethod
    def from_json(cls, body: bytes | str) -> EffectResult:
        return cls(**orjson.loads(body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One argument a caller of an action may give; what providers fill is not among them."""

    name: str
    required: bool
    schema: Mapping[str, Any]  # JSON Schema


def log_read(effect: Effect, rows: Iterable[tuple[str, int, bytes]]) -> EffectResult:
    """What an effect of kind `log` gives of a session's events: of the kinds it wants, the last."""
    wanted = [row for row in rows if row[0] in effect.args["kinds"]][-effect.args["last"] :]
    return EffectResult.success([[kind, version, orjson.loads(body)] for kind, version, body in wanted])


def _takes_all(given: Mapping[str, Any]) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDescription:
    """What is known of an action without calling it."""

    name: str
    effect: EffectMode
    about: str  # the docstring
    confirm: str | None
    timeout: float
    parameters: tuple[Parameter, ...]
    place: str  # FILE:LINE of the function, relative to the desk
    refuses: Callable[[Mapping[str, Any]], str] = field(default=_takes_all, compare=False)
    """What is wrong with arguments, without calling it; empty: nothing."""

    def unknown_arguments(self, given: Iterable[str]) -> list[str]:
        """The names in `given` that the function does not take."""
        known = {parameter.name for parameter in self.parameters}
        return [name for name in given if name not in known]

    def missing_arguments(self, given: Iterable[str]) -> list[str]:
        """What the function needs and `given` does not name."""
        names = set(given)
        return [one.name for one in self.parameters if one.required and one.name not in names]
