"""The catalogue of texts: complete in every language, and nothing in it is idle."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from frontdesk.locale import PLURAL_FORMS, catalogue, languages, placeholders, t

RUNTIME = Path(__file__).parents[2] / "runtime"

# Areas whose keys Python puts together from a prefix and a code; the code must stand somewhere by itself.
CODES = ("again.", "component.", "refused.")
# Areas that are read as a whole: every status of the session machine; the tables of the protocol page,
# a row for every key.
WHOLE = (
    "status.",
    *(f"protocol.{table}." for table in ("codes", "components", "embed", "receive", "rules", "send")),
)
# What the pages draw: they name keys without their area, and some with a part filled in (`by_${kind}`).
PAGES = ("widget.", "site.", "protocol.", "console.", "turn.")
# Said by the sign-in and by the sockets.
AWAITED = frozenset({"refused.bad_credentials", "refused.too_fast"})


def test_english_french_and_spanish_are_there() -> None:
    assert languages() == ("en", "es", "fr")


@pytest.mark.parametrize("language", languages())
def test_every_language_says_the_same_things_with_the_same_values(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert other.keys() == english.keys()
    differing = {key: other[key] for key in english if placeholders(other[key]) != placeholders(english[key])}
    assert not differing


@pytest.mark.parametrize("language", languages())
def test_plurals_are_plurals_everywhere(language: str) -> None:
    for key, entry in catalogue(language).items():
        assert isinstance(entry, str) == isinstance(catalogue("en")[key], str), key
        if not isinstance(entry, str):
            assert PLURAL_FORMS >= entry.keys() >= {"one", "other"}, key


@pytest.mark.parametrize("language", languages())
def test_no_text_is_empty_or_has_broken_braces(language: str) -> None:
    for key, entry in catalogue(language).items():
        for text in (entry,) if isinstance(entry, str) else entry.values():
            assert text.strip(), key
            assert not re.search(r"[{}]", re.sub(r"\{\w+\}", "", text)), f"{key}: {text}"


def test_every_text_is_used() -> None:
    idle = sorted(key for key in catalogue("en") if not _is_used(key))
    assert not idle, f"no code says these any more: {idle}"


def _is_used(key: str) -> bool:
    if key in AWAITED or key.startswith(WHOLE) or _is_named(key):
        return True
    area, _, rest = key.partition(".")
    if f"{area}." in PAGES:
        return _is_named(rest) or any(made.fullmatch(name) for made in _made() for name in (key, rest))
    return f"{area}." in CODES and _is_named(rest)


def _is_named(name: str) -> bool:
    """Whether source code has this name as a string, or as a property (`texts.name`)."""
    return name in _quoted() or f".{name}" in _source()


@cache
def _quoted() -> frozenset[str]:
    return frozenset(re.findall(r"""["'`]([\w.]+)(?=["'`])""", _source()))


@cache
def _made() -> tuple[re.Pattern[str], ...]:
    """Keys that TypeScript makes of a template: `by_${kind}` is any `by_...`."""
    templates = re.findall(
        r"`([\w.]*[a-z]{2,}[\w.]*\$\{[^{}`]+\}[\w.]*|\$\{[^{}`]+\}[\w.]*[a-z]{2,}[\w.]*)`", _source()
    )
    return tuple(
        re.compile(r"[\w.]+".join(map(re.escape, re.split(r"\$\{[^{}]+\}", template))))
        for template in templates
    )


@cache
def _source() -> str:
    files = [
        path
        for folder, endings in (("frontdesk", {".py"}), ("web", {".ts", ".tsx", ".html"}))
        for path in (RUNTIME / folder).rglob("*")
        if path.suffix in endings and "node_modules" not in path.parts and "static" not in path.parts
    ]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_values_are_filled_in() -> None:
    assert t("en", "again.number", n=4) == "Please choose a number from 1 to 4."
    assert t("fr", "again.number", n=4) == "Choisissez un nombre de 1 à 4."


@pytest.mark.parametrize(
    ("language", "n", "said"),
    [
        ("en", 0, "0 characters"),
        ("en", 1, "1 character."),
        ("fr", 0, "0 caractère."),
        ("fr", 2, "2 caractères"),
        ("es", 1_000_000, "1000000 caracteres"),
    ],
)
def test_plurals_follow_the_language(language: str, n: int, said: str) -> None:
    assert said in t(language, "again.text_too_long", n=n)


def test_a_language_without_a_catalogue_is_answered_in_english_and_a_region_by_its_language() -> None:
    assert t("de", "again.other") == t("en", "again.other")
    assert t("fr-CA", "again.other") == t("fr", "again.other")
    assert t("", "again.other") == t("en", "again.other")


def test_values_are_never_taken_for_placeholders() -> None:
    assert "{first}" in t("en", "again.ambiguous", first="{second}", second="{first}")


def test_a_missing_key_or_value_is_an_error_that_names_it() -> None:
    with pytest.raises(KeyError, match=r"no text 'again\.nothing'"):
        t("fr", "again.nothing")
    with pytest.raises(KeyError, match=r"'again\.number' needs a value for \{n\}"):
        t("en", "again.number")
    with pytest.raises(KeyError, match="needs a number `n`"):
        t("en", "again.text_too_long", n="three")
