"""What an event is, and how one is read back from the log, whatever version wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

import orjson

from frontdesk.sessions import SessionState
from frontdesk.upcasters import upcast
from frontdesk.value import made, value


@value
class Event:
    """Something that happened in one session."""

    KIND: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1
    CUSTOMER: ClassVar[frozenset[str]] = frozenset()

    def apply(self, state: SessionState) -> None:
        """Change the state as this event does. Nothing else changes a state."""

    def dump(self) -> bytes:
        return orjson.dumps(self, default=str)


EVENT_KINDS: dict[str, type[Event]] = {}
_E = TypeVar("_E", bound=type[Event])


def event_kind(kind: str, *, version: int = 1, customer: tuple[str, ...] = ()) -> Callable[[_E], _E]:
    """Register an event under the word the log uses."""

    def register(cls: _E) -> _E:
        cls.KIND, cls.VERSION, cls.CUSTOMER = kind, version, frozenset(customer)
        EVENT_KINDS[kind] = cls
        return cls

    return register


def load_event(kind: str, version: int, body: bytes | Mapping[str, Any]) -> Event:
    """An event read back from the log, whatever version wrote it; a newer one's is an `UnknownEvent`."""
    values: dict[str, Any] = dict(orjson.loads(body) if isinstance(body, bytes | memoryview) else body)
    cls = EVENT_KINDS.get(kind)
    if cls is None or version > cls.VERSION:
        return UnknownEvent(kind=kind, version=version, body=values)
    return made(cls, upcast(kind, values, version, cls.VERSION))


@value
class UnknownEvent(Event):
    """What a newer version wrote: it is kept and shown as it is, and does nothing here."""

    kind: str
    version: int
    body: Mapping[str, Any]

    def dump(self) -> bytes:
        return orjson.dumps(self.body)
