"""The format of a bot's tests: what is given, and the talk line by line."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from frontdesk.authoring.models import Authored, Language, Words
from frontdesk.dialogs.base import ActionName, ComponentName, Duration, MessageKey, Ref, SlotName

ChannelName = Annotated[str, Ref("channel")]
OwnerName = Annotated[str, Ref("owner")]
OptionId = Annotated[Words, Ref("option")]


class TestGiven(Authored):
    """The world a talk happens in."""

    __test__ = False

    channel: ChannelName | None = None
    language: Language | None = None
    clock: str | None = None  # 2026-03-11T10:00, in the desk's time zone
    time_zone: str | None = None
    user: dict[str, Any] | None = None
    slots: dict[SlotName, Any] = Field(default_factory=dict)
    actions: dict[ActionName, Any] = Field(default_factory=dict)  # what they give, in place of calling them


class Reply(Authored):
    """What the customer does besides typing."""

    choose: OptionId | None = None
    value: Any = None
    of: str | None = None
    file: str | None = None
    text: Words | None = None

    @model_validator(mode="after")
    def _some(self) -> Reply:
        if not self.model_fields_set - {"of"}:
            raise ValueError("write what the customer does: `choose: OPTION`, `value: VALUE` or a text")
        return self


class Said(Authored):
    """What the bot must say."""

    component: ComponentName | None = None
    message: MessageKey | None = None
    text: Words | None = None

    @model_validator(mode="after")
    def _some(self) -> Said:
        if not self.model_fields_set:
            raise ValueError("write what the bot says: a text, `message: KEY` or `component: NAME`")
        return self


class Expected(Authored):
    """What must hold at this point of the talk."""

    owner: OwnerName | None = None  # bot | bot:NAME | queue:NAME | rep:LOGIN | none
    slots: dict[SlotName, Any] = Field(default_factory=dict)
    outcome: str | None = None  # none: none yet
    language: Language | None = None
    status: str | None = None
    actions: tuple[ActionName, ...] | None = None  # called so far, in order


def _user(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class TalkLine(Authored):
    """One line of a talk: who does what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: Annotated[str | Reply | None, BeforeValidator(_user)] = None
    bot: Annotated[str | Said | None, BeforeValidator(_user)] = None
    rep: str | None = None
    advance: Duration | None = None
    expect: Expected | None = None
    session: str | None = None
    event: str | None = None
    data: dict[str, Any] | None = None  # of an event

    @model_validator(mode="after")
    def _one(self) -> TalkLine:
        said = self.model_fields_set - {"data"}
        if len(said) != 1:
            every = ", ".join(f"`{name}:`" for name in type(self).model_fields if name != "data")
            raise ValueError(f"a line of a talk is one of {every}")
        return self


class TestFile(Authored):
    """`bots/NAME/tests/TEST.yml`."""

    __test__ = False

    about: str | None = None
    given: TestGiven = Field(default_factory=TestGiven)
    talk: tuple[TalkLine, ...] = Field(min_length=1)
