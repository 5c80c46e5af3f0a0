"""Choices: a question with options. Buttons, a list or quick replies; numbered text where there are none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

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
    is_for_another,
    language_of,
)
from frontdesk.components.matching import Offer, match, match_words
from frontdesk.components.plan import MORE_ID, asks_for_more, page_count, plan_options
from frontdesk.components.typed import one_line, words_of
from frontdesk.components.words import EXTRAS
from frontdesk.messages import ComponentReply

_KEY = re.compile(r"[a-z0-9_]+")  # a label that may be the key of a message
_MAX_ID = 64  # the shortest payload a provider takes (Telegram)


def _words_of(value: object) -> object:
    """Synonyms may be one list for all languages."""
    return {"": value} if isinstance(value, list | tuple) else value


class Option(BaseModel):
    """One thing to choose."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    id: str = Field(min_length=1, description="what the slot keeps when this option is chosen")
    label: AuthoredText = Field(description="what the customer sees")
    description: AuthoredText | None = Field(default=None, description="a second line, where there is room")
    synonyms: Annotated[dict[str, list[str]], BeforeValidator(_words_of)] = Field(
        default_factory=dict, description="other words that mean this option, by language"
    )

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return {"id": value, "label": value} if isinstance(value, str) else value

    @field_validator("id")
    @classmethod
    def _usable(cls, value: str) -> str:
        if value.startswith("@") or len(value.encode()) > _MAX_ID:
            raise ValueError(f"an option's id has at most {_MAX_ID} bytes and does not begin with @")
        return value


class Choices(Definition):
    """A question answered by choosing one of several options."""

    kind: Literal["choices"] = Field(default="choices", description="`choices`")
    ask: AuthoredText = Field(description="the question")
    options: tuple[Option, ...] = Field(
        default=(), description="what can be chosen; or given when it is sent: `with: {options: ...}`"
    )

    @field_validator("options")
    @classmethod
    def _told_apart(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        ids = [option.id for option in options]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"two options have the id {twice[0]!r}: every id is used once")
        return options

    @property
    def option_ids(self) -> tuple[str, ...]:
        return tuple(option.id for option in self.options)

    @cached_property
    def vocabulary(self) -> frozenset[str] | None:
        """Every word of every way to say an option: a sentence with none of them names no option.

        None where that is not known before it is shown: templates, and keys of messages.
        """
        said: list[str] = []
        for option in self.options:
            labels = option.label.values() if isinstance(option.label, dict) else (option.label,)
            said += [*labels, *(word for words in option.synonyms.values() for word in words)]
        if not said or any("{" in one or _KEY.fullmatch(one) for one in said):
            return None
        return frozenset(word for one in said for word in words_of(one))


@component_kind
class ChoicesKind(ComponentKind):
    """Shown with options, read back to an option's id."""

    kind = "choices"
    Model = Choices

    def show(self, definition: Choices, texts: Texts, given: Mapping[str, Any], at: Moment) -> dict[str, Any]:
        options, option_texts = definition.options, texts
        if "options" in given:  # from an action: data, never templates or message keys
            options, option_texts = _given_options(given["options"]), _literal(at.language)
        return {
            "name": definition.component,
            "kind": self.kind,
            "language": at.language,
            "text": texts(definition.ask),
            "options": [_shown(option, option_texts) for option in options],
            "multiple": False,
            READING: {
                "accepts": {option.id: _accepts(option) for option in options},
            },
        }

    def plan(self, shown: Mapping[str, Any], can: Capabilities) -> Plan:
        page = int(shown.get("page", 0))
        return plan_options(shown["text"], shown["options"], can, language_of(shown), page=page)

    def read(
        self, shown: Mapping[str, Any], reply: ComponentReply | None, text: str, at: Moment
    ) -> Value | NotRead:
        if is_for_another(shown, reply):
            return NotRead(again="closed")
        if reply is not None and (reply.choose is not None or reply.value is not None):
            return _clicked(shown, reply.choose if reply.choose is not None else reply.value)
        if not shown.get("options"):
            return NotRead(again="not_offered")
        extras = {name: words for name, words in EXTRAS.items() if name in shown.get("extra", ())}
        offer = Offer.of(shown["options"], shown.get(READING, {}).get("accepts", {}) | extras)
        if shown["kind"] != self.kind:  # options that were added to another kind of question
            return match_words(offer, text)
        found = match(offer, text)
        wants_more = isinstance(found, NotRead) and asks_for_more(shown["options"], text, language_of(shown))
        return _next_page(shown) if wants_more else found


def inline(name: str, ask: str | dict[str, str], options: Iterable[Any]) -> Choices:
    """The definition of an `ask` step's own `options:`."""
    return Choices.model_validate(
        {"component": name, "kind": "choices", "ask": ask, "options": list(options)}
    )


def _shown(option: Option, texts: Texts) -> dict[str, str]:
    label = one_line(texts(option.label)) or option.id
    description = one_line(texts(option.description)) if option.description else ""
    return {"id": option.id, "label": label} | ({"description": description} if description else {})


def _accepts(option: Option) -> list[str]:
    """Every way to say an option in any language; templates only count as they are shown."""
    labels = option.label.values() if isinstance(option.label, dict) else ()
    synonyms = (word for words in option.synonyms.values() for word in words)
    return list(dict.fromkeys(text for text in (*labels, *synonyms) if "{{" not in text))


def _given_options(given: Any) -> tuple[Option, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise ValueError("options must be a list of {id, label}")
    options = [Option.model_validate(option) for option in given]
    return tuple({option.id: option for option in options}.values())


def _literal(language: str) -> Texts:
    """Texts that came from an action: taken as they are."""

    def text(authored: Any) -> str:
        if isinstance(authored, dict):
            return str(authored.get(language) or next(iter(authored.values()), ""))
        return str(authored)

    return text


def _clicked(shown: Mapping[str, Any], chosen: object) -> Value | NotRead:
    if chosen == MORE_ID:
        return _next_page(shown)
    for option in shown.get("options", ()):
        if isinstance(chosen, str) and option["id"] == chosen:
            return Value(value=option["id"], label=option["label"], how="chosen")
    return NotRead(again="not_offered")


def _next_page(shown: Mapping[str, Any]) -> NotRead:
    page = (int(shown.get("page", 0)) + 1) % page_count(shown.get("options", ()))
    return NotRead(again="more", show={**shown, "page": page})
