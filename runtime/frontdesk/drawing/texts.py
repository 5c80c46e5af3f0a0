"""The texts of a drawing: what is said in the default language, tidied, measured and cut."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from frontdesk.authoring.content import SYSTEM, BotContent, Form
from frontdesk.components.base import Definition, IsText

ELLIPSIS = "…"
_VALUE = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_ENTITY = re.compile(r"\[([^\]]*)\]\([^)]*\)")
# What XML 1.0 cannot hold, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Widths in em, a little more than the widest of the usual system fonts needs.
_WIDTHS = {
    **dict.fromkeys("iljI|!.,:;'’‘·", 0.34),
    **dict.fromkeys('ftr()[]{}/\\"“”- ', 0.42),
    **dict.fromkeys("mwMW@%—…", 0.95),
}


def message(bot: BotContent, key: str) -> str | None:
    """A message's source in the default language: its form without a condition, else its first."""
    languages = (bot.languages[0], bot.languages[0].partition("-")[0], "en", *bot.messages)
    for language in dict.fromkeys(languages):
        if forms := bot.messages.get(language, {}).get(key):
            return _usual(forms)
    system = bot.others.get(SYSTEM)
    return message(system, key) if system is not None and system is not bot else None


def _usual(forms: tuple[Form, ...]) -> str:
    return next((form.text for form in forms if form.when is None), forms[0].text)


def authored(bot: BotContent, written: Any) -> str:
    """The source of an authored text in the default language."""
    if isinstance(written, Mapping):
        return str(written.get(bot.languages[0]) or next(iter(written.values()), ""))
    said = message(bot, str(written))
    return str(written) if said is None else said


def component(bot: BotContent, definition: Definition) -> str:
    """What a component says: its question, else the first text it has."""
    texts = [
        name
        for name, one in type(definition).model_fields.items()
        if getattr(definition, name) is not None and any(isinstance(mark, IsText) for mark in _marks(one))
    ]
    for name in ("ask", "text", *texts):
        if name in texts:
            return authored(bot, getattr(definition, name))
    return ""


def _marks(field: Any) -> list[Any]:
    """A field's marks, also those within `X | None`."""
    inner = (mark for one in getattr(field.annotation, "__args__", ()) for mark in _of(one))
    return [*field.metadata, *inner]


def _of(annotation: Any) -> tuple[Any, ...]:
    return tuple(getattr(annotation, "__metadata__", ()))


def tidy(source: str) -> str:
    """A text as one line: `{{ order.item|upper }}` becomes `{order.item}`, tags and line ends go."""
    short = _TAG.sub(" ", _VALUE.sub(lambda found: "{" + found[1].partition("|")[0].strip() + "}", source))
    return " ".join(_UNWRITABLE.sub("\ufffd", short).split())


def example(sentence: str) -> str:
    """An intent's example without the marks of its entities."""
    return tidy(_ENTITY.sub(r"\1", sentence))


@lru_cache(maxsize=4096)
def _width_of(character: str) -> float:
    known = _WIDTHS.get(character)
    if known is not None:
        return known
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.15 if ord(character) > 0xFFFF else 1.0
    return 0.74 if character.isupper() else 0.62


def width(text: str, size: float) -> float:
    """About how wide a text will be, rather too much than too little."""
    return size * sum(map(_width_of, text))


def cut(text: str, size: float, room: float) -> str:
    """The text, or as much of it as fits with an ellipsis behind."""
    if len(text) * size * 0.34 <= room and width(text, size) <= room:
        return text
    used = size * _width_of(ELLIPSIS)
    for place, character in enumerate(text):
        used += size * _width_of(character)
        if used > room:
            return text[:place].rstrip() + ELLIPSIS
    return text
