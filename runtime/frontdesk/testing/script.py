"""A conversation test as it is written: what is given, what is said, what is expected (design.md 3a)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator

from frontdesk.authoring.cache import read_yaml
from frontdesk.authoring.models import Authored
from frontdesk.authoring.problems import nearest_hint, validate
from frontdesk.authoring.source import YamlFile
from frontdesk.errors import AuthoringError, Problem
from frontdesk.testing.lines import KEYS, BadLine, Line, read_line


class GivenModel(Authored):
    """`given:`: how the talk begins. Without a `bot`, the bot the test stands beside owns the session."""

    channel: str | None = None
    language: str | None = None
    time_zone: str | None = None
    clock: datetime | None = None  # in the desk's time zone unless it says another
    bot: str | None = None
    routing: bool = False  # let the desk's routing choose the owner
    actions: Mapping[str, Any] = Field(default_factory=dict)  # name -> result, or {fails: why}
    user: Mapping[str, Any] = Field(default_factory=dict)
    slots: Mapping[str, Any] = Field(default_factory=dict)

    @field_validator("clock", mode="before")
    @classmethod
    def _is_instant(cls, value: object) -> object:
        if not isinstance(value, str):
            raise ValueError('the clock is an instant in quotes, like "2026-03-11T10:00"')
        return value


class BotLine(Authored):
    """`bot:`: what must have come, after what was matched before it."""

    text: str | None = None
    message: str | None = None
    component: str | None = None


class Expected(Authored):
    """`expect:`: how things stand. What is not named is not looked at."""

    owner: str | None = None  # bot (any), bot:shop, queue:returns, rep, none
    status: str | None = None
    language: str | None = None
    outcome: str | None = None  # none: none yet
    slots: Mapping[str, Any] = Field(default_factory=dict)  # null: not set
    replies: int | None = None  # how many came since the last line in
    events: tuple[str, ...] = ()  # kinds that came since the last line in


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptLine:
    """One line of `talk:`: something goes in, or something must have come."""

    line: int  # in the file
    said: Line | None = None
    bot: BotLine | None = None
    expected: Expected | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationTest:
    """One test file, read."""

    path: str
    name: str
    bot: str  # whose folder it stands in
    given: GivenModel
    talk: tuple[ScriptLine, ...]


class _File(Authored):
    given: GivenModel = Field(default_factory=GivenModel)
    talk: tuple[Any, ...]


def conversation_files(root: Path, bot: str | None = None) -> list[Path]:
    """The conversation tests of a desk, or of one of its bots."""
    return sorted(root.glob(f"bots/{bot or '*'}/tests/*.yml"))


def read_test(root: Path, path: Path) -> ConversationTest:
    """Read a test file; raises AuthoringError with everything that is wrong in it."""
    name = path.relative_to(root).as_posix()
    file = read_yaml(name, path.read_bytes())
    errors = [problem for problem in file.problems if problem.level == "error"]
    if errors:
        raise AuthoringError(errors)
    model, problems = validate(_File, file)
    lines = [_read_line(file, place, one, problems) for place, one in enumerate(model.talk if model else ())]
    if problems or model is None:
        raise AuthoringError(problems)
    talk = tuple(line for line in lines if line is not None)
    return ConversationTest(path=name, name=path.stem, bot=path.parts[-3], given=model.given, talk=talk)


def _read_line(file: YamlFile, place: int, written: Any, problems: list[Problem]) -> ScriptLine | None:
    line, column = file.place(("talk", place))
    try:
        return _script_line(line, written)
    except BadLine as error:
        problems.append(Problem(path=file.path, line=line, column=column, message=f"{error}."))
    except ValidationError as error:
        problems += [_problem(file, place, one) for one in error.errors(include_url=False)]
    return None


def _script_line(line: int, written: Any) -> ScriptLine:
    if not isinstance(written, Mapping):
        raise BadLine("a line of a talk is written like `- user: hello` or `- bot: Good morning`")
    if "expect" in written and len(written) == 1:
        return ScriptLine(line=line, expected=Expected.model_validate(_none_as_word(written["expect"])))
    if "bot" in written and len(written) == 1:
        said = written["bot"]
        return ScriptLine(
            line=line, bot=BotLine.model_validate(said if isinstance(said, Mapping) else {"text": said})
        )
    if set(written) == {"user"} and not _is_about_user(written["user"]):
        return ScriptLine(line=line, said=_customer(written["user"]))
    unknown = [key for key in written if key not in (*KEYS, "of", "data", "bot", "expect")]
    if unknown:
        hint = nearest_hint(str(unknown[0]), ("bot", "expect", *KEYS))
        raise BadLine(f"`{unknown[0]}` means nothing in a talk. {hint}".rstrip(" ."))
    return ScriptLine(line=line, said=read_line(written))


_CUSTOMER = ("text", "choose", "value", "file", "of")


def _is_about_user(said: Any) -> bool:
    """`user: {language: fr}` tells of the user; `user: {choose: yes}` is what they do."""
    return isinstance(said, Mapping) and not any(key in _CUSTOMER for key in said)


def _customer(said: Any) -> Line:
    if isinstance(said, Mapping):
        return read_line(said)
    if said is None:
        raise BadLine("what does the customer say? Write `- user: TEXT` or `- user: {choose: OPTION}`")
    return read_line({"text": said if isinstance(said, str) else str(said)})


def _none_as_word(expected: Any) -> Any:
    """`outcome: null` and `outcome: none` are the same."""
    if not isinstance(expected, Mapping):
        return expected
    words = ("outcome", "owner")
    return {key: "none" if value is None and key in words else value for key, value in expected.items()}


def _problem(file: YamlFile, place: int, error: Any) -> Problem:
    word = "expect" if "expect" in (file.at(("talk", place)) or {}) else "bot"
    loc = ("talk", place, word, *error["loc"])
    line, column = file.place(loc, key=error["type"] == "extra_forbidden")
    if error["type"] == "extra_forbidden":
        model = Expected if word == "expect" else BotLine
        message = f"`{error['loc'][-1]}` cannot be used in `{word}`."
        hint = nearest_hint(str(error["loc"][-1]), model.model_fields)
        return Problem(path=file.path, line=line, column=column, message=message, hint=hint)
    return Problem(path=file.path, line=line, column=column, message=f"`{word}`: {error['msg']}.")
