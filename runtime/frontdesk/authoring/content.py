"""A desk as it is loaded: one release, immutable, with everything compiled that a turn will ask for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from frontdesk.authoring import expressions, formats
from frontdesk.authoring.deskfile import ChannelModel, DeskFile
from frontdesk.authoring.expressions import Expression, ExpressionError, Text
from frontdesk.authoring.formats import TextContext
from frontdesk.authoring.hours import Hours
from frontdesk.authoring.models import AnswerFile, EntityModel, IntentModel, SlotModel, Variation, When
from frontdesk.components.base import Definition
from frontdesk.dialogs.ask import Ask
from frontdesk.dialogs.base import Step
from frontdesk.dialogs.place import Way, walk, ways
from frontdesk.nlu.classify import ANNOTATION, KEYWORD, ExactMatcher, ModelMatcher, plain_example
from frontdesk.nlu.encoder import Remembering
from frontdesk.nlu.entities.base import EntityFinder
from frontdesk.nlu.entities.known import TYPES, KnownEntity
from frontdesk.nlu.entities.lookup import LookupEntity
from frontdesk.nlu.entities.pattern import PatternEntity, pattern_fault
from frontdesk.nlu.entities.roles import WithRoles, cues
from frontdesk.nlu.language import LanguageGuesser
from frontdesk.nlu.words import fold

__all__ = ["SYSTEM", "BotContent", "Desk", "Dialog", "Form", "TextContext"]

SYSTEM = "system"  # the library's bot: what every desk says
MESSAGE_KEY = re.compile(r"[a-z0-9_]+$")


@dataclass(frozen=True, kw_only=True)
class Dialog:
    """One authored conversation."""

    name: str
    path: str  # of its file, relative to the desk
    steps: tuple[Step, ...]
    when: When | None = None
    needs: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()

    @cached_property
    def asks(self) -> tuple[Ask, ...]:
        """Its questions, nested ones too, in the order they are written."""
        return tuple(step for step in walk(self.steps) if isinstance(step, Ask))

    @cached_property
    def ways(self) -> dict[str, Way]:
        """How to come to each step that can be waited at or gone to."""
        return ways(self.steps)

    @cached_property
    def asked(self) -> frozenset[str]:
        """The slots that it asks for."""
        return frozenset(ask.ask for ask in self.asks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way to say a message: the forms of a key are variations, or each has its condition."""

    text: str
    when: str | None = None


Messages = Mapping[str, Mapping[str, tuple[Form, ...]]]
"""language -> key (or `key@sms`) -> its forms"""

_TYPED: dict[str, Callable[[Any], Any]] = {
    "date": lambda value: formats.as_day(value) or value,
    "datetime": lambda value: formats.as_instant(value) or value,
}


@dataclass(slots=True, kw_only=True, eq=False)
class BotContent:
    """A bot's content, and the lookup of names: the bot, then the desk, then the library."""

    name: str
    languages: tuple[str, ...]  # the desk's, the default first
    kind: str = "dialogs"
    title: Any = None  # what customers see, an authored text
    slots: Mapping[str, SlotModel] = field(default_factory=dict)
    entities: Mapping[str, EntityModel] = field(default_factory=dict)
    embeddings: bool = False  # its model reads meanings, where the extra is installed
    dialogs: Mapping[str, Dialog] = field(default_factory=dict)
    intents: Mapping[str, IntentModel] = field(default_factory=dict)
    answers: Mapping[str, AnswerFile] = field(default_factory=dict)
    messages: Messages = field(default_factory=dict)
    components: Mapping[str, Definition] = field(default_factory=dict)  # the bot's own
    shared: Sequence[Mapping[str, Definition]] = ()  # the desk's, then the library's
    others: Mapping[str, BotContent] = field(default_factory=dict)  # every bot of the desk
    matcher: ModelMatcher = field(init=False)  # without a model until somebody trains one
    inline: dict[int, Definition] = field(default_factory=dict, init=False)
    """Components that steps define in place, made once: id() of the step, which lives as long as the bot."""
    _expressions: dict[str, Expression] = field(default_factory=dict, init=False)
    _texts: dict[str, Text] = field(default_factory=dict, init=False)
    _typed: dict[str, Callable[[Any], Any]] = field(init=False)
    _by_intent: dict[str, str] = field(init=False)
    _by_event: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.slots = {name: self._with_type(slot) for name, slot in self.slots.items()}
        starts = [(dialog.name, dialog.when) for dialog in self.dialogs.values() if dialog.when is not None]
        self._by_intent = {when.intent: name for name, when in starts if when.intent is not None}
        self._by_event = {when.event: name for name, when in starts if when.event is not None}
        self._typed = {name: _TYPED[slot.type] for name, slot in self.slots.items() if slot.type in _TYPED}
        exact = ExactMatcher(
            intents={name: _every(one.examples) for name, one in self.intents.items()},
            answers={name: _every(one.examples) for name, one in self.answers.items()},
            keywords={word: name for name, when in starts for word in when.keywords},
            finders=finders(self.entities, self.slots, self.sentences),
        )
        said = [example for each in self.sentences.values() for example in each]
        self.matcher = ModelMatcher(exact, labels=[*self.intents, *self.answers], examples=said)

    def is_known_entity(self, name: str | None) -> bool:
        """Whether an entity is one of those nobody has to declare."""
        return name in TYPES and name not in self.entities

    def _with_type(self, slot: SlotModel) -> SlotModel:
        """A slot that is filled by such an entity has its type, unless the author says another."""
        if slot.type is not None or slot.entity is None or not self.is_known_entity(slot.entity):
            return slot
        return slot.model_copy(update={"type": TYPES[slot.entity]})

    @property
    def sentences(self) -> dict[str, list[str]]:
        """The examples of every intent and question, in all languages: what a model learns."""
        said = {name: _every(one.examples) for name, one in self.intents.items()}
        for name, one in self.answers.items():
            said[name] = said.get(name, []) + _every(one.examples)
        return said

    def on_intent(self, intent: str) -> str | None:
        """The dialog an intent (or a keyword, as the matcher names it) begins."""
        if intent.startswith(KEYWORD):
            return intent.removeprefix(KEYWORD)
        return self._by_intent.get(intent)

    def on_event(self, event: str) -> str | None:
        """The dialog an event begins."""
        return self._by_event.get(event)

    def answer(self, question: str) -> str | None:
        """The message that answers a question."""
        found = self.answers.get(question)
        return found.answer if found is not None else None

    def component(self, name: str) -> Definition | None:
        """A component of this name; `BOT/NAME` is another bot's."""
        bot, slash, rest = name.partition("/")
        if slash:
            other = self.others.get(bot)
            return other.components.get(rest) if other is not None else None
        for known in (self.components, *self.shared):
            if name in known:
                return known[name]
        return None

    def expression(self, source: str) -> Expression:
        """An expression, compiled once; raises ExpressionError."""
        found = self._expressions.get(source)
        if found is None:
            found = self._expressions[source] = expressions.expression(source, self._typed)
        return found

    def say(
        self,
        key: str,
        language: str,
        channel_kind: str,
        values: Mapping[str, Any],
        chance: int,
        at: TextContext,
    ) -> str:
        """A message: the channel's own text of it, in the language or the default one, variation chosen.

        A variation that cannot be rendered is passed over (`at.failed` is told). Raises ExpressionError
        when there is no such message or none of its variations can be rendered; gives "" when no
        condition holds.
        """
        forms = self.forms(key, language, channel_kind)
        if forms is None:
            raise ExpressionError(
                f"there is no message `{key}`; write it in bots/{self.name}/messages/{self.languages[0]}.yml"
            )
        chosen = self._choose(forms, values, chance, at)
        for other in chosen[:-1]:
            try:
                return self._render(other, values, at)
            except ExpressionError as error:
                _tell(at, error)
        return self._render(chosen[-1], values, at) if chosen else ""

    def text(self, authored: Any, language: str, values: Mapping[str, Any], at: TextContext) -> str:
        """An authored text ({language: text}, a message key, or plain text) as a reader will see it."""
        if isinstance(authored, Mapping):
            chosen = (
                authored.get(language) or authored.get(self.languages[0]) or next(iter(authored.values()), "")
            )
            return self._render(str(chosen), values, at)
        written = str(authored)
        if MESSAGE_KEY.match(written) and self.forms(written, language, "") is not None:
            return self.say(written, language, "", values, 0, at)
        return self._render(written, values, at)

    def has_message(self, key: str) -> bool:
        """Whether a message of this key exists, here or in the library."""
        return self.forms(key, self.languages[0], "") is not None

    def forms(self, key: str, language: str, channel_kind: str) -> tuple[Form, ...] | None:
        """The variations of a message, here or in the library; None: there is none."""
        order = (language, language.partition("-")[0], self.languages[0], "en", *self.messages)
        for tried in dict.fromkeys(order):
            known = self.messages.get(tried, {})
            if found := known.get(f"{key}@{channel_kind}") or known.get(key):
                return found
        system = self.others.get(SYSTEM)
        return (
            system.forms(key, language, channel_kind) if system is not None and system is not self else None
        )

    def _choose(
        self, forms: tuple[Form, ...], values: Mapping[str, Any], chance: int, at: TextContext
    ) -> list[str]:
        """The texts that fit, the one to say first: a condition that holds, else by chance."""
        fitting = [form.text for form in forms if form.when is None]
        start = chance % len(fitting) if fitting else 0
        others = fitting[start:] + fitting[:start]
        for form in forms:
            if form.when is not None and self._holds(form.when, values, at):
                return [form.text, *others]
        return others

    def _holds(self, source: str, values: Mapping[str, Any], at: TextContext) -> bool:
        try:
            return bool(self.expression(source).evaluate(values, at))
        except ExpressionError as error:
            _tell(at, error)
            return False

    def _render(self, source: str, values: Mapping[str, Any], at: TextContext) -> str:
        found = self._texts.get(source)
        if found is None:
            found = self._texts[source] = expressions.text(source, self._typed)
        return found.render(values, at)


def _tell(at: TextContext, error: ExpressionError) -> None:
    if at.failed is not None:
        at.failed(str(error))


def finders(
    entities: Mapping[str, EntityModel],
    slots: Mapping[str, SlotModel],
    said: Mapping[str, Iterable[str]],  # the examples, which annotate entities
) -> list[EntityFinder]:
    """What finds a bot's entities in sentences: its own, and of ours those its slots or examples name."""
    found: list[EntityFinder] = []
    marks = [
        (example, mark) for each in said.values() for example in each for mark in ANNOTATION.finditer(example)
    ]
    for name, model in entities.items():
        finder: EntityFinder
        if model.pattern is not None and not pattern_fault(model.pattern):
            finder = PatternEntity(name, model.pattern)
        elif model.lookup is not None:
            finder = LookupEntity(name, {value: _every(said) for value, said in model.lookup.items()})
        else:
            continue
        if model.roles:
            of_it = [(one, mark) for one, mark in marks if mark["entity"] == name and mark["role"]]
            before = [(plain_example(one[: mark.start()]), mark["role"]) for one, mark in of_it]
            finder = WithRoles(finder, cues(model.roles, before))
        found.append(finder)
    used = {slot.entity for slot in slots.values()} | {mark["entity"] for _, mark in marks}
    found += [KnownEntity(name) for name in TYPES if name in used and name not in entities]
    return found


def forms_of(written: Any) -> tuple[Form, ...]:
    """The forms of a message as models.MessageForms has it."""
    if isinstance(written, str):
        return (Form(text=written),)
    return tuple(
        Form(text=each.text, when=each.when) if isinstance(each, Variation) else Form(text=each)
        for each in written
    )


def _every(by_language: Mapping[str, Sequence[str]]) -> list[str]:
    return [sentence for sentences in by_language.values() for sentence in sentences]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Desk:
    """One release of a desk."""

    release: str  # the hash of its files, 12 hex digits
    root: Path
    config: DeskFile
    time_zone: ZoneInfo
    bots: Mapping[str, BotContent]  # the library's `system` among them
    hours: Mapping[str, Hours]
    off: Mapping[str, str] = field(default_factory=dict)  # channel -> why it is off
    actions: frozenset[str] = frozenset()  # what the desk's Python registers
    writes: frozenset[str] = frozenset()  # those of them that change something
    files: Mapping[str, bytes] = field(default_factory=dict)  # the release's content
    _rules: dict[str, Expression] = field(default_factory=dict)
    _guessers: list[LanguageGuesser] = field(default_factory=list)  # made when first needed
    _sentences: dict[str, frozenset[str]] = field(default_factory=dict)  # folded examples by language; too

    @property
    def name(self) -> str:
        return self.config.name

    @property
    def languages(self) -> tuple[str, ...]:
        return self.config.languages

    @property
    def encoder(self) -> Remembering | None:
        """What reads sentences, if a bot goes by their meaning; the process has one."""
        models = (bot.matcher.model for bot in self.bots.values())
        return next((one.encoder for one in models if one is not None and one.encoder is not None), None)

    @property
    def channels(self) -> Mapping[str, ChannelModel]:
        """The channels that are on."""
        return {name: one for name, one in self.config.channels.items() if name not in self.off}

    @property
    def default_queue(self) -> str:
        """Where a handoff goes that names no queue: `general`, else the first one."""
        queues = self.config.queues
        return "general" if "general" in queues or not queues else next(iter(queues))

    def bot(self, name: str) -> BotContent | None:
        return self.bots.get(name)

    def surely_in(self, text: str) -> str:
        """The one of the desk's languages that a message surely is in; empty: too short or unclear."""
        if not self._guessers:
            self._guessers.append(LanguageGuesser(self.languages, self._examples()))
        guess = self._guessers[0].guess(text)
        return (guess.sure if guess is not None else None) or ""

    def said_only_in(self, text: str) -> str:
        """The language of a whole message that is an example of it alone ("hola"); empty: of none or several.

        Only where every language has examples: else a sentence tells what was written, not what is spoken.
        """
        if not self._sentences:
            said = {one: frozenset(map(fold, examples)) for one, examples in self._examples().items()}
            self._sentences.update(said)
        found = [language for language, said in self._sentences.items() if fold(text) in said]
        return found[0] if len(found) == 1 and self._sentences.keys() >= set(self.languages) else ""

    def _examples(self) -> dict[str, list[str]]:
        """What the bots expect customers to say, by language."""
        said: dict[str, list[str]] = {}
        for bot in self.bots.values():
            files: list[IntentModel | AnswerFile] = [*bot.intents.values(), *bot.answers.values()]
            for one in files:
                for language, examples in one.examples.items():
                    said.setdefault(language, []).extend(plain_example(each) for each in examples)
        return said

    def is_open(self, hours: str, at: datetime) -> bool:
        """Whether these hours are open at an instant; unknown hours never close."""
        found = self.hours.get(hours)
        return found is None or found.is_open(at)

    def opens(self, hours: str, after: datetime) -> datetime | None:
        """When these hours open next."""
        found = self.hours.get(hours)
        return found.opens(after) if found is not None else None

    def holds(self, source: str, values: Mapping[str, Any], at: TextContext) -> bool:
        """Whether a routing rule's condition holds; one that cannot be compared does not."""
        compiled = self._rules.get(source)
        if compiled is None:
            compiled = self._rules[source] = expressions.expression(source)
        try:
            return bool(compiled.evaluate(values, at))
        except ExpressionError:
            return False
