"""`frontdesk run`: serve a desk."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from frontdesk.cli.options import AtStore, OverBus

if TYPE_CHECKING:
    import socket

    import uvicorn

    from frontdesk.app import RunningDesk
    from frontdesk.settings import Settings


class Role(StrEnum):
    """What a process does."""

    all = "all"
    web = "web"
    worker = "worker"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(
    desk: Annotated[Path, typer.Argument(help="The desk's folder.", metavar="[DESK]")] = Path(),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)] = 8000,
    watch: Annotated[bool, typer.Option(help="Make every sound set of saved files live at once.")] = False,
    demo: Annotated[
        bool, typer.Option(help="Serve the example page and make a rep with a random password.")
    ] = False,
    store: AtStore = "",
    bus: OverBus = "",
    role: Annotated[
        Role,
        typer.Option(
            help="What this process does where several serve one desk on PostgreSQL: "
            "everything, only pages and webhooks, or only the turns behind them."
        ),
    ] = Role.all,
) -> None:
    """Serve a desk: channels, bots, console. Data is kept in DESK/.frontdesk, or where --store says."""
    import os

    from frontdesk.errors import SettingsError
    from frontdesk.settings import Settings

    root = desk.resolve()
    if not (root / "frontdesk.yml").is_file():
        raise SettingsError(f"{desk} is no desk: it has no frontdesk.yml. `frontdesk new NAME` makes one.")
    settings = Settings(
        root=root,
        host=host,
        port=port,
        watch=watch,
        demo=demo,
        store=store,
        bus=bus,
        role=role.value,
        environ=dict(os.environ),
    )
    if role is not Role.all and not store:
        raise SettingsError(
            f"--role {role.value} is for several processes on one database: add --store postgresql://... "
            "A desk on a file has one process that does everything."
        )
    try:
        import uvloop
    except ImportError:
        asyncio.run(_serve(settings))
    else:
        uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    import gc
    import logging

    gc.disable()  # loading makes no garbage worth a tenth of the start; `settle_memory` turns it on again
    from frontdesk.app import RunningDesk, settle_memory

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    sockets = [_listen(settings)]
    try:
        desk = RunningDesk(settings, tell=_tell)
        await desk.start()
        settle_memory()
    except BaseException:
        for one in sockets:
            one.close()
        raise
    try:
        await _serve_running(desk, settings, sockets)
    finally:
        await desk.stop()


async def _serve_running(desk: RunningDesk, settings: Settings, sockets: list[socket.socket]) -> None:
    import uvicorn

    from frontdesk.app import watch_folder
    from frontdesk.desk import control
    from frontdesk.desk.server import server_config

    for notice in desk.notices:
        _tell(notice)
    server = uvicorn.Server(server_config(desk))
    # uvicorn would raise the signal again when it is done, and end the process before the desk drained.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    _stop_on_signals(server, desk)
    stop_control = await control.serve(desk)
    watching = asyncio.create_task(watch_folder(desk, _tell)) if settings.watch else None
    await _greet(desk, settings, sockets[0].getsockname()[1])
    try:
        await server.serve(sockets=sockets)
    finally:
        desk.is_ready = False
        if watching is not None:
            watching.cancel()
        await stop_control()


def _stop_on_signals(server: uvicorn.Server, desk: RunningDesk) -> None:
    """SIGTERM drains: what runs is finished. SIGINT too; the second one does not wait for clients."""
    import signal

    def stop(at_once: bool) -> None:
        server.force_exit = at_once and server.should_exit
        server.should_exit = True
        desk.send_away()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop, False)
    loop.add_signal_handler(signal.SIGINT, stop, True)


def _listen(settings: Settings) -> socket.socket:
    import socket

    from frontdesk.errors import SettingsError

    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Said to be TCP: else asyncio lets small frames wait for each other, 40 ms where no uvloop is.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"Port {settings.port} on {settings.host} cannot be used: {error.strerror}. "
            "Stop what uses it, or choose another with --port."
        ) from error
    listener.listen(2048)
    listener.setblocking(False)
    return listener


async def _greet(desk: RunningDesk, settings: Settings, port: int) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{port}"
    _tell(f"{desk.releases.current.name} is open (release {desk.releases.current.release}).")
    if settings.role == "worker":
        _tell(f"  This process works; it answers at {address}/readyz")
        return
    if settings.demo or settings.watch:
        _tell(f"  Customers   {address}/")
    _tell(f"  Console     {address}/console")
    if settings.demo:
        from frontdesk.desk.accounts import demo_rep

        login, password = await demo_rep(desk)
        _tell(f"              sign in as {login} with the password {password}")
    for name, why in desk.releases.current.off.items():
        _tell(f"  Channel {name} is off: {why}")


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
