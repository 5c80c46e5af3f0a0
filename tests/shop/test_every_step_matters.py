"""Take any one step out of the shop's dialogs, or swap what an `if` does, and a conversation test fails."""

from __future__ import annotations

import asyncio
import copy
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from frontdesk.authoring.content import BotContent, Dialog
from frontdesk.authoring.paths import walk_steps
from frontdesk.authoring.source import Loc
from frontdesk.dialogs.base import Step, read_steps
from frontdesk.testing.conversation import run_conversation
from frontdesk.testing.coverage import KINDS, Coverage
from frontdesk.testing.desks import OpenDesk, open_desk
from frontdesk.testing.script import ConversationTest, conversation_files, read_test

ROOT = Path(__file__).resolve().parents[2]
SHOP = "shop"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A dialog with one thing wrong in it."""

    dialog: str
    what: str
    step: str  # whose tests must notice, as coverage names it
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """One conversation test, and the steps that it reaches."""

    test: ConversationTest
    reached: frozenset[str]


class Shop:
    """The shop, and its conversation tests as they pass."""

    def __init__(self) -> None:
        self.desk: OpenDesk = open_desk(ROOT, {})
        self.coverage = Coverage.of(self.desk.content)
        self.tests: list[Known] = []

    @property
    def bot(self) -> BotContent:
        return self.desk.content.bots[SHOP]

    async def learn(self) -> None:
        """Run every test once, and see what it reaches."""
        for path in conversation_files(ROOT, SHOP):
            test = read_test(ROOT, path)
            coverage = replace(self.coverage, reached={kind: set() for kind in KINDS})
            result = await run_conversation(self.desk, test, coverage)
            assert result.passed, result
            self.tests.append(Known(test, frozenset(coverage.reached["steps"])))
            for kind, names in coverage.reached.items():
                self.coverage.reached[kind] |= names

    async def survives(self, mutant: Mutant) -> bool:
        """Whether every test that reaches the step passes all the same; it stops at the first that fails."""
        dialogs = dict(self.bot.dialogs)
        wrong = replace(dialogs[mutant.dialog], steps=mutant.steps)
        self.bot.dialogs = dialogs | {mutant.dialog: wrong}
        self.bot.inline.clear()  # known by the ids of steps, which come again
        try:
            for test in [one.test for one in self.tests if mutant.step in one.reached]:
                if not (await run_conversation(self.desk, test, Coverage())).passed:
                    return False
            return True
        finally:
            self.bot.dialogs = dialogs

    def mutants(self) -> Iterator[Mutant]:
        """Every step taken out, and every two ways out of an `if` swapped."""
        for name, dialog in self.bot.dialogs.items():
            written = _written(dialog)
            for step, loc in walk_steps(dialog.steps):
                reached = self.coverage.steps[id(step)]
                line = f"{dialog.path}: {step.word} at {'/'.join(map(str, loc[1:]))}"
                yield Mutant(name, f"without {line}", reached, _steps(_without(written, loc)))
                for way in _ways(_at(written, loc)):
                    changed = _steps(_swapped(written, (*loc, *way)))
                    yield Mutant(
                        name, f"{'/'.join(map(str, way))} and else swapped, {line}", reached, changed
                    )


def _written(dialog: Dialog) -> Any:
    return YAML(typ="safe").load((ROOT / dialog.path).read_text(encoding="utf-8"))


def _at(written: Any, loc: Loc) -> Any:
    for part in loc:
        written = written[part]
    return written


def _without(written: Any, loc: Loc) -> Any:
    changed = copy.deepcopy(written)
    del _at(changed, loc[:-1])[loc[-1]]
    return changed


def _ways(step: Any) -> Iterator[Loc]:
    """The lists of steps of an `if` that its `else` can be swapped with."""
    if "if" in step:
        yield ("then",)
        yield from (("elif", number, "then") for number in range(len(step.get("elif", ()))))


def _swapped(written: Any, loc: Loc) -> Any:
    changed = copy.deepcopy(written)
    branch, step = _at(changed, loc[:-1]), _at(changed, loc[: -1 if "elif" not in loc else loc.index("elif")])
    branch["then"], step["else"] = step.get("else", []), branch["then"]
    return changed


def _steps(written: Any) -> tuple[Step, ...]:
    steps, errors = read_steps(written["steps"])
    assert not errors
    return steps


@pytest.fixture(scope="module")
def shop() -> Shop:
    found = Shop()
    asyncio.run(found.learn())
    return found


def test_every_intent_dialog_step_and_component_is_reached(shop: Shop) -> None:
    missed = [name for kind in KINDS for name in shop.coverage.missed(kind) if name.startswith(f"{SHOP}/")]
    assert missed == []


def test_every_dialog_is_talked_in_every_language(shop: Shop) -> None:
    talked = {
        (reached.split("/")[1], one.test.given.language) for one in shop.tests for reached in one.reached
    }
    wanted = itertools.product(shop.bot.dialogs, shop.desk.content.languages)
    assert set(wanted) - talked == set()


def test_the_same_dialog_read_again_is_noticed_by_no_test(shop: Shop) -> None:
    """Else the next test would prove nothing."""

    async def survive() -> dict[str, bool]:
        found = {}
        for name, dialog in shop.bot.dialogs.items():
            steps = _steps(_written(dialog))
            reached = shop.coverage.steps[id(dialog.steps[0])]
            found[name] = await shop.survives(Mutant(name, "the same", reached, steps))
        return found

    assert asyncio.run(survive()) == dict.fromkeys(shop.bot.dialogs, True)


@pytest.mark.slow
def test_no_step_can_be_taken_out_and_no_branches_swapped(shop: Shop) -> None:
    async def survivors() -> list[str]:
        return [mutant.what for mutant in shop.mutants() if await shop.survives(mutant)]

    assert asyncio.run(survivors()) == [], "no conversation test notices these"
