"""`call`: an action, with its confirmation, its result, and what to do when it fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import Field

from frontdesk.components.base import NotRead
from frontdesk.dialogs.base import (
    ActionName,
    ComponentName,
    Duration,
    Expr,
    NewName,
    Outcome,
    Step,
    Steps,
    step_kind,
)
from frontdesk.effect import Effect, EffectResult
from frontdesk.events import ActionCalled
from frontdesk.messages import Inbound

if TYPE_CHECKING:
    from frontdesk.dialogs.run import DialogRun


@step_kind("call")
class Call(Step):
    """Call an action; its result is kept under `into`."""

    call: ActionName
    given: Mapping[str, Expr] = Field(default_factory=dict, alias="with")
    into: NewName | None = None
    confirm: ComponentName | None = None
    on_declined: Steps = ()
    on_error: Steps = ()
    timeout: Duration | None = None

    @property
    def place(self) -> str:
        return self.id or f"call {self.call}"

    def run(self, dialog: DialogRun) -> Outcome:
        if self.confirm is not None:
            given = yield from dialog.evaluate_all(self.given)
            dialog.frame.phase = "confirm"
            yield from dialog.wait(self, dialog.show(self.confirm, given))
        else:
            yield from self._perform(dialog)

    def resume(self, dialog: DialogRun, inbound: Inbound) -> Outcome:
        """Read yes or no. Gives what could not be read, else None."""
        read = dialog.read_reply(self, inbound)
        if isinstance(read, NotRead):
            return read
        yield from dialog.answered(read)
        dialog.frame.phase = ""
        if read.value == "yes":
            yield from self._perform(dialog)
            return True
        yield ActionCalled(name=self.call, code="declined")
        if self.on_declined:
            dialog.enter(self.on_declined)
        else:
            yield from dialog.send_system("declined")
            dialog.finish("declined")
        return True

    def missed(self, dialog: DialogRun, why: NotRead) -> Outcome:
        """Neither yes nor no: ask again, and after three tries a person."""
        dialog.count_try(self.place)
        if dialog.tries(self.place) >= 3:
            yield from dialog.close_question()
            yield from dialog.hand_over(because="could not read the answer")
        else:
            yield from dialog.ask_open_again(dialog.again(why))

    def _perform(self, dialog: DialogRun) -> Outcome:
        arguments = yield from dialog.evaluate_all(self.given)
        timeout = self.timeout.total_seconds() if self.timeout is not None else None
        # Without `with`, parameters take the values of the slots of their names.
        offered = {} if self.given else {name: one for name, one in dialog.values().items() if one is not None}
        result: EffectResult = yield Effect(name=self.call, args=arguments, timeout=timeout, offered=offered)
        yield ActionCalled(
            name=self.call,
            code=result.code,
            arguments=arguments,
            result=result.value if result.ok else None,
            error=result.error,
        )
        if result.ok:
            if self.into is not None:
                dialog.keep(self.into, result.value)
        elif self.on_error:
            dialog.enter(self.on_error)
        else:
            yield from dialog.failed(f"action {self.call}: {result.error or result.code}")
