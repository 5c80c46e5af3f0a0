"""The names a bot's files may use, by what they name, and the sentence for one that is not there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from frontdesk.authoring.botfiles import BotRead
from frontdesk.authoring.content import SYSTEM
from frontdesk.authoring.problems import nearest, nearest_hint
from frontdesk.authoring.source import Loc, YamlFile
from frontdesk.authoring.walk import marked
from frontdesk.dialogs.base import Declares
from frontdesk.errors import Problem
from frontdesk.nlu.entities.known import TYPES

if TYPE_CHECKING:
    from frontdesk.authoring.load import DeskRead

_WORDS = {"step": "step with the id", "question": "message or component named", "channel": "channel named"}
_EVERY = {
    "slot": "Declare it under `slots:` in bot.yml.",
    "message": "Add it to messages/{language}.yml.",
    "action": "Write it in actions.py, with @action above it.",
    "queue": "Add it under `queues:` in frontdesk.yml.",
    "hours": "Add it under `hours:` in frontdesk.yml.",
    "entity": f"Declare it under `entities:` in bot.yml, or use one of ours: {', '.join(TYPES)}.",
    "intent": "Write its examples in intents/{name}.yml.",
    "component": "Write it in {file}.",
    "step": "Give the step you mean an `id:`.",
}


@dataclass(slots=True)
class Names:
    """What can be named from one bot, or from frontdesk.yml."""

    language: str
    known: dict[str, set[str]] = field(default_factory=dict)  # kind -> names
    broken: dict[str, set[str]] = field(default_factory=dict)  # there, but could not be read

    def has(self, kind: str, name: str) -> bool:
        return name in self.known.get(kind, ()) or name in self.broken.get(kind, ())

    def missing(self, kind: str, name: str, file: YamlFile, loc: Loc, *, key: bool = False) -> Problem:
        """The problem of a name that is not there."""
        bot, slash, rest = name.partition("/")
        own = f"bots/{bot}/components/{rest}.yml" if slash else f"components/{name}.yml"
        every = _EVERY.get(kind, "").format(language=self.language, name=name, file=own)
        known = [each for each in self.known.get(kind, ()) if " " not in each]
        meant = nearest(name, known)
        hint = f"Did you mean `{meant}`?" if meant else every or nearest_hint(name, known)
        return file.problem(f"no {_WORDS.get(kind, kind + ' named')} `{name}`.", hint, loc=loc, key=key)


def desk_names(read: DeskRead) -> Names:
    """What frontdesk.yml and every bot may name."""
    names = Names(read.languages[0])
    names.known["bot"] = set(read.bots)
    names.known["action"] = set(read.actions)
    names.known["component"] = {*read.components, *read.library}
    for bot, one in read.bots.items():
        names.known["component"].update(f"{bot}/{name}" for name in one.components)
    if read.desk is not None:
        for kind, held in (("queue", "queues"), ("hours", "hours"), ("channel", "channels")):
            names.known[kind] = set(getattr(read.desk.model, held))
    for bot, one in read.bots.items():
        names.broken.setdefault("component", set()).update(
            f"{bot}/{name}" for what, name in one.broken if what == "component"
        )
    for what, name in read.broken:
        names.broken.setdefault(what, set()).add(name)
    return names


def bot_names(one: BotRead, read: DeskRead, of_desk: Names) -> Names:
    """What one bot's files may name."""
    names = Names(of_desk.language, {kind: set(known) for kind, known in of_desk.known.items()})
    names.broken = {kind: set(known) for kind, known in of_desk.broken.items()}
    for what, name in one.broken:
        names.broken.setdefault(what, set()).add(name)
    names.known["component"] |= set(one.components)
    names.known["slot"] = set(one.settings.slots)
    names.known["entity"] = entity_names(one)
    names.known["dialog"] = set(one.dialogs)
    names.known["intent"] = set(one.intents)
    names.known["message"] = message_keys(one) | message_keys(read.bots.get(SYSTEM, one))
    names.known["question"] = names.known["message"] | names.known["component"]
    names.broken["question"] = names.broken.get("message", set()) | names.broken.get("component", set())
    if any(what == "messages" for what, _ in one.broken):
        names.broken["message"] = names.broken["question"] = _Anything()
    if ("bot", one.name) in one.broken:  # its slots and entities are there, but nobody could read them
        names.broken["slot"] = names.broken["entity"] = _Anything()
    return names


def entity_names(one: BotRead) -> set[str]:
    """The entities that slots and examples may name: the bot's, their roles (`city:from`), and ours."""
    own = one.settings.entities
    return {*own, *TYPES, *(f"{name}:{role}" for name, entity in own.items() for role in entity.roles)}


class _Anything(set[str]):
    """Every name: what a file that could not be read may have declared."""

    def __contains__(self, name: object) -> bool:
        return True


def message_keys(one: BotRead) -> set[str]:
    """The keys of a bot's messages, in any language."""
    return set(ordered_keys(one))


def ordered_keys(one: BotRead) -> list[str]:
    """The same as they are written."""
    keys = (key.partition("@")[0] for each in one.messages.values() for key in each.model)
    return list(dict.fromkeys(keys))


def declared(one: BotRead) -> dict[str, set[str]]:
    """The names each dialog of a bot introduces besides slots: `into`, `for`."""
    return {name: set(_declared(each.model.steps)) for name, each in one.dialogs.items()}


def _declared(steps: Iterable[object]) -> Iterable[str]:
    for step in steps:
        for each in marked(step):  # type: ignore[arg-type]
            if isinstance(each.mark, Declares):
                yield str(each.value)
