"""`goto` and `retry`: go on at another place of the same dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frontdesk.dialogs.ask import Ask
from frontdesk.dialogs.base import Outcome, SlotName, Step, StepId, step_kind
from frontdesk.dialogs.place import walk

if TYPE_CHECKING:
    from frontdesk.dialogs.run import DialogRun


@step_kind("goto")
class Goto(Step):
    """Go on at the step with this id."""

    goto: StepId

    def run(self, dialog: DialogRun) -> Outcome:
        yield from dialog.jump(self.goto)


@step_kind("retry")
class Retry(Step):
    """Ask for a slot again: it is cleared, and the steps after its `ask` run again. Counts as a try."""

    retry: SlotName

    def run(self, dialog: DialogRun) -> Outcome:
        steps = walk(dialog.content.steps)
        ask = next((step for step in steps if isinstance(step, Ask) and step.ask == self.retry), None)
        if ask is None:
            yield from dialog.failed(f"there is no `ask: {self.retry}` to go back to")
            return
        yield from dialog.keep_slot(self.retry, None)
        yield from dialog.jump(ask.place)
        dialog.count_try(ask.place)
        if dialog.tries(ask.place) >= ask.tries:
            dialog.step_over()
            yield from ask.give_up_now(dialog)
