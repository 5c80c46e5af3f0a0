"""What every step of a dialog is: the fields an author writes, and what running it leads to.

A step kind is one file beside this one: a pydantic model of the fields, named in YAML by the
step's own word (`say:`, `ask:`), registered where it is defined (`@step_kind("ask")`), with golden
cases in `tests/golden/steps/KIND.yml`. Fields that name or compute something say so in their
annotation (`MessageKey`, `SlotName`, `Expr` ...), so that `frontdesk check` finds undefined
names in every kind, present and future, without knowing any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    SerializeAsAny,
    ValidationError,
)

if TYPE_CHECKING:
    from frontdesk.components.base import NotRead
    from frontdesk.dialogs.run import DialogRun
    from frontdesk.messages import Inbound

Outcome = Generator[Any, Any, Any]
"""What `Step.run` gives: it yields events and effects, and is sent each effect's result."""


@dataclass(frozen=True, slots=True)
class Ref:
    """Marks a field as the name of something: what `check` looks up, and offers the nearest of."""

    to: str  # message | slot | component | action | dialog | queue | bot | hours | step


@dataclass(frozen=True, slots=True)
class IsExpression:
    """Marks a field as an expression."""


@dataclass(frozen=True, slots=True)
class Declares:
    """Marks a field as introducing a name that later expressions may use (`into`, `for`)."""


def _duration(value: object) -> object:
    if isinstance(value, str) and value.startswith("P"):
        return value
    raise ValueError("a duration is written as ISO 8601, like PT10M (ten minutes) or P1D (a day)")


def _source(value: object) -> object:
    # YAML gives numbers and booleans their own type; an expression wants their source back.
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


MessageKey = Annotated[str, Ref("message")]
SlotName = Annotated[str, Ref("slot")]
ComponentName = Annotated[str, Ref("component")]
ActionName = Annotated[str, Ref("action")]
DialogName = Annotated[str, Ref("dialog")]
QueueName = Annotated[str, Ref("queue")]
BotName = Annotated[str, Ref("bot")]
StepId = Annotated[str, Ref("step")]
Expr = Annotated[str, BeforeValidator(_source), IsExpression()]
"""An expression's source; numbers and booleans in YAML are taken as their source text."""
NewName = Annotated[str, Declares()]
Duration = Annotated[timedelta, BeforeValidator(_duration)]


class Step(BaseModel):
    """One step of a dialog. The word that names the kind is also the model's main field."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    word: ClassVar[str] = ""
    id: str | None = None

    @property
    def place(self) -> str | None:
        """The id under which a session remembers this step; None: it cannot be waited at."""
        return self.id

    def blocks(self) -> Iterator[tuple[Step, ...]]:
        """The nested lists of steps, in the order they are written."""
        for name in _with_blocks(type(self)):
            yield from _blocks_in(getattr(self, name))

    def run(self, dialog: DialogRun) -> Outcome:
        """What reaching this step leads to."""
        raise NotImplementedError

    def after_block(self, dialog: DialogRun) -> None:
        """A nested list of this step came to its end; the dialog goes on behind the step."""


@cache
def _with_blocks(kind: type[Step]) -> tuple[str, ...]:
    """The fields of a kind of step that hold nested lists."""
    marks = (Block, Branches)
    return tuple(
        name
        for name, one in kind.model_fields.items()
        if any(isinstance(mark, marks) for mark in one.metadata)
    )


class WaitingStep(Step):
    """A step that asks something and waits for the reply, in another turn than it ran in."""

    def resume(self, dialog: DialogRun, inbound: Inbound) -> Outcome:
        """Read the reply. Gives what could not be read as `NotRead`, else True: the dialog goes on."""
        raise NotImplementedError

    def missed(self, dialog: DialogRun, why: NotRead) -> Outcome:
        """The reply was no answer: ask again, or give up."""
        raise NotImplementedError

    def put_again(self, dialog: DialogRun) -> Outcome:
        """Put the open question anew, as it now reads: in the language the session has gone over to."""
        raise NotImplementedError

    def timed_out(self, dialog: DialogRun) -> Outcome:
        """Nobody replied within the time that was given to `wait`."""
        yield from dialog.close_question()


def _blocks_in(value: tuple[Any, ...]) -> Iterator[tuple[Step, ...]]:
    if all(isinstance(one, Step) for one in value):
        if value:
            yield value
        return
    for branch in value:
        if isinstance(branch, Branch):
            yield branch.then


@dataclass(frozen=True, slots=True)
class Block:
    """Marks a field as a nested list of steps."""


@dataclass(frozen=True, slots=True)
class Branches:
    """Marks a field as a list of branches, each with its own `then`."""


Steps = Annotated[tuple[SerializeAsAny[InstanceOf[Step]], ...], Block()]
"""A nested list of steps. `read_steps` parses what an author wrote before the model sees it."""


class Branch(BaseModel):
    """One `elif`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    condition: Expr = Field(alias="if")
    then: Steps = ()


STEP_KINDS: dict[str, type[Step]] = {}
NOT_BUILT: dict[str, str] = {
    "for": "repeating steps with `for` comes with a later version",
    "start": "starting another dialog with `start` comes with a later version",
    "wait": "waiting with `wait` comes with a later version",
}
"""Steps of design.md 3a that are refused, never ignored."""

_S = TypeVar("_S", bound=type[Step])


def step_kind(word: str) -> Callable[[_S], _S]:
    """Register a step kind under the word authors write."""

    def register(cls: _S) -> _S:
        cls.word = word
        STEP_KINDS[word] = cls
        return cls

    return register


@dataclass(frozen=True, slots=True)
class StepError:
    """Something wrong with a step as written. `loc` leads from the list of steps to the place."""

    loc: tuple[str | int, ...]
    kind: str  # a pydantic error type, or not_a_step | unknown_step | two_steps | not_built
    message: str
    word: str = ""
    known: tuple[str, ...] = ()  # what would have been right here


def read_steps(written: Any, loc: tuple[str | int, ...] = ()) -> tuple[tuple[Step, ...], list[StepError]]:
    """Parse a list of steps as YAML gave it. Finds every problem, also in nested lists."""
    if not isinstance(written, Sequence) or isinstance(written, str):
        return (), [StepError(loc, "not_a_list", "steps are a list, each beginning with `- `")]
    steps: list[Step] = []
    errors: list[StepError] = []
    for index, one in enumerate(written):
        step, wrong = _read_step(one, (*loc, index))
        errors += wrong
        if step is not None:
            steps.append(step)
    return tuple(steps), errors


def _read_step(written: Any, loc: tuple[str | int, ...]) -> tuple[Step | None, list[StepError]]:
    if not isinstance(written, Mapping):
        return None, [StepError(loc, "not_a_step", "a step is a word and what it needs, like `- say: hello`")]
    words = [word for word in written if word in STEP_KINDS]
    refused = [word for word in written if word in NOT_BUILT]
    known = tuple(STEP_KINDS)
    if refused and not words:
        return None, [StepError((*loc, refused[0]), "not_built", NOT_BUILT[refused[0]], refused[0])]
    if not words:
        first = str(next(iter(written), ""))
        return None, [StepError((*loc, first), "unknown_step", f"no step is called `{first}`", first, known)]
    kind = STEP_KINDS[_main_word(words)]
    fields, errors = _read_nested(kind, written, loc)
    try:
        return kind.model_validate(fields), errors
    except ValidationError as error:
        names = tuple(one.alias or name for name, one in kind.model_fields.items())
        found = [
            StepError(
                (*loc, *one["loc"]), one["type"], one["msg"], str(one["loc"][-1]) if one["loc"] else "", names
            )
            for one in error.errors(include_url=False)
        ]
        return None, errors + found


def _main_word(words: Sequence[str]) -> str:
    # `outcome: x` may stand as a field nowhere, but a future kind's field may be another kind's word.
    return words[0]


def _read_nested(
    kind: type[Step], written: Mapping[str, Any], loc: tuple[str | int, ...]
) -> tuple[dict[str, Any], list[StepError]]:
    """The step's fields with nested lists of steps already parsed."""
    values = dict(written)
    errors: list[StepError] = []
    for name, one in kind.model_fields.items():
        word = one.alias or name
        if word not in values:
            continue
        if any(isinstance(mark, Block) for mark in one.metadata):
            values[word], wrong = read_steps(values[word], (*loc, word))
            errors += wrong
        elif any(isinstance(mark, Branches) for mark in one.metadata):
            values[word], wrong = _read_branches(values[word], (*loc, word))
            errors += wrong
    return values, errors


def _read_branches(written: Any, loc: tuple[str | int, ...]) -> tuple[Any, list[StepError]]:
    if not isinstance(written, Sequence) or isinstance(written, str):
        return written, []
    branches: list[Any] = []
    errors: list[StepError] = []
    for index, branch in enumerate(written):
        if isinstance(branch, Mapping) and "then" in branch:
            then, wrong = read_steps(branch["then"], (*loc, index, "then"))
            errors += wrong
            branches.append({**branch, "then": then})
        else:
            branches.append(branch)
    return branches, errors
