"""A small real server that speaks the desk protocol over a scripted board, for the console's tests.

It keeps sessions, their events and the reps' cookies in memory. Tests drive it from their own
thread (`server.do(...)`): the customer writes, another rep is faster, the connection is cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests import serving
from tests.pages.waiting import LONG, until

PASSWORDS = {"mia": "harbour-17", "tom": "lantern-23"}
REPS: dict[str, Any] = {
    "mia": {"login": "mia", "name": "Mia Novak", "role": "rep", "languages": ["en", "fr"]},
    "tom": {"login": "tom", "name": "Tom Berger", "role": "rep", "languages": ["en"]},
}
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self' ws:; object-src 'none'; base-uri 'none'"
)
REFUSED = {
    "taken": "Somebody else has already taken it.",
    "not_yours": "The session is not yours.",
    "ended": "The session has ended.",
    "unknown": "There is no such thing.",
}
_TRIES = 5
GONE = contextlib.suppress(WebSocketDisconnect, RuntimeError)  # the page has left, and is told nothing more

Frame = dict[str, Any]


def iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


@dataclass
class Talk:
    """One messaging session of the board and its log."""

    id: str
    name: str
    user: str
    channel: str
    channel_kind: str
    queue: str
    owner: str
    language: str = "en"
    time_zone: str = ""
    because: str | None = None
    since: str | None = None
    package: Frame | None = None
    slots: list[Frame] = field(default_factory=list)
    events: list[Frame] = field(default_factory=list)
    turns: list[Frame] = field(default_factory=list)  # as `frontdesk why` has them
    unread: int = 0
    version: int = 1
    status: str = "active"

    def log(self, kind: str, at: datetime | None = None, **values: Any) -> Frame:
        event = {"seq": len(self.events) * 3 + 1, "kind": kind, "at": iso(at or datetime.now(UTC)), **values}
        self.events.append(event)
        self.version += 1
        return event

    def row(self) -> Frame:
        said = [event for event in self.events if event["kind"] in ("inbound", "outbound")]
        last: Frame = said[-1] if said else {"text": "", "at": iso(datetime.now(UTC)), "kind": "inbound"}
        by = "user" if last["kind"] == "inbound" else last["author"]["kind"]
        return {
            "id": self.id,
            "user": self.user,
            "name": self.name,
            "channel": self.channel,
            "channel_kind": self.channel_kind,
            "queue": self.queue,
            "owner": self.owner,
            "owner_name": REPS[rep]["name"] if (rep := self.owner.removeprefix("rep:")) in REPS else "",
            "status": "waiting" if self.owner.startswith("queue:") else self.status,
            "since": self.since,
            "last_at": last["at"],
            "preview": last.get("text", ""),
            "preview_from": by,
            "unread": self.unread,
            "language": self.language,
            "because": self.because,
            "version": self.version,
        }


@dataclass
class Reader:
    """One console's socket, and the session it has open."""

    login: str
    socket: WebSocket
    opened: set[str] = field(default_factory=set)

    async def send(self, frame: Frame) -> None:
        with GONE:
            await self.socket.send_json(frame)


class ScriptedDesk:
    """The board. Its methods run on the server's loop."""

    name = "Harz & Halde"

    def __init__(self, talks: list[Talk], components: list[Frame]) -> None:
        self.talks = {talk.id: talk for talk in talks}
        self.components = components
        self.cookies: dict[str, str] = {}
        self.readers: list[Reader] = []
        self.failures = 0
        self.refuses_sockets = False
        self.drops_acks = False
        self.dropped: list[Frame] = []  # what would have been answered
        self.refuses_turns = 0  # status that is answered instead
        self.frames: list[Frame] = []  # everything the consoles sent
        self.done: dict[str, Frame] = {}  # command id -> how it was answered

    # What happens at the desk

    async def tell(self, frame: Frame) -> None:
        for reader in list(self.readers):
            await reader.send(frame)

    async def changed(self, talk: Talk, *events: Frame) -> None:
        for reader in list(self.readers):
            if talk.id in reader.opened:
                for event in events:
                    await reader.send({"type": "event", "session": talk.id, **event})
            await reader.send(
                {"type": "gone", "session": talk.id}
                if talk.status == "ended"
                else {"type": "row", "session": talk.row()}
            )

    async def customer_says(self, session: str, text: str) -> None:
        talk = self.talks[session]
        talk.unread += 1
        await self.changed(talk, talk.log("inbound", text=text, reply=None))

    async def customer_types(self, session: str, on: bool = True) -> None:
        await self.tell({"type": "typing", "session": session, "on": on})

    async def waits(self, talk: Talk) -> None:
        self.talks[talk.id] = talk
        await self.changed(talk)

    async def taken_by(self, session: str, login: str, tell: bool = True) -> None:
        talk = self.talks[session]
        talk.owner, talk.since = f"rep:{login}", None
        event = talk.log("owner", owner={"kind": "rep", "name": REPS[login]["name"]})
        if tell:
            await self.changed(talk, event)

    async def cut(self) -> None:
        """Close every socket, as a restart does."""
        await self._close_all(1012)

    async def forget_cookies(self) -> None:
        self.cookies.clear()
        await self._close_all(4401)

    async def _close_all(self, code: int) -> None:
        """From here on nobody is told anything, whenever the pages find the time to learn it."""
        readers, self.readers = self.readers, []
        for reader in readers:
            with GONE:
                await reader.socket.close(code)

    # Commands

    async def command(self, reader: Reader, frame: Frame) -> None:
        known = self.done.get(frame["id"])
        answer = known or await self._carry_out(reader, frame)
        self.done[frame["id"]] = answer
        if self.drops_acks:
            self.dropped.append(answer)
        else:
            await reader.send(answer)

    async def _carry_out(self, reader: Reader, frame: Frame) -> Frame:
        talk = self.talks.get(frame["session"])
        me = f"rep:{reader.login}"
        if talk is None:
            return self._refuse(frame, "unknown")
        if talk.status == "ended":
            return self._refuse(frame, "ended")
        if frame["type"] == "accept":
            if not talk.owner.startswith("queue:"):
                return self._refuse(frame, "taken")
            await self.taken_by(talk.id, reader.login)
        elif talk.owner != me:
            return self._refuse(frame, "not_yours")
        elif frame["type"] == "end":
            talk.status = "ended"
            await self.changed(talk, talk.log("session", status="ended", by="rep"))
        else:
            await self._say(reader, talk, frame)
        return {"type": "ack", "id": frame["id"]}

    async def _say(self, reader: Reader, talk: Talk, frame: Frame) -> None:
        author = {"kind": "rep", "name": REPS[reader.login]["name"]}
        shown = None
        text = frame.get("text", "")
        if frame["type"] == "component":
            shown = next(
                one["shown"] for one in self.components if frame["name"].endswith(one["offered"]["name"])
            )
            text = shown["text"]
        message = f"{talk.id}.{len(talk.events)}"
        event = talk.log(
            "outbound", message=message, text=text, component=shown, author=author, client=frame["id"]
        )
        await self.changed(talk, event)

    def _refuse(self, frame: Frame, code: str) -> Frame:
        return {"type": "refused", "id": frame["id"], "code": code, "text": REFUSED[code]}

    # HTTP and sockets

    def _login(self, cookies: dict[str, str]) -> str | None:
        return self.cookies.get(cookies.get("frontdesk_rep", ""))

    async def sign_in(self, request: Request) -> Response:
        if request.headers.get("x-frontdesk") != "1":
            return _problem(403, "header", "The header X-Frontdesk is missing")
        if self.failures >= _TRIES:
            return _problem(429, "too_fast", "Too many tries", {"retry-after": "120"})
        given = await request.json()
        if PASSWORDS.get(given["login"]) != given["password"]:
            self.failures += 1
            return _problem(401, "bad_credentials", "Login or password is wrong")
        token = secrets.token_hex(16)
        self.cookies[token] = given["login"]
        answer = JSONResponse({"rep": REPS[given["login"]]})
        answer.set_cookie("frontdesk_rep", token, httponly=True, samesite="strict", path="/")
        return answer

    async def sign_out(self, request: Request) -> Response:
        self.cookies.pop(request.cookies.get("frontdesk_rep", ""), None)
        return Response(status_code=204)

    async def me(self, request: Request) -> Response:
        login = self._login(dict(request.cookies))
        return JSONResponse(REPS[login]) if login else _problem(401, "signed_out", "Nobody is signed in")

    async def turn(self, request: Request) -> Response:
        if self.refuses_turns:
            return _problem(self.refuses_turns, "unknown", "There is no such turn")
        rows = self.talks[request.path_params["session"]].turns
        place = max(n for n, row in enumerate(rows) if row["seq"] <= request.path_params["seq"])
        beside = [row["seq"] for row in (*rows[max(place - 1, 0) : place], *rows[place + 1 : place + 2])]
        before = beside[0] if place else None
        after = beside[-1] if place + 1 < len(rows) else None
        return JSONResponse({"session": "", "turn": rows[place], "before": before, "after": after})

    async def socket(self, socket: WebSocket) -> None:
        login = self._login(dict(socket.cookies))
        if login is None or self.refuses_sockets:
            await socket.close(4401 if login is None else 1013)
            return
        await socket.accept()
        reader = Reader(login=login, socket=socket)
        self.readers.append(reader)  # first: what happens meanwhile is told, too
        await reader.send(self._desk(login))
        with GONE:
            while True:
                frame = await socket.receive_json()
                self.frames.append(frame)
                await self._read(reader, frame)
        self.readers = [one for one in self.readers if one is not reader]

    def _desk(self, login: str) -> Frame:
        return {
            "type": "desk",
            "rep": REPS[login],
            "name": self.name,
            "labels": {"slots": {"order_number": "Order", "reason": "Reason"}, "intents": {}},
            "queues": [{"name": name, "label": name} for name in ("returns", "billing", "general")],
            "languages": ["en", "fr", "es"],
            "components": [one["offered"] for one in self.components],
            "sessions": [talk.row() for talk in self.talks.values() if talk.status != "ended"],
        }

    async def _read(self, reader: Reader, frame: Frame) -> None:
        talk = self.talks.get(frame.get("session", ""))
        match frame["type"]:
            case "open" if talk:
                reader.opened.add(talk.id)
                await reader.send(
                    {
                        "type": "session",
                        "session": talk.id,
                        "row": talk.row(),
                        "package": talk.package,
                        "slots": talk.slots,
                        "open_question": None,
                        "time_zone": talk.time_zone,
                    }
                )
                for event in talk.events:
                    if event["seq"] > frame["after"]:
                        await reader.send({"type": "event", "session": talk.id, **event})
            case "close":
                reader.opened.discard(frame["session"])
            case "seen" if talk and talk.unread:
                talk.unread = 0
                talk.version += 1
                await self.changed(talk)
            case "accept" | "say" | "component" | "end":
                await self.command(reader, frame)


def _problem(status: int, code: str, title: str, headers: dict[str, str] | None = None) -> Response:
    body = {"title": title, "code": code, "status": status}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


class Server:
    """The desk on a port of its own, in a thread of its own."""

    def __init__(self, desk: ScriptedDesk, static: Path) -> None:
        self.desk = desk
        self._static = static
        self._loop: asyncio.AbstractEventLoop | None = None
        config = uvicorn.Config(
            self._app(), host="127.0.0.1", port=0, log_level="error", ws="websockets-sansio", lifespan="off"
        )
        self._server = serving.Server(config)
        self.thread = threading.Thread(target=self._run, daemon=True)

    @property
    def address(self) -> str:
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def start(self) -> Server:
        self.thread.start()
        until(lambda: self._server.started)
        return self

    def stop(self) -> None:
        """Its thread ends within a tenth of a second; nothing needs to wait for that."""
        self._server.should_exit = self._server.force_exit = True

    def do(self, what: Callable[[ScriptedDesk], Any]) -> Any:
        """Run something of the desk on the server's loop and wait for it."""
        assert self._loop is not None
        done: Future[Any] = asyncio.run_coroutine_threadsafe(what(self.desk), self._loop)
        return done.result(LONG)

    def _run(self) -> None:
        with asyncio.Runner() as runner:  # ends what still talks to a page
            self._loop = runner.get_loop()
            runner.run(self._server.serve())

    def _app(self) -> Starlette:
        desk = self.desk
        page = self._static / "console" / "index.html"

        async def console(request: Request) -> Response:
            return FileResponse(page, headers={"content-security-policy": CSP, "cache-control": "no-cache"})

        return Starlette(
            routes=[
                Route("/console", console),
                Route("/v1/desk/sign-in", desk.sign_in, methods=["POST"]),
                Route("/v1/desk/sign-out", desk.sign_out, methods=["POST"]),
                Route("/v1/desk/me", desk.me),
                Route("/v1/desk/sessions/{session}/turns/{seq:int}", desk.turn),
                WebSocketRoute("/ws/desk", desk.socket),
                Mount("/assets", StaticFiles(directory=self._static / "assets")),
            ]
        )
