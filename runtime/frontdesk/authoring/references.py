"""What is wrong across files: names that are not there, expressions and texts that cannot be computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from frontdesk.authoring import expressions
from frontdesk.authoring.agents import agent_names, check_agent, given_by_agents, said_by_agents
from frontdesk.authoring.botfiles import BotRead, Partial, Read
from frontdesk.authoring.content import MESSAGE_KEY, SYSTEM, Dialog, Form
from frontdesk.authoring.models import DialogFile
from frontdesk.authoring.names import Names, bot_names, declared, desk_names
from frontdesk.authoring.paths import STEPS, walk_steps
from frontdesk.authoring.problems import explain, nearest, nearest_hint, pydantic_faults
from frontdesk.authoring.source import Loc, YamlFile
from frontdesk.authoring.walk import Marked, marked
from frontdesk.components.base import COMPONENT_KINDS, Definition, IsText
from frontdesk.dialogs.base import IsExpression, Ref, Step
from frontdesk.errors import Problem
from frontdesk.nlu.entities.pattern import pattern_fault
from frontdesk.routing.flows import ROUTING_NAMES

if TYPE_CHECKING:
    from frontdesk.authoring.load import DeskRead

VALUE = "value"  # what a `check` looks at


def check_references(read: DeskRead) -> list[Problem]:
    """Every name that is not there, and every expression and text that cannot be computed."""
    of_desk = desk_names(read)
    problems: list[Problem] = []
    if read.desk is not None:
        problems += _desk_file(read, of_desk)
    for one in read.bots.values():
        names = agent_names(bot_names(one, read, of_desk), one, read)
        problems += _Bot(one, names, read).check()
    shared = _Bot(BotRead(""), of_desk, read)
    for each in (*read.components.values(), *read.library.values()):
        problems += shared.component(each)
    return problems


def _desk_file(read: DeskRead, names: Names) -> Iterator[Problem]:
    assert read.desk is not None
    check = _Check(names, names.language)
    for each in marked(read.desk.model):
        if isinstance(each.mark, IsExpression):
            yield from check.expression(read.desk.file, each.loc, each.value, ROUTING_NAMES)
        elif isinstance(each.mark, Ref) and not names.has(each.mark.to, each.value):
            yield names.missing(each.mark.to, each.value, read.desk.file, each.loc)
    yield from _overflow_circles(read)


def _overflow_circles(read: DeskRead) -> Iterator[Problem]:
    assert read.desk is not None
    queues = read.desk.model.queues
    for name in queues:
        seen, here = [name], queues[name].overflow
        while here in queues and here not in seen:
            seen.append(here)
            here = queues[here].overflow
        if here == name:
            circle = " to ".join([*seen, name])
            hint = "Take one `overflow` away."
            yield read.desk.file.problem(
                f"queue `{name}` overflows in a circle: {circle}.", hint, loc=("queues", name, "overflow")
            )


@dataclass(slots=True)
class _Check:
    """Expressions and texts against the names they may use."""

    names: Names
    default: str  # language

    def expression(self, file: YamlFile, loc: Loc, source: str, known: Iterable[str]) -> Iterator[Problem]:
        yield from self._read(file, loc, source, known, is_text=False)

    def text(self, file: YamlFile, loc: Loc, source: str, known: Iterable[str]) -> Iterator[Problem]:
        if "{" in source:
            yield from self._read(file, loc, source, known, is_text=True)

    def _read(
        self, file: YamlFile, loc: Loc, source: str, known: Iterable[str], *, is_text: bool
    ) -> Iterator[Problem]:
        reading = expressions.read(source, is_text=is_text)
        if reading.error:
            what = "this text cannot be used" if is_text else f"`{source}` is no expression"
            yield file.problem(f"{what}: {reading.error}.", _error_hint(reading.error), loc=loc)
            return
        usable = {*known, *expressions.FUNCTIONS}
        for name in sorted(reading.names - usable):
            if name not in self.names.broken.get("slot", ()):
                meant = nearest(name, usable)
                hint = (
                    f"Did you mean `{meant}`?" if meant else "It is neither a slot nor the `into` of a step."
                )
                yield file.problem(f"`{name}` is not defined here.", hint, loc=loc)
        for hours in sorted(reading.hours):
            if not self.names.has("hours", hours):
                yield self.names.missing("hours", hours, file, loc)


def _error_hint(error: str) -> str:
    if error.startswith("no filter named "):
        return nearest_hint(error.split("'")[1], expressions.FILTERS)
    if "'='" in error:
        return "Two values are compared with ==."
    return ""


@dataclass(slots=True)
class _Bot:
    """One bot's files against the names they may use."""

    one: BotRead
    names: Names
    read: DeskRead
    check_: _Check = field(init=False)
    into: dict[str, set[str]] = field(init=False)  # dialog -> names it introduces
    slots: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.check_ = _Check(self.names, self.names.language)
        self.into = declared(self.one)
        self.slots = set(self.one.settings.slots)

    def check(self) -> list[Problem]:
        problems: list[Problem] = []
        for part in (
            self._settings(),
            *(self._dialog(name, each) for name, each in self.one.dialogs.items()),
            *(self._partial(each) for each in self.one.partial),
            *(self._named(each) for each in (*self.one.intents.values(), *self.one.answers.values())),
            *(self._messages(each) for each in self.one.messages.values()),
            *(self.component(each) for each in self.one.components.values()),
            self._questions(),
            check_agent(self.one, self.read, self._confirm, self.check_.expression, self.check_.text),
        ):
            problems += part
        return problems

    def everything(self) -> set[str]:
        """Every name that some dialog of the bot gives a value."""
        found = set(self.slots)
        for introduced in self.into.values():
            found |= introduced
        return found

    def _settings(self) -> Iterator[Problem]:
        if self.one.bot is None:
            return
        file = self.one.bot.file
        yield from self._marks(marked(self.one.bot.model), file, {*self.slots, VALUE})
        for name, entity in self.one.settings.entities.items():
            if entity.pattern is not None and (fault := pattern_fault(entity.pattern)):
                loc = ("entities", name, "pattern")
                message, _, advice = fault.partition("; ")
                hint = f"{advice[:1].upper()}{advice[1:]}." if advice else ""
                yield file.problem(f"entity `{name}`: {message}.", hint, loc=loc)

    def _dialog(self, name: str, each: Read) -> Iterator[Problem]:
        known = self.slots | self.into.get(name, set())
        names = Names(self.names.language, dict(self.names.known), self.names.broken)
        names.known["step"] = {one.place for one, _ in walk_steps(each.model.steps) if one.place is not None}
        yield from self._head(each.file, each.model, known)
        for place, step in enumerate(each.model.steps):
            yield from self._marks(marked(step, (*STEPS, place)), each.file, known, names)
        yield from self._steps(each)

    def _partial(self, each: Partial) -> Iterator[Problem]:
        """A dialog with steps that could not be read: what those name or introduce is not known."""
        known = self.slots | set(_introduced(each.file.data))
        yield from self._head(each.file, each.head, known)
        for step, loc in each.steps:
            found = [one for one in marked(step, loc) if one.mark != Ref("step")]
            yield from self._marks(found, each.file, known)

    def _head(self, file: YamlFile, dialog: Dialog | DialogFile, known: set[str]) -> Iterator[Problem]:
        if dialog.when is not None:
            yield from self._marks(marked(dialog.when, ("when",)), file, known)
        for kind, slots in (("needs", dialog.needs), ("returns", dialog.returns)):
            for place, slot in enumerate(slots):
                if not self.names.has("slot", slot):
                    yield self.names.missing("slot", slot, file, (kind, place))

    def _steps(self, each: Read) -> Iterator[Problem]:
        """What only the steps of one dialog together say."""
        places: dict[str, tuple[Loc, bool]] = {}
        asked = {step.ask for step, _ in walk_steps(each.model.steps) if step.word == "ask"}  # type: ignore[attr-defined]
        for step, loc in walk_steps(each.model.steps):
            if step.word == "ask":
                yield from self._ask(each.file, step, loc)
            if step.word == "call" and (confirm := getattr(step, "confirm", None)) is not None:
                yield from self._confirm(each.file, confirm, (*loc, "confirm"))
            if step.word == "retry" and step.retry not in asked and step.retry in self.slots:  # type: ignore[attr-defined]
                slot = step.retry  # type: ignore[attr-defined]
                hint = nearest_hint(slot, asked, "Ask for it first.")
                yield each.file.problem(
                    f"no step of this dialog asks for `{slot}`.", hint, loc=(*loc, "retry")
                )
            if step.place is None:
                continue
            if step.place in places and (_is_waited_at(step) or places[step.place][1]):
                line, _ = each.file.place(places[step.place][0])
                message = f"two steps are called `{step.place}`; the first is in line {line}."
                hint = (
                    "A session could not tell at which of them it waits: give this one an `id:` of its own."
                )
                yield each.file.problem(message, hint, loc=(*loc, "id" if step.id else step.word))
            places.setdefault(step.place, ((*loc, step.word), _is_waited_at(step)))

    def _ask(self, file: YamlFile, step: Any, loc: Loc) -> Iterator[Problem]:
        if step.options:
            yield from self._options(file, step, loc)
        if step.component is not None:
            found = self._component(step.component)
            if found is not None and not COMPONENT_KINDS[found.kind].collects:
                message = f"`{step.component}` is of kind {found.kind}: it cannot be answered."
                yield file.problem(message, "Send it with `say: {component: ...}`.", loc=(*loc, "component"))
            return
        slot = self.one.settings.slots.get(step.ask)
        if slot is not None and slot.ask is None and not self.names.has("question", step.ask):
            message = f"nothing says how to ask for `{step.ask}`."
            hint = (
                f"Write the message `{step.ask}`, give the slot `ask: MESSAGE` in bot.yml, "
                "or give the step `component: NAME`."
            )
            yield file.problem(message, hint, loc=(*loc, "ask"))

    def _options(self, file: YamlFile, step: Any, loc: Loc) -> Iterator[Problem]:
        written = {"component": "options", "kind": "choices", "ask": "?", "options": list(step.options)}
        try:
            model = COMPONENT_KINDS["choices"].Model.model_validate(written)
        except ValidationError as error:
            yield from explain(file, pydantic_faults(error, COMPONENT_KINDS["choices"].Model, loc))
            return
        yield from self._marks(marked(model, loc), file, self.everything())

    def _confirm(self, file: YamlFile, name: str, loc: Loc) -> Iterator[Problem]:
        found = self._component(name)
        options = [option.id for option in getattr(found, "options", ())]
        if found is not None and sorted(options) != ["no", "yes"]:
            message = f"`{name}` cannot confirm: it needs exactly two options, with the ids `yes` and `no`."
            yield file.problem(message, "The library's `yes_no` has them.", loc=loc)

    def _component(self, name: str) -> Definition | None:
        bot, slash, rest = name.partition("/")
        if slash:
            layers = [self.read.bots[bot].components] if bot in self.read.bots else []
        else:
            layers = [self.one.components, self.read.components, self.read.library]
        found = next((layer[rest or name] for layer in layers if (rest or name) in layer), None)
        return found.model if found is not None else None

    def _questions(self) -> Iterator[Problem]:
        """A question and an intent share one space of names, because one sentence means one of them."""
        for name, each in self.one.answers.items():
            if name in self.one.intents:
                message = f"an intent is called `{name}` too: {self.one.intents[name].file.path}."
                yield each.file.problem(message, "Rename one.", loc=("question",))

    def _named(self, each: Read) -> Iterator[Problem]:
        yield from self._marks(marked(each.model), each.file, self.everything())

    def _messages(self, each: Read) -> Iterator[Problem]:
        known = self.everything()
        for key, forms in each.model.items():
            for place, form in enumerate(forms):
                said = said_by_agents(self.one.name, key.partition("@")[0], self.read.bots)
                yield from self._form(each.file, key, place if len(forms) > 1 else None, form, known | said)

    def _form(
        self, file: YamlFile, key: str, place: int | None, form: Form, known: set[str]
    ) -> Iterator[Problem]:
        loc: Loc = (key,) if place is None else (key, place)
        if form.when is not None:
            yield from self.check_.expression(file, (*loc, "when"), form.when, known)
        yield from self.check_.text(file, (*loc, "text") if form.when is not None else loc, form.text, known)

    def component(self, each: Read) -> Iterator[Problem]:
        """A component's texts; they may use what a step gives with `with:`."""
        given = self._given(each.model.component) | given_by_agents(each.model, self.read.bots.values())
        known = self.everything() | given
        if self.one.name == "" or self.one.name == SYSTEM:  # of all bots: any bot's slots may be meant
            known |= {slot for bot in self.read.bots.values() for slot in bot.settings.slots}
        yield from self._marks(marked(each.model), each.file, known)

    def _given(self, component: str) -> set[str]:
        found: set[str] = set()
        for bot in self.read.bots.values():
            for dialog in bot.dialogs.values():
                for step, _ in walk_steps(dialog.model.steps):
                    for part in (step, getattr(step, "say", None)):
                        names = (getattr(part, "component", None), getattr(part, "confirm", None))
                        if any(name and name.rpartition("/")[2] == component for name in names):
                            found |= set(getattr(part, "given", {}))
        return found

    def _marks(
        self, found: Iterable[Marked], file: YamlFile, known: set[str], names: Names | None = None
    ) -> Iterator[Problem]:
        names = names or self.names
        for each in found:
            if isinstance(each.mark, Ref):
                if not names.has(each.mark.to, each.value):
                    yield names.missing(each.mark.to, each.value, file, each.loc, key=each.is_key)
            elif isinstance(each.mark, IsExpression):
                usable = known | {VALUE} if each.loc[-1] == "check" else known - {VALUE}
                yield from self.check_.expression(file, each.loc, each.value, usable)
            elif isinstance(each.mark, IsText):
                yield from self._text(file, each, known)

    def _text(self, file: YamlFile, each: Marked, known: set[str]) -> Iterator[Problem]:
        if isinstance(each.value, dict):
            for language, said in each.value.items():
                yield from self.check_.text(file, (*each.loc, language), said, known)
        elif not MESSAGE_KEY.match(each.value):
            yield from self.check_.text(file, each.loc, each.value, known)
        elif not self.names.has("message", each.value) and file.at(each.loc) is not None:
            language = self.names.language
            hint = nearest_hint(each.value, self.names.known.get("message", ()))
            if not hint.startswith("Did you mean"):
                hint = "One word in small letters names a message. If it is the text itself, write "
                hint += f"{{{language}: {each.value}}}."
            yield file.problem(f"no message named `{each.value}`.", hint, loc=each.loc)


def _is_waited_at(step: Step) -> bool:
    """Whether a session may have to find this step by its place."""
    return step.id is not None or step.word == "ask" or getattr(step, "confirm", None) is not None


def _introduced(data: Any) -> Iterator[str]:
    """The names that `into` and `for` give, in whatever they stand."""
    for each in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _introduced(each)
    if isinstance(data, dict):
        yield from (name for word in ("into", "for") if isinstance(name := data.get(word), str))
