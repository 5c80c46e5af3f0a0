"""`call`: an action, with its confirmation, its result, and what to do when it fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field

from frontdesk.components.base import NotRead
from frontdesk.dialogs.base import (
    ActionName,
    ComponentName,
    Duration,
    Expr,
    NewName,
    Outcome,
    Steps,
    WaitingStep,
    step_kind,
)
from frontdesk.dialogs.plain import plain
from frontdesk.effect import Effect, EffectResult
from frontdesk.events import ActionCalled
from frontdesk.messages import Inbound

if TYPE_CHECKING:
    from frontdesk.dialogs.run import DialogRun

MAY_HAVE_HAPPENED = ("ok", "in_doubt", "timeout")
TRIES = 3  # replies that are neither yes nor no before a person is asked


@step_kind("call")
class Call(WaitingStep):
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
        given = yield from dialog.evaluate_all(self.given)
        if self.confirm is None:
            yield from self._perform(dialog, plain(given))
            return
        dialog.frame.held = plain(given)  # what is confirmed is what will be called
        yield from dialog.wait(self, dialog.show(self.confirm, given), phase="confirm")

    def put_again(self, dialog: DialogRun) -> Outcome:
        assert self.confirm is not None
        yield from dialog.wait(self, dialog.show(self.confirm, dialog.frame.held), phase="confirm")

    def resume(self, dialog: DialogRun, inbound: Inbound) -> Outcome:
        read = dialog.read_reply(inbound)
        if isinstance(read, NotRead):
            return read
        yield from dialog.answered(read, inbound.reply.choose if inbound.reply is not None else None)
        held, dialog.frame.held = dialog.frame.held or {}, None
        dialog.forget_tries(self.place)
        if read.value == "yes":
            yield from self._perform(dialog, held)
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
        if dialog.tries(self.place) >= TRIES:
            yield from dialog.hand_over(because="could not read the answer")
        else:
            yield from dialog.ask_open_again(self, (yield from dialog.again(why)))

    def _perform(self, dialog: DialogRun, arguments: dict[str, Any]) -> Outcome:
        timeout = self.timeout.total_seconds() if self.timeout is not None else None
        # Without `with`, parameters take the values of the slots of their names.
        offered = (
            {} if self.given else {name: one for name, one in dialog.values().items() if one is not None}
        )
        result: EffectResult = yield Effect(name=self.call, args=arguments, timeout=timeout, offered=offered)
        yield ActionCalled(
            name=self.call,
            code=result.code,
            arguments=arguments,
            result=result.value if result.ok else None,
            error=result.error,
            seconds=result.seconds,
        )
        is_write = self.confirm is not None or self.call in dialog.given.desk.writes
        if is_write and result.code in MAY_HAVE_HAPPENED:
            dialog.settle()
        if result.ok:
            if self.into is not None:
                dialog.keep(self.into, result.value)
        elif self.on_error and result.code != "in_doubt":  # in doubt only a person may say what happened
            dialog.enter(self.on_error)
        else:
            yield from dialog.failed(f"action {self.call}: {result.error or result.code}")
