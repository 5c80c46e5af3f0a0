"""What is not wrong but worth a look: what is never reached, never used, missing in a language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pydantic import BaseModel

from frontdesk.authoring import expressions
from frontdesk.authoring.botfiles import BotRead, Read
from frontdesk.authoring.content import SYSTEM
from frontdesk.authoring.examples import said
from frontdesk.authoring.names import message_keys
from frontdesk.authoring.paths import circles, unreachable, walk_steps
from frontdesk.authoring.problems import NOTE, WARNING, listed
from frontdesk.authoring.source import Loc, YamlFile
from frontdesk.authoring.walk import Marked, marked
from frontdesk.components.base import IsText
from frontdesk.dialogs.base import IsExpression, Ref
from frontdesk.errors import Problem
from frontdesk.nlu.encoder import INSTALL, is_installed

if TYPE_CHECKING:
    from frontdesk.authoring.load import DeskRead


def advise(read: DeskRead) -> list[Problem]:
    """Every warning and note about a desk's files."""
    problems: list[Problem] = []
    for one in read.bots.values():
        for part in (_dialogs(one), _slots(one), said(one, read), _messages(one, read), _texts(one, read)):
            problems += part
        problems += _embeddings(one)
    for each in read.components.values():
        problems += _languages(each.file, marked(each.model), read.languages)
    return [each for each in problems if each.path not in read.from_library]


def _embeddings(one: BotRead) -> Iterator[Problem]:
    if one.bot is not None and getattr(one.settings, "embeddings", False) and not is_installed():
        message = "`embeddings` is on, and the package that makes them is not installed."
        hint = f"Install it: {INSTALL}. Until then sentences are understood by their words."
        yield one.bot.file.problem(message, hint, loc=("embeddings",), key=True, level=WARNING)


def _dialogs(one: BotRead) -> Iterator[Problem]:
    for each in one.dialogs.values():
        dialog, file = each.model, each.file
        for loc, before in unreachable(dialog.steps):
            message = f"this step is never reached: the `{before.word}` before it goes elsewhere."
            yield file.problem(message, "Move it up, or take it out.", loc=loc, level=WARNING)
        for loc in circles(dialog.steps):
            message = "this `goto` can come back to itself without asking anything."
            hint = "After 300 steps the session goes to a person. Put an `ask` in between."
            yield file.problem(message, hint, loc=loc, level=WARNING)
        if dialog.when is None:
            message = f"nothing starts the dialog `{dialog.name}`."
            hint = "Give it `when: {intent: NAME}`, `{event: NAME}` or `{keyword: WORD}`."
            yield file.problem(message, hint, loc=("dialog",), level=WARNING)
        for step, loc in walk_steps(dialog.steps):
            yield from _loose_booleans(file, step, loc)
        if not dialog.steps:
            hint = "Write its steps."
            yield file.problem("the dialog has no steps.", hint, loc=("steps",), level=WARNING)
    yield from _same_start(one)


def _loose_booleans(file: YamlFile, model: BaseModel, loc: Loc) -> Iterator[Problem]:
    """Text where true or false is meant: in YAML 1.2 `yes`, `no`, `on` and `off` are; read all the same."""
    for name, field in type(model).model_fields.items():
        wrote = file.at((*loc, field.alias or name))
        if field.annotation is bool and isinstance(wrote, str):
            meant = str(getattr(model, name)).lower()
            hint = f"It is read as `{meant}`; write that."
            message = f"`{wrote}` is text, where `true` or `false` is meant."
            yield file.problem(message, hint, loc=(*loc, field.alias or name), level=WARNING)


def _same_start(one: BotRead) -> Iterator[Problem]:
    first: dict[tuple[str, str], Read] = {}
    for each in one.dialogs.values():
        when = each.model.when
        if when is None:
            continue
        starts = [
            ("intent", when.intent),
            ("event", when.event),
            *(("keyword", word) for word in when.keywords),
        ]
        for kind, name in starts:
            if name is None:
                continue
            other = first.setdefault((kind, name), each)
            if other is not each:
                message = f"the {kind} `{name}` starts another dialog too: {other.file.path}."
                yield each.file.problem(message, "Keep one of the two.", loc=("when", kind))


def _slots(one: BotRead) -> Iterator[Problem]:
    if one.bot is None or one.broken:  # what could not be read may use any of them
        return
    for name, slot in one.settings.slots.items():
        yield from _loose_booleans(one.bot.file, slot, ("slots", name))
    used: set[str] = set()
    for each in (*one.dialogs.values(), *one.components.values()):
        used |= _names_in(each)
    for each in one.messages.values():
        for forms in each.model.values():
            for form in forms:
                used |= expressions.read(form.text, is_text=True).names
                used |= expressions.read(form.when, is_text=False).names if form.when else set()
    for name in one.settings.slots:
        if name not in used:
            hint = "Ask for it, use it, or take it out."
            yield one.bot.file.problem(
                f"the slot `{name}` is never used.", hint, loc=("slots", name), key=True, level=NOTE
            )


def _names_in(each: Read) -> set[str]:
    """The slots and other names that a file's steps and texts use."""
    models = (
        [step for step, _ in walk_steps(each.model.steps)] if hasattr(each.model, "steps") else [each.model]
    )
    used = {*getattr(each.model, "needs", ()), *getattr(each.model, "returns", ())}
    for model in models:
        for found in marked(model):
            if isinstance(found.mark, Ref) and found.mark.to == "slot":
                used.add(found.value)
            elif isinstance(found.mark, IsExpression):
                used |= expressions.read(found.value, is_text=False).names
            elif isinstance(found.mark, IsText):
                for text in found.value.values() if isinstance(found.value, dict) else (found.value,):
                    used |= expressions.read(text, is_text=True).names
    return used


def _messages(one: BotRead, read: DeskRead) -> Iterator[Problem]:
    keys = message_keys(one)
    if not keys or one.name == SYSTEM:
        return
    folder = f"bots/{one.name}/messages"
    for language in read.languages:
        has = one.messages.get(language)
        missing = sorted(keys - ({key.partition("@")[0] for key in has.model} if has is not None else set()))
        if missing and ("messages", language) not in one.broken:
            path = f"{folder}/{language}.yml"
            message = f"no text in {language} for {listed(missing)}."
            hint = f"Customers read it in {read.languages[0]}." if language != read.languages[0] else ""
            yield Problem(path=path, message=message, hint=hint, level=WARNING)
    for language, each in one.messages.items():
        if language not in read.languages:
            hint = f"The desk's languages are {', '.join(read.languages)} (frontdesk.yml)."
            message = f"the desk does not speak {language}."
            yield Problem(path=each.file.path, message=message, hint=hint, level=WARNING)
    yield from _placeholders(one, read.languages)


def _placeholders(one: BotRead, languages: tuple[str, ...]) -> Iterator[Problem]:
    origin = one.messages.get(languages[0])
    for language in languages[1:]:
        each = one.messages.get(language)
        if origin is None or each is None:
            continue
        for key in each.model:
            if key in origin.model:
                names = [_placeholders_of(held.model[key]) for held in (origin, each)]
                yield from _differs(each.file, (key,), language, languages[0], names[1], names[0])


def _placeholders_of(forms: Iterable[object]) -> frozenset[str]:
    found: set[str] = set()
    for form in forms:
        found |= expressions.read(str(getattr(form, "text", form)), is_text=True).names
    return frozenset(found)


def _differs(
    file: YamlFile, loc: Loc, language: str, origin: str, has: frozenset[str], wanted: frozenset[str]
) -> Iterator[Problem]:
    for missing, where in ((wanted - has, language), (has - wanted, origin)):
        if missing:
            message = f"the text in {where} has no {listed(sorted(missing))}, which the other one has."
            yield file.problem(message, f"Compare {language} with {origin}.", loc=loc, level=WARNING)


def _texts(one: BotRead, read: DeskRead) -> Iterator[Problem]:
    """Texts inside files: components, inline options, labels."""
    if one.name == SYSTEM:
        return
    for each in one.components.values():
        yield from _languages(each.file, marked(each.model), read.languages)
    for each in (*one.intents.values(), *((one.bot,) if one.bot is not None else ())):
        yield from _languages(each.file, marked(each.model), read.languages)


def _languages(file: YamlFile, found: Iterable[Marked], languages: tuple[str, ...]) -> Iterator[Problem]:
    for each in found:
        if not isinstance(each.mark, IsText) or not isinstance(each.value, dict):
            continue
        missing = [language for language in languages if language not in each.value]
        if missing:
            message = f"the text has no {listed(missing, quoted=False)}."
            hint = f"Customers read it in {next(iter(each.value))}."
            yield file.problem(message, hint, loc=each.loc, level=WARNING)
        origin = each.value.get(languages[0])
        for language, text in each.value.items():
            if origin is not None and language != languages[0]:
                names = [expressions.read(said, is_text=True).names for said in (text, origin)]
                yield from _differs(file, (*each.loc, language), language, languages[0], names[0], names[1])
