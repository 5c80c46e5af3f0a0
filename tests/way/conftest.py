"""A desk that really runs: SQLite on disk, HTTP and sockets on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import respx
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect

from frontdesk.app import RunningDesk
from frontdesk.clock import Clock, FixedClock
from frontdesk.desk import chat, webhooks
from frontdesk.desk.sweep import Sweep
from frontdesk.settings import Settings
from tests.patience import PATIENCE, SERVING, be_patient, patient_socket
from tests.serving import Server
from tests.way.phone import URL, Provider

HELLO = Path(__file__).resolve().parents[2] / "runtime" / "frontdesk" / "templates" / "hello"


class Served:
    """A running desk and the address it answers at."""

    def __init__(self, desk: RunningDesk, port: int) -> None:
        self.desk = desk
        self.address = f"127.0.0.1:{port}"
        self.http = httpx.AsyncClient(base_url=f"http://{self.address}", timeout=PATIENCE)

    async def say(self, sender: str, message: str, **more: Any) -> httpx.Response:
        """One message over the REST channel."""
        return await self.http.post(
            "/webhooks/rest/webhook", json={"sender": sender, "message": message, **more}
        )

    def socket(self, **headers: str) -> connect:
        """A socket as a page of the desk's own site opens it."""
        return patient_socket(
            f"ws://{self.address}/ws/chat",
            additional_headers={"origin": f"http://{self.address}", **headers},
        )


class Talker:
    """A client of the chat protocol, as simple as a client may be."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.welcome: dict[str, Any] = {}
        self.last = 0

    async def greet(self, *, token: str | None = None, last: int = 0, **more: Any) -> dict[str, Any]:
        hello = {"type": "hello", "channel": "site", "token": token, "last": last, "language": "en", **more}
        await self.send(hello)
        self.welcome = await self.next("welcome")
        return self.welcome

    async def send(self, frame: dict[str, Any] | str) -> None:
        await self._socket.send(frame if isinstance(frame, str) else orjson.dumps(frame).decode())

    async def next(self, frame_type: str, *, within: float = PATIENCE, **fields: Any) -> dict[str, Any]:
        """The next frame of this type (and with these fields); frames before it are passed over."""
        async with asyncio.timeout(within):
            while not _is(frame := await self._receive(), frame_type, fields):
                pass
        return frame

    async def before(self, frame_type: str, **fields: Any) -> list[dict[str, Any]]:
        """Every frame that comes before one of this type (and with these fields)."""
        frames: list[dict[str, Any]] = []
        async with asyncio.timeout(PATIENCE):
            while not _is(frame := await self._receive(), frame_type, fields):
                frames.append(frame)
        return frames

    async def _receive(self) -> dict[str, Any]:
        frame: dict[str, Any] = orjson.loads(await self._socket.recv())
        self.last = max(self.last, frame["id"]) if frame["type"] == "event" else self.last
        return frame


def _is(frame: dict[str, Any], frame_type: str, fields: dict[str, Any]) -> bool:
    return frame["type"] == frame_type and all(frame.get(name) == one for name, one in fields.items())


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests are about is no limit of time, but where one says so itself."""
    be_patient(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small example desk."""
    root = tmp_path / "desk"
    shutil.copytree(HELLO, root)
    return root


@pytest.fixture
def provider() -> Iterator[Provider]:
    """The provider of a desk made by `phone.write_desk`."""
    with respx.mock(assert_all_called=False) as wire:
        provider = Provider()
        wire.post(URL).mock(side_effect=provider)
        yield provider


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Serve]:
    """Starts desks, and stops them when the test is over."""
    be_patient(monkeypatch)  # also where only this is taken from here
    async with contextlib.AsyncExitStack() as stack:

        async def start(clock: Clock | None = None, **settings: Any) -> Served:
            desk = RunningDesk(Settings(root=folder, **settings), clock=clock or FixedClock())
            await desk.start()
            stack.push_async_callback(desk.stop)
            app = Starlette(routes=[*webhooks.routes(desk), *chat.routes(chat.Chat(desk, Sweep(desk)))])
            config = uvicorn.Config(
                app,
                port=0,
                log_config=None,
                lifespan="off",
                timeout_graceful_shutdown=1,
                ws="websockets-sansio",
                **SERVING,
            )
            server = Server(config)
            task = asyncio.create_task(server.serve())
            while not server.started:
                await asyncio.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            served = Served(desk, port)

            async def stop() -> None:
                await served.http.aclose()
                server.should_exit = True
                await task

            stack.push_async_callback(stop)
            return served

        yield start


@pytest.fixture
async def served(serve: Serve) -> Served:
    return await serve()
