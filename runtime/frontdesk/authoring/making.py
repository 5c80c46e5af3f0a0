"""New files for a desk: a whole desk from the example, or one bot, dialog, component, channel or action."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import orjson

from frontdesk.authoring.library import template_root
from frontdesk.authoring.models import NAME
from frontdesk.authoring.problems import nearest_hint
from frontdesk.authoring.schema import FOLDER
from frontdesk.errors import SettingsError

_TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
_ADDED = _TEMPLATES / "add"
_SCHEMAS = {
    "dialogs": "dialog",
    "intents": "intent",
    "messages": "messages",
    "components": "component",
    "tests": "test",
    "answers": "answer",
    "models": "model",
}
_DESK_FILES = ("frontdesk.yml", "holidays.ics")  # the shop's lie at the top of the repository
_BESIDE = {"shop": ("concierge",)}  # other bots of an example's desk
_PART = ".part"  # of a template that is no whole file of its kind
ACTIONS_HEAD = "from frontdesk import action\n"
AGENT = "agent"  # the kind of bot that has tools
_USUAL = "choices"  # the kind of a component that says none
KINDS = ("bot", "dialog", "component", "channel", "tool", "action")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A file that is to be written."""

    path: str
    content: bytes
    existed: bool = False


def new_desk(name: str, example: str = "hello") -> list[Made]:
    """Every file of a small desk that runs, named `name`."""
    root = template_root(example)
    extras = _TEMPLATES / example
    if root is None or not extras.is_dir():
        known = sorted(each.name for each in _TEMPLATES.iterdir() if each.name != _ADDED.name)
        raise SettingsError(f"there is no example `{example}`. {nearest_hint(example, known)}")
    own = [path for path in sorted(extras.iterdir()) if path.is_file()]
    own += [root / each for each in _DESK_FILES if (root / each).is_file() and root / each not in own]
    made = [Made(path=_own_name(path.name), content=_titled(path, name)) for path in own]
    for name in (example, *_BESIDE.get(example, ())):
        bot = root / "bots" / name
        for path in sorted(bot.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                place = f"bots/{name}/{path.relative_to(bot).as_posix()}"
                made.append(Made(path=place, content=path.read_bytes()))
    return [_with_schema(each) for each in made]


def _own_name(name: str) -> str:
    return f".{name}" if name == "gitignore" else name


def _titled(path: Path, name: str) -> bytes:
    """A file of the example, with the new desk's name in place of the example's."""
    content = path.read_text(encoding="utf-8")
    if path.name == "frontdesk.yml":
        title = name if re.fullmatch(r"[A-Za-z][\w ]*", name) else orjson.dumps(name).decode()
        content = re.sub(r"^name: .*$", lambda _: f"name: {title}", content, count=1, flags=re.MULTILINE)
    return content.replace("NAME", name).encode() if path.suffix == ".md" else content.encode()


def schema_line(path: str) -> str | None:
    """The first line of an authored file, by which an editor finds its schema."""
    parts = PurePosixPath(path).parts
    if not path.endswith(".yml"):
        return None
    kind = _SCHEMAS.get(parts[-2]) if len(parts) > 1 else None
    kind = "frontdesk" if path == "frontdesk.yml" else "bot" if parts[-1] == "bot.yml" else kind
    up = "../" * (len(parts) - 1)
    return None if kind is None else f"# yaml-language-server: $schema={up}{FOLDER}/{kind}.json\n"


def _with_schema(made: Made) -> Made:
    line = schema_line(made.path)
    if line is None or made.existed or made.content.startswith(b"# yaml-language-server"):
        return made
    return Made(path=made.path, content=line.encode() + made.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be added to a desk."""

    what: str  # bot | dialog | component | channel | action
    name: str
    bot: str
    language: str
    kind: str | None = None  # of a channel (else web), a bot or a component (else choices)
    owner: str = "bot"  # who routing gives a session of a new channel


def added(wanted: Wanted, files: Mapping[str, bytes]) -> list[Made]:
    """The files of one new thing with its test; existing ones are kept and added to."""
    if not NAME.match(wanted.name):
        raise SettingsError(f"`{wanted.name}` cannot be a name: write lower-case letters, digits and _.")
    made = [_merged(path, content, files) for path, content in _template(wanted)]
    return [_with_schema(each) for each in made]


def _template(wanted: Wanted) -> Iterator[tuple[str, str]]:
    is_agent = wanted.what == "bot" and wanted.kind == AGENT
    roots = [_ADDED / (AGENT if is_agent else wanted.what)]
    if wanted.what == "component" and wanted.kind not in (None, _USUAL):
        roots.append(_of_kind(wanted.kind))
    values = {
        "NAME": wanted.name,
        "BOT": wanted.bot,
        "LANGUAGE": wanted.language,
        "KIND": wanted.kind or "web",
        "OWNER": wanted.owner,
    }
    pattern = re.compile("|".join(values))

    def filled(text: str) -> str:
        return pattern.sub(lambda match: values[match[0]], text)

    found: dict[str, Path] = {}  # a kind's own files go before those of all
    for root in roots:
        files = (path for path in sorted(root.rglob("*")) if path.is_file())
        found |= {path.relative_to(root).as_posix().removesuffix(_PART): path for path in files}
    for name, path in found.items():
        yield filled(name), filled(path.read_text(encoding="utf-8"))


def _of_kind(kind: str | None) -> Path:
    """The templates of a component of this kind."""
    root = _ADDED / f"component_{kind}"
    if not root.is_dir():
        known = [_USUAL, *(each.name.removeprefix("component_") for each in _ADDED.glob("component_*"))]
        raise SettingsError(
            f"no component of kind `{kind}` can be added. {nearest_hint(str(kind), sorted(known))}"
        )
    return root


def _merged(path: str, content: str, files: Mapping[str, bytes]) -> Made:
    name = PurePosixPath(path).name
    existing = files.get(path)
    if name in ("actions.py", "tools.py"):
        word = name.removesuffix("s.py")
        before = existing.decode() if existing is not None else ACTIONS_HEAD.replace("action", word)
        made = _with_function(before, content, word)
        return Made(path=path, content=made.encode(), existed=existing is not None)
    if existing is None:
        return Made(path=path, content=content.encode())
    if name in ("bot.yml", "frontdesk.yml"):
        field, _, line = content.rstrip("\n").partition(":\n")
        return Made(path=path, content=_with_line(existing.decode(), field, line).encode(), existed=True)
    if PurePosixPath(path).parts[-2] == "messages":
        before = existing.decode()
        return Made(path=path, content=(before.rstrip("\n") + "\n" + content).encode(), existed=True)
    if PurePosixPath(path).parts[-2] == "models":
        return Made(path=path, content=_at_top(existing.decode(), content).encode(), existed=True)
    raise SettingsError(f"{path} is there already. Choose another name, or take it away first.")


def _with_function(before: str, function: str, word: str) -> str:
    if not re.search(rf"^from frontdesk import .*\b{word}\b", before, re.MULTILINE):
        before = ACTIONS_HEAD.replace("action", word) + before
    return f"{before.rstrip()}\n\n\n{function}"


def _at_top(before: str, lines: str) -> str:
    """A scripted model with more lines before its own, behind the comment it begins with."""
    head = re.match(r"(#.*\n)*", before)
    place = head.end() if head is not None else 0
    return before[:place] + lines.rstrip("\n") + "\n" + before[place:]


def _with_line(text: str, field: str, line: str) -> str:
    """A YAML file with one more line under a field, its comments and order kept."""
    lines = text.rstrip("\n").split("\n")
    for place, each in enumerate(lines):
        if re.fullmatch(rf"{field}:\s*(\{{\s*\}}|\[\s*\])?\s*(#.*)?", each):
            lines[place] = f"{field}:"
            return "\n".join([*lines[: place + 1], line, *lines[place + 1 :]]) + "\n"
        if found := re.fullmatch(rf"({field}:\s*\[.*\S)(\s*\].*)", each):
            lines[place] = f"{found[1]}, {line.strip().removeprefix('- ')}{found[2]}"
            return "\n".join(lines) + "\n"
        if re.match(rf"{field}:\s*\{{", each):
            raise SettingsError(
                f"`{field}` is written in one line; write its fields on lines of their own first."
            )
    return "\n".join([*lines, "", f"{field}:", line]) + "\n"
