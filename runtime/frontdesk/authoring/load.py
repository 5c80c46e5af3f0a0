"""Loading a desk: its files, every problem in them, and the release they make."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

from frontdesk.authoring.agentbot import AgentBot
from frontdesk.authoring.agentfile import SUMMARY, AgentFile
from frontdesk.authoring.agents import prompts_of
from frontdesk.authoring.botfiles import BotRead, Read, component, is_mapping, read_bot
from frontdesk.authoring.cache import keep, kept, read_yaml
from frontdesk.authoring.content import SYSTEM, BotContent, Desk
from frontdesk.authoring.declared import declared_actions, declared_writes
from frontdesk.authoring.deskfile import DeskFile, HoursModel
from frontdesk.authoring.files import in_folder, read_files
from frontdesk.authoring.hours import Holiday, Hours, read_holidays
from frontdesk.authoring.library import LIBRARY, library_files, library_root
from frontdesk.authoring.names import ordered_keys
from frontdesk.authoring.problems import nearest_hint, validate_what_can_be
from frontdesk.authoring.releases import release_files, release_name
from frontdesk.authoring.secrets import fill
from frontdesk.effect import ActionDescription
from frontdesk.errors import AuthoringError, Problem

DESK_FILE = "frontdesk.yml"

Actions = Mapping[str, ActionDescription] | frozenset[str]
"""What the desk's Python registers: by name with what is known of each, or the names alone."""

_KINDS = {"channels": "channel", "queues": "queue", "hours": "hours"}
_INSTEAD = {  # what stands in for wrong fields while the rest of frontdesk.yml is checked
    "name": "desk",
    "languages": ["en"],
    "time_zone": "UTC",
    "routing": [{"else": {"rep": "nobody"}}],
}


@dataclass(slots=True, kw_only=True)
class DeskRead:
    """A desk's files, read: models, where everything stands, and every problem so far."""

    root: Path
    files: Mapping[str, bytes]
    actions: frozenset[str]
    described: Mapping[str, ActionDescription] = field(default_factory=dict)  # those of them that are loaded
    desk: Read | None = None  # frontdesk.yml
    bots: dict[str, BotRead] = field(default_factory=dict)
    components: dict[str, Read] = field(default_factory=dict)  # the desk's
    library: dict[str, Read] = field(default_factory=dict)  # the library's components
    broken: set[tuple[str, str]] = field(default_factory=set)
    holidays: dict[str, tuple[Holiday, ...]] = field(default_factory=dict)
    off: dict[str, str] = field(default_factory=dict)  # channel -> why
    problems: list[Problem] = field(default_factory=list)
    from_library: frozenset[str] = frozenset()  # paths that are the library's

    @property
    def languages(self) -> tuple[str, ...]:
        return self.desk.model.languages if self.desk is not None else ("en",)


def load(
    root: Path,
    environ: Mapping[str, str],
    *,
    files: Mapping[str, bytes] | None = None,
    actions: Actions | None = None,
) -> Desk:
    """The desk in a folder, or in `files` as a release kept them; raises AuthoringError with every problem.

    `actions` is what the desk's Python registers; without it the names are read from its source, and
    an agent has no tools.
    """
    read = read_desk(root, environ, files=files, actions=actions)
    errors = [each for each in (*read.problems, *_references(read)) if each.level == "error"]
    if errors:
        raise AuthoringError(errors)
    return build(read)


def read_desk(
    root: Path,
    environ: Mapping[str, str],
    *,
    files: Mapping[str, bytes] | None = None,
    actions: Actions | None = None,
) -> DeskRead:
    """Read every file of a desk; what is wrong is in the problems."""
    own = dict(files) if files is not None else read_files(root)
    names = declared_actions(own) if actions is None else frozenset(actions)
    described = actions if isinstance(actions, Mapping) else {}
    read = DeskRead(root=root, files=own, actions=names, described=described)
    library = library_files()
    _read_desk_file(read, environ)
    _read_components(read, library)
    _read_bots(read, library, environ)
    _read_holidays(read)
    return read


def build(read: DeskRead) -> Desk:
    """The desk that was read without an error."""
    if read.desk is None:
        raise ValueError("a desk with problems cannot be built")
    config: DeskFile = read.desk.model
    bots: dict[str, BotContent] = {}
    for name, one in read.bots.items():
        bots[name] = bot_content(one, read, bots)
    return Desk(
        release=release_name(read.files),
        root=read.root,
        config=config,
        time_zone=ZoneInfo(config.time_zone),
        bots=bots,
        hours={name: _hours(model, config, read) for name, model in config.hours.items()},
        off=dict(read.off),
        actions=read.actions,
        writes=declared_writes(read.files),
        files=release_files(read.files),
    )


def bot_content(one: BotRead, read: DeskRead, others: Mapping[str, BotContent]) -> BotContent:
    """One bot of a desk that was read."""
    of_kind = _of_agent(one, read)
    kind = AgentBot if of_kind else BotContent
    return kind(
        name=one.name,
        languages=read.languages,
        title=one.settings.name,
        slots=one.settings.slots,
        entities=one.settings.entities,
        embeddings=getattr(one.settings, "embeddings", False),
        dialogs={name: each.model for name, each in one.dialogs.items()},
        intents={name: each.model for name, each in one.intents.items()},
        answers={name: each.model for name, each in one.answers.items()},
        messages={language: each.model for language, each in one.messages.items()},
        components={name: each.model for name, each in one.components.items()},
        shared=tuple(
            {name: each.model for name, each in held.items()} for held in (read.components, read.library)
        ),
        others=others,
        **of_kind,
    )


def _of_agent(one: BotRead, read: DeskRead) -> dict[str, Any]:
    """What an agent has besides what every bot has."""
    settings = one.settings
    if not isinstance(settings, AgentFile):
        return {}
    prompts = prompts_of(one.name, read.files)
    prompt = prompts.get(settings.prompt)
    if prompt is None:
        return {}
    lines = {name: each.model.lines for name, each in one.scripts.items()}
    return {
        "kind": "agent",
        "settings": settings,
        "prompt": prompt,
        "summary": prompts[SUMMARY],
        "approved": settings.approved(ordered_keys(one)),
        "scripts": {
            name: [line.model_dump(by_alias=True, exclude_defaults=True) for line in every]
            for name, every in lines.items()
        },
        "tools": {name: read.described[name] for name in settings.tool_names if name in read.described},
    }


def _references(read: DeskRead) -> list[Problem]:
    """What `check` finds across files, kept by content: a desk that has not changed is not checked again."""
    from frontdesk.authoring.references import (
        check_references,  # the checks cost an import; most starts need none
    )

    key = _content_key(read)
    found = kept("checked", key)
    if isinstance(found, list):
        return [Problem(**each) for each in found]
    problems = check_references(read)
    keep("checked", key, [{name: getattr(each, name) for name in Problem.__slots__} for each in problems])
    return problems


def _content_key(read: DeskRead) -> str:
    digest = hashlib.sha256(" ".join(sorted(read.actions)).encode())
    for files in (read.files, library_files()):
        for path in sorted(files):
            digest.update(f"\0{path}\0{len(files[path])}\0".encode() + files[path])
    return digest.hexdigest()


def _read_desk_file(read: DeskRead, environ: Mapping[str, str]) -> None:
    content = read.files.get(DESK_FILE)
    if content is None:
        hint = "A desk's folder has one at its top. `frontdesk new NAME` makes a desk that runs."
        read.problems.append(
            Problem(path=DESK_FILE, message="there is no frontdesk.yml in this folder.", hint=hint)
        )
        return
    file = read_yaml(DESK_FILE, content)
    read.problems += file.problems
    if not is_mapping(file, read.problems, "name: My shop"):
        return
    filled = fill(file, environ)
    for loc, why in filled.missing:
        line, column = file.place(loc)
        if loc[0] == "channels" and len(loc) > 1:
            read.off.setdefault(str(loc[1]), why)
        else:
            hint = "Set it, or give a default: ${NAME:-default}."
            problem = Problem(path=DESK_FILE, line=line, column=column, message=f"{why}.", hint=hint)
            read.problems.append(problem)
    model, problems, left_out = validate_what_can_be(DeskFile, filled.file, _INSTEAD)
    read.problems += problems
    read.broken.update((_KINDS[field_], name) for field_, name in left_out if field_ in _KINDS)
    if model is not None:
        read.desk = Read(filled.file, model)


def _read_components(read: DeskRead, library: Mapping[str, bytes]) -> None:
    is_checkout = read.root.resolve() == library_root()
    for held, files, folder in ((read.components, read.files, ""), (read.library, library, f"{LIBRARY}/")):
        for path, content in in_folder(files, "components").items():
            if not path.endswith(".yml") or (not folder and is_checkout):
                continue  # the repository's root is a desk, and its components are the library
            file = read_yaml(folder + path, content)
            read.problems += file.problems
            found = component(file, read.problems)
            if found is None:
                read.broken.add(("component", PurePosixPath(path).stem))
            else:
                held[found.component] = Read(file, found)


def _read_bots(read: DeskRead, library: Mapping[str, bytes], environ: Mapping[str, str]) -> None:
    names = {PurePosixPath(path).parts[1] for path in read.files if _is_bots(path)}
    for name in sorted(names - {SYSTEM}):
        one = read_bot(name, in_folder(read.files, f"bots/{name}"), environ)
        if one.bot is None and ("bot", name) not in one.broken:
            hint = "Give it one that says `kind: dialogs`."
            read.problems.append(Problem(path=f"bots/{name}", message="the bot has no bot.yml.", hint=hint))
        read.problems += one.problems
        read.bots[name] = one
    system = in_folder(library, f"bots/{SYSTEM}") | in_folder(read.files, f"bots/{SYSTEM}")
    read.bots[SYSTEM] = read_bot(SYSTEM, system, environ)
    read.problems += read.bots[SYSTEM].problems
    read.from_library = frozenset(
        path for path in system if read.files.get(path) in (None, library.get(path))
    )


def _is_bots(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return len(parts) > 2 and parts[0] == "bots" and path.endswith((".yml", ".yaml"))


def _read_holidays(read: DeskRead) -> None:
    if read.desk is None:
        return
    for name, model in read.desk.model.hours.items():
        found, message, hint = _holidays(model, read.files)
        read.holidays[name] = found
        if message:
            line, column = read.desk.file.place(("hours", name, "holidays"))
            read.problems.append(
                Problem(path=DESK_FILE, line=line, column=column, message=message, hint=hint)
            )


def _holidays(model: HoursModel, files: Mapping[str, bytes]) -> tuple[tuple[Holiday, ...], str, str]:
    if model.holidays is None:
        return (), "", ""
    if not isinstance(model.holidays, str):
        return tuple(Holiday(start=day) for day in model.holidays), "", ""
    content = files.get(model.holidays)
    if content is None:
        known = [path for path in files if path.endswith(".ics")]
        return (
            (),
            f"there is no file `{model.holidays}`.",
            nearest_hint(model.holidays, known, "Export one as .ics."),
        )
    try:
        return read_holidays(content), "", ""
    except ValueError:
        return (), f"`{model.holidays}` is no calendar.", "Export it again as .ics (iCalendar)."


def _hours(model: HoursModel, config: DeskFile, read: DeskRead) -> Hours:
    name = next(name for name, one in config.hours.items() if one is model)
    zone = ZoneInfo(model.time_zone or config.time_zone)
    return Hours(week=model.week, zone=zone, holidays=read.holidays.get(name, ()))
