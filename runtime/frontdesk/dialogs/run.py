"""One dialog in progress: how its steps follow each other within a turn, and how it is left.

The run lives for one turn. Between turns a dialog is only its `Frame`: release, dialog, the id of
the step it waits at, and its values.
"""

from __future__ import annotations

from frontdesk.authoring.content import BotContent, Dialog
from frontdesk.dialogs.asking import Asking
from frontdesk.dialogs.base import Outcome, Step
from frontdesk.dialogs.handoff import own_queue
from frontdesk.dialogs.handover import hand_over
from frontdesk.dialogs.place import Cursor, Steps
from frontdesk.dialogs.saying import NotShowable
from frontdesk.dialogs.system import closed_until
from frontdesk.events import ErrorHappened
from frontdesk.given import Given
from frontdesk.sessions import Frame, SessionState

MAX_STEPS = 300  # steps of one turn; a dialog that runs longer is going in circles
MAX_MESSAGES = 25  # messages of one turn: what going in circles may cost the customer


class DialogRun(Asking):
    """A dialog during one turn: what a step may do with it."""

    def __init__(
        self, bot: BotContent, dialog: Dialog, frame: Frame, state: SessionState, given: Given
    ) -> None:
        super().__init__(bot, dialog, frame, state, given)
        self._cursor = Cursor(dialog.steps, dialog.ways)
        self.ended = ""  # why, once it is over

    # --- running -----------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Run steps from the cursor until one waits or the dialog is over."""
        ran = 0
        while not self.is_waiting and not self.ended:
            step, left = self._cursor.next()
            if step is not None:
                ran += 1
                if ran > MAX_STEPS or self.said > MAX_MESSAGES:
                    what = f"dialog {self.name} goes in circles: {ran - 1} steps and {self.said} messages"
                    yield from self.failed(f"{what} without asking anything")
                    return
                yield from self.safely(step.run(self))
            elif left is not None:
                left.after_block(self)
            else:
                self.finish("end")

    def safely(self, outcome: Outcome) -> Outcome:
        """What a step leads to; a text or component that cannot be shown ends the dialog with a person."""
        try:
            return (yield from outcome)
        except NotShowable as error:
            yield from self.failed(str(error))
            return True

    def waiting_step(self) -> Step | None:
        """The step this dialog waits at; the cursor is set behind it. None: it is not there any more."""
        step = self._cursor.go_to(self.frame.at)
        if step is not None:
            self._cursor.step_over()
        return step

    def back_to_question(self) -> None:
        """Run the step this dialog waits at once more: what interrupted it is over."""
        self._cursor.go_to(self.frame.at)

    def enter(self, steps: Steps) -> None:
        """Run a nested list next, then go on behind it."""
        self._cursor.enter(steps)

    def jump(self, place: str) -> Outcome:
        """Go on at the step with this place. Gives whether it is there."""
        if self._cursor.go_to(place) is not None:
            return True
        yield from self.failed(f"there is no step with the id `{place}`")
        return False

    def return_to(self, place: str) -> Outcome:
        """Leave the open question, and go on at an earlier step."""
        yield from self.close_question()
        self.frame.held, self.frame.phase = None, ""
        yield from self.jump(place)

    def step_over(self) -> None:
        """Leave out the step that would run next: a jump's target that must not run after all."""
        self._cursor.step_over()

    def finish(self, why: str) -> None:
        """The dialog is over."""
        self.ended = self.ended or why

    # --- leaving -----------------------------------------------------------------------------

    def is_available(
        self, *, queue: str | None = None, rep: str | None = None, bot: str | None = None
    ) -> bool:
        """Whether somebody is there to take the session: a bot and a rep if they exist, a queue when open."""
        if bot is not None:
            return self.given.desk.bot(bot) is not None
        if rep is not None and rep in self.given.reps:
            return True
        return closed_until(self.state, self.given, queue or self.given.desk.default_queue) is None

    def hand_over(
        self, *, queue: str | None = None, rep: str | None = None, bot: str | None = None, because: str = ""
    ) -> Outcome:
        """Give the session to people or another bot; the dialog is over.

        Nobody named: to the queue that the dialog's own handoffs name.
        """
        self.finish("handoff")
        if queue is rep is bot is None:
            queue = own_queue(self.content.steps)
        yield from hand_over(
            self.state, self.given, self.bot, queue=queue, rep=rep, to_bot=bot, because=because
        )

    def failed(self, what: str) -> Outcome:
        """Something broke: the log says what, the customer gets an apology and a person."""
        yield ErrorHappened(where=self.where, what=what)
        yield from self.send_system("error")
        yield from self.hand_over(because="something went wrong")
