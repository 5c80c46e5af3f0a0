"""`frontdesk nlu`: how well a bot understands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from frontdesk.cli.entities import entities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from frontdesk.nlu.train import Example
    from frontdesk.testing.understanding import Evaluation

MOST_CONFUSED = 10


def register(app: typer.Typer) -> None:
    """Add the commands."""
    nlu = typer.Typer(help="How well a bot understands.", no_args_is_help=True)
    nlu.command()(evaluate)
    nlu.command()(entities)
    app.add_typer(nlu, name="nlu")


def evaluate(
    test: Annotated[
        Path,
        typer.Option("--test", metavar="F", help='JSONL rows {"text","intent","lang"}', show_default=False),
    ],
    bot: Annotated[
        str | None,
        typer.Option("--bot", metavar="B", help="train on this bot's examples", show_default=False),
    ] = None,
    train: Annotated[
        Path | None, typer.Option("--train", metavar="F", help="or on these rows", show_default=False)
    ] = None,
    oos: Annotated[
        Path | None, typer.Option("--oos", metavar="F", help="rows out of scope", show_default=False)
    ] = None,
    embeddings: Annotated[
        bool, typer.Option("--embeddings", help="understand by meaning, too (needs the extra)")
    ] = False,
    desk: Annotated[
        Path, typer.Option("--desk", metavar="DESK", help="the bot's desk", show_default=False)
    ] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="the result as JSON on stdout")] = False,
) -> None:
    """Train, then measure on rows that were not trained on: accuracy, scope, seconds.

    Rows of the test file whose intent is `oos` count as out of scope.
    """
    if (bot is None) == (train is None):
        raise typer.BadParameter("say what to train on: either --bot or --train.")
    from frontdesk.authoring.training import use_one_thread

    use_one_thread()
    from frontdesk.nlu.encoder import required_encoder
    from frontdesk.testing.understanding import evaluate as measure
    from frontdesk.testing.understanding import read_rows

    examples = read_rows(train) if train is not None else _examples_of_bot(desk, bot or "")
    asked, strange = read_rows(test), read_rows(oos) if oos is not None else []
    if bot is not None:
        asked, strange = _as_a_bot_hears(asked), _as_a_bot_hears(strange)
    result = measure(examples, asked, strange, _progress, required_encoder() if embeddings else None)
    if as_json:
        import orjson

        typer.echo(orjson.dumps(result.to_json(), option=orjson.OPT_INDENT_2).decode())
    else:
        _show(result)


def _examples_of_bot(desk: Path, bot: str) -> Sequence[Example]:
    import os

    from frontdesk.authoring.load import load
    from frontdesk.authoring.problems import nearest_hint
    from frontdesk.authoring.training import examples_of
    from frontdesk.errors import SettingsError
    from frontdesk.nlu.train import Example

    loaded = load(desk, os.environ)
    content = loaded.bot(bot)
    if content is None:
        raise SettingsError(f"there is no bot `{bot}`. {nearest_hint(bot, list(loaded.bots))}")
    return [Example(text, label) for text, label in examples_of(content.sentences).said]


def _as_a_bot_hears(rows: Sequence[Example]) -> list[Example]:
    from frontdesk.nlu.classify import learnt
    from frontdesk.nlu.train import Example

    return [Example(learnt(row.text), row.label) for row in rows]


def _progress(what: str, share: float) -> None:
    typer.echo(f"{share:4.0%} {what}", err=True)


def _show(result: Evaluation) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(show_header=False)
    for name, value in result.to_json().items():
        if isinstance(value, list):
            continue
        shown = f"{value:.4g}" if isinstance(value, float) else str(value)
        table.add_row(name, "-" if value is None else shown)
    console = Console(highlight=False)
    console.print(table)
    confused = result.quality.confused[:MOST_CONFUSED]
    for meant, taken, count in confused:
        console.print(f"{count:5d}  {meant} taken for {taken}", markup=False)
