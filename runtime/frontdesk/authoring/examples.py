"""What is worth a look in examples: too few, the same one twice, annotations that mean nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from frontdesk.authoring.botfiles import BotRead, Read
from frontdesk.authoring.content import finders
from frontdesk.authoring.names import entity_names
from frontdesk.authoring.problems import NOTE, WARNING, listed, nearest_hint
from frontdesk.authoring.source import Loc, YamlFile
from frontdesk.errors import Problem
from frontdesk.nlu.classify import ANNOTATION, plain_example, sentence_of
from frontdesk.nlu.entities.base import EntityFinder
from frontdesk.nlu.entities.roles import cues
from frontdesk.nlu.words import fold

if TYPE_CHECKING:
    from frontdesk.authoring.load import DeskRead

ENOUGH = 5  # examples of an intent in a language, from which on a model tells it from others well


def said(one: BotRead, read: DeskRead) -> Iterator[Problem]:
    """Every warning and note about what a bot's customers are expected to say."""
    heads = [each.model for each in one.dialogs.values()] + [each.head for each in one.partial]
    starting = {head.when.intent for head in heads if head.when is not None}
    for name, each in one.intents.items():
        if name not in starting and ("dialog", name) not in one.broken:
            hint = f"A dialog with `when: {{intent: {name}}}` would."
            message = f"no dialog starts on the intent `{name}`."
            yield each.file.problem(message, hint, loc=("intent",), level=WARNING)
    yield from _same(one)
    readers = _readers(one)
    for each in (*one.intents.values(), *one.answers.values()):
        for loc, example in _sentences(each.model.examples):
            yield from _annotations(one, readers, each.file, loc, example)
        yield from _languages(each, read.languages)
    yield from _few(one, read.languages)
    yield from _roles(one)


def _same(one: BotRead) -> Iterator[Problem]:
    """A sentence that stands in two places: one sentence has one meaning."""
    first: dict[str, tuple[str, str, int]] = {}
    every = [("intent", name, each) for name, each in one.intents.items()]
    every += [("question", name, each) for name, each in one.answers.items()]
    known = {name.partition(":")[0] for name in entity_names(one)}
    for kind, name, each in every:
        for loc, example in _sentences(each.model.examples):
            line, _ = each.file.place(loc)
            there = first.setdefault(sentence_of(example, known), (name, each.file.path, line))
            if there[0] != name:
                message = f"the same sentence stands under `{there[0]}` ({there[1]}:{there[2]})."
                hint = f"One sentence has one meaning; this {kind} never gets it."
                yield each.file.problem(message, hint, loc=loc)
            elif there[2] != line:
                hint = f"The first is in line {there[2]}."
                yield each.file.problem("the same sentence stands here twice.", hint, loc=loc, level=NOTE)


def _languages(each: Read, languages: tuple[str, ...]) -> Iterator[Problem]:
    if len(languages) < 2:
        return
    missing = [language for language in languages if not each.model.examples.get(language)]
    if missing:
        message = f"there is no example in {listed(missing, quoted=False)}."
        hint = "Sentences in it are only understood where they look like another language's."
        yield each.file.problem(message, hint, loc=("examples",), key=True, level=WARNING)


def _few(one: BotRead, languages: tuple[str, ...]) -> Iterator[Problem]:
    for each in one.intents.values():
        distinct = {
            language: len({fold(plain_example(example)) for example in examples})
            for language, examples in each.model.examples.items()
        }
        total = sum(distinct.values())
        few = [f"{distinct[name]} in {name}" for name in languages if 0 < distinct.get(name, 0) < ENOUGH]
        if total == 1:
            message = "the intent has one example: only sentences much like it are understood."
            hint = f"Write {ENOUGH} or more, as different as customers say it."
            yield each.file.problem(message, hint, loc=("examples",), key=True, level=NOTE)
        elif few:
            message = f"there are few examples: {listed(few, quoted=False)}."
            hint = f"From {ENOUGH} on in each language other ways to say it are understood well."
            yield each.file.problem(message, hint, loc=("examples",), key=True, level=NOTE)


def _roles(one: BotRead) -> Iterator[Problem]:
    """Roles that no word tells."""
    if one.bot is None or one.broken:
        return
    every = [each.model.examples for each in (*one.intents.values(), *one.answers.values())]
    marks = [
        (plain_example(example[: mark.start()]), mark)
        for examples in every
        for _, example in _sentences(examples)
        for mark in ANNOTATION.finditer(example)
    ]
    for name, entity in one.settings.entities.items():
        before = [(text, mark["role"]) for text, mark in marks if mark["entity"] == name and mark["role"]]
        told = set(cues(entity.roles, before).values())
        for role in (role for role in entity.roles if role not in told):
            message = f"nothing tells when a `{name}` has the role `{role}`."
            hint = f"Annotate it in an example, after the words that tell: `via [VALUE]({name}:{role})`."
            loc = ("entities", name, "roles")
            yield one.bot.file.problem(message, hint, loc=loc, key=True, level=WARNING)


def _sentences(examples: Mapping[str, Iterable[str]]) -> Iterator[tuple[Loc, str]]:
    for language, sentences in examples.items():
        for place, sentence in enumerate(sentences):
            yield ("examples", language, place), sentence


def _readers(one: BotRead) -> dict[str, EntityFinder]:
    said = {
        name: [example for examples in each.model.examples.values() for example in examples]
        for name, each in (*one.intents.items(), *one.answers.items())
    }
    return {finder.entity: finder for finder in finders(one.settings.entities, one.settings.slots, said)}


def _annotations(
    one: BotRead, readers: Mapping[str, EntityFinder], file: YamlFile, loc: Loc, example: str
) -> Iterator[Problem]:
    own, known = one.settings.entities, entity_names(one)
    for match in ANNOTATION.finditer(example):
        name, role, value = match["entity"], match["role"], match["value"]
        full = f"{name}:{role}" if role else name
        if full not in known:
            if ("bot", one.name) not in one.broken:
                hint = nearest_hint(full, known, "Declare it under `entities:` in bot.yml.")
                yield file.problem(f"no entity named `{full}`.", hint, loc=loc)
        elif name in readers and not readers[name].reads(value, str(loc[1])):
            rule = _rule(own[name].pattern) if name in own else "it cannot be read as one"
            hint = "Change the example or the entity; as it is, nobody can say this."
            yield file.problem(f"`{value}` is no `{name}`: {rule}.", hint, loc=loc)
    if "](" in ANNOTATION.sub("", example):
        hint = "An annotation is written [1042](order_number): a value and an entity's name."
        yield file.problem("an annotation in this sentence cannot be read.", hint, loc=loc)


def _rule(pattern: str | None) -> str:
    return f"it does not match its pattern {pattern}" if pattern else "it does not match its lookup"
