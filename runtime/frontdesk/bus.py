"""Hints that something was committed. They may be lost, doubled or reordered: that costs time only."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Protocol

log = logging.getLogger(__name__)

Listener = Callable[[str, Any], None]
EVERYTHING = "*"


class Bus(Protocol):
    """Tells listeners of a topic that there is something to read."""

    def publish(self, topic: str, hint: Any = None) -> None: ...

    def listen(self, topic: str, listener: Listener) -> Callable[[], None]:
        """Call `listener(topic, hint)` on every hint; gives what stops it."""
        ...


class InProcessBus:
    """Hints within one process."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = defaultdict(set)

    def publish(self, topic: str, hint: Any = None) -> None:
        for name in (topic, EVERYTHING):
            for listener in tuple(self._listeners.get(name, ())):
                try:
                    listener(topic, hint)
                except Exception:  # a hint costs time at most, never a turn
                    log.exception("a listener to %s failed", name)

    def listen(self, topic: str, listener: Listener) -> Callable[[], None]:
        self._listeners[topic].add(listener)

        def stop() -> None:
            listeners = self._listeners.get(topic)
            if listeners is not None:
                listeners.discard(listener)
                if not listeners:
                    del self._listeners[topic]

        return stop
