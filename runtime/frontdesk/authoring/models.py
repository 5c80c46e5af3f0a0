"""The formats of a bot's files. What a field names or computes stands in its annotation, for `check`."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from frontdesk.components.base import IsText
from frontdesk.dialogs.base import Expr, MessageKey, Ref

NAME = re.compile(r"[a-z][a-z0-9_]*$")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")


class Authored(BaseModel):
    """A part of an authored file: an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _name(value: str) -> str:
    if not NAME.match(value):
        raise ValueError(
            f"`{value}` cannot be a name: a name is lower-case letters, digits and _, like order_number"
        )
    return value


def _language(value: str) -> str:
    if not LANGUAGE.match(value):
        raise ValueError(f"`{value}` is no language: write its code, like en or pt-BR")
    return value


def _written(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _text(value: Any) -> Any:
    if isinstance(value, dict):
        if not value:
            raise ValueError("the text is missing")
        wrong = [
            key for key, said in value.items() if not isinstance(said, str | int) or isinstance(said, bool)
        ]
        if wrong:
            raise ValueError(f"the text for `{wrong[0]}` is not text; put it in quotes")
        return {_language(str(key)): str(said) for key, said in value.items()}
    value = _written(value)
    if not isinstance(value, str):
        raise ValueError(
            "a text was expected: plain, in quotes, or one a language like {en: Hello, fr: Bonjour}"
        )
    return value


Name = Annotated[str, AfterValidator(_name)]
Language = Annotated[str, AfterValidator(_language)]
Words = Annotated[str, BeforeValidator(_written)]
"""Text in which a bare number is meant as it is written."""
Text = Annotated[str | dict[str, str], BeforeValidator(_text), IsText()]
IntentName = Annotated[str, Ref("intent")]
EntityName = Annotated[str, Ref("entity")]
SlotName = Annotated[str, Ref("slot")]
Question = Annotated[str, Ref("question")]
"""How a slot is asked for: a component or a message."""

SLOT_TYPES = ("text", "number", "date", "time", "datetime", "boolean", "list", "any")


class SlotModel(Authored):
    """A named value the session keeps."""

    type: Literal["text", "number", "date", "time", "datetime", "boolean", "list", "any"] | None = None
    entity: EntityName | None = None  # filled from this entity wherever it is said
    check: Expr | None = None  # an expression over `value`
    ask: Question | None = None
    private: bool = False  # models, logs and reps see a placeholder
    scope: Literal["dialog", "session", "user"] = "session"
    label: Text | None = None  # what reps see


class EntityModel(Authored):
    """A typed span of a sentence: by pattern or by a list of words."""

    pattern: str | None = None
    lookup: dict[str, dict[Language, tuple[Words, ...]]] | None = None  # value -> language -> words
    roles: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> EntityModel:
        if (self.pattern is None) is (self.lookup is None):
            raise ValueError("an entity has either `pattern` or `lookup`")
        return self


class BotFile(Authored):
    """`bots/NAME/bot.yml` of kind dialogs."""

    kind: Literal["dialogs"] = "dialogs"
    name: Text | None = None  # what customers see
    slots: dict[Name, SlotModel] = Field(default_factory=dict)
    entities: dict[Name, EntityModel] = Field(default_factory=dict)
    embeddings: bool = False  # understand sentences by their meaning, too (the extra `embeddings`)


Examples = dict[Language, tuple[Words, ...]]


class IntentFile(Authored):
    """`bots/NAME/intents/INTENT.yml`."""

    intent: Name
    examples: Examples
    label: Text | None = None  # what "did you mean" shows


IntentModel = IntentFile


class AnswerFile(Authored):
    """`bots/NAME/answers/QUESTION.yml`: a question and its answer."""

    question: Name
    examples: Examples
    answer: MessageKey
    source: str | None = None


class Variation(Authored):
    """A text for when a condition holds; without `when`, always."""

    when: Expr | None = None
    text: Words


class When(Authored):
    """What starts a dialog."""

    intent: IntentName | None = None
    event: str | None = None
    keyword: Words | tuple[Words, ...] | None = None

    @model_validator(mode="after")
    def _some(self) -> When:
        if self.intent is None and self.event is None and not self.keyword:
            raise ValueError("`when` needs `intent: NAME`, `event: NAME` or `keyword: WORD`")
        return self

    @property
    def keywords(self) -> tuple[str, ...]:
        if self.keyword is None:
            return ()
        return (self.keyword,) if isinstance(self.keyword, str) else self.keyword


class DialogFile(Authored):
    """`bots/NAME/dialogs/DIALOG.yml`; its steps are read by their word (`dialogs.base.read_steps`)."""

    dialog: Name
    when: When | None = None
    needs: tuple[SlotName, ...] = ()
    returns: tuple[SlotName, ...] = ()
    steps: tuple[Any, ...]


def _forms(value: Any) -> Any:
    if isinstance(value, list) and value:
        if all(isinstance(each, dict) for each in value):
            return value
        if all(isinstance(each, str | int) and not isinstance(each, bool) for each in value):
            return [str(each) for each in value]
        raise ValueError("the texts of a list are all plain, or all {when: CONDITION, text: TEXT}")
    value = _written(value)
    if not isinstance(value, str):
        raise ValueError("a message is a text, a list of texts, or a list of {when: CONDITION, text: TEXT}")
    return value


class MessageFile(Authored):
    """One message of `bots/NAME/messages/LANGUAGE.yml`."""

    message: Annotated[str | tuple[str | Variation, ...], BeforeValidator(_forms)]
