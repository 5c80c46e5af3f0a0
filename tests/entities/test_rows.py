"""`frontdesk nlu entities FILE`: a row for each row, in order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from frontdesk.cli.entities import entities
from frontdesk.nlu.entities import rows

ROWS: list[dict[str, Any]] = [
    {"text": "Tomorrow at 3pm", "lang": "en", "ref": "2026-03-11T10:00:00+01:00"},
    {"text": "merci", "lang": "fr", "ref": "2026-03-11T10:00", "id": 7},
    {"text": "del 20 al 24 de marzo", "lang": "es", "ref": "2026-03-11"},
]
FOUND = [
    [{"kind": "datetime", "value": "2026-03-12T15:00", "start": 0, "end": 15, "grain": "hour"}],
    [],
    [
        {
            "kind": "interval",
            "value": {"start": "2026-03-20", "end": "2026-03-24"},
            "start": 0,
            "end": 21,
            "grain": "day",
        }
    ],
]


def run(path: Path) -> tuple[int, str, str]:
    app = typer.Typer()
    app.command()(entities)
    result = CliRunner().invoke(app, [str(path)])
    return result.exit_code, result.stdout, result.stderr


def test_each_row_comes_back_with_its_entities(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(map(json.dumps, ROWS)) + "\n\n", encoding="utf-8")
    code, out, _ = run(file)
    assert code == 0
    assert [json.loads(line) for line in out.splitlines()] == [
        {**row, "entities": found} for row, found in zip(ROWS, FOUND, strict=True)
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "line 2"),
        ('"text"', 'needs a "text"'),
        ('{"text": "a", "ref": "soon"}', "soon"),
        ('{"text": "a"}', "'ref'"),
        ('{"text": 3, "ref": "2026-03-11"}', 'needs a "text"'),
    ],
)
def test_a_bad_row_is_named_by_its_line(line: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line 2"):
        list(rows([json.dumps(ROWS[0]), line]))
    file = tmp_path / "rows.jsonl"
    file.write_text(f"{json.dumps(ROWS[0])}\n{line}\n", encoding="utf-8")
    code, _, said = run(file)
    assert code == 1
    assert why in said


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    code, _, said = run(tmp_path / "none.jsonl")
    assert code == 1
    assert "none.jsonl" in said
