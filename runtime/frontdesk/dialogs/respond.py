"""What a bot of kind dialogs answers to one inbound.

Order of reading, design.md 7: reply to the open component, then intents and keywords (a digression
comes back), then questions with an answer, then "I did not understand", then a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from frontdesk.authoring.content import BotContent, Dialog
from frontdesk.components.base import NotRead
from frontdesk.dialogs.ask import Ask
from frontdesk.dialogs.asking import ASK_TIMER
from frontdesk.dialogs.base import Outcome, WaitingStep
from frontdesk.dialogs.place import walk
from frontdesk.dialogs.run import DialogRun
from frontdesk.dialogs.values import forget_own
from frontdesk.events import DialogMoved, ErrorHappened, PlaceKept, SlotSet, TimerFired, Understood
from frontdesk.given import Given
from frontdesk.messages import MAX_TEXT, Inbound
from frontdesk.nlu.classify import Understanding
from frontdesk.sessions import Frame, SessionState

MISSES = 3  # messages in a row nobody understood before the session goes to a person
MAX_FRAMES = 8  # dialogs in progress at once: digressions of digressions
STARTED = "session_started"
SURE = ("exact", "keyword")  # rules that are certain of what was wished


def respond(bot: BotContent, state: SessionState, inbound: Inbound, given: Given) -> Outcome:
    """Yield what one inbound leads to; effects are sent their results."""
    answer = _Answer(bot, state, given)
    if inbound.kind == "timer":
        yield from answer.timer(inbound)
    elif inbound.kind == "event":
        yield from answer.event(inbound)
    elif inbound.kind == "unsupported":
        yield from answer.unsupported()
    else:
        yield from answer.message(inbound)
    if answer.frames != state.frames:
        yield PlaceKept(frames=tuple(_dump(frame) for frame in answer.frames))


class _Answer:
    """One inbound being answered."""

    def __init__(self, bot: BotContent, state: SessionState, given: Given) -> None:
        self.bot = bot
        self.state = state
        self.given = given
        self.frames = [_copy(frame) for frame in state.frames]  # kept by `PlaceKept` when all is said
        self.is_left = False  # the session was handed over

    # --- what came in ------------------------------------------------------------------------

    def message(self, inbound: Inbound) -> Outcome:
        opening = self.bot.on_event(STARTED)
        if opening is not None and self.state.heard == 0 and self.state.last_inbound <= 1:
            yield from self.opened(opening, inbound)
        elif self.frames and self.state.question is not None:
            yield from self.reply(inbound)
        else:
            yield from self.fresh(inbound)

    def opened(self, opening: str, inbound: Inbound) -> Outcome:
        """The session's first message: the opening dialog, and then the wish if there is one."""
        heard = self.understand(inbound)
        wish = self.wish(heard)
        yield (
            Understood(rule="welcome", release=self.given.desk.release) if wish is None else self.rule(heard)
        )
        yield from self.begin(opening)
        if wish is not None and not self.is_left:
            yield from self.begin(*self.beginning(heard))

    def timer(self, inbound: Inbound) -> Outcome:
        name, gen = inbound.data["name"], inbound.data["gen"]
        is_current = self.state.timers.get(name) == gen
        yield TimerFired(name=name, gen=gen)
        found = self.top() if is_current and name == ASK_TIMER and self.state.question is not None else None
        if found is not None:
            run, step = found
            yield from run.safely(step.timed_out(run))
            yield from self.go_on(run)

    def event(self, inbound: Inbound) -> Outcome:
        """Something was told: a dialog may begin; what it was told fills the slots of those names."""
        dialog = self.bot.on_event(str(inbound.data.get("name", "")))
        if dialog is None:
            return
        yield Understood(rule="event", release=self.given.desk.release)
        told = inbound.data.get("data") or {}
        yield from self.begin(dialog, {name: told[name] for name in self.bot.slots if name in told}, "set")

    def unsupported(self) -> Outcome:
        """The channel could not read it: say so, and count nothing against the customer."""
        found = self.top() if self.state.question is not None else None
        if found is None:
            yield from self.outside().send_system("fallback" if self.state.heard else "welcome")
        else:
            again = yield from found[0].again(NotRead())
            yield from found[0].ask_open_again(again)

    # --- a reply to the open question --------------------------------------------------------

    def reply(self, inbound: Inbound) -> Outcome:
        found = self.top()
        if found is None:
            yield from self.lost(inbound)
            return
        run, step = found
        if run.is_late(inbound):
            yield Understood(rule="late", release=run.frame.release)
            again = yield from run.again(NotRead(again="closed"))
            yield from run.ask_open_again(again)
            return
        heard = self.sure_wish(run, step, inbound)
        if heard is not None:
            yield self.rule(heard)
            yield from self.begin(*self.beginning(heard))
            return
        read = yield from run.safely(step.resume(run, inbound))
        if isinstance(read, NotRead):
            yield from self.not_read(run, step, inbound, read)
        else:
            yield from self.go_on(run)

    def sure_wish(self, run: DialogRun, step: WaitingStep, inbound: Inbound) -> Understanding | None:
        """A wish in so many words, where any words would do for an answer: "Anything else?" "A person"."""
        if inbound.reply is not None or not isinstance(step, Ask) or not run.takes_any_words(step.ask):
            return None
        heard = self.understand(inbound)
        wish = self.wish(heard)
        return heard if heard.rule in SURE and wish is not None and wish != run.name else None

    def not_read(self, run: DialogRun, step: WaitingStep, inbound: Inbound, why: NotRead) -> Outcome:
        """No answer to the question: perhaps another wish or a question back, else ask again."""
        if why.show is not None:
            yield Understood(rule="reply", release=run.frame.release)
            yield from run.show_instead(why.show)
            return
        heard = self.understand(inbound) if inbound.reply is None else Understanding()
        wish = self.wish(heard)
        if wish is not None and (wish != run.name or heard.entities):
            yield self.rule(heard)
            yield from self.begin(*self.beginning(heard))
            return
        answer = self.bot.answer(heard.intent) if heard.intent is not None else None
        if answer is not None:
            yield self.rule(heard)
            yield from run.safely(_tell_and_ask(run, answer))
        else:
            yield Understood(rule="unread", release=run.frame.release)
            yield from run.safely(step.missed(run, why))
        yield from self.go_on(run)

    def lost(self, inbound: Inbound) -> Outcome:
        """The place the session waits at is in no release any more: edited away, renamed, deleted."""
        yield from self.outside().close_question()
        yield from self.drop_lost()
        heard = self.understand(inbound)
        wish = self.wish(heard)
        if wish is not None:
            yield self.rule(heard)
            yield from self.begin(*self.beginning(heard))
            return
        yield Understood(rule="lost", release=self.given.desk.release)
        yield from self.outside().send_system("resume")
        yield from self.come_back()

    # --- a wish ------------------------------------------------------------------------------

    def fresh(self, inbound: Inbound) -> Outcome:
        """Nothing is open: what does the customer want?"""
        heard, run, is_first = self.understand(inbound), self.outside(), self.state.heard == 0
        wish = self.wish(heard)
        answer = self.bot.answer(heard.intent) if heard.intent is not None else None
        if wish is not None:
            yield self.rule(heard)
            yield from self.begin(*self.beginning(heard))
        elif answer is not None:
            yield self.rule(heard)
            yield from run.safely(_tell(run, answer))
        elif inbound.reply is not None:
            yield Understood(rule="late", release=self.given.desk.release)
            yield from run.send_text((yield from run.again(NotRead(again="over"))))
        elif is_first:  # a greeting, most likely; nothing is held against it
            yield Understood(rule="welcome", release=self.given.desk.release)
            yield from run.send_system("welcome")
        else:
            yield self.rule(heard)
            if self.state.missed >= MISSES:
                yield from run.hand_over(because="was not understood")
            else:
                yield from run.send_system("fallback")

    def understand(self, inbound: Inbound) -> Understanding:
        return self.bot.matcher.understand(inbound.text[:MAX_TEXT], self.state.language)

    def rule(self, heard: Understanding) -> Understood:
        """Which rule read the words."""
        known = heard.intent is not None
        return Understood(
            rule=heard.rule if known else "none",
            intent=heard.intent,
            score=heard.score if known else None,
            threshold=heard.threshold,
            runner_up=heard.runner_up,
            release=self.given.desk.release,
        )

    def wish(self, heard: Understanding) -> str | None:
        """The dialog that an understanding begins."""
        return self.bot.on_intent(heard.intent) if heard.intent is not None else None

    def said(self, heard: Understanding, dialog: str) -> dict[str, Any]:
        """The slots a sentence fills; an entity that two slots could take fills neither."""
        asked = _asked_by(self.bot.dialogs[dialog])
        values: dict[str, Any] = {}
        for one in heard.entities:
            able = [name for name, model in self.bot.slots.items() if model.entity == one.entity]
            fitting = [name for name in able if name in asked] or able
            if len(fitting) == 1:
                values.setdefault(fitting[0], one.value)
        return values

    def beginning(self, heard: Understanding) -> tuple[str, dict[str, Any]]:
        """The dialog a wish begins, and what the sentence fills in."""
        dialog = self.wish(heard)
        assert dialog is not None
        return dialog, self.said(heard, dialog)

    def begin(self, dialog: str, values: Mapping[str, Any] | None = None, source: str = "said") -> Outcome:
        """Begin a dialog. Begun again, it asks its own questions again, but keeps what was just said."""
        yield from self.outside().close_question()
        yield from self.make_room(dialog)
        frame = Frame(bot=self.bot.name, dialog=dialog, release=self.given.desk.release)
        self.frames.append(frame)
        yield DialogMoved(dialog=dialog, bot=self.bot.name, did="began")
        run = DialogRun(self.bot, self.bot.dialogs[dialog], frame, self.state, self.given)
        asked = _asked_by(run.content)
        for name, slot in list(self.state.slots.items()):
            if slot.dialog == dialog and name in asked and slot.scope != "user":
                yield SlotSet(name=name, value=None, scope=slot.scope)
        for name, value in (values or {}).items():
            yield from run.keep_slot(name, value, source=source, label=str(value))
        yield from self.go_on(run)

    def make_room(self, dialog: str) -> Outcome:
        """A dialog is in progress once at most, and not too many are."""
        names = [(frame.bot, frame.dialog) for frame in self.frames]
        if (self.bot.name, dialog) in names:
            start = names.index((self.bot.name, dialog))
            yield from self.stop(self.frames[start:], "begun again")
        yield from self.stop(self.frames[: max(0, len(self.frames) - MAX_FRAMES + 1)], "too many at once")

    def stop(self, frames: list[Frame], why: str) -> Outcome:
        for frame in frames:
            self.frames.remove(frame)
            yield DialogMoved(dialog=frame.dialog, bot=frame.bot, did="stopped", why=why)
            yield from forget_own(self.state, frame.dialog)

    # --- running -----------------------------------------------------------------------------

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
        found = self.top()
        if found is not None:
            found[0].back_to_question()
            yield from self.go_on(found[0])

    def drop_lost(self) -> Outcome:
        """Leave the dialogs on top whose place is in no release any more."""
        while self.frames and self.top() is None:
            frame = self.frames[-1]
            where = f"bots/{frame.bot}, dialog {frame.dialog}"
            what = f"the step `{frame.at}` is in no release any more; the dialog was left"
            yield ErrorHappened(where=where, what=what)
            yield from self.stop([frame], "lost")

    def outside(self) -> DialogRun:
        """From here is said what is said outside of every dialog."""
        nowhere = Dialog(name="", path=f"bots/{self.bot.name}", steps=())
        return DialogRun(self.bot, nowhere, Frame("", "", ""), self.state, self.given)


def _tell(run: DialogRun, message: str) -> Outcome:
    yield from run.send_text(run.message(message))


def _tell_and_ask(run: DialogRun, message: str) -> Outcome:
    """Answer a question back, and put ours once more."""
    yield from _tell(run, message)
    yield from run.ask_open_again()


def _asked_by(dialog: Dialog) -> frozenset[str]:
    return frozenset(step.ask for step in walk(dialog.steps) if isinstance(step, Ask))


_FRAME = tuple(one.name for one in fields(Frame))


def _dump(frame: Frame) -> dict[str, Any]:
    return {name: getattr(frame, name) for name in _FRAME}


def _copy(frame: Frame) -> Frame:
    return replace(frame, values=dict(frame.values), tries=dict(frame.tries), asked=list(frame.asked))
