"""`draw`: a desk's dialogs and its routing flow as a picture."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from frontdesk.authoring.content import Desk
    from frontdesk.drawing import Graph

DeskArgument = Annotated[
    Path, typer.Argument(help="The desk's folder.", metavar="[DESK]", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(draw)


def draw(
    desk: DeskArgument = Path(),
    bot: Annotated[str | None, typer.Option(help="Only this bot's dialogs.")] = None,
    dialog: Annotated[str | None, typer.Option(help="Only this dialog.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it here, not to stdout.")
    ] = None,
    is_opened: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    as_mermaid: Annotated[
        bool, typer.Option("--mermaid", help="A flowchart as mermaid's text, not an SVG.")
    ] = False,
) -> None:
    """Draw the dialogs and the routing flow, as they are in the files now."""
    import os

    from frontdesk.authoring.load import load
    from frontdesk.drawing import mermaid, svg

    if is_opened and as_mermaid:
        raise typer.BadParameter("--open shows the SVG; leave one of the two out", param_hint="--open")
    content = load(desk.resolve(), os.environ)
    drawn = _graphs(content, bot, dialog)
    text = mermaid(content.name, drawn) if as_mermaid else svg(content.name, drawn)
    if is_opened:
        _open(_written(text, output if output is not None else _temporary()))
    elif output is not None:
        _written(text, output)
    else:
        typer.get_binary_stream("stdout").write(text.encode())


def _graphs(desk: Desk, bot: str | None, dialog: str | None) -> list[Graph]:
    """What is asked for; a name that nothing has is an error with the nearest one."""
    from frontdesk.drawing import graphs

    if bot is not None and bot not in desk.bots:
        raise _unknown("bot", bot, desk.bots)
    bots = list(desk.bots) if bot is None else [bot]
    known = [name for each in bots for name in desk.bots[each].dialogs]
    if dialog is not None and dialog not in known:
        raise _unknown("dialog", dialog, known)
    drawn = graphs(desk, bots=None if bot is None else bots, dialog=dialog)
    if not drawn:
        typer.echo(f"The bot {bot} has no dialogs to draw.", err=True)
        raise typer.Exit(1)
    return drawn


def _unknown(what: str, name: str, known: Iterable[str]) -> Exception:
    from frontdesk.authoring.problems import nearest_hint
    from frontdesk.errors import FrontdeskError

    return FrontdeskError(f"there is no {what} `{name}`. {nearest_hint(name, known)}".rstrip())


def _temporary() -> Path:
    """A file of its own that stays: a browser reads it after this command has ended."""
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile(prefix="frontdesk-", suffix=".svg", delete=False) as file:
        return Path(file.name)


def _written(text: str, path: Path) -> Path:
    from frontdesk.errors import FrontdeskError

    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise FrontdeskError(f"{path} cannot be written: {error.strerror or error}.") from error
    typer.echo(f"{path}", err=True)
    return path


def _open(path: Path) -> None:
    import webbrowser

    if not webbrowser.open(path.resolve().as_uri()):
        typer.echo("There is no browser to show it; open the file yourself.", err=True)
