"""Reading one bot's folder: every file to its model, every problem kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from frontdesk.authoring.agentfile import AgentFile, ScriptedFile
from frontdesk.authoring.cache import read_yaml
from frontdesk.authoring.content import Dialog, Form, forms_of
from frontdesk.authoring.models import (
    AnswerFile,
    Authored,
    BotFile,
    DialogFile,
    IntentFile,
    MessageFile,
)
from frontdesk.authoring.problems import (
    explain,
    nearest_hint,
    step_faults,
    validate,
    validate_what_can_be,
)
from frontdesk.authoring.secrets import fill
from frontdesk.authoring.source import Loc, YamlFile
from frontdesk.components.base import COMPONENT_KINDS, Definition
from frontdesk.dialogs import Step, read_steps
from frontdesk.errors import Problem

NOT_BUILT_BOTS = {"rasa": "bots of kind rasa"}
COMPONENTS_TO_COME = (
    "time_picker time_slots date_range media carousel form location_request file_request "
    "identity_check payment_link notification"
)


@dataclass(slots=True)
class Read:
    """What one authored file became: its model and where everything in it stands."""

    file: YamlFile
    model: Any


@dataclass(slots=True)
class Partial:
    """A dialog with problems: its head, and the steps in which there are none."""

    file: YamlFile
    head: DialogFile
    steps: list[tuple[Step, Loc]]


@dataclass(slots=True)
class BotRead:
    """One bot's folder, read."""

    name: str
    bot: Read | None = None
    dialogs: dict[str, Read] = field(default_factory=dict)  # by name; the model is a content.Dialog
    partial: list[Partial] = field(default_factory=list)  # dialogs with problems
    intents: dict[str, Read] = field(default_factory=dict)
    answers: dict[str, Read] = field(default_factory=dict)
    messages: dict[str, Read] = field(default_factory=dict)  # by language; the model is {key: forms}
    components: dict[str, Read] = field(default_factory=dict)
    scripts: dict[str, Read] = field(default_factory=dict)  # an agent's scripted models
    tests: list[YamlFile] = field(default_factory=list)
    broken: set[tuple[str, str]] = field(default_factory=set)  # what could not be read: (what, name)
    problems: list[Problem] = field(default_factory=list)
    refused: Problem | None = None  # why the whole bot is

    @property
    def settings(self) -> BotFile | AgentFile:
        return self.bot.model if self.bot is not None else BotFile()


def read_bot(name: str, files: Mapping[str, bytes], environ: Mapping[str, str]) -> BotRead:
    """Read `bots/NAME/`; `files` hold its content by full path."""
    read = BotRead(name)
    for path, content in files.items():
        parts = PurePosixPath(path).parts[2:]
        if path.endswith(".yml"):
            _FOLDERS.get(parts[0] if len(parts) > 1 else "", _bot_file)(
                read, read_file(read, path, content), environ
            )
        elif path.endswith(".yaml"):
            hint = f"Name it {path.removesuffix('.yaml')}.yml."
            read.problems.append(Problem(path=path, message="files of a desk end in .yml.", hint=hint))
    if read.refused is not None:
        read.problems = [read.refused]  # what else is in its folder is not for a bot of kind dialogs
    return read


def read_file(read: BotRead, path: str, content: bytes) -> YamlFile:
    """The YAML of a file; its problems are kept."""
    file = read_yaml(path, content)
    read.problems += file.problems
    return file


def is_mapping(file: YamlFile, problems: list[Problem], example: str) -> bool:
    """Whether a file holds fields at all; says so where it does not."""
    if isinstance(file.data, dict):
        return True
    if any(each.level == "error" for each in file.problems):
        return False
    if file.data is None:
        message, hint = "the file is empty.", f"Begin it with `{example}`, or delete it."
    else:
        message, hint = "the file should hold fields, like `name: value`.", f"Begin it with `{example}`."
    problems.append(Problem(path=file.path, line=1, column=1, message=message, hint=hint))
    return False


def _bot_file(read: BotRead, file: YamlFile, environ: Mapping[str, str]) -> None:
    name = PurePosixPath(file.path).name
    if len(PurePosixPath(file.path).parts) != 3:
        folders = ", ".join(f"{each}/" for each in _FOLDERS)
        hint = f"A bot's files stand in {folders}."
        read.problems.append(
            Problem(path=file.path, message="this file is not used.", hint=hint, level="warning")
        )
        return
    if name == "domain.yml":
        _refuse_bot(read, file, "rasa", 1, 1)
    elif name == "bot.yml":
        _bot_yml(read, file, environ)
    else:
        hint = nearest_hint(name, ["bot.yml"], "A bot's own settings stand in bot.yml.")
        read.problems.append(
            Problem(path=file.path, message="this file is not used.", hint=hint, level="warning")
        )


def _bot_yml(read: BotRead, file: YamlFile, environ: Mapping[str, str]) -> None:
    if not is_mapping(file, read.problems, "kind: dialogs"):
        read.broken.add(("bot", read.name))
        return
    kind = file.data.get("kind")
    if isinstance(kind, str) and kind in NOT_BUILT_BOTS:
        _refuse_bot(read, file, kind, *file.place(("kind",)))
        return
    filled = fill(file, environ)
    for loc, why in filled.missing:
        line, column = file.place(loc)
        hint = "Set it, or give a default: ${NAME:-default}."
        read.problems.append(Problem(path=file.path, line=line, column=column, message=f"{why}.", hint=hint))
    settings: type[BotFile | AgentFile] = AgentFile if kind == "agent" else BotFile
    model, problems, left_out = validate_what_can_be(settings, filled.file, {})
    read.problems += problems
    read.broken.update((_KINDS[field_], name) for field_, name in left_out if field_ in _KINDS)
    if model is None:
        read.broken.add(("bot", read.name))
    else:
        read.bot = Read(filled.file, model)


_KINDS = {"slots": "slot", "entities": "entity"}


def _refuse_bot(read: BotRead, file: YamlFile, kind: str, line: int, column: int) -> None:
    message = f"{NOT_BUILT_BOTS[kind]} are not built yet: this bot would not answer."
    hint = "Take its folder out of bots/, or write it with `kind: dialogs`."
    read.refused = Problem(path=file.path, line=line, column=column, message=message, hint=hint)
    read.broken.add(("bot", read.name))


def _dialog(read: BotRead, file: YamlFile, environ: Mapping[str, str]) -> None:
    if not is_mapping(file, read.problems, "dialog: NAME"):
        _mark_broken(read, "dialog", file)
        return
    model, problems, _ = validate_what_can_be(DialogFile, file, {"dialog": "", "steps": []})
    steps, errors = read_steps(file.data.get("steps", []), ("steps",))
    own = [each for each in problems if not (errors and "`steps`" in each.message)]
    wrong = own + explain(file, step_faults(file, errors))
    read.problems += wrong
    if wrong:
        _mark_broken(read, "dialog", file)
    if model is None:
        return
    if wrong:
        read.partial.append(Partial(file, model, list(_readable(file.data.get("steps"), ("steps",)))))
        return
    dialog = Dialog(
        name=model.dialog,
        path=file.path,
        steps=steps,
        when=model.when,
        needs=model.needs,
        returns=model.returns,
    )
    _add(read, read.dialogs, "dialog", Read(file, dialog), model.dialog)


def _readable(written: Any, loc: Loc) -> Iterator[tuple[Step, Loc]]:
    """The steps without a problem, also from inside steps that have one."""
    if not isinstance(written, list):
        return
    for place, one in enumerate(written):
        here = (*loc, place)
        steps, errors = read_steps([one])
        if not errors:
            yield steps[0], here
        elif isinstance(one, dict):
            for word, value in one.items():
                yield from _readable(value, (*here, word))


def _named(what: str, model: type[Authored]) -> Callable[[BotRead, YamlFile, Mapping[str, str]], None]:
    def read_one(read: BotRead, file: YamlFile, environ: Mapping[str, str]) -> None:
        if not is_mapping(file, read.problems, f"{what}: NAME"):
            _mark_broken(read, what, file)
            return
        found, problems = validate(model, file)
        read.problems += problems
        if found is None:
            _mark_broken(read, what, file)
            return
        held = read.intents if what == "intent" else read.answers
        _add(read, held, what, Read(file, found), getattr(found, what))

    return read_one


def _messages(read: BotRead, file: YamlFile, environ: Mapping[str, str]) -> None:
    language = PurePosixPath(file.path).stem
    if not is_mapping(file, read.problems, "hello: Hello, how can I help?"):
        read.broken.add(("messages", language))
        return
    forms: dict[str, tuple[Form, ...]] = {}
    for key in file.data:
        model, problems = validate(
            MessageFile, YamlFile(path=file.path, data={"message": file.data[key]}, marks=_under(file, key))
        )
        read.problems += problems
        if model is None:
            read.broken.add(("message", key))
        else:
            forms[key] = forms_of(model.message)
    read.messages[language] = Read(file, forms)


def _under(file: YamlFile, key: str) -> list[Any]:
    return [1, 1, {"message": file.marks[2][key]}]


def component(file: YamlFile, problems: list[Problem]) -> Definition | None:
    """The definition in a component's file; its kind decides its fields."""
    if not is_mapping(file, problems, "component: NAME"):
        return None
    kind = file.data.get("kind")
    line, column = file.place(("kind",))
    if not isinstance(kind, str):
        hint = "Known: " + ", ".join(f"`{each}`" for each in sorted(COMPONENT_KINDS)) + "."
        problems.append(
            Problem(path=file.path, line=line, column=column, message="`kind` is missing.", hint=hint)
        )
        return None
    if kind in COMPONENTS_TO_COME.split() and kind not in COMPONENT_KINDS:
        message, hint = f"components of kind `{kind}` are not built yet.", nearest_hint("", COMPONENT_KINDS)
        problems.append(Problem(path=file.path, line=line, column=column, message=message, hint=hint))
        return None
    if kind not in COMPONENT_KINDS:
        message, hint = f"no kind of component is called `{kind}`.", nearest_hint(kind, COMPONENT_KINDS)
        problems.append(Problem(path=file.path, line=line, column=column, message=message, hint=hint))
        return None
    found, wrong = validate(COMPONENT_KINDS[kind].Model, file)
    problems += wrong
    return found


def _component(read: BotRead, file: YamlFile, environ: Mapping[str, str]) -> None:
    found = component(file, read.problems)
    if found is None:
        _mark_broken(read, "component", file)
    else:
        _add(read, read.components, "component", Read(file, found), found.component)


def _test(read: BotRead, file: YamlFile, environ: Mapping[str, str]) -> None:
    read.tests.append(file)


def _script(read: BotRead, file: YamlFile, environ: Mapping[str, str]) -> None:
    """A scripted model: a list of lines."""
    name = PurePosixPath(file.path).stem
    whole = YamlFile(path=file.path, data={"lines": file.data}, marks=[1, 1, {"lines": [1, 1, file.marks]}])
    found, problems = validate(ScriptedFile, whole)
    read.problems += problems if not file.problems else ()
    if found is None:
        read.broken.add(("script", name))
    else:
        read.scripts[name] = Read(whole, found)


def _to_come(read: BotRead, file: YamlFile, environ: Mapping[str, str]) -> None:
    """Refused, never ignored."""
    folder = PurePosixPath(file.path).parts[2]
    message = f"an agent's `{folder}/` is not built yet: nobody would read this file."
    hint = "Say it in the prompt, or take the file out of bots/."
    read.problems.append(Problem(path=file.path, line=1, column=1, message=message, hint=hint))


_FOLDERS: dict[str, Callable[[BotRead, YamlFile, Mapping[str, str]], None]] = {
    "dialogs": _dialog,
    "intents": _named("intent", IntentFile),
    "answers": _named("question", AnswerFile),
    "messages": _messages,
    "components": _component,
    "tests": _test,
    "models": _script,
    "guidelines": _to_come,
    "knowledge": _to_come,
}


def _mark_broken(read: BotRead, what: str, file: YamlFile) -> None:
    """Remember a name that is there but could not be read, so that those who use it are not blamed."""
    names: Iterable[Any] = (PurePosixPath(file.path).stem,)
    if isinstance(file.data, dict):
        names = (*names, file.data.get(what))
    read.broken.update((what, name) for name in names if isinstance(name, str))


def _add(read: BotRead, held: dict[str, Read], what: str, found: Read, name: str) -> None:
    line, column = found.file.place((what,))
    if name in held:
        message = f"another {what} is called `{name}`: {held[name].file.path}."
        problem = Problem(path=found.file.path, line=line, column=column, message=message, hint="Rename one.")
        read.problems.append(problem)
        return
    held[name] = found
