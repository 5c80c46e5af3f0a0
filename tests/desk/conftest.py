"""A small desk that really runs: SQLite on disk, uvicorn on loopback, real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from frontdesk.actor import Done
from frontdesk.app import RunningDesk
from frontdesk.bus import Bus
from frontdesk.clock import Clock
from frontdesk.desk import chat, console, pages, webhooks
from frontdesk.desk.accounts import Accounts
from frontdesk.desk.board import Board
from frontdesk.desk.sweep import Sweep
from frontdesk.messages import Inbound
from frontdesk.settings import Settings
from tests.patience import PATIENCE, SERVING, be_patient, patient_socket
from tests.serving import Server

Frame = dict[str, Any]
PASSWORD = "correct horse"

DESK = {
    "frontdesk.yml": """
        name: Example shop
        languages: [en, fr]
        channels: {rest: {kind: rest}, site: {kind: web}}
        queues: {general: {label: {en: Everything, fr: Tout}}, returns: {}}
        routing:
        - {else: {bot: hello}, fallback: {queue: general}}
        """,
    "bots/hello/bot.yml": """
        kind: dialogs
        slots:
          email: {private: true, ask: email_asked, label: {en: E-mail address}}
          reason: {}
        """,
    "bots/hello/components/size.yml": """
        component: size
        kind: choices
        ask: {en: Which size fits?, fr: Quelle taille ?}
        options:
        - {id: s, label: {en: Small, fr: Petit}}
        - {id: l, label: {en: Large, fr: Grand}}
        """,
    "bots/hello/dialogs/help.yml": """
        dialog: help
        when: {keyword: help}
        steps:
        - ask: email
        - ask: reason
          component: size
        - handoff: {queue: general, because: wants help}
        """,
    "bots/hello/dialogs/person.yml": """
        dialog: person
        when: {keyword: person}
        steps:
        - handoff: {queue: general, because: asked for a person}
        """,
    "bots/hello/dialogs/returns.yml": """
        dialog: returns
        when: {keyword: returns}
        steps:
        - handoff: {queue: returns}
        """,
    "bots/hello/messages/en.yml": """
        email_asked: What is your e-mail address?
        """,
}


def write_desk(root: Path) -> Path:
    for path, text in DESK.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
    return root


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests are about is no limit of time, but where one says so itself."""
    be_patient(monkeypatch)


@pytest.fixture
def desk_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_desk(tmp_path_factory.mktemp("d") / "desk")  # short: a socket's path has a limit


@dataclass
class RepPage:
    """A console page at the other end of the desk protocol."""

    socket: ClientConnection
    begun: Frame = field(default_factory=dict)  # the `desk` frame
    kept: list[Frame] = field(default_factory=list)  # frames that came and nobody has asked for
    events: list[Frame] = field(default_factory=list)  # every event that came, in this order
    _ids: Any = field(default_factory=itertools.count)

    async def first(self, wanted: Callable[[Frame], bool]) -> Frame:
        """The first frame that is wanted; the others are kept for who asks later."""
        found = next((frame for frame in self.kept if wanted(frame)), None)
        if found is not None:
            self.kept.remove(found)
            return found
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = await self._receive()
                if wanted(frame):
                    return frame
                self.kept.append(frame)

    async def _receive(self) -> Frame:
        frame: Frame = orjson.loads(await self.socket.recv())
        if frame["type"] == "event":
            self.events.append(frame)
        return frame

    async def next(self, of: str, /, **fields: Any) -> Frame:
        """The next frame of a type, with these fields."""
        return await self.first(lambda frame: frame["type"] == of and fields.items() <= frame.items())

    async def row(self, session: str, **fields: Any) -> Frame:
        """The session's row as soon as it has these fields."""
        frame = await self.first(
            lambda frame: (
                frame["type"] == "row"
                and frame["session"]["id"] == session
                and fields.items() <= frame["session"].items()
            )
        )
        row: Frame = frame["session"]
        return row

    async def event(self, kind: str, **fields: Any) -> Frame:
        """The next event of a kind."""
        return await self.next("event", kind=kind, **fields)

    async def until_event(self, kind: str, **fields: Any) -> list[Frame]:
        """Every event that nobody has asked for, up to the first with these fields; all come in order."""
        seen = [await self.next("event")]
        while not {"kind": kind, **fields}.items() <= seen[-1].items():
            seen.append(await self.next("event"))
        return seen

    async def send(self, of: str, /, **fields: Any) -> None:
        await self.socket.send(orjson.dumps({"type": of, **fields}).decode())

    async def do(self, of: str, session: str, **fields: Any) -> Frame:
        """A command and its answer."""
        command = fields.pop("id", f"c{next(self._ids)}")
        await self.send(of, id=command, session=session, **fields)
        return await self.first(lambda frame: frame.get("id") == command)

    async def open(self, session: str, after: int = 0) -> Frame:
        """Open a session; gives its first frame."""
        await self.send("open", session=session, after=after)
        return await self.next("session", session=session)

    async def ends(self) -> tuple[int, str]:
        """How the desk closes the connection: close code, and the code of its `bye`."""
        bye = (await self.next("bye"))["code"]
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(PATIENCE):
                await self.socket.recv()
        assert self.socket.close_code is not None
        return self.socket.close_code, bye


@dataclass
class Running:
    """A running desk, and people at both ends of it."""

    desk: RunningDesk
    board: Board
    listener: socket.socket
    accounts: Accounts
    _ids: Any = field(default_factory=itertools.count)
    _pages: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def says(self, who: str, text: str, channel: str = "site", **fields: Any) -> Done:
        """A customer writes; gives the turn this led to."""
        ticket = await self.desk.inbox.receive(
            Inbound(channel=channel, sender=who, external_id=f"m{next(self._ids)}", text=text, **fields),
            wants_turn=True,
        )
        assert ticket.done is not None
        return await ticket.done

    async def waits(self, who: str, **fields: Any) -> str:
        """A customer who asks for a person; gives the session."""
        return (await self.says(who, "person", **fields)).session

    async def texts(self, session: str) -> list[str]:
        """What the customer was sent in a session."""
        rows = await self.desk.store.events(session)
        return [orjson.loads(row.body)["text"] for row in rows if row.kind == "outbound"]

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.url, headers={"x-frontdesk": "1"}, verify=False, timeout=PATIENCE
        )

    async def cookie(self, login: str, password: str = PASSWORD) -> str:
        """Sign in; gives the cookie."""
        async with self.http() as http:
            answer = await http.post("/v1/desk/sign-in", json={"login": login, "password": password})
            assert answer.status_code == 200, answer.text
            return str(answer.cookies["frontdesk_rep"])

    async def page(self, login: str, *, cookie: str | None = None, **fields: Any) -> RepPage:
        """A console page of a rep, after its `desk` frame."""
        if login not in self.desk.reps:
            await self.accounts.add(login, password=PASSWORD)
        opened = RepPage(await self.connect(cookie or await self.cookie(login), **fields))
        opened.begun = await opened.next("desk")
        return opened

    async def connect(self, cookie: str = "", query: str = "", **fields: Any) -> ClientConnection:
        socket = patient_socket(
            f"ws://127.0.0.1:{self.port}/ws/desk{query}",
            additional_headers={"cookie": f"frontdesk_rep={cookie}"},
            **{"origin": self.url, "compression": None, **fields},
        )
        return await self._pages.enter_async_context(socket)


Start = Callable[[Path], Awaitable[Running]]


@contextlib.asynccontextmanager
async def running(
    root: Path, *, bus: Bus | None = None, clock: Clock | None = None, **settings: Any
) -> AsyncIterator[Running]:
    """Run the desk of a folder and serve its console."""
    desk = RunningDesk(Settings(root=root, **settings), bus=bus, clock=clock)
    await desk.start()
    board, sweep = Board(desk), Sweep(desk)
    app = Starlette(
        routes=[
            *webhooks.routes(desk),
            *chat.routes(chat.Chat(desk, sweep)),
            *console.routes(desk, board, sweep),
            *pages.routes(desk),
        ]
    )
    config = uvicorn.Config(app, log_level="error", lifespan="off", ws_max_size=200_000, **SERVING)
    server = Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.005)
    one = Running(desk=desk, board=board, listener=listener, accounts=Accounts.of(desk))
    try:
        yield one
    finally:
        await one._pages.aclose()
        server.should_exit = True
        await serving
        board.close()
        await desk.stop()


@pytest.fixture
async def running_desk(desk_folder: Path) -> AsyncIterator[Running]:
    async with running(desk_folder) as one:
        yield one
