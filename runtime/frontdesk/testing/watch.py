"""Watching a desk while it talks: which messages its texts came from, and what was reached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, cast

from frontdesk.authoring.content import BotContent, Desk
from frontdesk.dialogs.base import STEP_KINDS, Step


@dataclass(slots=True)
class Watch:
    """What a talk has touched."""

    said: list[tuple[str, str]] = field(default_factory=list)  # (message key, text) in this turn
    steps: set[int] = field(default_factory=set)  # id() of each step that ran

    def keys_of(self, text: str) -> list[str]:
        """The messages a text came from in this turn."""
        return [key for key, said in self.said if said == text]


class _WatchedBot:
    """A bot's content that notes which message each text is."""

    def __init__(self, bot: BotContent, watch: Watch) -> None:
        self._bot = bot
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bot, name)

    def say(self, key: str, *args: Any, **kwargs: Any) -> str:
        text = self._bot.say(key, *args, **kwargs)
        self._watch.said.append((key, text))
        return text

    def text(self, authored: Any, *args: Any, **kwargs: Any) -> str:
        text = self._bot.text(authored, *args, **kwargs)
        if isinstance(authored, str) and self._bot.has_message(authored):
            self._watch.said.append((authored, text))
        return text


class _WatchedDesk:
    """A desk whose bots are watched."""

    def __init__(self, desk: Desk, watch: Watch) -> None:
        self._desk = desk
        self.bots = {name: _WatchedBot(bot, watch) for name, bot in desk.bots.items()}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._desk, name)

    def bot(self, name: str) -> Any:
        return self.bots.get(name)


def watched(desk: Desk, watch: Watch) -> Desk:
    """The same desk, watched."""
    return cast(Desk, _WatchedDesk(desk, watch))


@contextmanager
def steps_watched(watch: Watch) -> Iterator[None]:
    """While it lasts, every step that runs is noted, whatever its kind."""
    kept = {cls: cls.run for cls in STEP_KINDS.values()}
    for cls, run in kept.items():
        cls.run = _noting(run, watch.steps)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for cls, run in kept.items():
            cls.run = run  # type: ignore[method-assign]


def _noting(run: Any, seen: set[int]) -> Any:
    @wraps(run)
    def noted(step: Step, *args: Any, **kwargs: Any) -> Any:
        seen.add(id(step))
        return run(step, *args, **kwargs)

    return noted
