"""`frontdesk nlu entities`: what the grammars read in a file of sentences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def entities(
    file: Annotated[
        Path,
        typer.Argument(
            help='Lines of JSON: {"text", "lang", "ref"}, `ref` the time it is, ISO.', metavar="FILE"
        ),
    ],
) -> None:
    """Print each row of a file with the dates, times, lengths, numbers and addresses in its text."""
    from frontdesk.nlu.entities import rows

    try:
        with file.open(encoding="utf-8-sig") as lines:
            for row in rows(lines):
                typer.echo(json.dumps(row, ensure_ascii=False))
    except (OSError, ValueError) as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(1) from error
