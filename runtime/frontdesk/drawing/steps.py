"""A dialog as a graph: which step follows which, over the fields that hold nested steps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from frontdesk.authoring.content import BotContent, Dialog
from frontdesk.authoring.paths import leaves
from frontdesk.authoring.source import Loc
from frontdesk.authoring.walk import Marked
from frontdesk.dialogs.base import Ref, Step, WaitingStep
from frontdesk.drawing import texts
from frontdesk.drawing.graph import ENTRY, LAST, STEP, STOP, Box, Edge, Graph
from frontdesk.drawing.summary import block_fields, leaves_by_itself, main_slot, own_marks, summary

_LAST_LOOKS = ("handoff", "end", "outcome")


class Open(NamedTuple):
    """A way that leads to whatever comes next."""

    source: int
    label: str = ""


def dialog_graph(bot: BotContent, dialog: Dialog) -> Graph:
    """One dialog, from what begins it to every end."""
    return _Flow(bot, dialog).graph()


class _Flow:
    """One dialog while its graph grows."""

    def __init__(self, bot: BotContent, dialog: Dialog) -> None:
        self.bot = bot
        self.dialog = dialog
        self.marks = own_marks(dialog.steps)
        self.made = Graph(title=dialog.name, note=dialog.path)
        self.places: dict[str, int] = {}  # where `goto` finds a step
        self.asks: dict[str, int] = {}  # where `retry` finds a slot's question
        self.jumps: list[tuple[int, str, bool]] = []  # the box, where to, whether it is a slot's question

    def graph(self) -> Graph:
        made = self.made
        entry = self.entry()
        self.stop(self.follow(self.dialog.steps, ("steps",), [Open(entry)]))
        for source, wanted, is_slot in self.jumps:
            target = (self.asks if is_slot else self.places).get(wanted)
            if target is not None:
                made.edges.append(Edge(source=source, target=target, is_jump=True))
        count = sum(box.shape in (STEP, LAST) for box in made.boxes)
        steps = f"{count} step{'' if count == 1 else 's'}"
        made.note = f"{steps} · {texts.tidy(made.note)}"
        begins = " ".join(part for part in (made.boxes[entry].word, made.boxes[entry].name) if part)
        made.summary = f"Dialog {self.dialog.name} of bot {self.bot.name}: {steps}, begins with {begins}."
        return made

    def box(self, **fields: str) -> int:
        number = len(self.made.boxes)
        self.made.boxes.append(Box(number=number, **fields))
        return number

    def entry(self) -> int:
        """What begins the dialog, and what a customer would say to begin it."""
        when = self.dialog.when
        if when is None:
            return self.box(shape=ENTRY, look="start", word="start", line="nothing begins it by itself")
        quoted = [f"“{texts.tidy(word)}”" for word in when.keywords]
        ways = [(word, name) for word, name in (("intent", when.intent), ("event", when.event)) if name]
        if not ways:
            word, name, others, said = "keyword", quoted[0], quoted[1:], ""
        else:
            (word, name), others = ways[0], [*(" ".join(way) for way in ways[1:]), *quoted]
            said = self.example(name) if word == "intent" and not others else ""
        line = f"or {', '.join(others)}" if others else said
        about = f"{word} {name}\n{line}".strip()
        return self.box(shape=ENTRY, look="start", word=word, name=name, line=line, about=about)

    def example(self, intent: str) -> str:
        found = self.bot.intents.get(intent)
        examples = found.examples if found is not None else {}
        said = examples.get(self.bot.languages[0]) or next(iter(examples.values()), ())
        return f"“{texts.example(str(said[0]))}”" if said else ""

    def follow(self, steps: Sequence[Step], loc: Loc, ways: list[Open]) -> list[Open]:
        """Add a list of steps behind these ways; gives the ways behind its end."""
        before = ways[0].source
        for place, step in enumerate(steps):
            here = (*loc, place)
            number = self.step(step, self.marks.get(here, []))
            if not ways:
                self.made.unled.append((before, number))
            self.lead(ways, number)
            ways = self.behind(step, number, here)
            before = number
        return ways

    def lead(self, ways: list[Open], target: int) -> None:
        for way in ways:
            self.made.edges.append(Edge(source=way.source, target=target, label=way.label))

    def stop(self, ways: list[Open]) -> None:
        """The dialog is over; a way with a condition is still seen to lead somewhere."""
        labelled = [way for way in ways if way.label]
        if labelled:
            self.lead(labelled, self.box(shape=STOP, look="end", about="The dialog is over."))

    def step(self, step: Step, marks: list[Marked]) -> int:
        says = summary(step, marks, self.bot)
        shape = LAST if says.look in _LAST_LOOKS else STEP
        about = "\n".join(filter(None, (f"{step.word} {says.name}".strip(), says.line)))
        number = self.box(
            shape=shape, look=says.look, word=step.word, name=says.name, line=says.line, about=about
        )
        if step.place is not None:
            self.places.setdefault(step.place, number)
        slot = main_slot(step, marks)
        if slot is not None and isinstance(step, WaitingStep):
            self.asks.setdefault(slot, number)
        elif slot is not None and leaves(step):
            self.jumps.append((number, slot, True))
        elif (mark := next((mark for mark in marks if mark.mark == Ref("step")), None)) is not None:
            self.jumps.append((number, str(mark.value), False))
        return number

    def behind(self, step: Step, number: int, here: Loc) -> list[Open]:
        """The ways that go on behind a step, its nested steps added."""
        fields = block_fields(type(step))
        is_choice = any(word == "else" for _, word, _ in fields)
        ways = [Open(number)] if not is_choice and not leaves_by_itself(step) else []
        for label, block, loc in self.blocks(step, here, is_choice):
            if not block:
                ways.append(Open(number, label))
                continue
            ends = self.follow(block, loc, [Open(number, label)])
            if is_choice or self.goes_on_after(step, loc):
                ways += ends
            else:
                self.stop(ends)
        return ways

    def blocks(self, step: Step, here: Loc, is_choice: bool) -> list[tuple[str, tuple[Step, ...], Loc]]:
        """The nested lists with the labels of the ways to them; a choice's empty ones too."""
        found: list[tuple[str, tuple[Step, ...], Loc]] = []
        several = False
        for name, word, is_branches in block_fields(type(step)):
            value = getattr(step, name)
            if is_branches:
                for place, branch in enumerate(value):
                    found.append((texts.tidy(branch.condition), branch.then, (*here, word, place, "then")))
                several = several or bool(value)
            elif value or (is_choice and word in ("then", "else")):
                label = {"then": "yes", "else": "else" if several else "no"}.get(word) or _label(word, step)
                found.append((label, value, (*here, word)))
        return found

    def goes_on_after(self, step: Step, block: Loc) -> bool:
        """Whether what follows a step also follows this nested list of it.

        A kind with an `after_block` of its own goes on with a value only: one that the list sets, or
        none where it is optional.
        """
        if type(step).after_block is Step.after_block or getattr(step, "optional", False):
            return True
        slot = main_slot(step, self.marks.get(block[:-1], []))
        return any(
            mark.mark == Ref("slot") and mark.value == slot
            for loc, marks in self.marks.items()
            if loc[: len(block)] == block
            for mark in marks
            if mark.is_key
        )


def _label(word: str, step: Step) -> str:
    """`on_declined` is `declined`; `on_timeout` of a step with a `timeout` is `after 10 min`."""
    said = word.removeprefix("on_")
    after = getattr(step, said, None)
    return f"after {_span(after)}" if isinstance(after, timedelta) else re.sub("_+", " ", said)


def _span(time: timedelta) -> str:
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if time.total_seconds() >= seconds and time.total_seconds() % seconds == 0:
            return f"{time.total_seconds() // seconds:.0f} {unit}"
    return f"{time.total_seconds():g} s"
