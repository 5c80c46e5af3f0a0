"""The `frontdesk` command. Its modules import what is heavy only when a command runs."""

from __future__ import annotations

from importlib import import_module

import typer

MODULES = (
    *("run", "authoring", "talk", "desk", "backup", "insights", "bench"),
    *("channel", "simulate", "nlu", "draw", "tools"),
)
"""Each has `register(app)`, which adds its commands."""


def application() -> typer.Typer:
    """The command with all its subcommands."""
    app = typer.Typer(
        name="frontdesk",
        help="A messaging desk: bots, agents and people, on every channel.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for module in MODULES:
        import_module(f"frontdesk.cli.{module}").register(app)
    return app


def main() -> None:
    """Run the command; an error a user can cause is one plain text, never a traceback."""
    import sys

    from frontdesk.errors import FrontdeskError

    try:
        application()()
    except FrontdeskError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
