"""A running desk with real HTTP and sockets on loopback, and Twilio's API in place of Twilio."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from frontdesk.app import RunningDesk
from frontdesk.clock import Clock, FixedClock
from frontdesk.desk.server import asgi
from frontdesk.settings import Settings
from frontdesk.testing.simulators.twilio import TwilioSimulator
from tests.patience import PATIENCE, SERVING
from tests.serving import Server

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "s3cret"


class Town:
    """A desk and a telephone company."""

    def __init__(self, desk: RunningDesk, address: str, twilio: TwilioSimulator) -> None:
        self.desk = desk
        self.address = address
        self.twilio = twilio


T = TypeVar("T", bound=Town)


@contextlib.asynccontextmanager
async def running_town(
    root: Path, kind: type[T], *, clock: Clock | None = None, **settings: Any
) -> AsyncIterator[T]:
    """Run the desk of a folder whose channel `sms` takes its account from the environment."""
    (near, address), (far, api) = _bound(), _bound()
    twilio = TwilioSimulator(webhook=f"{address}/webhooks/sms", token=TOKEN)
    twilio._http.timeout = httpx.Timeout(PATIENCE)
    secrets = {
        "TWILIO_ACCOUNT": twilio.account,
        "TWILIO_TOKEN": TOKEN,
        "TWILIO_NUMBER": twilio.number,
        "TWILIO_API": api,
        "PUBLIC_URL": address,
    }
    desk = RunningDesk(Settings(root=root, environ=secrets, **settings), clock=clock or FixedClock())
    # A call given up while this machine stands still would be made again, and the clock may stand for ever.
    desk.outbox._http = httpx.AsyncClient(timeout=PATIENCE)
    async with _serving(Starlette(routes=twilio.routes()), far), _serving(asgi(desk), near):
        await desk.start()
        try:
            yield kind(desk, address, twilio)
        finally:
            await twilio.close()
            await desk.stop()


def copy_shop(root: Path) -> Path:
    """The example desk as it lies in the repository, in a folder of its own."""
    shutil.copytree(ROOT / "bots", root / "bots", ignore=shutil.ignore_patterns("system"))
    for name in ("frontdesk.yml", "holidays.ics"):
        shutil.copy(ROOT / name, root)
    return root


@contextlib.asynccontextmanager
async def _serving(app: ASGIApp, sock: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        app, log_config=None, lifespan="off", timeout_graceful_shutdown=1, ws="websockets-sansio", **SERVING
    )
    server = Server(config)
    task = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await task


def _bound() -> tuple[socket.socket, str]:
    """A free port of this machine, and its address."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock, f"http://127.0.0.1:{sock.getsockname()[1]}"
