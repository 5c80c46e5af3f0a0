"""Running conversation tests: each is a talk, compared line by line with what its file expects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from frontdesk.authoring.talks import Expected
from frontdesk.authoring.talks import Said as Wanted
from frontdesk.clock import FixedClock
from frontdesk.effects.perform import Effects
from frontdesk.errors import AuthoringError
from frontdesk.sessions import owner_kind
from frontdesk.testing.coverage import Coverage
from frontdesk.testing.desks import OpenDesk
from frontdesk.testing.lines import BadLine
from frontdesk.testing.script import ConversationTest, ScriptLine, read_test
from frontdesk.testing.talk import Talk, TalkBegin
from frontdesk.testing.turns import GivenActions
from frontdesk.testing.watch import steps_watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One thing that came out otherwise than expected."""

    path: str
    line: int
    expected: str
    came: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: expected {self.expected}\n  came: {self.came}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one test ended."""

    path: str
    failures: tuple[Failure, ...] = ()
    problems: tuple[str, ...] = ()  # the file itself cannot be read
    coverage: Coverage = field(default_factory=Coverage)

    @property
    def passed(self) -> bool:
        return not self.failures and not self.problems

    def __str__(self) -> str:
        return "\n".join((*self.problems, *map(str, self.failures)))


async def run_file(desk: OpenDesk, path: Path, coverage: Coverage | None = None) -> Result:
    """Run one test file; a file that cannot be read is a failed test."""
    root = desk.registry.root
    try:
        test = read_test(root, path)
    except AuthoringError as error:
        problems = tuple(str(problem) for problem in error.problems)
        return Result(path=path.relative_to(root).as_posix(), problems=problems)
    return await run_conversation(desk, test, coverage)


async def run_conversation(
    desk: OpenDesk, test: ConversationTest, coverage: Coverage | None = None
) -> Result:
    """Run one test. It stops at the first line that fails: what follows would only repeat it."""
    coverage = Coverage.of(desk.content) if coverage is None else coverage
    clock = FixedClock(_starts(test, desk))
    effects = Effects(desk.registry, clock=clock)
    try:
        talk = Talk(desk.content, GivenActions(test.given.actions, effects), clock=clock, begin=_begins(test))
        failures = await _Run(talk, test, coverage).lines()
    except BadLine as error:
        failures = [Failure(path=test.path, line=1, expected="a talk that can begin", came=str(error))]
    finally:
        await effects.close()
    return Result(path=test.path, failures=tuple(failures), coverage=coverage)


def _starts(test: ConversationTest, desk: OpenDesk) -> datetime | None:
    clock = test.clock
    if clock is None:
        return None
    zoned = clock if clock.tzinfo is not None else clock.replace(tzinfo=desk.content.time_zone)
    return zoned.astimezone(UTC)


def _begins(test: ConversationTest) -> TalkBegin:
    given = test.given
    return TalkBegin(
        name=f"{test.bot}-{test.name}-",  # so that no test's writes are taken for another's
        channel=given.channel,
        language=given.language,
        time_zone=given.time_zone,
        bot=test.owner,
        user=given.user or {},
        slots=given.slots,
    )


class _Run:
    """A test being run."""

    def __init__(self, talk: Talk, test: ConversationTest, coverage: Coverage) -> None:
        self.talk = talk
        self.test = test
        self.coverage = coverage
        self.unmatched: list[dict[str, Any]] = []  # since the last line in: what no `bot` line has matched
        self.called: list[str] = []  # actions, in order

    async def lines(self) -> list[Failure]:
        for line in self.test.talk:
            failures = await self._line(line)
            if failures:
                return failures
        return []

    async def _line(self, line: ScriptLine) -> list[Failure]:
        if line.said is not None:
            return await self._say(line)
        if line.wanted is not None:
            return self._reply(line, line.wanted)
        expected = line.expected or Expected()
        return [
            Failure(path=self.test.path, line=line.line, expected=wanted, came=came)
            for wanted, came in _differences(expected, self)
        ]

    async def _say(self, line: ScriptLine) -> list[Failure]:
        assert line.said is not None
        bot = self.talk.state.owner.partition(":")[2]
        try:
            with steps_watched(self.talk.watch):
                out = await self.talk.do(line.said)
        except BadLine as error:
            return [Failure(path=self.test.path, line=line.line, expected="a line in", came=str(error))]
        self.unmatched = list(out["replies"])
        called = [event for event in out["events"] if event["kind"] == "action"]
        self.called += [str(event["name"]) for event in called if event["code"] != "declined"]
        self.coverage.note(bot, out["events"], self.talk.watch.steps)
        return []

    def _reply(self, line: ScriptLine, wanted: Wanted) -> list[Failure]:
        """The next reply that fits; others before it are passed over."""
        for place, reply in enumerate(self.unmatched):
            if self._fits(reply, wanted):
                del self.unmatched[: place + 1]
                return []
        came = "; ".join(self._shown(reply) for reply in self.unmatched) or "nothing more"
        return [Failure(path=self.test.path, line=line.line, expected=_wanted(wanted), came=came)]

    def _fits(self, reply: Mapping[str, Any], wanted: Wanted) -> bool:
        component = reply["component"] or {}
        if wanted.component is not None and not _same_name(wanted.component, component.get("name")):
            return False
        if wanted.message is not None and wanted.message not in self.talk.watch.keys_of(reply["text"]):
            return False
        return wanted.text is None or _folded(wanted.text) == _folded(reply["text"])

    def _shown(self, reply: Mapping[str, Any]) -> str:
        component = reply["component"]
        if component is not None:
            return f"component {component.get('name')} ({reply['text']!r})"
        keys = self.talk.watch.keys_of(reply["text"])
        return f"{reply['text']!r}" + (f" (message {keys[0]})" if keys else "")


def _wanted(wanted: Wanted) -> str:
    said = (("message", wanted.message), ("component", wanted.component))
    words = [f"{kind} {name}" for kind, name in said if name is not None]
    return " and ".join([*words, *([repr(wanted.text)] if wanted.text is not None else [])]) or "a reply"


def _differences(expected: Expected, run: _Run) -> Iterator[tuple[str, str]]:
    """What is expected and what came, wherever they differ."""
    state = run.talk.state
    if expected.owner is not None and not _owns(expected.owner, state.owner):
        yield f"owner {expected.owner}", state.owner
    for name in ("status", "language"):
        wanted = getattr(expected, name)
        if wanted is not None and wanted != getattr(state, name):
            yield f"{name} {wanted}", str(getattr(state, name))
    if "outcome" in expected.model_fields_set and (expected.outcome or "none") != (state.outcome or "none"):
        yield f"outcome {expected.outcome or 'none'}", state.outcome or "none"
    if expected.actions is not None and list(expected.actions) != run.called:
        yield f"the actions {', '.join(expected.actions) or 'none'}", ", ".join(run.called) or "none"
    yield from _slot_differences(expected.slots, {name: slot.value for name, slot in state.slots.items()})


def _slot_differences(expected: Mapping[str, Any], slots: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, wanted in expected.items():
        came = slots.get(name)
        if wanted != came and (wanted is None or came is None or str(wanted) != str(came)):
            yield f"slot {name} {_value(wanted)}", _value(came)


def _value(value: Any) -> str:
    return "not set" if value is None else repr(value)


def _owns(wanted: str, owner: str) -> bool:
    return owner == wanted if ":" in wanted else owner_kind(owner) == wanted


def _same_name(wanted: str, name: object) -> bool:
    return wanted == name or wanted.rpartition("/")[2] == name


def _folded(text: str) -> str:
    return " ".join(text.split())
