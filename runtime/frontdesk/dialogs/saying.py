"""What a dialog says: messages and components, rendered for this customer and sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from frontdesk.authoring.expressions import ExpressionError
from frontdesk.components.base import COMPONENT_KINDS, Definition, NotRead, sendable
from frontdesk.dialogs.base import Outcome
from frontdesk.dialogs.plain import plain
from frontdesk.dialogs.system import say_system
from frontdesk.dialogs.values import Values
from frontdesk.errors import FrontdeskError
from frontdesk.events import ErrorHappened, MessageSent
from frontdesk.given import next_message
from frontdesk.locale import t


class NotShowable(FrontdeskError):
    """A text or a component that a step names cannot be shown; the message says why."""


class Saying(Values):
    """A dialog that speaks."""

    said = 0  # messages so far in this turn

    @property
    def author(self) -> str:
        return f"bot:{self.bot.name}"

    def message(self, key: str, **extra: Any) -> str:
        """A message in the session's language; raises NotShowable."""
        state, values = self.state, {**self.values(), **extra}
        chance = self.given.seed + state.last_event
        try:
            return self.bot.say(key, state.language, state.channel_kind, values, chance, self.texts)
        except ExpressionError as error:
            raise NotShowable(f"message `{key}`: {error}") from error

    def text(self, authored: Any, given: Mapping[str, Any]) -> str:
        """An authored text in the session's language; raises NotShowable."""
        try:
            return self.bot.text(authored, self.state.language, {**self.values(), **given}, self.texts)
        except ExpressionError as error:
            raise NotShowable(str(error)) from error

    def show(self, component: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A named component as the customer will see it; raises NotShowable."""
        definition = self.bot.component(component)
        if definition is None:
            raise NotShowable(f"there is no component `{component}`; write it in components/{component}.yml")
        return self.shown(definition, given or {})

    def shown(self, definition: Definition, given: Mapping[str, Any]) -> dict[str, Any]:
        """A component as the customer will see it; raises NotShowable."""

        def texts(authored: Any) -> str:
            return self.text(authored, given)

        kind, moment = COMPONENT_KINDS[definition.kind], self.given.moment(self.state)
        try:
            found: dict[str, Any] = plain(kind.show(definition, texts, given, moment))
        except (NotShowable, ValueError) as error:
            raise NotShowable(f"component `{definition.component}`: {error}") from error
        return found

    def send_text(self, text: str) -> Outcome:
        """Send a text; an empty one is nothing to say."""
        yield from self._report_passed_over()
        if text:
            self.said += 1
            yield MessageSent(text=text, author=self.author, key=next_message(self.state))

    def send_shown(self, shown: Mapping[str, Any]) -> Outcome:
        """Send a component."""
        yield from self._report_passed_over()
        self.said += 1
        yield MessageSent(
            text=shown.get("text", ""),
            component=sendable(shown),
            author=self.author,
            key=next_message(self.state),
        )

    def send_system(self, key: str) -> Outcome:
        """Send a text that every desk has."""
        self.said += 1
        yield from say_system(self.state, self.given, self.bot, key, author=self.author, values=self.values())

    def again(self, why: NotRead, key: str | None = None) -> Outcome:
        """Why the reply was no answer, said kindly: the author's message if it can be, else ours."""
        if key is not None:
            try:
                return self.message(key)
            except NotShowable as error:
                yield ErrorHappened(where=self.where, what="again", detail=str(error))
        return t(self.state.language, f"again.{why.again}", **why.values)

    def _report_passed_over(self) -> Outcome:
        while self.passed_over:
            yield ErrorHappened(where=self.where, what="variation", detail=self.passed_over.pop(0))
