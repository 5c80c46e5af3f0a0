"""Hints that something was committed. They may be lost, doubled or reordered: that costs time only.

A hint is what JSON can hold, for listeners of this process as for those of others (`hints/`).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Protocol

log = logging.getLogger(__name__)

Listener = Callable[[str, Any], None]
EVERYTHING = "*"


class Bus(Protocol):
    """Tells listeners of a topic that there is something to read, here and in the desk's other processes."""

    alone: bool
    """Whether no other process serves this desk, as far as is known: then nothing leaves this one."""

    async def start(self, desk: str = "") -> None:
        """Reach the other processes from now on. `desk`: a name that only this desk's processes know."""

    async def stop(self) -> None: ...

    def publish(self, topic: str, hint: Any = None) -> None:
        """Call who listens, and let the other processes do the same. Never raises and never waits."""

    def tell(self, topic: str, hint: Any = None) -> None:
        """Call who listens in this process, and nobody else."""

    def listen(self, topic: str, listener: Listener) -> Callable[[], None]:
        """Call `listener(topic, hint)` on every hint; gives what stops it."""
        ...

    def is_heard(self, topic: str) -> bool:
        """Whether somebody in this process listens; nobody knows of the others."""
        ...


class InProcessBus:
    """Hints within one process."""

    def __init__(self) -> None:
        self.alone = True
        self._listeners: dict[str, set[Listener]] = defaultdict(set)

    async def start(self, desk: str = "") -> None:
        """Nothing to do: there is nobody else."""

    async def stop(self) -> None:
        """Nothing to do."""

    def publish(self, topic: str, hint: Any = None) -> None:
        self.tell(topic, hint)

    def tell(self, topic: str, hint: Any = None) -> None:
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

    def is_heard(self, topic: str) -> bool:
        return topic in self._listeners
