"""`frontdesk check`: every problem of a desk at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from frontdesk.authoring.advice import advise
from frontdesk.authoring.agents import without_key
from frontdesk.authoring.botfiles import BotRead, Read, is_mapping
from frontdesk.authoring.content import BotContent
from frontdesk.authoring.expressions import ExpressionError
from frontdesk.authoring.formats import TextContext
from frontdesk.authoring.load import DeskRead, bot_content, read_desk
from frontdesk.authoring.names import Names, bot_names, desk_names
from frontdesk.authoring.paths import walk_steps
from frontdesk.authoring.problems import NOTE, explain, nearest_hint, pydantic_faults, validate
from frontdesk.authoring.references import check_references
from frontdesk.authoring.source import Loc, YamlFile
from frontdesk.authoring.talks import TestFile
from frontdesk.authoring.walk import marked
from frontdesk.components.base import COMPONENT_KINDS, Definition, Moment, Plan, language_of, sendable
from frontdesk.dialogs.base import Ref
from frontdesk.effect import ActionDescription
from frontdesk.errors import Problem
from frontdesk.messages import Outbound

CHANNELS_TO_COME = "whatsapp messenger line telegram rcs apple"


@dataclass(slots=True, kw_only=True)
class World:
    """What the layers above know and the files do not say."""

    channels: Mapping[str, Any]  # kind -> its class
    actions: Mapping[str, ActionDescription] | None = None  # None: only the names in the source are known


def check(root: Path, environ: Mapping[str, str], world: World) -> list[Problem]:
    """Every problem in every file of a desk: errors, warnings and notes, by file and line."""
    names = frozenset(world.actions) if world.actions is not None else None
    read = read_desk(root, environ, actions=names)
    problems = [*read.problems, *check_references(read), *advise(read)]
    of_desk = desk_names(read)
    for part in (
        _channels(read, world),
        _components(read, world),
        _calls(read, world),
        without_key(read, environ),
    ):
        problems += part
    for one in read.bots.values():
        problems += _tests(one, read, bot_names(one, read, of_desk))
    own = [each for each in problems if each.path not in read.from_library or each.level == "error"]
    return sorted(set(own), key=lambda each: (each.path, each.line, each.column, each.message))


def _channels(read: DeskRead, world: World) -> Iterator[Problem]:
    if read.desk is None:
        return
    written = read.desk.file.at(("channels",))
    for name, fields in written.items() if isinstance(written, dict) else ():
        loc: Loc = ("channels", name)
        kind = fields.get("kind") if isinstance(fields, dict) else None
        if not isinstance(kind, str):
            continue
        if kind in CHANNELS_TO_COME.split() and kind not in world.channels:
            message = f"channels of kind `{kind}` are not built yet."
            yield read.desk.file.problem(message, f"Take `{name}` out of the channels.", loc=(*loc, "kind"))
        elif kind not in world.channels:
            hint = nearest_hint(kind, world.channels)
            message = f"no kind of channel is called `{kind}`."
            yield read.desk.file.problem(message, hint, loc=(*loc, "kind"))
        elif name in read.off:
            message = f"the channel `{name}` is off: {read.off[name]}."
            hint = "The others run. Set it, and start again."
            yield read.desk.file.problem(message, hint, loc=loc, key=True, level=NOTE)
        else:
            yield from _config(read.desk.file, loc, world.channels[kind].Config)


def _config(file: YamlFile, loc: Loc, config: type[BaseModel]) -> Iterator[Problem]:
    try:
        config.model_validate(file.at(loc))
    except ValidationError as error:
        yield from explain(file, pydantic_faults(error, config, loc))


def _components(read: DeskRead, world: World) -> Iterator[Problem]:
    """How each component will look on each channel, where something is lost."""
    if read.desk is None:
        return
    kinds: dict[str, list[str]] = {}
    for name, model in read.desk.model.channels.items():
        if model.kind in world.channels:
            kinds.setdefault(model.kind, []).append(name)
    bots: dict[str, BotContent] = {}
    for name, one in read.bots.items():
        bots[name] = bot_content(one, read, bots)
    for bot, one in read.bots.items():
        for each in one.components.values():
            yield from _losses(each, bots[bot], kinds, world)
    some = next(iter(bots.values()), None)
    for each in read.components.values() if some is not None else ():
        yield from _losses(each, some, kinds, world)  # type: ignore[arg-type]


def _losses(each: Read, bot: BotContent, kinds: Mapping[str, list[str]], world: World) -> Iterator[Problem]:
    """One note for each way to lose something, with the channels that lose it."""
    shown = _shown(each.model, bot)
    if shown is None:
        return
    where: dict[str, list[str]] = {}
    for kind, channels in kinds.items():
        lost = "; ".join(_plan(world.channels[kind], shown).losses)
        named = ", ".join(channels)
        where.setdefault(lost, []).append(named if named == kind else f"{named} ({kind})")
    for lost, named_channels in where.items():
        if lost:
            message = f"on {', '.join(named_channels)}: {lost}."
            yield each.file.problem(message, loc=("component",), level=NOTE)


def _plan(kind: Any, shown: Mapping[str, Any]) -> Plan:
    """What a kind of channel makes of a component, what it costs there included."""
    channel = kind(kind.kind, kind.Config.model_validate({"kind": kind.kind, **kind.SAMPLE}))
    text, language = str(shown["text"]), language_of(shown)
    plan: Plan = channel.plan(
        Outbound(
            id="",
            session="",
            channel=kind.kind,
            to="",
            text=text,
            component=sendable(shown),
            language=language,
        )
    )
    return plan


def _shown(definition: Definition, bot: BotContent) -> Mapping[str, Any] | None:
    """A component with every value empty: enough to see what a channel makes of it."""
    now, language = datetime.now(UTC), bot.languages[0]
    at = TextContext(now=now, language=language, open=lambda hours: True)
    moment = Moment(language=language, today=now.date(), now=now)
    try:
        return COMPONENT_KINDS[definition.kind].show(
            definition, lambda authored: bot.text(authored, language, {}, at), {}, moment
        )
    except (ExpressionError, ValueError, KeyError, TypeError):
        return None  # it needs values that only a step gives


def _calls(read: DeskRead, world: World) -> Iterator[Problem]:
    """Each call's arguments against the function it names."""
    for one in read.bots.values():
        for each in one.dialogs.values():
            steps = list(walk_steps(each.model.steps))
            kept = {*one.settings.slots, *(getattr(step, "into", None) for step, _ in steps)}
            for step, loc in steps:
                action = (world.actions or {}).get(getattr(step, "call", ""))
                if step.word == "call" and action is not None:
                    given = getattr(step, "given", {})
                    # Without `with`, parameters take the values of their names.
                    taken = given or [one.name for one in action.parameters if one.name in kept]
                    yield from _arguments(each.file, loc, action, taken)


def _arguments(
    file: YamlFile, loc: Loc, action: ActionDescription, given: Iterable[str]
) -> Iterator[Problem]:
    known = [one.name for one in action.parameters]
    for name in action.unknown_arguments(given):
        hint = nearest_hint(name, known, f"It takes nothing ({action.place}).")
        yield file.problem(f"`{action.name}` takes no `{name}`.", hint, loc=(*loc, "with", name), key=True)
    for name in action.missing_arguments(given):
        hint = f"Add `{name}: ...` under `with:` (the function is in {action.place})."
        yield file.problem(f"`{action.name}` needs `{name}`.", hint, loc=(*loc, "call"))


def _tests(one: BotRead, read: DeskRead, names: Names) -> Iterator[Problem]:
    owners = {f"{kind}:{name}" for kind in ("bot", "queue") for name in names.known.get(kind, ())}
    names.known["owner"] = {"bot", "queue", "rep", "none", *owners}
    names.known["option"] = set(_options(one, read))
    for file in one.tests:
        problems: list[Problem] = []
        if is_mapping(file, problems, "talk: [...]"):
            model, problems = validate(TestFile, file)
            if model is not None:
                yield from _test_names(model, file, names)
        yield from problems


def _test_names(model: TestFile, file: YamlFile, names: Names) -> Iterator[Problem]:
    for each in marked(model):
        if not isinstance(each.mark, Ref) or names.has(each.mark.to, each.value):
            continue
        free = each.mark.to == "option" and (not names.known["option"] or "-" in each.value)
        if not free and not (each.mark.to == "owner" and each.value.startswith("rep:")):
            yield names.missing(each.mark.to, each.value, file, each.loc, key=each.is_key)


def _options(one: BotRead, read: DeskRead) -> Iterator[str]:
    """Every option id that somebody may choose in a talk with this bot."""
    yield from ("skip", "talk_to_person")
    for held in (read.library, read.components, *(bot.components for bot in read.bots.values())):
        for each in held.values():
            yield from each.model.option_ids
    for dialog in one.dialogs.values():
        for step, _ in walk_steps(dialog.model.steps):
            for option in getattr(step, "options", ()):
                yield str(option.get("id", ""))
