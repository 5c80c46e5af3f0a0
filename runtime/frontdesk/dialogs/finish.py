"""`outcome` and `end`: what a dialog came to, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frontdesk.dialogs.base import Outcome, Step, step_kind
from frontdesk.events import OutcomeReached

if TYPE_CHECKING:
    from frontdesk.dialogs.run import DialogRun


@step_kind("outcome")
class ReachOutcome(Step):
    """Count what the dialog came to: `resolved`, or a goal's name."""

    outcome: str

    def run(self, dialog: DialogRun) -> Outcome:
        yield OutcomeReached(name=self.outcome, by=dialog.name)


@step_kind("end")
class End(Step):
    """End the dialog here."""

    end: None = None

    def run(self, dialog: DialogRun) -> Outcome:
        dialog.finish("end")
        yield from ()
