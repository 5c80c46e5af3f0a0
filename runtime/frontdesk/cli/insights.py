"""Commands that read the log of a desk, running or not: `report`, `export`, `replay`, `why`, `problems`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from frontdesk.cli.options import AtStore

if TYPE_CHECKING:
    from frontdesk.insights.report import Report
    from frontdesk.store.base import Store

DeskOption = Annotated[Path, typer.Option("--desk", help="The desk's folder.", metavar="DESK")]
DeskArgument = Annotated[
    Path, typer.Argument(help="The desk's folder.", metavar="[DESK]", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")]

_T = TypeVar("_T")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(report)
    app.command()(export)
    app.command()(replay)
    app.command()(why)
    app.command()(problems)


def report(
    desk: DeskArgument = Path(),
    days: Annotated[int, typer.Option(help="How many days back.", min=1)] = 7,
    as_json: AsJson = False,
    store: AtStore = "",
) -> None:
    """Say what came of the sessions: outcomes, hand-overs, waits."""
    from frontdesk.clock import Clock
    from frontdesk.insights.report import report as make

    made = _reading(desk, store, lambda opened: make(opened, now=Clock().now(), days=days))
    if as_json:
        _print_json(made.to_json())
    else:
        _print_report(made)


def export(
    user: Annotated[str, typer.Argument(help="The messaging user, CHANNEL:ADDRESS.")],
    desk: DeskOption = Path(),
    as_json: AsJson = False,
    store: AtStore = "",
) -> None:
    """Print everything the log holds of one messaging user."""
    from frontdesk.insights.log import user_events

    events = _reading(desk, store, lambda opened: user_events(opened, user))
    if not events:
        typer.echo(
            f"Nobody called {user} has written. Users are named CHANNEL:ADDRESS, like rest:alice.", err=True
        )
        raise typer.Exit(1)
    _print_events(events, as_json)


def replay(
    session: Annotated[str, typer.Argument(help="The session's id.")],
    desk: DeskOption = Path(),
    as_json: AsJson = False,
    store: AtStore = "",
    as_test: Annotated[
        bool, typer.Option("--as-test", help="As a conversation test, had again with the desk as it is now.")
    ] = False,
    save: Annotated[
        str | None, typer.Option(help="With --as-test: write it beside its bot under this name.")
    ] = None,
) -> None:
    """Print one session from its log, as it was or as a conversation test."""
    events = _session(desk, store, session)
    if as_test:
        _print_test(desk, events, save)
    else:
        _print_events(events, as_json)


def why(
    session: Annotated[str, typer.Argument(help="The session's id.")],
    desk: DeskOption = Path(),
    as_json: AsJson = False,
    store: AtStore = "",
) -> None:
    """Say for each message of a session which rule answered it, and what else it could have meant."""
    from frontdesk.insights.told import told
    from frontdesk.insights.why import why as explain

    rows = explain(_session(desk, store, session))
    if as_json:
        _print_json(rows)
        return
    for row in rows:
        typer.echo("\n".join(told(row)))


def problems(
    desk: DeskArgument = Path(),
    replay_id: Annotated[
        int | None, typer.Option("--replay", help="Process this one again.", metavar="ID")
    ] = None,
    as_json: AsJson = False,
    store: AtStore = "",
) -> None:
    """List what could not be processed or sent, and try one again: payloads, turns, messages."""
    if replay_id is not None:
        from frontdesk.desk.control import call

        typer.echo(call(desk.resolve(), "problems-replay", {"id": replay_id}, store=store)["said"])
        return
    from frontdesk.problems import MESSAGE, TURN

    rows = _reading(desk, store, lambda opened: opened.problems())
    values = [
        {
            "id": row.id,
            "at": row.at,
            "channel": row.channel,
            "what": row.what,
            "error": row.error,
            "status": row.status,
            "user": row.headers.get("user") if row.what in (TURN, MESSAGE) else None,
            "session": row.headers.get("session") if row.what in (TURN, MESSAGE) else None,
            "body": row.body.decode("utf-8", "replace"),
        }
        for row in rows
    ]
    if as_json:
        _print_json(values)
        return
    for value in values:
        head = f"{value['id']:>5}  {value['at']}  {value['channel']}  {value['what']}  {value['status']}"
        typer.echo(f"{head}  {value['error']}")
    if not values:
        typer.echo("Nothing is waiting: everything was processed and sent.")


def _reading(desk: Path, store: str, work: Callable[[Store], Awaitable[_T]]) -> _T:
    """Do `work` on the desk's store, opened for reading only, beside a running desk or without one."""
    from frontdesk.settings import Settings
    from frontdesk.store.opening import store_of

    settings = Settings(root=desk.resolve(), store=store)

    async def read() -> _T:
        opened = store_of(settings, read_only=True)
        await opened.open()
        try:
            return await work(opened)
        finally:
            await opened.close()

    return asyncio.run(read())


def _session(desk: Path, store: str, session: str) -> list[dict[str, Any]]:
    """The events of a session; none: say so and leave."""
    from frontdesk.insights.log import session_events

    async def read(opened: Store) -> list[dict[str, Any]] | None:
        row = await opened.session(session)
        return await session_events(opened, row) if row is not None else None

    events = _reading(desk, store, read)
    if events is None:
        typer.echo(
            f"There is no session {session}. `frontdesk export USER` names a user's sessions.", err=True
        )
        raise typer.Exit(1)
    return events


def _print_test(desk: Path, events: list[dict[str, Any]], save: str | None) -> None:
    from frontdesk.insights.as_test import as_test
    from frontdesk.testing.desks import open_desk

    opened = open_desk(desk.resolve(), tell=partial(typer.echo, err=True))
    made = asyncio.run(as_test(opened, events))
    for note in made.notes:
        typer.echo(note, err=True)
    if save is None:
        typer.echo(made.recording.text(), nl=False)
        return
    if not save.replace("_", "").replace("-", "").isalnum():
        typer.echo("A test's name is letters, digits and _, like too_small.", err=True)
        raise typer.Exit(2)
    try:
        typer.echo(f"saved as {made.recording.save(save)}")
    except FileExistsError:
        typer.echo(f"There is a test {save} already; choose another name.", err=True)
        raise typer.Exit(1) from None


def _print_json(value: Any) -> None:
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def _print_events(events: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        _print_json(events)
        return
    session = ""
    for event in events:
        if event["session"] != session:
            session = event["session"]
            typer.echo(f"session {session}")
        fields = {name: value for name, value in event.items() if value and name not in _HEAD}
        said = "  ".join(f"{name}={value}" for name, value in fields.items())
        typer.echo(f"{event['seq']:>5}  {event['at']}  {event['kind']:<9} {said}")


_HEAD = frozenset({"session", "seq", "kind", "at", "component", "shown", "frames", "package"})


def _print_report(made: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    values = made.to_json()
    waits = values["waits"]
    median, longest = _seconds(waits["median_s"]), _seconds(waits["longest_s"])
    table = Table(box=None, pad_edge=False, show_header=False)
    rows = [
        ("sessions", f"{made.sessions}, {made.open} still open"),
        ("by channel", _counts(values["channels"])),
        ("contained", f"{made.contained} never waited for a person"),
        ("outcomes", _counts(values["outcomes"])),
        ("handed over", _counts(values["handovers"]["because"])),
        ("waited", f"{waits['accepted']} accepted, median {median}, longest {longest}"),
        ("gave up waiting", str(waits["abandoned"])),
        ("waiting now", str(waits["waiting_now"])),
        ("messages", f"{made.inbound} in, {made.outbound} out"),
        ("not delivered", _counts(values["undelivered"])),
        ("errors", str(made.errors)),
    ]
    for name, said in rows:
        table.add_row(name, said)
    Console(highlight=False).print(table)


def _counts(values: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(values.items())) or "none"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} s"
