"""One dialog in progress: what a step may do, and how steps follow each other within a turn.

The run lives for one turn. Between turns a dialog is only its `Frame`: release, dialog, the id of
the step it waits at, and its values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from frontdesk.authoring.content import BotContent, Dialog
from frontdesk.authoring.expressions import ExpressionError
from frontdesk.authoring.models import SlotModel
from frontdesk.clock import iso
from frontdesk.components.base import COMPONENT_KINDS, NotRead, Value, sendable
from frontdesk.dialogs.ask import Ask
from frontdesk.dialogs.base import Outcome, Step
from frontdesk.dialogs.handover import hand_over
from frontdesk.events import (
    ErrorHappened,
    MessageSent,
    QuestionAnswered,
    QuestionAsked,
    QuestionClosed,
    SlotSet,
    TimerSet,
)
from frontdesk.given import Given, next_message
from frontdesk.locale import t
from frontdesk.messages import MAX_TEXT, Inbound
from frontdesk.sessions import Frame, SessionState

MAX_STEPS = 300  # steps of one turn; a dialog that runs longer is going in circles
ASK_TIMER = "ask"

Path = list[tuple[tuple[Step, ...], int]]


class DialogRun:
    """A dialog during one turn."""

    def __init__(
        self, bot: BotContent, dialog: Dialog, frame: Frame, state: SessionState, given: Given
    ) -> None:
        self.bot = bot
        self.content = dialog
        self.frame = frame
        self.state = state
        self.given = given
        self.texts = given.texts_at(state)
        self.cursor: Path = [(dialog.steps, 0)]
        self.is_waiting = False
        self.ended = ""  # why, once it is over
        self._steps = 0

    @property
    def name(self) -> str:
        return self.content.name

    # --- running -----------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Run steps from the cursor until one waits or the dialog is over."""
        while not self.is_waiting and not self.ended:
            step = self._next()
            if step is None:
                self.finish("end")
                return
            self._steps += 1
            if self._steps > MAX_STEPS:
                yield from self.failed(f"dialog {self.name} ran {MAX_STEPS} steps without asking anything")
                return
            yield from step.run(self)

    def _next(self) -> Step | None:
        while self.cursor:
            steps, index = self.cursor[-1]
            if index < len(steps):
                self.cursor[-1] = (steps, index + 1)
                return steps[index]
            self.cursor.pop()
        return None

    def waiting_step(self) -> Step | None:
        """The step this dialog waits at; the cursor is set behind it. None: it is not there any more."""
        path = find(self.content.steps, self.frame.at)
        if path is None:
            return None
        steps, index = path[-1]
        self.cursor = [*((outer, at + 1) for outer, at in path[:-1]), (steps, index + 1)]
        return steps[index]

    def enter(self, steps: tuple[Step, ...]) -> None:
        """Run a nested list next, then go on behind it."""
        if steps:
            self.cursor.append((steps, 0))

    def jump(self, place: str) -> None:
        """Go on at the step with this place."""
        path = find(self.content.steps, place)
        if path is None:
            self.finish("lost")
            return
        steps, index = path[-1]
        self.cursor = [*((outer, at + 1) for outer, at in path[:-1]), (steps, index)]

    def leave_block(self) -> None:
        """Step over the next step: used when a jump's target must not run after all."""
        steps, index = self.cursor[-1]
        self.cursor[-1] = (steps, index + 1)

    def finish(self, why: str) -> None:
        """The dialog is over."""
        self.ended = self.ended or why

    def place_of_slot(self, slot: str) -> Ask:
        """The `ask` of a slot; `check` has made sure there is one."""
        return next(step for step in walk(self.content.steps) if isinstance(step, Ask) and step.ask == slot)

    # --- values ------------------------------------------------------------------------------

    def values(self) -> dict[str, Any]:
        """Every declared name: slots and `into` names, none until set."""
        known: dict[str, Any] = dict.fromkeys(self.bot.slots)
        known.update((name, slot.value) for name, slot in self.state.slots.items())
        known.update(self.frame.values)
        return known

    def slot(self, name: str) -> Any:
        """A slot's value, or None."""
        if name in self.frame.values:
            return self.frame.values[name]
        slot = self.state.slots.get(name)
        return slot.value if slot is not None else None

    def slot_check(self, name: str) -> str | None:
        model = self.bot.slots.get(name)
        return model.check if model is not None else None

    def keep(self, name: str, value: Any) -> None:
        """Keep a value for this dialog only."""
        self.frame.values[name] = value

    def keep_slot(self, name: str, value: Any, *, source: str = "set", label: str = "") -> Outcome:
        """Give a slot a value where its scope says; None clears it."""
        model = self.bot.slots.get(name)
        scope = model.scope if model is not None else "session"
        if scope == "dialog":
            self.frame.values[name] = value
        yield SlotSet(
            name=name,
            value=value,
            source=source,
            label=label,
            private=model is not None and model.private,
            scope=scope,
            dialog=self.name,
        )

    def evaluate(self, source: str, **extra: Any) -> Outcome:
        """An expression's value; one that cannot be computed is logged and gives None."""
        try:
            return self.bot.expression(source).evaluate({**self.values(), **extra}, self.texts)
        except ExpressionError as error:
            yield ErrorHappened(where=f"{self.content.path}: {source}", what="expression", detail=str(error))
            return None

    def evaluate_all(self, sources: Mapping[str, str]) -> Outcome:
        values: dict[str, Any] = {}
        for name, source in sources.items():
            values[name] = yield from self.evaluate(source)
        return values

    # --- tries -------------------------------------------------------------------------------

    def tries(self, place: str) -> int:
        """How often the step at this place has failed."""
        return self.frame.tries.get(place, 0)

    def count_try(self, place: str) -> None:
        self.frame.tries[place] = self.tries(place) + 1

    def forget_tries(self, place: str) -> None:
        self.frame.tries.pop(place, None)

    # --- texts and components ----------------------------------------------------------------

    def message(self, key: str, **extra: Any) -> str:
        """A message in the session's language."""
        values = {**self.values(), **extra}
        return self.bot.say(
            key,
            self.state.language,
            self.state.channel_kind,
            values,
            self.given.seed + self.state.last_event,
            self.texts,
        )

    def _texts(self, extra: Mapping[str, Any]) -> Any:
        values = {**self.values(), **extra}
        return lambda authored: self.bot.text(authored, self.state.language, values, self.texts)

    def show(self, component: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A named component as the customer will see it."""
        definition = self.bot.component(component)
        if definition is None:  # `check` refuses this; a release taken back may still name it
            return {"name": component, "kind": "text", "text": component}
        extra = given or {}
        kind = COMPONENT_KINDS[definition.kind]
        return kind.show(definition, self._texts(extra), extra, self.given.moment(self.state))

    def question_for(self, ask: Ask, given: Mapping[str, Any]) -> dict[str, Any]:
        """What an `ask` shows: its component, its inline options, or the slot's own question."""
        if ask.component is not None:
            return self.show(ask.component, given)
        slot = self.bot.slots.get(ask.ask)
        name = (slot.ask if slot is not None else None) or ask.ask
        if not ask.options and self.bot.component(name) is not None:
            return self.show(name, given)
        written: dict[str, Any] = {"component": ask.place, "ask": name}
        if ask.options:
            written["options"] = [dict(option) for option in ask.options]
        kind = COMPONENT_KINDS[_kind_of(ask, slot)]
        definition = kind.Model.model_validate({**written, "kind": kind.kind})
        return kind.show(definition, self._texts(given), given, self.given.moment(self.state))

    def extra_options(self, *, skip: bool, person: bool, after: Mapping[str, Any]) -> dict[str, Any]:
        """Options every question may have besides its own: to skip it, or to be given a person."""
        extra = [
            {"id": name, "label": t(self.state.language, f"component.{name}")}
            for name, wanted in (("skip", skip), ("talk_to_person", person))
            if wanted
        ]
        if not extra:
            return {}
        return {"options": [*after.get("options", ()), *extra], "extra": [one["id"] for one in extra]}

    def again(self, why: NotRead) -> str:
        """Why the reply was no answer, said kindly."""
        return t(self.state.language, f"again.{why.again}", **why.values)

    # --- what the customer gets --------------------------------------------------------------

    def send_text(self, text: str) -> Outcome:
        yield MessageSent(text=text, author=f"bot:{self.bot.name}", key=next_message(self.state))

    def send_shown(self, shown: Mapping[str, Any]) -> Outcome:
        yield MessageSent(
            text=shown.get("text", ""),
            component=sendable(shown),
            author=f"bot:{self.bot.name}",
            key=next_message(self.state),
        )

    def send_system(self, key: str) -> Outcome:
        """A message of the library's system bot, which the desk's own may override."""
        yield from self.send_text(self.message(key))

    def wait(self, step: Step, shown: Mapping[str, Any], *, timeout: timedelta | None = None) -> Outcome:
        """Send a question and wait at this step for its reply."""
        message = next_message(self.state)
        yield from self.send_shown(shown)
        yield QuestionAsked(message=message, shown=shown, at=iso(self.given.now))
        self.frame.at = step.place
        self.is_waiting = True
        if timeout is not None:
            gen = self.state.last_event + 1
            yield TimerSet(name=ASK_TIMER, due=iso(self.given.now + timeout), gen=gen)

    def ask_open_again(self, again: str) -> Outcome:
        """Say why, and put the open question once more, as it was."""
        question = self.state.question
        assert question is not None
        yield from self.send_text(again)
        yield from self.show_instead(question.shown)

    def show_instead(self, shown: Mapping[str, Any]) -> Outcome:
        """Go on waiting with another view of the open question: it again, or the next page of options."""
        message = next_message(self.state)
        yield from self.send_shown(shown)
        yield QuestionAsked(message=message, shown=shown, at=iso(self.given.now))
        self.is_waiting = True

    def confirm_known(self, ask: Ask, value: Any) -> Outcome:
        """Ask whether a value the session knows still holds."""
        slot = self.state.slots.get(ask.ask)
        label = (slot.label if slot is not None else "") or str(value)
        shown = self.show("yes_no") | {"text": t(self.state.language, "component.still_holds", value=label)}
        self.frame.phase = "known"
        yield from self.wait(ask, shown)

    def read_reply(self, step: Step, inbound: Inbound) -> Value | NotRead:
        """The open component's reading of a reply."""
        question = self.state.question
        if question is None:
            return NotRead(again="other")
        shown, moment = question.shown, self.given.moment(self.state)
        text = inbound.text[:MAX_TEXT]
        extra = _read_extra(shown, inbound, text, moment)
        if extra is not None:
            return extra
        if inbound.reply is None and isinstance(step, Ask) and not self.frame.phase:
            found = self._entity_of(step.ask, text)
            if found is not None:
                return found
        return COMPONENT_KINDS[shown["kind"]].read(shown, inbound.reply, text, moment)

    def _entity_of(self, slot: str, text: str) -> Value | NotRead | None:
        model = self.bot.slots.get(slot)
        if model is None or model.entity is None:
            return None
        for one in self.bot.matcher.entities(text, self.state.language):
            if one.entity == model.entity:
                return Value(value=one.value, label=str(one.value), how="typed")
        return NotRead(again="other")

    def answered(self, read: Value) -> Outcome:
        """The open question has its answer."""
        question = self.state.question
        assert question is not None
        choose = read.value if read.how == "chosen" and isinstance(read.value, str) else None
        yield QuestionAnswered(
            message=question.message, value=read.value, label=read.label, how=read.how, choose=choose
        )
        yield from self._cancel_timer()

    def close_question(self) -> Outcome:
        if self.state.question is not None:
            yield QuestionClosed(message=self.state.question.message)
        yield from self._cancel_timer()

    def _cancel_timer(self) -> Outcome:
        if ASK_TIMER in self.state.timers:
            yield TimerSet(name=ASK_TIMER, due=None, gen=self.state.timers[ASK_TIMER])

    # --- leaving -----------------------------------------------------------------------------

    def is_staffed(self, queue: str | None) -> bool:
        """Whether the queue's hours are open now."""
        name = queue or self.given.desk.default_queue
        hours = self.given.desk.config.queues[name].hours if name in self.given.desk.config.queues else None
        return hours is None or self.given.desk.is_open(hours, self.given.now)

    def hand_over(
        self, *, queue: str | None = None, rep: str | None = None, bot: str | None = None, because: str = ""
    ) -> Outcome:
        """Give the session to people or another bot; the dialog is over."""
        self.finish("handoff")
        yield from hand_over(
            self.state, self.given, self.bot, queue=queue, rep=rep, to_bot=bot, because=because
        )
        yield from self.close_question()

    def failed(self, what: str) -> Outcome:
        """Something broke: the log says what, the customer gets an apology and a person."""
        yield ErrorHappened(where=f"{self.content.path}", what=what)
        yield from self.send_system("error")
        yield from self.hand_over(because="something went wrong")


def _kind_of(ask: Ask, slot: SlotModel | None) -> str:
    """The kind of component that asks where the author named none."""
    if ask.options:
        return "choices"
    return "date_picker" if slot is not None and slot.type == "date" else "text"


def walk(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Every step, nested ones too, in the order they are written."""
    for step in steps:
        yield step
        for block in step.blocks():
            yield from walk(block)


def find(steps: tuple[Step, ...], place: str | None) -> Path | None:
    """The way to the step with this place: each list on the way with the index taken."""
    for index, step in enumerate(steps):
        if step.place == place and place is not None:
            return [(steps, index)]
        for block in step.blocks():
            inner = find(block, place)
            if inner is not None:
                return [(steps, index), *inner]
    return None


def _read_extra(shown: Mapping[str, Any], inbound: Inbound, text: str, moment: Any) -> Value | None:
    """A reply that takes one of the options added to every question, by click, number or label."""
    extra = shown.get("extra")
    if not extra:
        return None
    read = COMPONENT_KINDS["choices"].read(shown, inbound.reply, text, moment)
    if isinstance(read, Value) and read.value in extra:
        return Value(value=read.value, label=read.label, how="extra")
    return None
