"""What a box says about its step, whatever the kind: read from what the kind's fields are marked as.

A kind that wants to say something else has a method `summary(self) -> str`: the box's second line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from frontdesk.authoring.content import BotContent
from frontdesk.authoring.paths import leaves, walk_steps
from frontdesk.authoring.source import Loc
from frontdesk.authoring.walk import Marked, marked
from frontdesk.dialogs.base import Block, Branches, Declares, IsExpression, Ref, Step, WaitingStep
from frontdesk.drawing import texts

WHY = "because"  # the field that says why, wherever it stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A step, in words."""

    look: str
    name: str
    line: str


_LOOKS = {"action": "call", "message": "say", "component": "say", "step": "jump", "dialog": "dialog"}
_TAKERS = ("queue", "bot")


def own_marks(steps: Iterable[Step]) -> dict[Loc, list[Marked]]:
    """What each step marks in its own fields, by the step's location; nested steps have theirs."""
    steps = tuple(steps)
    places = {loc for _, loc in walk_steps(steps)}
    found: dict[Loc, list[Marked]] = defaultdict(list)
    for place, step in enumerate(steps):
        for mark in marked(step, ("steps", place)):
            loc = mark.loc
            while loc not in places:
                loc = loc[:-1]
            if not _is_branch(mark.loc[len(loc) :]):
                found[loc].append(mark)
    return found


def _is_branch(within: Loc) -> bool:
    """Whether the mark is the condition of one of several branches; it stands at the branch's edge."""
    return len(within) > 1 and isinstance(within[1], int) and within[-1] == "if"


def summary(step: Step, marks: list[Marked], bot: BotContent) -> Summary:
    """What the box of a step says."""
    main = _main_field(type(step))
    alias = type(step).model_fields[main].alias or main
    value = getattr(step, main)
    of_main = [mark for mark in marks if alias in mark.loc]
    name = _name(value, of_main)
    says = getattr(step, "summary", None)
    line = str(says()) if callable(says) else _line(step, value, name, marks, bot)
    return Summary(look=_look(step, of_main, value), name=texts.tidy(name), line=texts.tidy(line))


@cache
def _main_field(kind: type[Step]) -> str:
    """The field that authors write as the kind's own word."""
    for name, one in kind.model_fields.items():
        if (one.alias or name) == kind.word:
            return name
    return next(name for name in kind.model_fields if name != "id")


@cache
def block_fields(kind: type[Step]) -> tuple[tuple[str, str, bool], ...]:
    """The fields with nested steps: name, the word authors write, whether it holds several branches."""
    found = []
    for name, one in kind.model_fields.items():
        for mark in one.metadata:
            if isinstance(mark, Block | Branches):
                found.append((name, one.alias or name, isinstance(mark, Branches)))
    return tuple(found)


def main_slot(step: Step, marks: list[Marked]) -> str | None:
    """The slot a step is named for."""
    main = _main_field(type(step))
    value = getattr(step, main)
    for mark in marks:
        if mark.mark == Ref("slot") and mark.value == value and not mark.is_key:
            return str(value)
    return None


def leaves_by_itself(step: Step) -> bool:
    """Whether nothing follows a step but what its nested lists lead to."""
    empty = {name: () for name, _, _ in block_fields(type(step)) if getattr(step, name)}
    return leaves(step.model_copy(update=empty) if empty else step)


def _look(step: Step, of_main: list[Marked], value: Any) -> str:
    """Which icon and tint fit, by what the kind's main field is marked as."""
    refs = [mark.mark.to for mark in of_main if isinstance(mark.mark, Ref)]
    first = refs[0] if refs else ""
    if first == "slot":
        return "ask" if isinstance(step, WaitingStep) else "jump" if leaves(step) else "set"
    if first in _LOOKS:
        return _LOOKS[first]
    if first in _TAKERS or (isinstance(value, BaseModel) and leaves_by_itself(step)):
        return "handoff"
    if isinstance(step, WaitingStep):
        return "wait"
    if any(isinstance(mark.mark, IsExpression) for mark in of_main):
        return "if"
    if any(isinstance(mark.mark, Declares) for mark in of_main):
        return "loop"
    if value is None and leaves(step):
        return "end"
    return "outcome" if isinstance(value, str) and not block_fields(type(step)) else "other"


def _name(value: Any, of_main: list[Marked]) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, Mapping):
        return ", ".join(map(str, value))
    if of_main:
        return str(of_main[0].value)
    if isinstance(value, BaseModel):
        said = (getattr(value, name) for name in value.model_fields_set if name != WHY)
        return next((one for one in said if isinstance(one, str)), "")
    return str(value)


def _line(step: Step, value: Any, name: str, marks: list[Marked], bot: BotContent) -> str:
    said = [mark for mark in marks if mark.mark in (Ref("component"), Ref("message"))]
    slot = main_slot(step, marks) if isinstance(step, WaitingStep) else None
    if slot is not None:
        said = [mark for mark in said if mark.mark == Ref("component")]
    for mark in said:
        if text := _said(mark, bot):
            return text
    if slot is not None:
        return _question(slot, step, bot)
    because = getattr(value, WHY, "") or getattr(step, WHY, "")
    if isinstance(because, str) and because:
        return because
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {each}" for key, each in value.items())
    kept = [mark for mark in marks if isinstance(mark.mark, Declares) and mark.value != name]
    return f"{kept[0].loc[-1]} {kept[0].value}" if kept else ""


def _said(mark: Marked, bot: BotContent) -> str:
    if mark.mark == Ref("message"):
        return texts.message(bot, str(mark.value)) or ""
    definition = bot.component(str(mark.value))
    return texts.component(bot, definition) if definition is not None else ""


def _question(slot: str, step: Step, bot: BotContent) -> str:
    """How a slot is asked for: its component, its message, else the options of the step itself."""
    model = bot.slots.get(slot)
    asked = (model.ask if model is not None else None) or slot
    definition = bot.component(asked)
    if definition is not None:
        return texts.component(bot, definition)
    said = texts.message(bot, asked)
    if said is not None:
        return said
    options = getattr(step, "options", ())
    labels = (
        each.get("label", each.get("id", "")) if isinstance(each, Mapping) else each for each in options
    )
    return ", ".join(texts.authored(bot, label) for label in labels)
