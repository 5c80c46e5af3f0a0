"""What a release offers to reps: its queues and the components they may send."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from frontdesk.authoring.content import SYSTEM, BotContent, Desk
from frontdesk.authoring.expressions import ExpressionError
from frontdesk.authoring.formats import TextContext
from frontdesk.components.base import Definition


def queues(desk: Desk, language: str) -> list[dict[str, str]]:
    """Every queue with its label."""
    return [
        {"name": name, "label": authored(desk, queue.label, language) or name}
        for name, queue in desk.config.queues.items()
    ]


def labels(desk: Desk, language: str) -> dict[str, dict[str, str]]:
    """What authors call their slots and intents in front of reps, by name."""
    found: dict[str, dict[str, str]] = {"slots": {}, "intents": {}}
    for bot in desk.bots.values():
        for kind, named in (("slots", bot.slots), ("intents", bot.intents)):
            for name, one in named.items():
                if one.label is not None:
                    found[kind].setdefault(name, authored(desk, one.label, language, bot))
    return found


def components(desk: Desk, language: str) -> list[dict[str, Any]]:
    """The components a rep may send: every bot's own, then what all bots share."""
    bots = [bot for name, bot in sorted(desk.bots.items()) if name != SYSTEM]
    found = [_offered(desk, bot, one, language, bot.name) for bot in bots for one in bot.components.values()]
    shared: dict[str, Definition] = {}
    for bot in bots[:1]:
        for definitions in bot.shared:
            shared = {**definitions, **shared}  # the desk's own go before the library's
        found += [_offered(desk, bot, shared[name], language, None) for name in sorted(shared)]
    return found


def _offered(
    desk: Desk, bot: BotContent, definition: Definition, language: str, owner: str | None
) -> dict[str, Any]:
    asked = next(
        (written for field in ("ask", "text", "title") if (written := getattr(definition, field, None))), None
    )
    title = authored(desk, asked, language, bot) or definition.component
    return {"name": definition.component, "kind": definition.kind, "bot": owner, "title": title}


def authored(desk: Desk, written: Any, language: str, bot: BotContent | None = None) -> str:
    """A text of an author for a rep; where it needs values that nobody has yet, its source."""
    if written is None:
        return ""
    source = written
    if isinstance(written, Mapping):
        source = written.get(language) or written.get(desk.languages[0]) or next(iter(written.values()), "")
    bot = bot or desk.bots[SYSTEM]
    try:
        return bot.text(written, language, dict.fromkeys(bot.slots), _nowhere(language))
    except (ExpressionError, KeyError, TypeError, ValueError):
        return str(source)


def _nowhere(language: str) -> TextContext:
    return TextContext(now=datetime(2000, 1, 1, tzinfo=UTC), language=language, open=lambda hours: True)
