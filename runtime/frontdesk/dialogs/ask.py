"""`ask`: send a component and wait; the reply fills a slot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from frontdesk.components.base import NotRead, Value
from frontdesk.dialogs.base import (
    ComponentName,
    Duration,
    Expr,
    MessageKey,
    Outcome,
    SlotName,
    Steps,
    WaitingStep,
    step_kind,
)
from frontdesk.messages import Inbound

if TYPE_CHECKING:
    from frontdesk.dialogs.run import DialogRun

OFFER_PERSON_AT = 2  # failures after which a person is offered


@step_kind("ask")
class Ask(WaitingStep):
    """Ask for a slot's value. The component knows how to ask and how to read the reply."""

    ask: SlotName
    component: ComponentName | None = None
    options: tuple[Mapping[str, Any] | str, ...] = ()
    given: Mapping[str, Expr] = Field(default_factory=dict, alias="with")
    optional: bool = False
    known: Literal["skip", "confirm", "ask"] = "skip"
    check: Expr | None = None
    again: MessageKey | None = None
    tries: int = Field(default=3, ge=1, le=10)
    give_up: Steps = ()
    timeout: Duration | None = None
    on_timeout: Steps = ()

    @property
    def place(self) -> str:
        return self.id or self.ask

    def run(self, dialog: DialogRun) -> Outcome:
        value = dialog.slot(self.ask)
        if value is None:
            yield from self.put(dialog)
        elif self.known == "ask" or not (yield from self.passes(dialog, value)):
            yield from dialog.keep_slot(self.ask, None)
            yield from self.put(dialog)
        elif self.known == "confirm":
            yield from dialog.confirm_known(self)

    def put(self, dialog: DialogRun, *, again: str = "") -> Outcome:
        """Send the question, after a sentence on why it is asked again, and wait."""
        given = yield from dialog.evaluate_all(self.given)
        shown = dialog.question_for(self, given)
        extra = dialog.extra_options(
            skip=self.optional, person=dialog.tries(self.place) >= OFFER_PERSON_AT, after=shown
        )
        yield from dialog.send_text(again)
        yield from dialog.wait(self, {**shown, **extra}, timeout=self.timeout)

    def resume(self, dialog: DialogRun, inbound: Inbound) -> Outcome:
        instead = dialog.said_instead(self.ask, inbound)
        is_known = dialog.frame.phase == "known" and instead is None
        read = instead or dialog.read_reply(inbound, None if is_known else self.ask)
        if isinstance(read, NotRead):
            return read
        if not is_known and read.how != "extra" and not (yield from self.passes(dialog, read.value)):
            return NotRead(again="check")
        choose = inbound.reply.choose if inbound.reply is not None else None
        if is_known or read.how == "extra":
            yield from dialog.answered(read, choose)
            yield from (self._known if is_known else self._extra)(dialog, read)
        else:
            yield from self.take(dialog, read, choose)
        return True

    def take(self, dialog: DialogRun, read: Value, choose: str | None = None, rule: str = "reply") -> Outcome:
        """The question has this answer: keep it."""
        yield from dialog.answered(read, choose, rule=rule)
        dialog.note_answered(self.place)
        source = "chosen" if read.how == "chosen" else "typed"
        yield from dialog.keep_slot(self.ask, read.value, source=source, label=read.label)

    def _known(self, dialog: DialogRun, read: Value) -> Outcome:
        if read.value == "no":
            yield from dialog.keep_slot(self.ask, None)
            yield from self.put(dialog)

    def _extra(self, dialog: DialogRun, read: Value) -> Outcome:
        dialog.note_answered(self.place)
        if read.value == "talk_to_person":
            yield from dialog.hand_over(because="asked for a person")

    def passes(self, dialog: DialogRun, value: Any) -> Outcome:
        """Gives whether a value holds against the slot's check and the question's own."""
        for source in (dialog.slot_check(self.ask), self.check):
            if source is not None and not (yield from dialog.evaluate(source, value=value)):
                return False
        return True

    def missed(self, dialog: DialogRun, why: NotRead) -> Outcome:
        """The reply was no answer: count it, and ask again or give up."""
        dialog.count_try(self.place)
        if dialog.tries(self.place) >= self.tries:
            yield from self.give_up_now(dialog)
            return
        again = yield from dialog.again(why, self.again)
        if dialog.frame.phase:
            yield from dialog.ask_open_again(self, again)
        else:
            yield from self.put(dialog, again=again)

    def put_again(self, dialog: DialogRun) -> Outcome:
        if dialog.frame.phase:
            yield from dialog.confirm_known(self)
        else:
            yield from self.put(dialog)

    def give_up_now(self, dialog: DialogRun) -> Outcome:
        """Too many tries: what the author wrote, else a person."""
        dialog.forget_tries(self.place)
        if self.give_up:
            yield from dialog.close_question()
            dialog.enter(self.give_up)
        else:
            yield from dialog.hand_over(because="could not read the answer")

    def timed_out(self, dialog: DialogRun) -> Outcome:
        """Nobody answered in time: what the author wrote; without it, the question is skipped or all ends."""
        yield from dialog.close_question()
        if self.on_timeout:
            dialog.enter(self.on_timeout)
        else:
            self.after_block(dialog)

    def after_block(self, dialog: DialogRun) -> None:
        """Given up or timed out, a dialog goes on only with a value, unless it can do without."""
        if dialog.slot(self.ask) is None and not self.optional:
            dialog.finish("unanswered")
