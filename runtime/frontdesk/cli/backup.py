"""`frontdesk backup` and `frontdesk restore`: a desk's data in one file, and back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from frontdesk.cli.options import AtStore

if TYPE_CHECKING:
    from frontdesk.settings import Settings
    from frontdesk.store.backup import Backup

DeskFolder = Annotated[Path, typer.Argument(metavar="[DESK]", help="The desk's folder.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")]

QUIET = 1.0  # seconds before anything is said of how far it is
OFTEN = 10.0  # seconds between two lines of it; on a terminal one line that changes


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)


def backup(
    desk: DeskFolder = Path(),
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            show_default=False,
            help="The file, or FOLDER/ for one named after desk and time. Default: DESK/.frontdesk/backups/.",
        ),
    ] = "",
    as_json: AsJson = False,
    store: AtStore = "",
) -> None:
    """Write all data of a desk, running or not, as it is at one moment, into one file."""
    import asyncio

    from frontdesk.clock import Clock
    from frontdesk.store.archive import back_up
    from frontdesk.store.opening import archive_of

    settings, now = _settings(desk, store), Clock().now()
    file = Path(out) if out else settings.data / "backups"
    if not out or out.endswith("/") or file.is_dir():
        file /= f"{settings.root.name}-{now:%Y%m%d-%H%M%S}.backup"
    made = asyncio.run(back_up(archive_of(settings), file, now, Progress("copied")))
    if as_json:
        _print_json(_values(made))
        return
    typer.echo(f"{made.file}: {_counts(made)}, {_size(made.bytes)}.")
    typer.echo("It holds personal data and secrets. Only its owner can read it (mode 0600).", err=True)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `frontdesk backup` wrote.")],
    desk: DeskFolder = Path(),
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of the data there is, which is kept beside it.")
    ] = False,
    as_json: AsJson = False,
    store: AtStore = "",
) -> None:
    """Make a backup the data of a desk that does not run: in its folder, or in PostgreSQL with --store."""
    import asyncio

    from frontdesk.clock import Clock
    from frontdesk.store.archive import restore as put_back
    from frontdesk.store.opening import archive_of

    settings = _settings(desk, store)
    restoring = put_back(
        archive_of(settings), file, settings.data, Clock().now(), Progress("done"), replace=replace
    )
    done = asyncio.run(restoring)
    if as_json:
        before = str(done.before) if done.before is not None else None
        _print_json({**_values(done.backup), "before": before})
        return
    typer.echo(
        f"Restored {_counts(done.backup)}, as they were at {done.backup.made_at:%Y-%m-%d %H:%M:%S} UTC."
    )
    if done.before is not None:
        typer.echo(f"What was there before is kept: {done.before}", err=True)
    typer.echo("Accounts of reps are as they were then; everybody signs in again.", err=True)


class Progress:
    """Says on stderr how far it is, once it takes longer than a moment."""

    def __init__(self, what: str) -> None:
        import sys

        self._what = what
        self._is_terminal = sys.stderr.isatty()
        self._next = time.monotonic() + QUIET

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (0.2 if self._is_terminal else OFTEN)
        share = min(done / total, 1.0) if total else 0.0
        end = "\r" if self._is_terminal else "\n"
        typer.echo(f"{self._what} {share:.0%}{end}", err=True, nl=False)


def _settings(desk: Path, store: str) -> Settings:
    from frontdesk.errors import SettingsError
    from frontdesk.settings import Settings

    root = desk.resolve()
    if not (root / "frontdesk.yml").is_file():
        raise SettingsError(f"{desk} is no desk: it has no frontdesk.yml. `frontdesk new NAME` makes one.")
    return Settings(root=root, store=store)


def _values(backup: Backup) -> dict[str, Any]:
    from frontdesk.clock import iso

    return {
        "file": str(backup.file),
        "bytes": backup.bytes,
        "made_at": iso(backup.made_at),
        "made_by": backup.made_by,
        "schema": backup.schema,
        "sessions": backup.sessions,
        "events": backup.events,
        "users": backup.users,
    }


def _counts(backup: Backup) -> str:
    return f"{backup.sessions:,} sessions, {backup.events:,} events, {backup.users:,} users"


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def _print_json(value: Any) -> None:
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
