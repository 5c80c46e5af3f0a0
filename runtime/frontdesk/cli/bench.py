"""`frontdesk bench`: measure this machine, with a raw probe of the same minute beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from frontdesk.bench.turns import Measured


def register(app: typer.Typer) -> None:
    """Add the commands."""
    bench = typer.Typer(help="Measure, with a raw probe of the same minute beside it.", no_args_is_help=True)
    bench.command()(turns)
    bench.callback()(lambda: None)  # so that one command alone keeps its name
    app.add_typer(bench, name="bench")


def turns(
    desk: Annotated[
        Path, typer.Argument(help="A desk's folder, whose disk is measured.", metavar="[DESK]")
    ] = Path(),
    seconds: Annotated[float, typer.Option(help="How long each measurement takes.", min=0.2)] = 3.0,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")] = False,
) -> None:
    """Durable turns, inbox to outbox, at 1, 64 and 1,000 sessions, on a bot made for it."""
    import asyncio

    from frontdesk.bench.turns import measure, own_folder

    def tell(what: str) -> None:
        typer.echo(f"measuring {what} ...", err=True)

    measuring = measure(own_folder(desk), seconds=seconds, tell=tell)
    try:
        import uvloop
    except ImportError:
        measured = asyncio.run(measuring)
    else:
        measured = uvloop.run(measuring)
    if as_json:
        import orjson

        typer.echo(orjson.dumps(measured.to_json(), option=orjson.OPT_INDENT_2).decode())
    else:
        _show(measured)


def _show(measured: Measured) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=f"durable turns on {measured.file_system}, "
        f"journal {measured.journal_mode}, synchronous {measured.synchronous}"
    )
    for name in (
        "sessions",
        "turns/s",
        "p50 ms",
        "p99 ms",
        "CPU ms/turn",
        "fsync p50 ms",
        "raw probe turns/s",
    ):
        table.add_column(name, justify="right")
    for row in measured.rows:
        table.add_row(
            f"{row.sessions:,}",
            f"{row.turns_per_s:,.0f}",
            f"{row.p50_ms:.2f}",
            f"{row.p99_ms:.2f}",
            f"{row.cpu_ms_per_turn:.3f}",
            f"{row.fsync_p50_ms:.2f}",
            f"{row.probe_turns_per_s:,.0f}",
        )
    console = Console()
    console.print(table)
    console.print(
        f"message 300 of a session costs {measured.message_300_over_3:.2f} times what message 3 does"
    )
