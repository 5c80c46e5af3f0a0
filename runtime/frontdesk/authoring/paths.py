"""The steps of a dialog with their places in its file, and the ways through them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from frontdesk.authoring.source import Loc
from frontdesk.dialogs.base import Branch, Step

STEPS: Loc = ("steps",)
_LEAVES = ("goto", "retry", "end")  # nothing after them in their list runs next


def walk_steps(steps: Iterable[Step], loc: Loc = STEPS) -> Iterator[tuple[Step, Loc]]:
    """Every step with its location, nested ones after the one they stand in."""
    for place, step in enumerate(steps):
        yield step, (*loc, place)
        for inner, block in blocks_of(step, (*loc, place)):
            yield from walk_steps(block, inner)


def blocks_of(step: Step, here: Loc) -> Iterator[tuple[Loc, tuple[Step, ...]]]:
    """The nested lists of one step, each with its location."""
    for name, one in type(step).model_fields.items():
        value: Any = getattr(step, name)
        loc = (*here, one.alias or name)
        if not isinstance(value, tuple) or not value:
            continue
        if all(isinstance(each, Step) for each in value):
            yield loc, value
        for place, each in enumerate(value):
            if isinstance(each, Branch) and each.then:
                yield (*loc, place, "then"), each.then


def leaves(step: Step) -> bool:
    """Whether the steps after this one never follow it."""
    if step.word in _LEAVES:
        return True
    if step.word == "handoff":
        return not getattr(step, "on_unavailable", ())
    if step.word != "if" or not getattr(step, "else_", ()):
        return False
    blocks = list(step.blocks())
    branches = 2 + len(getattr(step, "elif_", ()))
    return len(blocks) == branches and all(any(leaves(each) for each in block) for block in blocks)


def unreachable(steps: Sequence[Step]) -> Iterator[tuple[Loc, Step]]:
    """The first step of each stretch that nothing leads to, and the step before it."""
    targets = {
        str(getattr(step, step.word)) for step, _ in walk_steps(steps) if step.word in ("goto", "retry")
    }
    yield from _unreachable(steps, STEPS, targets)


def _unreachable(steps: Sequence[Step], loc: Loc, targets: set[str]) -> Iterator[tuple[Loc, Step]]:
    dead = False
    for place, step in enumerate(steps):
        if _holds_target(step, targets):
            dead = False
        elif not dead and place and leaves(steps[place - 1]):
            dead = True
            yield (*loc, place), steps[place - 1]
        for inner, block in () if dead else blocks_of(step, (*loc, place)):
            yield from _unreachable(block, inner, targets)


def _holds_target(step: Step, targets: set[str]) -> bool:
    return any(each.place in targets for each, _ in walk_steps([step]))


@dataclass(slots=True)
class _Graph:
    """Which steps may follow each step, by location."""

    places: dict[str | None, Loc]
    follows: dict[Loc, set[Loc]] = field(default_factory=dict)
    steps: dict[Loc, Step] = field(default_factory=dict)

    def link(self, steps: Sequence[Step], loc: Loc, after: Loc | None) -> None:
        """Add a list of steps that `after` follows."""
        for place, step in enumerate(steps):
            here: Loc = (*loc, place)
            following = (*loc, place + 1) if place + 1 < len(steps) else after
            self.steps[here] = step
            follows = self.follows.setdefault(here, set())
            if step.word == "goto":
                target = self.places.get(str(getattr(step, "goto", "")))
                follows.update(() if target is None else (target,))
            elif following is not None and not leaves(step):
                follows.add(following)
            for inner, block in blocks_of(step, here):
                follows.add((*inner, 0))
                self.link(block, inner, following)

    def comes_back(self, start: Loc) -> bool:
        """Whether a way leads back to a step on which nothing is asked."""
        todo, seen = list(self.follows[start]), set()
        while todo:
            here = todo.pop()
            if here == start:
                return True
            if here in seen or _waits(self.steps[here]):
                continue
            seen.add(here)
            todo += self.follows[here]
        return False


def circles(steps: Sequence[Step]) -> Iterator[Loc]:
    """The `goto` steps from which a dialog can come back to them without asking anything."""
    graph = _Graph({step.place: loc for step, loc in walk_steps(steps) if step.place is not None})
    graph.link(steps, STEPS, None)
    for loc, step in graph.steps.items():
        if step.word == "goto" and graph.comes_back(loc):
            yield loc


def _waits(step: Step) -> bool:
    return step.word in ("ask", "wait") or getattr(step, "confirm", None) is not None
