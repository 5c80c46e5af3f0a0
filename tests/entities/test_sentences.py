"""Sentences of customers, each with every entity in it; one table a language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from frontdesk.nlu.entities import find

NOW = datetime.fromisoformat("2026-03-11T10:00")


def sentences() -> Iterator[Any]:
    for path in sorted(Path(__file__).parent.glob("*.yml")):
        for text, said in YAML(typ="safe").load(path.read_text(encoding="utf-8")).items():
            expected = [_plain(value) for value in (said if isinstance(said, list) else [said])]
            yield pytest.param(path.stem, str(_plain(text)), expected, id=f"{path.stem}: {text}")


def _plain(value: Any) -> Any:
    """A value as JSON has it: YAML reads what looks like a date as one."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize(("language", "text", "expected"), list(sentences()))
def test_every_entity_of_a_sentence_is_read(language: str, text: str, expected: list[Any]) -> None:
    found = find(text, language, NOW)
    assert [one.value for one in found] == expected
    assert all(text[one.start : one.end].strip() for one in found)
