"""`frontdesk chat` and `frontdesk test`: talk with a desk in the terminal, and run its conversation tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from frontdesk.testing.conversation import Result
    from frontdesk.testing.coverage import Coverage
    from frontdesk.testing.desks import OpenDesk

DeskFolder = Annotated[Path, typer.Argument(metavar="[DESK]", help="the desk's folder", show_default=False)]
OneBot = Annotated[str | None, typer.Option("--bot", help="one bot, by name", metavar="B")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("chat")(chat)
    app.command("test")(run_tests)


def chat(
    desk: DeskFolder = Path(),
    bot: Annotated[str | None, typer.Option("--bot", help="the bot to talk to; else routing decides")] = None,
    channel: Annotated[str | None, typer.Option("--channel", help="a channel's name or kind")] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="the language you begin in")] = None,
    clock: Annotated[
        str | None, typer.Option("--clock", help="when the talk begins, like 2026-03-11T10:00")
    ] = None,
    save: Annotated[str | None, typer.Option("--save", help="save the talk as a test of this name")] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="JSON lines on stdin and stdout, for machines")
    ] = False,
) -> None:
    """Talk with a desk in the terminal, on virtual time; nothing is stored."""
    from frontdesk.cli.chat import Options, talk_in_json, talk_with_person

    opened = _open(desk)
    options = Options(bot=bot, channel=channel, language=lang, clock=clock, save=save)
    run = talk_in_json if jsonl else talk_with_person
    problem = run(opened, options)
    if problem:
        typer.echo(problem, err=True)
        raise typer.Exit(2)


def run_tests(
    desk: DeskFolder = Path(),
    bot: OneBot = None,
    as_json: Annotated[bool, typer.Option("--json", help="the results as JSON on stdout")] = False,
) -> None:
    """Run the desk's conversation tests, with coverage of intents, dialogs, steps and components."""
    import asyncio

    from frontdesk.testing.coverage import Coverage
    from frontdesk.testing.script import conversation_files

    opened = _open(desk)
    files = conversation_files(desk, bot)
    coverage = Coverage.of(opened.content)
    results = asyncio.run(_run_all(opened, files, coverage))
    if as_json:
        _print_json(results, coverage)
    else:
        _print(results, coverage)
    raise typer.Exit(0 if all(result.passed for result in results) else 1)


async def _run_all(desk: OpenDesk, files: list[Path], coverage: Coverage) -> list[Result]:
    from frontdesk.testing.conversation import run_file

    results = []
    for number, path in enumerate(files, 1):
        result = await run_file(desk, path, coverage)
        results.append(result)
        _progress(f"{number}/{len(files)} {'ok' if result.passed else 'FAILED'} {result.path}")
    return results


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _open(desk: Path) -> OpenDesk:
    from frontdesk.errors import AuthoringError
    from frontdesk.testing.desks import open_desk

    if not desk.is_dir():
        typer.echo(f"{desk} is no folder.", err=True)
        raise typer.Exit(2)
    try:
        return open_desk(desk, tell=_progress)
    except AuthoringError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None


def _print_json(results: list[Result], coverage: Coverage) -> None:
    import orjson

    failed = [result for result in results if not result.passed]
    body = {
        "passed": len(results) - len(failed),
        "failed": len(failed),
        "tests": [
            {
                "path": result.path,
                "passed": result.passed,
                "failures": result.failures,
                "problems": result.problems,
            }
            for result in results
        ],
        "coverage": coverage.to_json(),
    }
    typer.echo(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode())


def _print(results: list[Result], coverage: Coverage) -> None:
    from rich.console import Console
    from rich.table import Table

    for result in results:
        if not result.passed:
            typer.echo(str(result))
    if not results:
        typer.echo("This desk has no conversation tests. `frontdesk chat --save NAME` makes one of a talk.")
        return
    table = Table(box=None, pad_edge=False)
    for head, justify in (("", "left"), ("reached", "right"), ("not reached", "left")):
        table.add_column(head, justify=justify)  # type: ignore[arg-type]
    for kind, one in coverage.to_json().items():
        missed = ", ".join(one["missed"][:5]) + (" ..." if len(one["missed"]) > 5 else "")
        table.add_row(kind, f"{one['reached']} of {one['of']}", missed)
    Console(highlight=False).print(table)
    failed = sum(not result.passed for result in results)
    typer.echo(f"{len(results) - failed} passed, {failed} failed")
