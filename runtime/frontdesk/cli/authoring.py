"""Commands about a desk's files: `check`, `schema`, `where`, `eject`, `new`, `add`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from frontdesk.authoring.load import DeskRead
    from frontdesk.authoring.making import Made
    from frontdesk.errors import Problem

DeskFolder = Annotated[Path, typer.Argument(metavar="[DESK]", help="the desk's folder", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="the result as JSON on stdout")]
OfBot = Annotated[str | None, typer.Option("--bot", metavar="B", help="of one bot, by name")]
AtDesk = Annotated[Path, typer.Option("--desk", metavar="DESK", help="the desk's folder", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("check")(check)
    app.command("schema")(schema)
    app.command("where")(where)
    app.command("eject")(eject)
    app.command("new")(new)
    app.command("add")(add)


def check(
    desk: DeskFolder = Path(),
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="leave notes out")] = False,
) -> None:
    """Find every problem in every file, and what each channel loses of each component."""
    problems = [each for each in _problems(desk) if not (quiet and each.level == "note")]
    if as_json:
        _print_json([{name: getattr(each, name) for name in each.__slots__} for each in problems])
    else:
        _print_problems(problems)
    if any(each.level == "error" for each in problems):
        raise typer.Exit(1)


def _problems(desk: Path) -> list[Problem]:
    import os

    from frontdesk.authoring.check import World
    from frontdesk.authoring.check import check as check_desk
    from frontdesk.channels import CHANNEL_KINDS
    from frontdesk.effects.actions import ActionRegistry

    registry = ActionRegistry.read(desk)
    described = {name: about for name in registry.names if (about := registry.describe(name)) is not None}
    # An action whose file cannot run is there all the same: those who call it are not to blame.
    world = World(channels=CHANNEL_KINDS, actions=None if registry.problems else described)
    return sorted([*registry.problems, *check_desk(desk, os.environ, world)])


def _print_problems(problems: list[Problem]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    styles = {"error": "bold red", "warning": "yellow", "note": "cyan"}
    for each in problems:
        place = f"{each.path}:{each.line}:{each.column}" if each.line else each.path
        line = Text.assemble((place, "bold"), ": ", (each.level, styles[each.level]), f": {each.message}")
        console.print(line)
        if each.hint:
            console.print(Text(f"  {each.hint}", style="dim"))
    typer.echo(_summary(problems), err=True)


def _summary(problems: list[Problem]) -> str:
    counted = []
    for level in ("error", "warning", "note"):
        count = sum(each.level == level for each in problems)
        if count:
            counted.append(f"{count} {level}{'s' if count > 1 else ''}")
    return ", ".join(counted) + "." if counted else "No problem found."


def schema(
    desk: DeskFolder = Path(),
    write: Annotated[bool, typer.Option("--write", help="write them into DESK/.frontdesk/schema/")] = False,
) -> None:
    """Print the JSON Schemas of a desk's files; with `--write`, put them where editors look."""
    from frontdesk.authoring.schema import FOLDER, schemas
    from frontdesk.channels import CHANNEL_KINDS

    every = schemas(CHANNEL_KINDS)
    if not write:
        _print_json(every)
        return
    folder = desk / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, one in every.items():
        (folder / f"{name}.json").write_bytes(_json(one))
    typer.echo(f"{len(every)} schemas are in {folder}.", err=True)


def where(
    name: Annotated[str, typer.Argument(help="a component, message, dialog, intent, action, or a file")],
    desk: AtDesk = Path(),
    bot: OfBot = None,
    as_json: AsJson = False,
) -> None:
    """Say which file a name means: the bot's, else the desk's, else the library's."""
    from frontdesk.authoring.where import where as find

    found = find(name, _read(desk), bot=bot)
    if as_json:
        _print_json([{name: getattr(each, name) for name in each.__slots__} for each in found])
    for each in found if not as_json else ():
        mark = "*" if each.wins else " "
        owner = f"bot {each.bot}" if each.layer == "bot" else each.layer
        typer.echo(f"{mark} {each.path}:{each.line}  {each.what}, {owner}")
    if not found:
        typer.echo(
            f"nothing is called `{name}`. `frontdesk check` names what is used and not there.", err=True
        )
        raise typer.Exit(1)


def eject(
    name: Annotated[str, typer.Argument(help="a component's name, or a path like bots/system/messages/en")],
    desk: AtDesk = Path(),
) -> None:
    """Copy a file of the library into the desk, to change it; the desk's own file wins from then on."""
    from frontdesk.authoring.library import find_in_library, library_files
    from frontdesk.authoring.problems import nearest_hint
    from frontdesk.errors import SettingsError

    found = find_in_library(name)
    if not found:
        stems = [path.rpartition(".")[0].rpartition("/")[2] for path in library_files()]
        raise SettingsError(f"the library has no `{name}`. {nearest_hint(name, stems)}".strip())
    for path, content in found.items():
        if (desk / path).exists():
            raise SettingsError(f"{desk / path} is there already; change that one.")
        _write(desk / path, content)
        typer.echo(str(desk / path))


def new(
    name: Annotated[str, typer.Argument(help="the folder to make; its last part names the desk")],
    example: Annotated[str, typer.Option("--from", help="the example: hello or shop")] = "hello",
) -> None:
    """Make a small desk that runs."""
    from frontdesk.authoring.making import new_desk
    from frontdesk.errors import SettingsError

    root = Path(name)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise SettingsError(f"{root} is there already and not empty. Choose another name.")
    _write_all(root, new_desk(root.resolve().name, example))
    typer.echo(f"The desk is in {root}. Next: cd {root} && frontdesk chat", err=True)


def add(
    what: Annotated[str, typer.Argument(help="bot, dialog, component, channel, tool or action")],
    name: Annotated[str, typer.Argument(help="its name: lower-case letters, digits and _")],
    desk: AtDesk = Path(),
    bot: OfBot = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            help="of a channel: web, rest ...; of a component: choices, date_picker, number, rating; "
            "of a bot: dialogs or agent",
        ),
    ] = None,
) -> None:
    """Add a bot, dialog, component, channel, tool or action to a desk: a file with its test."""
    from frontdesk.authoring.making import KINDS, Wanted, added
    from frontdesk.authoring.problems import nearest_hint
    from frontdesk.errors import SettingsError

    if what not in KINDS:
        raise SettingsError(f"`{what}` cannot be added. {nearest_hint(what, KINDS)}")
    read = _read(desk)
    if read.desk is None:
        raise SettingsError(f"{desk} is no desk that can be read; `frontdesk check` says why.")
    one = name if what == "bot" else _agent(read, bot) if what == "tool" else _bot(read, bot)
    owner = read.desk.model.routing[-1].otherwise.owner
    wanted = Wanted(what=what, name=name, bot=one, language=read.languages[0], kind=kind, owner=owner)
    _write_all(desk, added(wanted, read.files))


def _bot(read: DeskRead, bot: str | None) -> str:
    from frontdesk.authoring.content import SYSTEM
    from frontdesk.authoring.problems import nearest_hint
    from frontdesk.errors import SettingsError

    bots = [each for each in read.bots if each != SYSTEM]
    if bot is None and len(bots) == 1:
        return bots[0]
    if bot is None:
        raise SettingsError(f"say for which bot, with --bot. {nearest_hint('', bots)}")
    if bot not in bots:
        raise SettingsError(f"there is no bot `{bot}`. {nearest_hint(bot, bots)}")
    return bot


def _agent(read: DeskRead, bot: str | None) -> str:
    """The agent that gets a tool."""
    from frontdesk.errors import SettingsError

    agents = [name for name, each in read.bots.items() if each.settings.kind == "agent"]
    if not agents:
        raise SettingsError(
            "this desk has no agent. `frontdesk add bot NAME --kind agent` makes one; dialogs call actions."
        )
    one = agents[0] if bot is None and len(agents) == 1 else _bot(read, bot)
    if one not in agents:
        raise SettingsError(f"`{one}` is no agent: its dialogs call actions. Agents: {', '.join(agents)}.")
    return one


def _read(desk: Path) -> DeskRead:
    import os

    from frontdesk.authoring.load import read_desk

    return read_desk(desk, os.environ)


def _write_all(root: Path, made: Iterable[Made]) -> None:
    for each in made:
        _write(root / each.path, each.content)
        typer.echo(f"{root / each.path}{' (added to)' if each.existed else ''}")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _json(value: object) -> bytes:
    import orjson

    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _print_json(value: object) -> None:
    typer.echo(_json(value).decode(), nl=False)
