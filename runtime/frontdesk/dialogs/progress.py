"""The dialogs in progress of one session during a turn: begun, run on, interrupted, left, come back to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from frontdesk.authoring.content import BotContent, Dialog
from frontdesk.dialogs.base import Outcome, WaitingStep
from frontdesk.dialogs.run import DialogRun
from frontdesk.dialogs.sentence import offered, told
from frontdesk.dialogs.values import forget_own
from frontdesk.events import DialogMoved, ErrorHappened, PlaceKept, SlotSet
from frontdesk.given import Given
from frontdesk.locale import t
from frontdesk.nlu.entities.base import Found
from frontdesk.sessions import Frame, SessionState

MAX_FRAMES = 8  # dialogs in progress at once: digressions of digressions
MISSES = 3  # messages in a row nobody understood before the session goes to a person
LATER = "later"  # the phase of a dialog that was asked for, and begins when those above it are over
SAID = "said"  # in its values: the words that asked for it


class Progress:
    """The dialogs in progress, the one on top last."""

    def __init__(self, bot: BotContent, state: SessionState, given: Given) -> None:
        self.bot = bot
        self.state = state
        self.given = given
        self.frames = [_copy(frame) for frame in state.frames]  # kept by `PlaceKept` when all is said
        self.is_left = False  # the session was handed over
        self._outside: DialogRun | None = None

    def kept(self) -> Outcome:
        """Keep where the dialogs stand, if that changed."""
        if self.frames != self.state.frames:
            yield PlaceKept(frames=tuple(dict(vars(frame)) for frame in self.frames))

    def begin(
        self,
        dialog: str,
        values: Mapping[str, tuple[Any, str]] | None = None,  # slot -> value, and how it is said
        source: str = "said",
        sentence: str = "",
    ) -> Outcome:
        """Begin a dialog. Begun again, it asks its own questions again, but keeps what was just said.

        The sentence of a wish may answer more of its questions: "order 1042, too small".
        """
        yield from self.outside().close_question()
        yield from self._make_room(dialog, values or {})
        self._set_aside()
        frame = Frame(bot=self.bot.name, dialog=dialog, release=self.given.desk.release)
        self.frames.append(frame)
        yield DialogMoved(dialog=dialog, bot=self.bot.name, did="began")
        run = DialogRun(self.bot, self.bot.dialogs[dialog], frame, self.state, self.given)
        asked = run.content.asked
        for name, slot in list(self.state.slots.items()):
            if slot.dialog == dialog and name in asked and slot.scope != "user":
                yield SlotSet(name=name, value=None, scope=slot.scope)
        for name, (value, label) in (values or {}).items():
            yield from run.keep_slot(name, value, source=source, label=label)
        if sentence:
            yield from run.keep_offered((yield from offered(run, sentence)))
        yield from self.go_on(run)

    def later(self, dialog: str, sentence: str) -> None:
        """Begin a dialog when what is begun next is over."""
        self.frames = [frame for frame in self.frames if not (is_later(frame) and frame.dialog == dialog)]
        if dialog not in (frame.dialog for frame in self.frames):
            frame = Frame(self.bot.name, dialog, self.given.desk.release, phase=LATER)
            frame.values[SAID] = sentence
            self.frames.append(frame)

    def _begin_later(self, frame: Frame) -> Outcome:
        """Come to what was asked for before; what the newest release no longer has is left."""
        self.frames.remove(frame)
        dialog = self.bot.dialogs.get(frame.dialog)
        if dialog is None or frame.bot != self.bot.name:
            yield from self.come_back()
            return
        sentence = str(frame.values[SAID])
        yield from self.outside().send_text(t(self.state.language, "desk.other_request", said=sentence))
        yield from self.begin(dialog.name, self._values_of(frame), sentence=sentence)

    def _values_of(self, later: Frame) -> dict[str, tuple[Any, str]]:
        """The slots that the words fill which asked for a dialog."""
        dialog = self.bot.dialogs.get(later.dialog)
        return told(self.bot, dialog, self.entities(str(later.values[SAID]))) if dialog is not None else {}

    def _set_aside(self) -> None:
        """Keep the answers of the dialog that is interrupted: the next one may ask about another order."""
        found = self.top()
        if found is None:
            return
        slots, run = self.state.slots, found[0]
        known = {name: slots[name] for name in run.content.asked if name in slots}
        run.frame.aside = {
            name: [known[name].value, known[name].label] if name in known else [None, ""]
            for name in sorted(run.content.asked)
            if run.is_of_session(name)
        }

    def _take_up(self, run: DialogRun) -> Outcome:
        """What the customer answered to this dialog holds again, and nothing else."""
        for name, (value, label) in run.frame.aside.items():
            if run.slot(name) != value:
                yield from run.keep_slot(name, value, source="said", label=label)
        run.frame.aside = {}

    def _make_room(self, dialog: str, values: Mapping[str, tuple[Any, str]]) -> Outcome:
        """A dialog is in progress once at most, and not too many are; what begins now is not for later."""
        same = [frame for frame in self.frames if frame.dialog == dialog and frame.bot == self.bot.name]
        for frame in same:
            if not is_later(frame):
                yield from self._stop(self.frames[self.frames.index(frame) :], "begun again")
            elif all(values.get(name) == value for name, value in self._values_of(frame).items()):
                self.frames.remove(frame)
        yield from self._stop(self.frames[: max(0, len(self.frames) - MAX_FRAMES + 1)], "too many at once")

    def cancel(self) -> Outcome:
        """The customer leaves the dialog on top; the one it interrupted waits again."""
        yield from self.outside().close_question()
        yield from self._stop(self.frames[-1:], "cancelled")
        yield from self.outside().send_system("cancelled")
        yield from self.come_back()

    def _stop(self, frames: list[Frame], why: str) -> Outcome:
        for frame in frames:
            self.frames.remove(frame)
            yield DialogMoved(dialog=frame.dialog, bot=frame.bot, did="stopped", why=why)
            yield from forget_own(self.state, frame.dialog)

    def top(self) -> tuple[DialogRun, WaitingStep] | None:
        """The dialog on top and where it waits: in the release it began with, else in the newest.

        None: no dialog is in progress, or its place is in neither.
        """
        if not self.frames:
            return None
        frame = self.frames[-1]
        for desk in (self.given.release(frame.release), self.given.desk):
            bot = desk.bot(frame.bot) if desk is not None else None
            if desk is None or bot is None or frame.dialog not in bot.dialogs:
                continue
            run = DialogRun(bot, bot.dialogs[frame.dialog], frame, self.state, self.given)
            step = run.waiting_step()
            if isinstance(step, WaitingStep):
                frame.release = desk.release
                return run, step
        return None

    def go_on(self, run: DialogRun) -> Outcome:
        """Run the dialog on, and when it ends the one it interrupted."""
        yield from run.run()
        if not run.ended:
            return
        yield DialogMoved(dialog=run.name, bot=run.bot.name, did="ended", why=run.ended)
        if run.ended == "handoff":
            self.frames.clear()
            self.is_left = True
            return
        yield from forget_own(self.state, run.name)
        self.frames.remove(run.frame)
        yield from self.come_back()

    def come_back(self) -> Outcome:
        """Go on with the dialog that was interrupted: its question is asked again."""
        yield from self.drop_lost()
        if self.frames and is_later(self.frames[-1]):
            yield from self._begin_later(self.frames[-1])
            return
        found = self.top()
        if found is not None:
            yield from self._take_up(found[0])
            found[0].back_to_question()
            yield from self.go_on(found[0])

    def tell(self, message: str, found: tuple[DialogRun, WaitingStep] | None) -> Outcome:
        """Answer a question, and put ours once more where one is open."""
        run = found[0] if found is not None else self.outside()
        yield from run.safely(_tell(run, message, found[1] if found is not None else None))
        if found is not None:
            yield from self.go_on(run)

    def drop_lost(self) -> Outcome:
        """Leave the dialogs on top whose place is in no release any more."""
        while self.frames and not is_later(self.frames[-1]) and self.top() is None:
            frame = self.frames[-1]
            where = f"bots/{frame.bot}, dialog {frame.dialog}"
            what = f"the step `{frame.at}` is in no release any more; the dialog was left"
            yield ErrorHappened(where=where, what=what)
            yield from self._stop([frame], "lost")

    def hand_over(self, because: str) -> Outcome:
        """Give the session to a person, whatever is in progress."""
        found = self.top() if self.state.question is not None else None
        run = found[0] if found is not None else self.outside()
        yield from run.hand_over(because=because)
        self.frames.clear()
        self.is_left = True

    def nobody_understood(self) -> Outcome:
        """Say that it was not understood; after too many times in a row a person comes."""
        if self.state.missed >= MISSES:
            yield from self.hand_over("was not understood")
        else:
            yield from self.outside().send_system("fallback")

    def entities(self, sentence: str) -> tuple[Found, ...]:
        """The entities said in a sentence."""
        return self.given.entities(self.bot, sentence, self.state)

    def outside(self) -> DialogRun:
        """From here is said what is said outside of every dialog."""
        if self._outside is None:
            nowhere = Dialog(name="", path=f"bots/{self.bot.name}", steps=())
            self._outside = DialogRun(self.bot, nowhere, Frame("", "", ""), self.state, self.given)
        return self._outside


def _tell(run: DialogRun, message: str, step: WaitingStep | None) -> Outcome:
    yield from run.send_text(run.message(message))
    if step is not None:
        yield from run.ask_open_again(step)


def is_later(frame: Frame) -> bool:
    """Whether a dialog was asked for and has not begun."""
    return frame.phase == LATER


def _copy(frame: Frame) -> Frame:
    own = {
        "values": dict(frame.values),
        "tries": dict(frame.tries),
        "asked": list(frame.asked),
        "answered": list(frame.answered),
        "settled": list(frame.settled),
        "aside": dict(frame.aside),
    }
    return Frame(**{**vars(frame), **own})
