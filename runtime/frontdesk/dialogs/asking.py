"""How a dialog asks: what a question shows, the wait for its reply, and how the reply is read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from frontdesk.authoring.formats import as_day
from frontdesk.clock import iso
from frontdesk.components.base import COMPONENT_KINDS, Definition, Moment, NotRead, Value, language_of
from frontdesk.components.typed_date import day_text
from frontdesk.dialogs.base import Outcome, Step, WaitingStep
from frontdesk.dialogs.saying import NotShowable, Saying
from frontdesk.events import QuestionAnswered, QuestionAsked, QuestionClosed, TimerSet, Understood
from frontdesk.given import next_message
from frontdesk.locale import t
from frontdesk.messages import MAX_TEXT, Inbound

if TYPE_CHECKING:
    from frontdesk.authoring.models import SlotModel
    from frontdesk.dialogs.ask import Ask
    from frontdesk.nlu.entities.base import Found

ASK_TIMER = "ask"
MAX_ASKED = 20  # messages that put one question whose replies are still read


class Asking(Saying):
    """A dialog that asks, and waits at one of its steps."""

    is_waiting = False

    # --- the question ------------------------------------------------------------------------

    def question_for(self, ask: Ask, given: Mapping[str, Any]) -> dict[str, Any]:
        """What an `ask` shows: its component, its inline options, or the slot's own question."""
        if ask.component is not None:
            return self.show(ask.component, given)
        slot = self.bot.slots.get(ask.ask)
        name = (slot.ask if slot is not None else None) or ask.ask
        if not ask.options and self.bot.component(name) is not None:
            return self.show(name, given)
        if not ask.options and slot is not None and slot.type == "boolean":
            return self.show("yes_no") | {"text": self.text(name, given)}
        return self.shown(self._inline(ask, name), given)

    def definition_for(self, ask: Ask) -> Definition | None:
        """The component an `ask` shows, before it is shown; None where that depends on values."""
        slot = self.bot.slots.get(ask.ask)
        if ask.given or (slot is not None and slot.type == "boolean"):
            return None
        name = ask.component or (slot.ask if slot is not None else None) or ask.ask
        own = self.bot.component(name) if ask.component is not None or not ask.options else None
        return own or self._inline(ask, name)

    def shown_quietly(self, ask: Ask) -> dict[str, Any] | None:
        """What an `ask` would show, its own words aside: they may tell of what is not known yet.

        None: it depends on values, or it is a plain question of yes or no.
        """
        definition = self.definition_for(ask)
        if definition is None:
            return None
        try:
            return COMPONENT_KINDS[definition.kind].show(
                definition, self._text_or_nothing, {}, self.given.moment(self.state)
            )
        except ValueError:
            return None

    def _inline(self, ask: Ask, name: Any) -> Definition:
        definition = self.bot.inline.get(id(ask))
        if definition is None:
            definition = self.bot.inline[id(ask)] = _inline(ask, self.bot.slots.get(ask.ask), name)
        return definition

    def _text_or_nothing(self, authored: Any) -> str:
        try:
            return self.text(authored, {})
        except NotShowable:
            return ""

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

    def confirm_known(self, ask: Ask) -> Outcome:
        """Ask whether a value the session knows still holds."""
        text = t(self.state.language, "component.still_holds", value=self.label(ask.ask))
        yield from self.wait(ask, self.show("yes_no") | {"text": text}, phase="known", timeout=ask.timeout)

    # --- waiting -----------------------------------------------------------------------------

    def wait(
        self, step: Step, shown: Mapping[str, Any], *, phase: str = "", timeout: timedelta | None = None
    ) -> Outcome:
        """Send a question and wait at this step for its reply."""
        # The same question put again reads replies to any of its messages; a confirmation only to the
        # last, because what it confirms may have changed.
        if phase or self.frame.phase or self.frame.at != step.place:
            self.frame.asked = []
        self.frame.at, self.frame.phase = step.place, phase
        yield from self._put(shown)
        if timeout is not None:
            gen = self.state.last_event + 1
            yield TimerSet(name=ASK_TIMER, due=iso(self.given.now + timeout), gen=gen)

    def ask_open_again(self, step: WaitingStep, why: str = "") -> Outcome:
        """Say why, and put the open question once more: as it was, or in the session's new language."""
        question = self.state.question
        assert question is not None
        yield from self.send_text(why)
        if language_of(question.shown) == self.state.language:
            yield from self._put(question.shown)
        else:
            yield from step.put_again(self)  # type: ignore[arg-type]  # Asking is a part of DialogRun

    def show_instead(self, shown: Mapping[str, Any]) -> Outcome:
        """Go on waiting with another view of the open question: the next page of its options."""
        yield from self._put(shown)

    def _put(self, shown: Mapping[str, Any]) -> Outcome:
        yield from self._report_passed_over()
        message = next_message(self.state)
        yield from self.send_shown(shown)
        yield QuestionAsked(message=message, shown=shown, at=iso(self.given.now))
        self.frame.asked = [*self.frame.asked, message][-MAX_ASKED:]
        self.is_waiting = True

    def is_late(self, inbound: Inbound) -> bool:
        """Whether the reply is to another question than the open one."""
        question, reply = self.state.question, inbound.reply
        if question is None or reply is None or reply.to is None:
            return False
        return reply.to != question.message and reply.to not in self.frame.asked

    def takes_any_words(self, slot: str) -> bool:
        """Whether whatever is typed answers the open question."""
        question, model = self.state.question, self.bot.slots.get(slot)
        is_text = question is not None and question.shown["kind"] == "text"
        return is_text and (model is None or (model.entity is None and model.type in (None, "text", "any")))

    # --- the reply ---------------------------------------------------------------------------

    def said_instead(self, slot: str, inbound: Inbound) -> Value | None:
        """The other value in "no, 1043", where only yes or no was asked."""
        if self.frame.phase != "known" or inbound.reply is not None:
            return None
        found = self.entity_in(slot, inbound.text)
        return found if found is not None and found.value != self.slot(slot) else None

    def read_reply(self, inbound: Inbound, slot: str | None = None) -> Value | NotRead:
        """The open component's reading of a reply; `slot`: what it is to fill."""
        question = self.state.question
        if question is None:
            return NotRead(again="other")
        shown, moment = question.shown, self.given.moment(self.state)
        text = inbound.text[: MAX_TEXT + 1]  # one more than an answer may have: too long is said, never cut
        extra = _read_extra(shown, inbound, text, moment)
        if extra is not None:
            return extra
        found = self._entity_of(slot, shown, inbound, text) if slot is not None else None
        if found is not None:
            return found
        read = COMPONENT_KINDS[shown["kind"]].read(shown, inbound.reply, text, moment)
        return self._typed(slot, read) if slot is not None and isinstance(read, Value) else read

    def _entity_of(
        self, slot: str, shown: Mapping[str, Any], inbound: Inbound, text: str
    ) -> Value | NotRead | None:
        """The slot's entity in the words; where nothing else can be answered, words without it are none."""
        model = self.bot.slots.get(slot)
        if model is None or model.entity is None:
            return None
        if inbound.reply is not None:
            if shown["kind"] != "text" or not isinstance(inbound.reply.value, str):
                return None
            text = inbound.reply.value[: MAX_TEXT + 1]
        if shown["kind"] != "text" and self.bot.is_known_entity(model.entity):
            return None  # a calendar knows better than the grammar alone which days can be had
        found = self.entity_in(slot, text)
        return NotRead(again="other") if found is None and shown["kind"] == "text" else found

    def entities(self, text: str) -> tuple[Found, ...]:
        """The entities said in the words."""
        return self.given.entities(self.bot, text[: MAX_TEXT + 1], self.state)

    def entity_in(self, slot: str, text: str) -> Value | None:
        """The first entity of a slot in the words."""
        model = self.bot.slots.get(slot)
        if model is None or model.entity is None:
            return None
        of_it = (one for one in self.entities(text) if one.is_of(model.entity))
        return next((self.as_value(one, text) for one in of_it), None)

    def as_value(self, found: Found, text: str) -> Value:
        """An entity as an answer: what to keep, and how the customer would say it."""
        label = str(found.value)
        if self.bot.is_known_entity(found.entity):
            day = as_day(found.value) if found.entity == "date" else None
            said = text[found.start : found.end]
            label = day_text(day, self.state.language, "day_long") if day is not None else said
        return Value(value=found.value, label=label, how="typed")

    def _typed(self, slot: str, read: Value) -> Value | NotRead:
        """The value as its slot's type has it."""
        model = self.bot.slots.get(slot)
        kind = model.type if model is not None else None
        if kind == "boolean" and read.value in ("yes", "no"):
            return Value(value=read.value == "yes", label=read.label, how=read.how)
        if kind == "number" and isinstance(read.value, str):
            number = _number(read.value, self.state.language)
            return NotRead() if number is None else Value(value=number, label=read.label, how=read.how)
        return read

    def keep_offered(self, offered: Mapping[str, Value]) -> Outcome:
        """Keep what a sentence said to questions that nobody has asked yet."""
        for name, value in offered.items():
            yield from self.keep_slot(name, value.value, source="said", label=value.label)

    def answered(self, read: Value, choose: str | None = None, *, rule: str = "reply") -> Outcome:
        """The open question has its answer."""
        question = self.state.question
        assert question is not None
        yield Understood(rule=rule, release=self.frame.release)
        yield QuestionAnswered(
            message=question.message, value=read.value, label=read.label, how=read.how, choose=choose
        )
        yield from self._cancel_timer()

    def close_question(self) -> Outcome:
        """The open question is waited for no longer."""
        if self.state.question is not None:
            yield QuestionClosed(message=self.state.question.message)
        yield from self._cancel_timer()

    def _cancel_timer(self) -> Outcome:
        if ASK_TIMER in self.state.timers:
            yield TimerSet(name=ASK_TIMER, due=None, gen=self.state.timers[ASK_TIMER])


def _inline(ask: Ask, slot: SlotModel | None, name: Any) -> Definition:
    written: dict[str, Any] = {"component": ask.place, "ask": name}
    if ask.options:
        written["options"] = [one if isinstance(one, str) else dict(one) for one in ask.options]
    kind = COMPONENT_KINDS[_kind_of(ask, slot)]
    try:
        return kind.Model.model_validate({**written, "kind": kind.kind})
    except ValueError as error:
        raise NotShowable(f"ask `{ask.ask}`: {error}") from error


def _kind_of(ask: Ask, slot: SlotModel | None) -> str:
    """The kind of component that asks where the author named none."""
    if ask.options:
        return "choices"
    if slot is not None and slot.entity in (None, "number") and slot.type == "number":
        return "number"
    return "date_picker" if slot is not None and slot.type == "date" else "text"


def _read_extra(shown: Mapping[str, Any], inbound: Inbound, text: str, moment: Moment) -> Value | None:
    """A reply that takes one of the options added to every question, by click, number or label."""
    extra = shown.get("extra")
    if not extra:
        return None
    read = COMPONENT_KINDS["choices"].read(shown, inbound.reply, text, moment)
    if isinstance(read, Value) and read.value in extra:
        return Value(value=read.value, label=read.label, how="extra")
    return None


def _number(said: str, language: str) -> int | float | None:
    from babel.numbers import NumberFormatError, parse_decimal

    try:
        number = parse_decimal(said.strip(), locale=language.replace("-", "_"))
    except (NumberFormatError, ValueError):
        return None
    if not number.is_finite() or abs(number) >= 2**53:
        return None
    return int(number) if number == number.to_integral_value() else float(number)
