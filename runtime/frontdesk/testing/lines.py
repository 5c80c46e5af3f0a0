"""What goes into a talk: the lines of `frontdesk chat --jsonl` and of a conversation test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from frontdesk.dialogs.base import Duration

_DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)
_LONGEST = timedelta(days=3660)


class BadLine(ValueError):
    """A line that means nothing; the talk goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The customer wrote."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The customer clicked an option, or picked a value."""

    choose: str | None = None
    value: Any = None
    of: str | None = None  # id of the message that asked; None: the open one


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The customer sent a file."""

    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """Time went by."""

    by: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RepSaid:
    """A rep wrote, taking the session first if it waits in a queue."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """A new session of the same messaging user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IsUser:
    """What is known of the messaging user from here on."""

    known: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The desk was told of something from outside."""

    name: str
    data: Mapping[str, Any]


Line = Said | Answered | Sent | Advanced | RepSaid | Began | IsUser | Told

KEYS = ("text", "choose", "value", "file", "advance", "rep", "session", "user", "event")
"""What a line is about; one of them in each."""
_BESIDE = {"of": ("choose", "value"), "data": ("event",)}


def read_line(line: object) -> Line:
    """The meaning of one line; BadLine says what is wrong with it."""
    if not isinstance(line, Mapping):
        raise BadLine(f'a line is an object like {{"text": "hello"}}, not {_kind(line)}')
    about = [key for key in line if key in KEYS]
    for key in line:
        if key not in KEYS and not (key in _BESIDE and any(one in _BESIDE[key] for one in about)):
            raise BadLine(_unknown(str(key)))
    if len(about) != 1:
        raise BadLine(f"a line has exactly one of {', '.join(KEYS)}")
    return _READ[about[0]](line)


def read_duration(written: object) -> timedelta:
    """An ISO 8601 duration, like PT10M."""
    try:
        duration = _DURATION.validate_python(written)
    except ValidationError:
        raise BadLine(f"{written!r} is no duration; write one like PT10M (ten minutes) or P1D") from None
    if not timedelta(0) <= duration <= _LONGEST:
        raise BadLine("time can go on by at most ten years, and never back")
    return duration


def _text(line: Mapping[str, Any], key: str) -> str:
    if not isinstance(line[key], str):
        raise BadLine(f"`{key}` is text, not {_kind(line[key])}")
    return str(line[key])


def _of(line: Mapping[str, Any]) -> str | None:
    return _text(line, "of") if line.get("of") is not None else None


def _file(line: Mapping[str, Any]) -> Sent:
    path = Path(_text(line, "file"))
    if not path.is_file():
        raise BadLine(f"there is no file {path}")
    return Sent(file=path)


def _began(line: Mapping[str, Any]) -> Began:
    if line["session"] != "new":
        raise BadLine('`session` can only be "new"')
    return Began()


def _user(line: Mapping[str, Any]) -> IsUser:
    if not isinstance(line["user"], Mapping):
        raise BadLine(f'`user` is an object like {{"language": "fr"}}, not {_kind(line["user"])}')
    return IsUser(known=line["user"])


def _event(line: Mapping[str, Any]) -> Told:
    data = line.get("data") or {}
    if not isinstance(data, Mapping):
        raise BadLine(f"`data` is an object, not {_kind(data)}")
    return Told(name=_text(line, "event"), data=data)


_READ: dict[str, Callable[[Mapping[str, Any]], Line]] = {
    "text": lambda line: Said(text=_text(line, "text")),
    "choose": lambda line: Answered(choose=_text(line, "choose"), of=_of(line)),
    "value": lambda line: Answered(value=line["value"], of=_of(line)),
    "file": _file,
    "advance": lambda line: Advanced(by=read_duration(line["advance"])),
    "rep": lambda line: RepSaid(text=_text(line, "rep")),
    "session": _began,
    "user": _user,
    "event": _event,
}


def _unknown(key: str) -> str:
    near = get_close_matches(key, (*KEYS, *_BESIDE), 1)
    return f"`{key}` means nothing here" + (f"; did you mean `{near[0]}`?" if near else "")


def _kind(value: object) -> str:
    words = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return words.get(type(value), "a number")
