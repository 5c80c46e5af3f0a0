"""The formats of an agent's files: bot.yml of kind agent, its scripted models, and what they become."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from frontdesk.authoring.models import Authored, EntityModel, Name, SlotModel, Text
from frontdesk.dialogs.base import ActionName, ComponentName, DialogName, Expr, MessageKey, Ref

SCRIPTED = "scripted:"  # before the name of a scripted model
KEY = "OPENAI_API_KEY"
PromptName = Annotated[str, Ref("prompt")]
SUMMARY = "summary"  # the prompt that asks for what stays of a long conversation; the library has one

WINDOW = 32_000
WINDOWS = {
    "gpt-3.5": 16_000,
    "gpt-4": 8_000,
    "gpt-4-32k": 32_000,
    "gpt-4-turbo": 128_000,
    "gpt-4o": 128_000,
    "gpt-4.1": 1_000_000,
    "gpt-5": 270_000,
    "o1": 128_000,
    "o3": 200_000,
    "o4": 200_000,
}
"""How many tokens a model can read, by the beginning of its name, and of one that is not listed."""


class Prices(Authored):
    """What a million tokens cost, in whatever currency the desk counts in."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)


class ModelFields(Authored):
    """A model and where it is called."""

    name: str  # a provider's name of it, or scripted:NAME
    base_url: str = ""  # ends in /v1; empty: OpenAI's own
    key: str = KEY  # the environment variable that holds the key
    stream: bool | None = None  # ask for answers as streams; none: where a customer can watch them come
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_tokens: int | None = Field(default=None, ge=1)  # of one answer
    context: int | None = Field(default=None, ge=100)  # tokens it can read; none: by its name, else 32,000
    prices: Prices | None = None

    @field_validator("name")
    @classmethod
    def _named(cls, value: str) -> str:
        if not value.strip() or value == SCRIPTED:
            raise ValueError("a model needs a name; write one your provider has, or scripted:NAME")
        return value

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError(f"`{value}` is no address; it begins with https:// and ends in /v1")
        return value.rstrip("/")

    @property
    def script(self) -> str | None:
        """The name of its script; None: it is a real model."""
        return self.name.removeprefix(SCRIPTED) if self.name.startswith(SCRIPTED) else None

    @property
    def window(self) -> int:
        """How many tokens it can read."""
        if self.context is not None:
            return self.context
        known = max((one for one in WINDOWS if self.name.startswith(one)), key=len, default="")
        return WINDOWS.get(known, WINDOW)


class MainModel(ModelFields):
    """The model an agent asks first, and those it asks when that one is away."""

    fallback: tuple[str | ModelFields, ...] = ()

    @property
    def order(self) -> tuple[ModelFields, ...]:
        """Every model, in the order they are asked; a bare name is called where the first one is."""
        fields = self.model_dump(exclude={"fallback", "name", "prices", "context"})
        others = [ModelFields(name=one, **fields) if isinstance(one, str) else one for one in self.fallback]
        return (self, *others)


class ToolUse(Authored):
    """A tool, and the component that asks the customer before it is called."""

    tool: ActionName
    confirm: ComponentName


class MessageUse(Authored):
    """A message the agent may say, and the names in it that its model gives."""

    message: MessageKey
    given: tuple[Name, ...] = Field(default=(), alias="with")


class Limits(Authored):
    """What one message of a customer may cost."""

    calls: int = Field(default=8, ge=1, le=100)  # of the model
    tokens: int = Field(default=20_000, ge=1)
    seconds: float = Field(default=60, gt=0, le=600)


class SessionLimits(Authored):
    """What one session may cost."""

    calls: int = Field(default=300, ge=1)
    tokens: int = Field(default=1_000_000, ge=1)


class AgentFile(Authored):
    """`bots/NAME/bot.yml` of kind agent."""

    kind: Literal["agent"]
    name: Text | None = None  # what customers see
    prompt: PromptName  # prompts/NAME.j2 of the bot, the desk or the library
    model: MainModel
    tools: tuple[ActionName | ToolUse, ...] = ()
    components: tuple[ComponentName, ...] = ()
    dialogs: tuple[DialogName, ...] = ()
    messages: tuple[MessageKey | MessageUse, ...] = ()  # the model may say; approved without it: all its own
    speak: Literal["free", "approved"] = "free"
    limits: Limits = Limits()
    session_limits: SessionLimits = SessionLimits()
    slots: dict[Name, SlotModel] = Field(default_factory=dict)  # of the bot's own dialogs
    entities: dict[Name, EntityModel] = Field(default_factory=dict)

    @property
    def tool_names(self) -> tuple[str, ...]:
        return tuple(one.tool if isinstance(one, ToolUse) else one for one in self.tools)

    @property
    def confirmations(self) -> dict[str, str]:
        """The component that asks before a tool is called, where the author names one."""
        return {one.tool: one.confirm for one in self.tools if isinstance(one, ToolUse)}

    def approved(self, own: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The messages its model may say, and what it gives with each. `own`: what the bot has."""
        if not self.messages:
            return dict.fromkeys(own, ()) if self.speak == "approved" else {}
        return {
            one.message if isinstance(one, MessageUse) else one: one.given
            if isinstance(one, MessageUse)
            else ()
            for one in self.messages
        }


class ScriptedLine(Authored):
    """What a scripted model says or calls, and when."""

    when: Expr | None = None
    say: Text | None = None
    call: str | None = None
    arguments: Mapping[str, Expr] = Field(default_factory=dict, alias="with")

    @model_validator(mode="after")
    def _one(self) -> ScriptedLine:
        if self.say is None and self.call is None:
            raise ValueError("a line says something or calls a tool; write `say: TEXT` or `call: TOOL`")
        if self.arguments and self.call is None:
            raise ValueError("`with` belongs to `call`; this line calls nothing")
        return self


class ScriptedFile(Authored):
    """`bots/NAME/models/MODEL.yml`: its lines, tried from the top."""

    lines: tuple[ScriptedLine, ...]


SCRIPT_NAMES = frozenset({"said", "number", "called", "result", "results", "language", "left_out"})
"""What a scripted model's lines may use: the customer's last words in small letters, the last number in
anything they wrote, the tool called since then, its result, every tool's last result, the language, and
what stays of a long conversation's beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt as it was written."""

    name: str
    path: str
    source: str

    @property
    def version(self) -> str:
        """The hash of its content: 12 hexadecimal digits."""
        return hashlib.sha256(self.source.encode()).hexdigest()[:12]


PROMPT_NAMES = frozenset({"desk", "bot", "language", "languages", "channel", "known"})
"""What a prompt may use besides the functions of every text: names of the desk and the bot, the session's
language and kind of channel, the desk's languages, and the values the session knows (`known.NAME`)."""


def tool_name(what: str, name: str) -> str:
    """What the model calls a component, dialog or tool of this name; `BOT/NAME` goes by its NAME."""
    return {"component": "show_", "dialog": "start_"}.get(what, "") + name.rpartition("/")[2]


HAND_OVER = "hand_over"  # the tool every agent has
SAY = "say"  # the tool of those that have approved messages
