"""A conversation test file as something to run. Its format is `authoring/talks.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from frontdesk.authoring.cache import read_yaml
from frontdesk.authoring.problems import validate
from frontdesk.authoring.source import YamlFile
from frontdesk.authoring.talks import Expected, Reply, TalkLine, TestFile, TestGiven
from frontdesk.authoring.talks import Said as Wanted
from frontdesk.errors import AuthoringError, Problem
from frontdesk.testing.lines import Advanced, BadLine, Line, RepSaid, Told, read_line


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptLine:
    """One line of `talk:`: something goes in, or something must have come, or things must stand so."""

    line: int  # in the file
    said: Line | None = None
    wanted: Wanted | None = None
    expected: Expected | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationTest:
    """One test file, read."""

    path: str
    name: str
    bot: str  # whose folder it stands in
    given: TestGiven
    clock: datetime | None  # without a zone: the desk's
    talk: tuple[ScriptLine, ...]

    @property
    def owner(self) -> str | None:
        """The bot that owns the session from the start.

        A test that names a channel is routed as a customer of that channel would be; any other talks
        to the bot it stands beside.
        """
        return self.bot if self.given.channel is None else None


def conversation_files(root: Path, bot: str | None = None) -> list[Path]:
    """The conversation tests of a desk, or of one of its bots."""
    return sorted(root.glob(f"bots/{bot or '*'}/tests/*.yml"))


def read_test(root: Path, path: Path) -> ConversationTest:
    """Read a test file; raises AuthoringError with everything that is wrong in it."""
    file = read_yaml(path.relative_to(root).as_posix(), path.read_bytes())
    errors = [problem for problem in file.problems if problem.level == "error"]
    model, problems = (None, errors) if errors else validate(TestFile, file)
    if model is None:
        raise AuthoringError(problems)
    reading = _Reading(root, file)
    clock = reading.clock(model.given.clock)
    talk = tuple(reading.lines(model.talk))
    if reading.problems:
        raise AuthoringError(reading.problems)
    bot = path.parts[-3]
    return ConversationTest(
        path=file.path, name=path.stem, bot=bot, given=model.given, clock=clock, talk=talk
    )


class _Reading:
    """Turns the model's lines into what a talk takes, and keeps what is wrong with them."""

    def __init__(self, root: Path, file: YamlFile) -> None:
        self.root = root
        self.file = file
        self.problems: list[Problem] = []

    def clock(self, written: str | None) -> datetime | None:
        try:
            return datetime.fromisoformat(written) if written is not None else None
        except ValueError:
            self._problem(("given", "clock"), f"`{written}` is no instant; write one like 2026-03-11T10:00.")
            return None

    def lines(self, talk: tuple[TalkLine, ...]) -> Iterator[ScriptLine]:
        for place, one in enumerate(talk):
            line, _ = self.file.place(("talk", place))
            try:
                yield self._line(line, one)
            except BadLine as error:
                self._problem(("talk", place), f"{error}.")

    def _line(self, line: int, one: TalkLine) -> ScriptLine:
        if one.expect is not None:
            return ScriptLine(line=line, expected=one.expect)
        if one.bot is not None:
            wanted = Wanted(text=one.bot) if isinstance(one.bot, str) else one.bot
            return ScriptLine(line=line, wanted=wanted)
        return ScriptLine(line=line, said=self._said(one))

    def _said(self, one: TalkLine) -> Line:
        if one.advance is not None:
            return Advanced(by=one.advance)
        if one.rep is not None:
            return RepSaid(text=one.rep)
        if one.event is not None:
            return Told(name=one.event, data=one.data or {})
        if one.session is not None:
            return read_line({"session": one.session})
        if isinstance(one.user, Reply):
            return self._reply(one.user)
        if one.user is None:
            raise BadLine("this line says nothing; write `- user: TEXT` or `- bot: TEXT`")
        return read_line({"text": one.user})

    def _reply(self, reply: Reply) -> Line:
        written = {name: getattr(reply, name) for name in reply.model_fields_set}
        if reply.file is not None:
            written["file"] = str(self.root / reply.file)
        return read_line(written)

    def _problem(self, loc: tuple[str | int, ...], message: str) -> None:
        line, column = self.file.place(loc)
        self.problems.append(Problem(path=self.file.path, line=line, column=column, message=message))
