"""Options that several commands take."""

from __future__ import annotations

from typing import Annotated

import typer

AtStore = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="URL",
        envvar="FRONTDESK_STORE",
        show_default=False,
        help="Keep the data in PostgreSQL: postgresql://USER:PASSWORD@HOST/DATABASE. "
        "In the environment the password is not seen in the list of processes.",
    ),
]
