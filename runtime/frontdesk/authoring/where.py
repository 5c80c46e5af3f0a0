"""Which file a name means: the bot's, else the desk's, else the library's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from frontdesk.authoring.botfiles import BotRead, Read
from frontdesk.authoring.content import SYSTEM
from frontdesk.authoring.declared import places_of_actions
from frontdesk.authoring.library import LIBRARY, find_in_library
from frontdesk.authoring.load import DeskRead

DESK, BOT = "desk", "bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One place a name may mean."""

    what: str  # component | message | dialog | intent | action | file
    layer: str  # bot | desk | library
    path: str
    line: int = 1
    bot: str | None = None  # whose it is; None: everyone's
    wins: bool = False  # for the bots that have none of their own, or for its own bot


def where(name: str, read: DeskRead, *, bot: str | None = None) -> list[Holder]:
    """Every place a name may mean, the nearest first, for one bot or for all.

    `name` is a component's, message's, dialog's, intent's or action's; `BOT/NAME` is that bot's; a
    path (`components/yes_no`) is a file of the desk or of the library.
    """
    owner, slash, rest = name.partition("/")
    if slash and owner in read.bots:
        bot, name = owner, rest
    found = [one for one in _holders(name, read) if bot is None or one.bot in (None, bot, SYSTEM)]
    if slash and not found:
        found = list(_files(name, read))
    return list(_with_winners(found, of_one_bot=bot is not None))


def _holders(name: str, read: DeskRead) -> Iterator[Holder]:
    for bot, one in read.bots.items():
        if bot != SYSTEM:
            yield from _of_bot(name, bot, one, BOT)
    for held, layer in ((read.components, DESK), (read.library, LIBRARY)):
        if name in held:
            yield _holder("component", layer, held[name])
    if SYSTEM in read.bots:
        for holder in _of_bot(name, SYSTEM, read.bots[SYSTEM], LIBRARY):
            yield replace(holder, layer=LIBRARY if holder.path in read.from_library else DESK)
    if (place := places_of_actions(read.files).get(name)) is not None:
        yield Holder(what="action", layer=DESK, path=place[0], line=place[1])


def _of_bot(name: str, bot: str, one: BotRead, layer: str) -> Iterator[Holder]:
    kinds: tuple[tuple[str, Mapping[str, Read]], ...] = (
        ("component", one.components),
        ("dialog", one.dialogs),
        ("intent", one.intents),
        ("question", one.answers),
    )
    for what, held in kinds:
        if name in held:
            yield replace(_holder(what, layer, held[name]), bot=bot)
    for each in one.messages.values():
        if name in each.model:
            line, _ = each.file.place((name,), key=True)
            yield Holder(what="message", layer=layer, path=each.file.path, line=line, bot=bot)


def _holder(what: str, layer: str, each: Read) -> Holder:
    line, _ = each.file.place((what,), key=True)
    return Holder(what=what, layer=layer, path=each.file.path, line=line)


def _files(name: str, read: DeskRead) -> Iterator[Holder]:
    for path in read.files:
        if name in (path, path.rpartition(".")[0]):
            yield Holder(what="file", layer=DESK, path=path)
    for path in find_in_library(name):
        yield Holder(what="file", layer=LIBRARY, path=f"{LIBRARY}/{path}")


def _with_winners(found: list[Holder], *, of_one_bot: bool) -> Iterator[Holder]:
    shared: set[str] = set()
    for one in found:
        key = one.what if one.what != "message" else f"message {one.path.rpartition('/')[2]}"
        if one.layer == BOT:
            yield replace(one, wins=True)
            shared.update([key] if of_one_bot else [])
            continue
        yield replace(one, wins=key not in shared)
        shared.add(key)
