"""`set`: give slots a value; none clears."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from frontdesk.dialogs.base import Expr, Outcome, SlotName, Step, step_kind

if TYPE_CHECKING:
    from frontdesk.dialogs.run import DialogRun


@step_kind("set")
class Set(Step):
    """Give slots the values of expressions, in the order written."""

    set: Mapping[SlotName, Expr]

    def run(self, dialog: DialogRun) -> Outcome:
        for name, source in self.set.items():
            value = yield from dialog.evaluate(source)
            yield from dialog.keep_slot(name, value, source="set")
