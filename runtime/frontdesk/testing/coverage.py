"""What of a desk its conversation tests reach: intents, dialogs, steps, components."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from frontdesk.authoring.content import SYSTEM, BotContent, Desk
from frontdesk.dialogs.base import Step
from frontdesk.dialogs.place import walk

KINDS = ("intents", "dialogs", "steps", "components")


@dataclass(slots=True)
class Coverage:
    """Reached and known names of each kind, as BOT/NAME (a step: BOT/DIALOG/STEP)."""

    known: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in KINDS})
    reached: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in KINDS})
    steps: dict[int, str] = field(default_factory=dict)  # id() of a step -> its name

    @classmethod
    def of(cls, desk: Desk) -> Coverage:
        """A desk of which nothing has been reached yet."""
        coverage = cls()
        for bot in desk.bots.values():
            if bot.name != SYSTEM:
                coverage._know(bot)
        return coverage

    def share(self, kind: str) -> float:
        """How much of a kind is reached, 0 to 1; 1 when there is nothing to reach."""
        known = self.known[kind]
        return len(self.reached[kind] & known) / len(known) if known else 1.0

    def missed(self, kind: str) -> list[str]:
        """What no test reaches."""
        return sorted(self.known[kind] - self.reached[kind])

    def to_json(self) -> dict[str, Any]:
        return {
            kind: {
                "reached": len(self.reached[kind] & self.known[kind]),
                "of": len(self.known[kind]),
                "missed": self.missed(kind),
            }
            for kind in KINDS
        }

    def note(self, bot: str, events: Iterable[Mapping[str, Any]], steps: Iterable[int]) -> None:
        """Count what a talk's events and steps have reached."""
        self.reached["steps"] |= {self.steps[one] for one in steps if one in self.steps}
        for event in events:
            if event["kind"] == "owner" and str(event["owner"]).startswith("bot:"):
                bot = str(event["owner"]).partition(":")[2]
            elif event["kind"] == "understood" and event.get("intent"):
                self.reached["intents"].add(f"{bot}/{event['intent']}")
            elif event["kind"] == "dialog":
                self.reached["dialogs"].add(f"{event['bot']}/{event['dialog']}")
            elif event["kind"] == "outbound" and event.get("component"):
                self._note_component(bot, str(event["component"].get("name", "")))

    def _note_component(self, bot: str, name: str) -> None:
        known = name if "/" in name else f"{bot}/{name}"
        self.reached["components"].add(known)

    def _know(self, bot: BotContent) -> None:
        self.known["intents"] |= {f"{bot.name}/{name}" for name in bot.intents}
        self.known["dialogs"] |= {f"{bot.name}/{name}" for name in bot.dialogs}
        self.known["components"] |= {f"{bot.name}/{name}" for name in bot.components}
        for dialog in bot.dialogs.values():
            for place, step in enumerate(walk(dialog.steps), 1):
                name = f"{bot.name}/{dialog.name}/{_name(step, place)}"
                self.steps[id(step)] = name
                self.known["steps"].add(name)


def _name(step: Step, place: int) -> str:
    return step.place or f"{step.word} ({place})"
