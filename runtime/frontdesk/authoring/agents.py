"""What is wrong with an agent's files beside their form: its prompt, its scripts, its tools' names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from frontdesk.authoring import expressions
from frontdesk.authoring.agentfile import (
    HAND_OVER,
    PROMPT_NAMES,
    SAY,
    SCRIPT_NAMES,
    SUMMARY,
    AgentFile,
    Prompt,
    tool_name,
)
from frontdesk.authoring.library import LIBRARY, library_files
from frontdesk.authoring.names import Names, ordered_keys
from frontdesk.authoring.problems import nearest, nearest_hint
from frontdesk.authoring.source import Loc, YamlFile
from frontdesk.authoring.walk import marked
from frontdesk.components.base import Definition, IsText
from frontdesk.errors import Problem

if TYPE_CHECKING:
    from frontdesk.authoring.botfiles import BotRead, Read
    from frontdesk.authoring.load import DeskRead

Check = Callable[[YamlFile, Loc, str, Iterable[str]], Iterator[Problem]]
MAX_PROMPT = 20_000  # characters


def prompts_of(bot: str, files: Mapping[str, bytes]) -> dict[str, Prompt]:
    """The prompts a bot may name: its own, then the desk's, then the library's."""
    found: dict[str, Prompt] = {}
    library = {f"{LIBRARY}/{path}": content for path, content in library_files().items()}
    for folder, held in ((f"{LIBRARY}/prompts", library), ("prompts", files), (f"bots/{bot}/prompts", files)):
        for path, content in held.items():
            if path.startswith(f"{folder}/") and path.endswith(".j2"):
                name = path.removeprefix(f"{folder}/").removesuffix(".j2")
                found[name] = Prompt(name=name, path=path, source=content.decode("utf-8", "replace"))
    return found


def check_agent(
    one: BotRead, read: DeskRead, confirm: Callable[[YamlFile, str, Loc], Iterator[Problem]],
    expression: Check, text: Check,
) -> Iterator[Problem]:  # fmt: skip
    """Every problem of an agent's files that their form does not show."""
    if one.bot is None or not isinstance(one.settings, AgentFile):
        return
    settings, file = one.settings, one.bot.file
    prompts = prompts_of(one.name, read.files)
    for name in dict.fromkeys((settings.prompt, SUMMARY)):
        if name in prompts:
            yield from _prompt(prompts[name])
    yield from _clashes(settings, file)
    for place, use in enumerate(settings.tools):
        if not isinstance(use, str):
            yield from confirm(file, use.confirm, ("tools", place, "confirm"))
    for place, model in enumerate(settings.model.order):
        known = model.script in one.scripts or ("script", model.script) in one.broken
        if model.script is not None and not known:
            loc: Loc = ("model", "name") if place == 0 else ("model", "fallback", place - 1)
            own = f"bots/{one.name}/models/{model.script}.yml"
            hint = nearest_hint(model.script, one.scripts, f"Write it in {own}.")
            yield file.problem(f"no scripted model named `{model.script}`.", hint, loc=loc)
    approved = settings.approved(ordered_keys(one))
    if settings.speak == "approved" and not approved:
        hint = f"Write them in bots/{one.name}/messages/, or name others under `messages:`."
        yield file.problem("there are no messages the agent may say.", hint, loc=("speak",))
    for each in one.scripts.values():
        yield from _script(each, {*_offered(settings), HAND_OVER}, expression, text)
        yield from _said(each, approved)


def agent_names(names: Names, one: BotRead, read: DeskRead) -> Names:
    """What a bot may name, and with it what only an agent's bot.yml names: prompts, other bots' dialogs."""
    if isinstance(one.settings, AgentFile):
        names.known["prompt"] = set(prompts_of(one.name, read.files))
        for bot, other in read.bots.items():
            names.known["dialog"] |= {f"{bot}/{name}" for name in other.dialogs}
            names.known["message"] |= {f"{bot}/{key}" for key in ordered_keys(other)}
            broken = {f"{bot}/{name}" for what, name in other.broken if what == "dialog"}
            names.broken["dialog"] = names.broken.get("dialog", set()) | broken
    return names


def said_by_agents(bot: str, key: str, bots: Mapping[str, BotRead]) -> set[str]:
    """The names in a message that an agent says: results by their names, and what its model gives."""
    found: set[str] = set()
    for name, one in bots.items():
        if not isinstance(one.settings, AgentFile):
            continue
        for said, given in one.settings.approved(ordered_keys(one)).items():
            if said in (f"{bot}/{key}", key if name == bot else None):
                found |= {*given, *one.settings.tool_names}
                found |= {each.rpartition("/")[2] for each in one.settings.components}
    return found


def given_by_agents(definition: Definition, bots: Iterable[BotRead]) -> set[str]:
    """The names in a component's texts, where an agent shows it: its model gives them as arguments."""
    shown = {
        name.rpartition("/")[2]
        for one in bots
        if isinstance(one.settings, AgentFile)
        for name in (*one.settings.components, *one.settings.confirmations.values())
    }
    if definition.component not in shown:
        return set()
    texts = (one.value for one in marked(definition) if isinstance(one.mark, IsText))
    return {
        name
        for text in texts
        for source in (text.values() if isinstance(text, Mapping) else (text,))
        for name in expressions.read(source, is_text=True).names
    }


def without_key(read: DeskRead, environ: Mapping[str, str]) -> Iterator[Problem]:
    """The agents whose model cannot be asked here, because its key is not in the environment."""
    for one in read.bots.values():
        if one.bot is None or not isinstance(one.settings, AgentFile):
            continue
        model = one.settings.model
        if model.script is None and not model.base_url and not environ.get(model.key):
            message = f"{model.key} is not set: `{model.name}` cannot be asked."
            hint = "Set it, and start again; until then every customer of this agent is handed over."
            yield one.bot.file.problem(message, hint, loc=("model",), level="note")


def _offered(settings: AgentFile) -> Iterator[str]:
    yield from settings.tool_names
    yield from (tool_name("component", name) for name in settings.components)
    yield from (tool_name("dialog", name) for name in settings.dialogs)
    if settings.messages or settings.speak == "approved":
        yield SAY


def _clashes(settings: AgentFile, file: YamlFile) -> Iterator[Problem]:
    """Two things that the model would call by one name."""
    seen = {HAND_OVER: "what every agent has for giving a session to people"}
    if SAY in _offered(settings):
        seen[SAY] = "how an agent says approved messages"
    for kind in ("tool", "component", "dialog"):
        names = settings.tool_names if kind == "tool" else getattr(settings, f"{kind}s")
        for place, name in enumerate(names):
            called = tool_name(kind, name)
            if called in seen:
                message = f"the model would call two things `{called}`; the other is {seen[called]}."
                yield file.problem(message, "Take one away, or rename one.", loc=(f"{kind}s", place))
            seen.setdefault(called, f"the {kind} `{name}`")


def _prompt(prompt: Prompt) -> Iterator[Problem]:
    """Undefined names, what does not compile, and what a prompt cannot do."""
    if not prompt.source.strip():
        yield Problem(path=prompt.path, line=1, message="the prompt is empty.", hint="Say who the agent is.")
        return
    reading = expressions.read(prompt.source, is_text=True)
    if reading.error:
        message = f"this prompt cannot be used: {reading.error}."
        yield Problem(path=prompt.path, line=reading.error_line + 1, message=message)
        return
    usable = {*PROMPT_NAMES, *expressions.FUNCTIONS}
    for name in sorted(reading.names - usable):
        meant = nearest(name, usable)
        known = ", ".join(f"`{each}`" for each in sorted(PROMPT_NAMES))
        hint = f"Did you mean `{meant}`?" if meant else f"A prompt knows {known}."
        line = _line_of(rf"\b{re.escape(name)}\b", prompt.source)
        yield Problem(path=prompt.path, line=line, message=f"`{name}` is not defined here.", hint=hint)
    if found := re.search(r"\{%-?\s*(include|import|extends|from)\b", prompt.source):
        line = prompt.source[: found.start()].count("\n") + 1
        message = f"a prompt is one file: `{found[1]}` cannot be used."
        yield Problem(path=prompt.path, line=line, message=message, hint="Write the text in its place.")


def _line_of(pattern: str, source: str) -> int:
    """The first line where a name stands inside a tag."""
    for tag in re.finditer(r"\{[{%].*?[}%]\}", source, re.DOTALL):
        if found := re.search(pattern, tag[0]):
            return source[: tag.start() + found.start()].count("\n") + 1
    return 1


def _said(each: Read, approved: Iterable[str]) -> Iterator[Problem]:
    """The messages that a script says by their name, and nobody has approved."""
    for place, line in enumerate(each.model.lines):
        written = line.arguments.get("message", "") if line.call == SAY else ""
        found = re.fullmatch(r"""(["'])([^"']*)\1""", written)
        if found is not None and found[2] not in approved:
            hint = nearest_hint(found[2], approved)
            loc: Loc = ("lines", place, "with", "message")
            yield each.file.problem(f"the agent may not say `{found[2]}`.", hint, loc=loc)


def _script(each: Read, offered: set[str], expression: Check, text: Check) -> Iterator[Problem]:
    for place, line in enumerate(each.model.lines):
        here: Loc = ("lines", place)
        if line.when is not None:
            yield from expression(each.file, (*here, "when"), line.when, SCRIPT_NAMES)
        for name, source in line.arguments.items():
            yield from expression(each.file, (*here, "with", name), source, SCRIPT_NAMES)
        said = line.say if isinstance(line.say, dict) else {"": line.say} if line.say is not None else {}
        for language, written in said.items():
            loc = (*here, "say", language) if language else (*here, "say")
            yield from text(each.file, loc, written, SCRIPT_NAMES)
        if line.call is not None and line.call not in offered:
            hint = nearest_hint(line.call, offered)
            yield each.file.problem(f"the agent has no tool `{line.call}`.", hint, loc=(*here, "call"))
