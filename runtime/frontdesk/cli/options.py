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

OverBus = Annotated[
    str,
    typer.Option(
        "--bus",
        metavar="URL",
        envvar="FRONTDESK_BUS",
        show_default=False,
        help="Carry hints between the processes of a desk over NATS: nats://HOST:PORT. "
        "Without it they go over PostgreSQL, which is enough up to a few hundred commits a second.",
    ),
]
