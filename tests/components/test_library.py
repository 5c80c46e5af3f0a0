"""The components that ship with frontdesk, and the page that describes them all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from frontdesk.components import COMPONENT_KINDS
from frontdesk.components.base import Value
from frontdesk.components.catalogue import with_tables
from frontdesk.locale import languages
from tests.components.conftest import CHANNELS, at, definition, show

LIBRARY = Path(__file__).parents[2] / "components"
PAGE = LIBRARY / "README.md"


def _load(name: str) -> dict[str, Any]:
    fields: dict[str, Any] = YAML(typ="safe").load((LIBRARY / f"{name}.yml").read_text(encoding="utf-8"))
    return fields


def test_the_library_has_what_the_page_says() -> None:
    assert {path.stem for path in LIBRARY.glob("*.yml")} == {"csat", "talk_to_person", "yes_no"}
    for path in LIBRARY.glob("*.yml"):
        assert definition(_load(path.stem)).component == path.stem
        assert f"| `{path.stem}` |" in PAGE.read_text(encoding="utf-8")


def _said_for(fields: dict[str, Any]) -> dict[Any, tuple[dict[str, str], dict[str, list[str]]]]:
    """The label and the synonyms of each value."""
    if fields["kind"] == "rating":
        return {point: (label, fields["synonyms"][point]) for point, label in fields["labels"].items()}
    return {option["id"]: (option["label"], option["synonyms"]) for option in fields["options"]}


@pytest.mark.parametrize("name", sorted(path.stem for path in LIBRARY.glob("*.yml")))
def test_it_speaks_all_our_languages(name: str) -> None:
    fields = _load(name)
    for texts in (fields["ask"], *(label for label, _ in _said_for(fields).values())):
        assert texts.keys() == set(languages())


@pytest.mark.parametrize("name", sorted(path.stem for path in LIBRARY.glob("*.yml")))
@pytest.mark.parametrize("language", languages())
def test_no_two_of_its_options_are_called_the_same(name: str, language: str) -> None:
    fields = _load(name)
    kind, shown = COMPONENT_KINDS[fields["kind"]], show(fields, language)
    for value, (label, synonyms) in _said_for(fields).items():
        for said in (label[language], *synonyms.get(language, ())):
            read = kind.read(shown, None, said, at(language))
            assert isinstance(read, Value), said
            assert read.value == value, said


@pytest.mark.parametrize(
    ("language", "said", "meant"),
    [
        ("en", "yes please", "yes"),
        ("en", "no thanks", "no"),
        ("en", "1", "yes"),
        ("fr", "Oui, s'il vous plaît", "yes"),
        ("fr", "non merci", "no"),
        ("es", "si", "yes"),
        ("en", "oui", "yes"),
    ],
)
def test_yes_and_no_however_they_are_said(language: str, said: str, meant: str) -> None:
    read = COMPONENT_KINDS["choices"].read(show(_load("yes_no"), language), None, said, at(language))
    assert isinstance(read, Value)
    assert read.value == meant


@pytest.mark.parametrize(
    ("said", "meant"), [("5", 5), ("1", 1), ("very good", 5), ("★★★★★", 5), ("ok", 3), ("très mauvais", 1)]
)
def test_a_rating_is_never_turned_upside_down(said: str, meant: int) -> None:
    shown = show(_load("csat"))
    asked = COMPONENT_KINDS["rating"].plan(shown, CHANNELS["sms"]).text
    assert "from 1 (Very poor) to 5 (Very good)" in asked
    read = COMPONENT_KINDS["rating"].read(shown, None, said, at())
    assert isinstance(read, Value)
    assert read.value == meant


def test_the_tables_of_the_page_are_what_the_models_are(pytestconfig: pytest.Config) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for kind in COMPONENT_KINDS:
        assert f"<!-- fields: {kind} -->" in page, f"components/README.md does not describe {kind}"
    if pytestconfig.getoption("--update"):
        PAGE.write_text(with_tables(page), encoding="utf-8")
    else:
        assert page == with_tables(page), "components/README.md is stale: pytest tests/components --update"


def test_the_examples_of_the_page_are_components() -> None:
    blocks = PAGE.read_text(encoding="utf-8").split("```yaml\n")[1:]
    examples = [YAML(typ="safe").load(block.split("```")[0]) for block in blocks]
    components = [example for example in examples if isinstance(example, dict)]
    assert {definition(example).kind for example in components} == set(COMPONENT_KINDS)
