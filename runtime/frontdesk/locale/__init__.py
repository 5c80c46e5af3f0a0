"""Every user-visible string of Python and TypeScript: one YAML catalogue a language beside this file.

    t("fr", "component.reply_number")
    t("en", "desk.waiting", n=3)        # a plural: {one: ..., other: ...}, chosen by `n`

Keys are nested in the files and joined by dots here. `{name}` is replaced by the value of that
name. A language without a catalogue, or a text missing in one, is answered in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from ruamel.yaml import YAML

FALLBACK = "en"
PLURAL_FORMS = frozenset({"zero", "one", "two", "few", "many", "other"})

_FOLDER = Path(__file__).parent
IN_TURNS = ("again", "agent", "component", "desk", "refused")
"""Areas that speak to customers while a turn runs."""
_AREA = re.compile(r"^(\w+):[^\S\n]*\n", re.MULTILINE)  # a key at the very left
_PLACEHOLDER = re.compile(r"\{(\w+)\}")

Entry = str | Mapping[str, str]
"""One text: a string, or a map of plural forms."""


def t(language: str, key: str, **values: object) -> str:
    """The text under `key` in `language` (`fr`, `fr-CA`), filled with `values`."""
    spoken, entry = _find(language, key)
    text = entry if isinstance(entry, str) else _plural(spoken, key, entry, values)
    return _PLACEHOLDER.sub(lambda found: _value(key, found[1], values), text)


@lru_cache
def languages() -> tuple[str, ...]:
    """The languages that have a catalogue, English first."""
    found = sorted(path.stem for path in _FOLDER.glob("*.yml"))
    return (FALLBACK, *(language for language in found if language != FALLBACK))


def catalogue(language: str) -> Mapping[str, Entry]:
    """All texts of one language by dotted key."""
    return {key: entry for area in _sources(language) for key, entry in _area(language, area).items()}


def prepare(language: str) -> None:
    """Read what a turn may say in a language before it has to: reading YAML is no work for a turn."""
    for area in IN_TURNS:
        _area(spoken_language(language), area)


@lru_cache
def _sources(language: str) -> Mapping[str, str]:
    """Each area of a catalogue as it is written: most are for the pages, and are never read here."""
    written = (_FOLDER / f"{language}.yml").read_text(encoding="utf-8")
    parts = _AREA.split(written)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@lru_cache
def _area(language: str, area: str) -> Mapping[str, Entry]:
    source = _sources(language).get(area, "")
    return dict(_flatten(YAML(typ="safe").load(source) or {}, f"{area}."))


def placeholders(entry: Entry) -> frozenset[str]:
    """The names of the values a text needs."""
    texts = (entry,) if isinstance(entry, str) else tuple(entry.values())
    return frozenset(name for text in texts for name in _PLACEHOLDER.findall(text))


@lru_cache
def spoken_language(language: str) -> str:
    """The catalogue that serves a language tag: `fr-CA` is served by `fr`, unknown ones by English."""
    primary = language.replace("_", "-").split("-")[0].lower()
    return primary if primary in languages() else FALLBACK


def _find(language: str, key: str) -> tuple[str, Entry]:
    for candidate in (spoken_language(language), FALLBACK):
        entry = _area(candidate, key.partition(".")[0]).get(key)
        if entry is not None:
            return candidate, entry
    raise KeyError(f"locale/{FALLBACK}.yml has no text {key!r}")


def _plural(language: str, key: str, forms: Mapping[str, str], values: Mapping[str, object]) -> str:
    number = values.get("n")
    if not isinstance(number, int | float):
        raise KeyError(f"text {key!r} is a plural: it needs a number `n`")
    return forms.get(_rule(language)(number)) or forms["other"]


@lru_cache
def _rule(language: str) -> Any:
    try:
        return Locale.parse(language).plural_form
    except (UnknownLocaleError, ValueError):
        return Locale.parse(FALLBACK).plural_form


def _value(key: str, name: str, values: Mapping[str, object]) -> str:
    if name not in values:
        raise KeyError(f"text {key!r} needs a value for {{{name}}}")
    return str(values[name])


def _flatten(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Entry]]:
    for name, value in node.items():
        key = f"{prefix}{name}"
        if not isinstance(value, Mapping):
            yield key, str(value)
        elif "other" in value and set(value) <= PLURAL_FORMS:
            yield key, {form: str(text) for form, text in value.items()}
        else:
            yield from _flatten(value, f"{key}.")
