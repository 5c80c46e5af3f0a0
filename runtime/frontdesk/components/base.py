"""What every kind of messaging component is: a definition, how it is shown, how a reply is read.

A kind is one file beside this one. It subclasses `ComponentKind`, is registered where it is
defined (`@component_kind`), and has golden cases in `tests/golden/components/KIND.yml`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from frontdesk.messages import ComponentReply

Texts = Callable[[Any], str]
"""Turns an authored text (a {lang: text} map, a message key, or plain text) into the session's language."""


READING = "reading"
"""The part of a shown component that the desk keeps to itself: what `read` needs besides what is shown.
`sendable` leaves it out."""

LANGUAGE = "en"  # of a shown component that does not say


@dataclass(frozen=True, slots=True)
class IsText:
    """Marks a field as an authored text: {lang: text}, a message key, or text in the default language."""


AuthoredText = Annotated[str | dict[str, str], IsText()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What a component may know of the session when it is shown or its reply is read."""

    language: str
    today: date  # in the session's time zone
    now: datetime  # aware, in the session's time zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A reply, read: the typed value to keep and how the customer would say it."""

    value: Any
    label: str
    how: str  # chosen | typed | number | label | synonym | id: which rule read it


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRead:
    """A reply that is no answer. `again` is a key of the locale catalogue under `again.`.

    With `show`, nothing failed: the customer asked for more of the options. Show that in place of
    the component, keep waiting, and count no try.
    """

    again: str = "other"
    values: Mapping[str, Any] = field(default_factory=dict)
    show: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a kind of channel can show, as data. None: no limit."""

    forms: frozenset[str] = frozenset()  # native forms: buttons, list, date_picker, link_card ...
    max_text: int | None = None
    max_options: Mapping[str, int] = field(default_factory=dict)  # form -> how many
    max_label: Mapping[str, int] = field(default_factory=dict)  # form -> characters
    max_description: int | None = None  # 0: options have no descriptions
    images: bool = False
    typing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one shown component will look on one kind of channel, and what is lost on the way."""

    form: str  # a native form, or "text": numbered text
    text: str  # what is sent as text: the question, or the whole numbered fallback
    losses: tuple[str, ...] = ()  # sentences for the author; empty: nothing is lost
    options: tuple[Mapping[str, Any], ...] = ()  # a native form's, cut to its limits, this page only


class Definition(BaseModel):
    """What an author writes in `components/NAME.yml`, whatever the kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    component: str = Field(description="the component's name, the same as its file's")
    kind: str = Field(description="which kind of component it is")

    @property
    def option_ids(self) -> tuple[str, ...]:
        """What a reply may choose, as far as that is known before it is shown."""
        return ()


class ComponentKind:
    """One kind. Pure: no clock, no I/O; what it must know is in its arguments."""

    kind: ClassVar[str]
    Model: ClassVar[type[Definition]]
    collects: ClassVar[bool] = True  # False: sent only (link), never waited for

    def show(self, definition: Any, texts: Texts, given: Mapping[str, Any], at: Moment) -> dict[str, Any]:
        """The component in the session's language, neutral to the channel.

        Always has `name`, `kind`, `language` and `text` (the question). Options are
        `[{"id", "label", "description"?}]` under `options`. `given` (an ask's or say's `with`) stands
        in for the definition's fields of the same names; a ValueError says what is wrong with it.
        """
        raise NotImplementedError

    def plan(self, shown: Mapping[str, Any], can: Capabilities) -> Plan:
        """How a channel with these capabilities will show it."""
        raise NotImplementedError

    def read(
        self, shown: Mapping[str, Any], reply: ComponentReply | None, text: str, at: Moment
    ) -> Value | NotRead:
        """The typed value of a click or of typed text, or why it is none. Never raises.

        When `shown["message"]` is the id of the message that asked, a reply to another one is refused.
        """
        raise NotImplementedError


def sendable(shown: Mapping[str, Any]) -> dict[str, Any]:
    """A shown component as clients get it: without what only the desk needs."""
    return {name: value for name, value in shown.items() if name not in (READING, "message")}


def language_of(shown: Mapping[str, Any]) -> str:
    """The language a component was shown in."""
    return str(shown.get("language", LANGUAGE))


def extra_options(shown: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The options that were added to the component's own: to skip the question, to be given a person."""
    extra = shown.get("extra", ())
    return [option for option in shown.get("options", ()) if option["id"] in extra]


def is_for_another(shown: Mapping[str, Any], reply: ComponentReply | None) -> bool:
    """Whether the reply names another message than the one that asked."""
    asked = shown.get("message")
    return reply is not None and reply.to is not None and asked is not None and reply.to != asked


_K = TypeVar("_K", bound=ComponentKind)

COMPONENT_KINDS: dict[str, ComponentKind] = {}


def component_kind(cls: type[_K]) -> type[_K]:
    """Register a kind under its `kind` word."""
    COMPONENT_KINDS[cls.kind] = cls()
    return cls
