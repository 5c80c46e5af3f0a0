"""Places in a dialog: every step, the way to one by its id, and the cursor that walks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from frontdesk.dialogs.base import Step

Steps = tuple[Step, ...]
Way = list[tuple[Steps, int]]
"""The lists of steps from the outermost to the innermost, each with the index to run next."""


def walk(steps: Steps) -> Iterator[Step]:
    """Every step, nested ones too, in the order they are written."""
    for step in steps:
        yield step
        for block in step.blocks():
            yield from walk(block)


def ways(steps: Steps) -> dict[str, Way]:
    """The way to each step with a place: the lists that lead there, with the index taken in each."""
    found: dict[str, Way] = {}
    for index, step in enumerate(steps):
        if step.place is not None:
            found.setdefault(step.place, [(steps, index)])
        for block in step.blocks():
            for place, inner in ways(block).items():
                found.setdefault(place, [(steps, index), *inner])
    return found


class Cursor:
    """Which step of a dialog runs next."""

    def __init__(self, steps: Steps, ways: Mapping[str, Way]) -> None:
        self._ways = ways
        self._path: Way = [(steps, 0)]

    def next(self) -> tuple[Step | None, Step | None]:
        """The next step, or (None, the step whose nested list just ended); both None: the dialog is over."""
        steps, index = self._path[-1] if self._path else ((), 0)
        if index < len(steps):
            self._path[-1] = (steps, index + 1)
            return steps[index], None
        if self._path:
            self._path.pop()
        if not self._path:
            return None, None
        outer, behind = self._path[-1]
        return None, outer[behind - 1]

    def enter(self, steps: Steps) -> None:
        """Run a nested list next, then go on behind it."""
        if steps:
            self._path.append((steps, 0))

    def go_to(self, place: str | None) -> Step | None:
        """Stand before the step with this place, and give it; None: it is not there, nothing changed."""
        path = self._ways.get(place) if place is not None else None
        if path is None:
            return None
        *outer, (steps, index) = path
        self._path = [*((one, at + 1) for one, at in outer), (steps, index)]
        return steps[index]

    def step_over(self) -> None:
        """Leave out the step that would run next."""
        steps, index = self._path[-1]
        self._path[-1] = (steps, index + 1)
