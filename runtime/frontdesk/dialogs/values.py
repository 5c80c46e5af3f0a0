"""What a dialog knows: slots, `into` names, and the expressions over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from frontdesk.authoring.content import BotContent, Dialog, TextContext
from frontdesk.authoring.expressions import ExpressionError
from frontdesk.dialogs.base import Outcome
from frontdesk.dialogs.plain import plain
from frontdesk.events import ErrorHappened, SlotSet
from frontdesk.given import Given
from frontdesk.sessions import Frame, SessionState

MAX_ANSWERED = 50  # questions of one dialog that "back" can go back to


class Values:
    """The names a dialog may use in this turn."""

    def __init__(
        self, bot: BotContent, dialog: Dialog, frame: Frame, state: SessionState, given: Given
    ) -> None:
        self.bot = bot
        self.content = dialog
        self.frame = frame  # a working copy: `PlaceKept` keeps it when the turn ends
        self.state = state
        self.given = given
        self.passed_over: list[str] = []  # why variations of texts could not be used
        self._texts: TextContext | None = None

    @property
    def texts(self) -> TextContext:
        """What texts and expressions may know of this moment."""
        if self._texts is None:
            self._texts = self.given.texts_at(self.state, self.passed_over.append)
        return self._texts

    @property
    def name(self) -> str:
        return self.content.name

    @property
    def where(self) -> str:
        """The dialog's file, for the log."""
        return self.content.path

    def values(self) -> dict[str, Any]:
        """Every declared name: slots and `into` names, none until set."""
        known: dict[str, Any] = dict.fromkeys(self.bot.slots)
        for name, one in self.state.slots.items():
            if one.scope != "dialog":
                known[name] = one.value
        known.update(self.frame.values)
        return known

    def known(self) -> dict[str, Any]:
        """The names that have a value."""
        return {name: value for name, value in self.values().items() if value is not None}

    def slot(self, name: str) -> Any:
        """A slot's value, or None."""
        if name in self.frame.values:
            return self.frame.values[name]
        kept = self.state.slots.get(name)
        return kept.value if kept is not None and kept.scope != "dialog" else None

    def label(self, name: str) -> str:
        """A slot's value as the customer would say it."""
        slot = self.state.slots.get(name)
        return (slot.label if slot is not None else "") or str(self.slot(name))

    def slot_check(self, name: str) -> str | None:
        model = self.bot.slots.get(name)
        return model.check if model is not None else None

    def keep(self, name: str, value: Any) -> None:
        """Keep a value for this dialog only."""
        self.frame.values[name] = plain(value)

    def is_of_session(self, name: str) -> bool:
        """Whether a slot is kept with the session, where every dialog has it."""
        model = self.bot.slots.get(name)
        return model is None or model.scope == "session"

    def keep_slot(self, name: str, value: Any, *, source: str = "set", label: str = "") -> Outcome:
        """Give a slot a value where its scope says; None clears it."""
        model = self.bot.slots.get(name)
        scope = model.scope if model is not None else "session"
        value = plain(value)
        if scope == "dialog":
            self.frame.values[name] = value
        if value is None and name not in self.state.slots:
            return
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
            yield ErrorHappened(where=self.where, what="expression", detail=str(error))
            return None

    def evaluate_all(self, sources: Mapping[str, str]) -> Outcome:
        """The values of a `with`."""
        values: dict[str, Any] = {}
        for name, source in sources.items():
            values[name] = yield from self.evaluate(source)
        return values

    # --- what was answered -------------------------------------------------------------------

    def note_answered(self, place: str) -> None:
        """The question at this place was answered: the way back leads there first."""
        answered = self.frame.answered
        kept = answered[: answered.index(place)] if place in answered else answered
        self.frame.answered = [*kept, place][-MAX_ANSWERED:]

    def settle(self) -> None:
        """Something was done with the answers so far: they are not taken back any more."""
        self.frame.answered = []
        self.frame.settled = [name for name in self.bot.slots if self.slot(name) is not None]

    # --- tries -------------------------------------------------------------------------------

    def tries(self, place: str) -> int:
        """How often the step at this place has failed."""
        return self.frame.tries.get(place, 0)

    def count_try(self, place: str) -> None:
        self.frame.tries[place] = self.tries(place) + 1

    def forget_tries(self, place: str) -> None:
        self.frame.tries.pop(place, None)


def forget_own(state: SessionState, dialog: str) -> Outcome:
    """A dialog is over: what it knew for itself alone goes with it."""
    for name, slot in list(state.slots.items()):
        if slot.scope == "dialog" and slot.dialog == dialog:
            yield SlotSet(name=name, value=None, scope="dialog", dialog=dialog)
