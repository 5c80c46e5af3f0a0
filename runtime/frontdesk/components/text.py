"""Text: an open question, answered in the customer's own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from frontdesk.components.base import (
    READING,
    AuthoredText,
    Capabilities,
    ComponentKind,
    Definition,
    Moment,
    NotRead,
    Plan,
    Texts,
    Value,
    component_kind,
    extra_options,
    is_for_another,
    language_of,
)
from frontdesk.components.plan import plan_beside
from frontdesk.messages import MAX_TEXT, ComponentReply


class Text(Definition):
    """An open question. What an `ask` without a component sends."""

    kind: Literal["text"] = Field(default="text", description="`text`")
    ask: AuthoredText = Field(description="the question")
    max: int = Field(
        default=MAX_TEXT, ge=1, le=MAX_TEXT, description="the most characters an answer may have"
    )


@component_kind
class TextKind(ComponentKind):
    """Shown as its question alone, read back as the text itself."""

    kind = "text"
    Model = Text

    def show(self, definition: Text, texts: Texts, given: Mapping[str, Any], at: Moment) -> dict[str, Any]:
        return {
            "name": definition.component,
            "kind": self.kind,
            "language": at.language,
            "text": texts(definition.ask),
            READING: {"max": definition.max},
        }

    def plan(self, shown: Mapping[str, Any], can: Capabilities) -> Plan:
        return plan_beside(shown["text"], extra_options(shown), can, language_of(shown))

    def read(
        self, shown: Mapping[str, Any], reply: ComponentReply | None, text: str, at: Moment
    ) -> Value | NotRead:
        if is_for_another(shown, reply):
            return NotRead(again="closed")
        if reply is not None and (reply.choose is not None or reply.value is not None):
            if not isinstance(reply.value, str):
                return NotRead(again="not_offered")
            text = reply.value
        longest = int(shown.get(READING, {}).get("max", MAX_TEXT))
        said = text.replace("\0", "").strip()
        if not said:
            return NotRead(again="empty")
        if len(said) > longest:
            return NotRead(again="text_too_long", values={"n": longest})
        return Value(value=said, label=said, how="typed")


def open_question(name: str, ask: str | dict[str, str]) -> Text:
    """The definition of an `ask` without a component."""
    return Text(component=name, ask=ask)
