"""`if`: go one way or another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from frontdesk.dialogs.base import Branch, Branches, Expr, Outcome, Step, Steps, step_kind

if TYPE_CHECKING:
    from frontdesk.dialogs.run import DialogRun


@step_kind("if")
class If(Step):
    """The first condition that holds decides; a condition that cannot be compared does not hold."""

    condition: Expr = Field(alias="if")
    then: Steps = ()
    elif_: Annotated[tuple[Branch, ...], Branches()] = Field(default=(), alias="elif")
    else_: Steps = Field(default=(), alias="else")

    def run(self, dialog: DialogRun) -> Outcome:
        for condition, then in (
            (self.condition, self.then),
            *((one.condition, one.then) for one in self.elif_),
        ):
            if (yield from dialog.evaluate(condition)):
                dialog.enter(then)
                return
        dialog.enter(self.else_)
