"""Commands that change a desk, running or not: `rep`, `release`, `rollback`, `migrate`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from frontdesk.cli.options import AtStore

if TYPE_CHECKING:
    from frontdesk.errors import Problem
    from frontdesk.testing.conversation import Result

AtDesk = Annotated[
    Path, typer.Option("--desk", metavar="DESK", help="The desk's folder.", show_default=False)
]
DeskFolder = Annotated[Path, typer.Argument(metavar="[DESK]", help="The desk's folder.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")]
Login = Annotated[str, typer.Argument(help="Small letters, digits, dot, dash and underscore.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    reps = typer.Typer(help="The people who answer at a desk.", no_args_is_help=True)
    reps.command("add")(rep_add)
    reps.command("list")(rep_list)
    reps.command("remove")(rep_remove)
    app.add_typer(reps, name="rep")
    app.command()(release)
    app.command()(rollback)
    app.command()(migrate)


def rep_add(
    login: Login,
    name: Annotated[str, typer.Option(help="What customers and colleagues read.")] = "",
    role: Annotated[str, typer.Option(help="rep, supervisor, designer or admin.")] = "rep",
    language: Annotated[list[str] | None, typer.Option(help="Spoken; may be given several times.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    desk: AtDesk = Path(),
    as_json: AsJson = False,
    store: AtStore = "",
) -> None:
    """Make a login. Without a password it gets a random one, which is printed once."""
    password, is_random = _password(password_stdin)
    fields = {
        "login": login,
        "name": name,
        "role": role,
        "languages": language or [],
        "password": password,
    }
    rep = _call(desk, store, "rep-add", fields)
    if is_random:
        rep["password"] = password
    if as_json:
        _print_json(rep)
        return
    typer.echo(f"{rep['name']} can sign in as {rep['login']} ({rep['role']}).")
    if is_random:
        typer.echo(f"Password: {password}")


def rep_list(desk: AtDesk = Path(), as_json: AsJson = False, store: AtStore = "") -> None:
    """List every login."""
    reps = _call(desk, store, "rep-list", {})["reps"]
    if as_json:
        _print_json(reps)
        return
    for rep in reps:
        languages = ", ".join(rep["languages"])
        typer.echo(f"{rep['login']:<20} {rep['name']:<24} {rep['role']:<11} {languages}".rstrip())
    if not reps:
        typer.echo("Nobody can sign in yet. `frontdesk rep add LOGIN` makes a login.")


def rep_remove(login: Login, desk: AtDesk = Path(), as_json: AsJson = False, store: AtStore = "") -> None:
    """Take a login away; who is signed in with it is out at once."""
    gone = _call(desk, store, "rep-remove", {"login": login})
    if as_json:
        _print_json(gone)
        return
    typer.echo(f"{login} can no longer sign in.")
    if gone["gave_back"]:
        typer.echo(f"Waiting again: {', '.join(gone['gave_back'])}", err=True)


def release(desk: DeskFolder = Path(), as_json: AsJson = False, store: AtStore = "") -> None:
    """Make the folder's content live, after `check` and the conversation tests have passed."""
    problems, results, name = _examine(desk.resolve())
    errors = [each for each in problems if each.level == "error"]
    failed = [each for each in results if not each.passed]
    if errors or failed:
        _print_refusal(errors, failed, as_json)
        raise typer.Exit(1)
    done = _call(desk, store, "release", {"release": name})
    if as_json:
        _print_json({**done, "tests": len(results)})
    elif done["is_new"]:
        typer.echo(f"Release {done['release']} is live; {len(results)} conversation tests passed.")
    else:
        typer.echo(f"Release {done['release']} was live already.")


def rollback(desk: DeskFolder = Path(), as_json: AsJson = False, store: AtStore = "") -> None:
    """Make the release before the current one live again."""
    done = _call(desk, store, "rollback", {})
    if as_json:
        _print_json(done)
    else:
        typer.echo(f"Release {done['release']} is live again, in place of {done['before']}.")


def migrate(desk: DeskFolder = Path(), as_json: AsJson = False, store: AtStore = "") -> None:
    """Bring data that an older frontdesk wrote to this version. Stop the desk and copy its data first."""
    import asyncio

    from frontdesk.settings import Settings
    from frontdesk.store.migrations import VERSION
    from frontdesk.store.opening import store_of

    settings = Settings(root=desk.resolve(), store=store)
    typer.echo(f"bringing the data to schema {VERSION} ...", err=True)
    before = asyncio.run(store_of(settings, read_only=True).migrate())
    if as_json:
        _print_json({"before": before, "now": VERSION})
    elif before == VERSION:
        typer.echo(f"The data is of this version already (schema {VERSION}).")
    else:
        typer.echo(f"The data was of schema {before} and is now of {VERSION}.")


def _password(from_stdin: bool) -> tuple[str, bool]:
    """The password, and whether it is a random one."""
    import sys

    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    written = ""
    if sys.stdin.isatty():
        written = typer.prompt(
            "Password (nothing: a random one)",
            default="",
            hide_input=True,
            confirmation_prompt=True,
            show_default=False,
            err=True,
        )
    if written:
        return written, False
    from frontdesk.clock import Clock
    from frontdesk.desk.accounts import new_password

    return new_password(Clock()), True


def _call(desk: Path, store: str, method: str, fields: dict[str, Any]) -> dict[str, Any]:
    from frontdesk.desk.control import call

    return call(desk.resolve(), method, fields, store=store)


def _examine(root: Path) -> tuple[list[Problem], list[Result], str | None]:
    """What `check` finds, how the tests went, and the name the release will have."""
    import os

    from frontdesk.authoring.check import World, check
    from frontdesk.channels import CHANNEL_KINDS
    from frontdesk.effects.actions import ActionRegistry

    registry = ActionRegistry.read(root)
    described = {name: about for name in registry.names if (about := registry.describe(name)) is not None}
    world = World(channels=CHANNEL_KINDS, actions=None if registry.problems else described)
    problems = sorted([*registry.problems, *check(root, os.environ, world)])
    if any(each.level == "error" for each in problems):
        return problems, [], None
    results, name = _test(root)
    return problems, results, name


def _test(root: Path) -> tuple[list[Result], str]:
    import asyncio

    from frontdesk.testing.conversation import run_file
    from frontdesk.testing.desks import open_desk
    from frontdesk.testing.script import conversation_files

    opened = open_desk(root, tell=partial(typer.echo, err=True))

    async def run_all() -> list[Result]:
        return [await run_file(opened, path) for path in conversation_files(root)]

    return asyncio.run(run_all()), opened.content.release


def _print_refusal(errors: list[Problem], failed: list[Result], as_json: bool) -> None:
    if as_json:
        values = [{name: getattr(each, name) for name in each.__slots__} for each in errors]
        _print_json({"release": None, "problems": values, "failures": [str(each) for each in failed]})
        return
    for each in (*errors, *failed):
        typer.echo(str(each), err=True)
    typer.echo(f"Not released: {len(errors)} problems, {len(failed)} failed tests.", err=True)


def _print_json(value: Any) -> None:
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
