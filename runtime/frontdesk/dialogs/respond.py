"""What a bot of kind dialogs answers to one inbound.

Order of reading, design.md 7: reply to the open component, then intents and keywords (a digression
comes back), then "I did not understand", then a person.
"""

from __future__ import annotations

from frontdesk.authoring.content import BotContent, Dialog
from frontdesk.components.base import NotRead
from frontdesk.dialogs.ask import Ask
from frontdesk.dialogs.base import Outcome
from frontdesk.dialogs.call import Call
from frontdesk.dialogs.run import ASK_TIMER, DialogRun, walk
from frontdesk.events import DialogMoved, ErrorHappened, PlaceKept, SlotSet, TimerFired, Understood
from frontdesk.given import Given
from frontdesk.messages import MAX_TEXT, Inbound
from frontdesk.nlu.classify import Understanding
from frontdesk.sessions import Frame, SessionState

MISSES = 3  # messages in a row nobody understood before the session goes to a person
MAX_FRAMES = 8  # dialogs in progress at once: digressions of digressions


def respond(bot: BotContent, state: SessionState, inbound: Inbound, given: Given) -> Outcome:
    """Yield what one inbound leads to; effects are sent their results."""
    before = [(frame.dialog, frame.at) for frame in state.frames]
    answer = _Answer(bot, state, given)
    if inbound.kind == "timer":
        yield from answer.timer(inbound)
    elif inbound.kind == "event":
        yield from answer.event(inbound)
    else:
        yield from answer.message(inbound)
    if state.frames or before:
        yield PlaceKept(frames=tuple(_dump(frame) for frame in state.frames))


def _dump(frame: Frame) -> dict[str, object]:
    return {
        "bot": frame.bot,
        "dialog": frame.dialog,
        "release": frame.release,
        "at": frame.at,
        "phase": frame.phase,
        "values": dict(frame.values),
        "tries": dict(frame.tries),
    }


class _Answer:
    """One inbound being answered."""

    def __init__(self, bot: BotContent, state: SessionState, given: Given) -> None:
        self.bot = bot
        self.state = state
        self.given = given

    # --- what came in ------------------------------------------------------------------------

    def message(self, inbound: Inbound) -> Outcome:
        if not self.state.frames and self.state.last_inbound <= 1 and self.bot.on_event("session_started"):
            yield from self.begin(self.bot.on_event("session_started") or "")
        if self.state.frames and self.state.question is not None:
            yield from self.reply(inbound)
        else:
            yield from self.fresh(inbound)

    def timer(self, inbound: Inbound) -> Outcome:
        name, gen = inbound.data["name"], inbound.data["gen"]
        current = self.state.timers.get(name) == gen
        yield TimerFired(name=name, gen=gen)
        run = self.top() if current and name == ASK_TIMER and self.state.frames else None
        step = run.waiting_step() if run is not None else None
        if run is not None and isinstance(step, Ask):
            yield from step.timed_out(run)
            yield from self.go_on(run)

    def event(self, inbound: Inbound) -> Outcome:
        name = str(inbound.data.get("name", ""))
        dialog = self.bot.on_event(name)
        yield Understood(rule="event" if dialog else "none", intent=None, release=self.given.desk.release)
        if dialog:
            yield from self.begin(dialog)

    # --- a reply to the open question --------------------------------------------------------

    def reply(self, inbound: Inbound) -> Outcome:
        run = self.top()
        step = run.waiting_step() if run is not None else None
        if run is None or not isinstance(step, Ask | Call):
            yield from self.lost(inbound)
            return
        question = self.state.question
        assert question is not None
        if inbound.reply is not None and inbound.reply.to not in (None, question.message):
            yield Understood(rule="late", release=run.frame.release)
            yield from run.ask_open_again(run.again(NotRead(again="closed")))
            return
        read = yield from step.resume(run, inbound)
        if isinstance(read, NotRead):
            yield from self.not_read(run, step, inbound, read)
            return
        yield Understood(rule="reply", release=run.frame.release)
        yield from self.go_on(run)

    def not_read(self, run: DialogRun, step: Ask | Call, inbound: Inbound, why: NotRead) -> Outcome:
        """No answer to the question: perhaps another wish, else ask again."""
        if why.show is not None:
            yield from run.show_instead(why.show)
            return
        heard = self.understand(inbound) if inbound.reply is None else None
        wish = self.wish(heard) if heard is not None else None
        if (
            heard is not None
            and wish is not None
            and wish != run.name
            and len(self.state.frames) < MAX_FRAMES
        ):
            yield self.understood(heard)
            yield from run.close_question()
            yield from self.begin(wish, heard)
            return
        yield Understood(rule="unread", release=run.frame.release)
        yield from step.missed(run, why)
        yield from self.go_on(run)

    def lost(self, inbound: Inbound) -> Outcome:
        """The dialog in progress is not there any more: edited away, renamed or deleted."""
        frame = self.state.frames.pop()
        yield ErrorHappened(
            where=f"{frame.bot}/{frame.dialog}",
            what=f"the place `{frame.at}` is in no release any more; the dialog was left",
        )
        yield DialogMoved(dialog=frame.dialog, bot=frame.bot, did="stopped", why="lost")
        run = DialogRun(self.bot, _nowhere(self.bot), Frame("", "", ""), self.state, self.given)
        yield from run.close_question()
        heard = self.understand(inbound)
        if self.wish(heard) is None:
            yield from run.send_system("resume")
        else:
            yield from self.fresh(inbound)

    # --- a wish ------------------------------------------------------------------------------

    def fresh(self, inbound: Inbound) -> Outcome:
        """Nothing is open: what does the customer want?"""
        heard = self.understand(inbound)
        dialog = self.wish(heard)
        yield self.understood(heard)
        if dialog is not None:
            yield from self.begin(dialog, heard)
            return
        run = DialogRun(self.bot, _nowhere(self.bot), Frame("", "", ""), self.state, self.given)
        if inbound.reply is not None:
            yield from run.send_text(run.again(NotRead(again="closed")))
        elif heard.intent is not None and self.bot.answer(heard.intent) is not None:
            yield from run.send_text(run.message(self.bot.answer(heard.intent) or ""))
        elif self.state.missed >= MISSES:
            yield from run.hand_over(because="was not understood")
        else:
            yield from run.send_system("welcome" if self.state.last_inbound <= 1 else "fallback")

    def understand(self, inbound: Inbound) -> Understanding:
        return self.bot.matcher.understand(inbound.text[:MAX_TEXT], self.state.language)

    def understood(self, heard: Understanding) -> Understood:
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

    def begin(self, dialog: str, heard: Understanding | None = None) -> Outcome:
        """Begin a dialog. Asked again, it asks its own questions again, but keeps what was just said."""
        frame = Frame(bot=self.bot.name, dialog=dialog, release=self.given.desk.release)
        self.state.frames.append(frame)
        yield DialogMoved(dialog=dialog, bot=self.bot.name, did="began")
        run = DialogRun(self.bot, self.bot.dialogs[dialog], frame, self.state, self.given)
        asked = {step.ask for step in walk(run.content.steps) if isinstance(step, Ask)}
        for name, slot in list(self.state.slots.items()):
            if slot.dialog == dialog and name in asked and slot.scope != "user":
                yield SlotSet(name=name, value=None, scope=slot.scope)
        for one in heard.entities if heard is not None else ():
            for name, model in self.bot.slots.items():
                if model.entity == one.entity:
                    yield from run.keep_slot(name, one.value, source="said", label=str(one.value))
        yield from self.go_on(run)

    # --- running -----------------------------------------------------------------------------

    def top(self) -> DialogRun | None:
        """The dialog on top, in the release it began with, else in the newest that still has it."""
        frame = self.state.frames[-1]
        for desk in (self.given.release(frame.release), self.given.desk):
            bot = desk.bot(frame.bot) if desk is not None else None
            if bot is not None and frame.dialog in bot.dialogs:
                run = DialogRun(bot, bot.dialogs[frame.dialog], frame, self.state, self.given)
                if frame.at is None or run.waiting_step() is not None:
                    return run
        return None

    def go_on(self, run: DialogRun) -> Outcome:
        """Run the dialog on, and when it ends the one it interrupted."""
        while True:
            yield from run.run()
            if not run.ended:
                return
            yield DialogMoved(dialog=run.name, bot=run.bot.name, did="ended", why=run.ended)
            if run.ended == "handoff":
                self.state.frames.clear()
                return
            if self.state.frames and self.state.frames[-1] is run.frame:
                self.state.frames.pop()
            if not self.state.frames:
                return
            below = self.top()
            step = below.waiting_step() if below is not None else None
            if below is None or step is None:
                self.state.frames.pop()
                continue
            below.frame.phase = ""
            below.enter((step,))
            run = below


def _nowhere(bot: BotContent) -> Dialog:
    """A dialog without steps: what is said outside of every dialog is said from here."""
    return Dialog(name="", path=f"bots/{bot.name}", steps=())
