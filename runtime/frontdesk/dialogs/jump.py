"""`goto` and `retry`: go on at another place of the same dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frontdesk.dialogs.ask import Ask
from frontdesk.dialogs.base import Outcome, SlotName, Step, StepId, step_kind

if TYPE_CHECKING:
    from frontdesk.dialogs.run import DialogRun


@step_kind("goto")
class Goto(Step):
    """Go on at the step with this id."""

    goto: StepId

    def run(self, dialog: DialogRun) -> Outcome:
        dialog.jump(self.goto)
        yield from ()


@step_kind("retry")
class Retry(Step):
    """Ask for a slot again: it is cleared, and the steps after its `ask` run again. Counts as a try."""

    retry: SlotName

    def run(self, dialog: DialogRun) -> Outcome:
        ask = dialog.place_of_slot(self.retry)
        yield from dialog.keep_slot(self.retry, None)
        dialog.jump(ask.place)
        dialog.count_try(ask.place)
        if dialog.tries(ask.place) >= ask.tries:
            dialog.leave_block()
            yield from ask.give_up_now(dialog)


__all__ = ["Ask", "Goto", "Retry"]
