"""A small desk for the tests of the pages: speaks the chat protocol, follows a script, fails on request."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.pages.waiting import LONG, until
from tests.serving import Server

Frame = dict[str, Any]
T = TypeVar("T")

BOT = {"kind": "bot", "name": "Shop assistant"}
LIMITS = {"text": 200, "per_minute": 20}

REASONS: Frame = {
    "kind": "choices",
    "name": "return_reason",
    "text": "Sorry to hear that. Why are you sending it back?",
    "multiple": False,
    "options": [
        {"id": "too_small", "label": "Too small"},
        {"id": "too_large", "label": "Too large"},
        {"id": "faulty", "label": "It is faulty"},
        {"id": "other", "label": "I changed my mind"},
    ],
}
DELIVERY: Frame = {
    "kind": "choices",
    "name": "delivery",
    "text": "How shall we send the new one?",
    "multiple": False,
    "options": [
        {"id": "home", "label": "To my door", "description": "Two working days, free"},
        {"id": "point", "label": "To a pick-up point", "description": "Next day, open until late"},
    ],
}
PICKUP: Frame = {
    "kind": "date_picker",
    "name": "pickup_date",
    "text": "Returning it is free. Which day shall we pick it up?",
    "min": "2026-03-12",
    "max": "2026-04-11",
    "excluded": ["2026-03-15"],
    "suggestions": [
        {"id": "2026-03-12", "label": "Thu 12 Mar"},
        {"id": "2026-03-13", "label": "Fri 13 Mar"},
        {"id": "2026-03-16", "label": "Mon 16 Mar"},
    ],
}
GUESTS: Frame = {
    "kind": "number",
    "name": "guests",
    "text": "How many people?",
    "min": 1,
    "max": 12,
    "step": 1,
    "unit": "",
    "hint": "Reply with a number from 1 to 12.",
    "suggestions": [{"id": "2", "label": "2"}, {"id": "4", "label": "4"}],
}
SCORE: Frame = {
    "kind": "rating",
    "name": "csat",
    "text": "How did we do?",
    "min": 1,
    "max": 5,
    "style": "stars",
    "low": "Very poor",
    "high": "Very good",
    "options": [
        {"id": "1", "label": "1 – Very poor", "sign": "★"},
        *({"id": str(point), "label": str(point), "sign": "★"} for point in (2, 3, 4)),
        {"id": "5", "label": "5 – Very good", "sign": "★"},
        {"id": "skip", "label": "Skip this"},
    ],
    "extra": ["skip"],
}
LABEL: Frame = {
    "kind": "link",
    "name": "return_label",
    "text": "Your return label is ready.",
    "title": "Return label for order 1042",
    "url": "https://shop.example/returns/1042",
    "description": "PDF, one page",
    "image": None,
}
BAD_LINK: Frame = LABEL | {"name": "bad_link", "title": "Do not", "url": "javascript:alert(1)"}

SCRIPT: dict[str, Frame] = {
    "I want to return my jumper": REASONS,
    "too_small": DELIVERY,
    "home": PICKUP,
    "2026-03-16": LABEL,
    "when": PICKUP,
    "guests": GUESTS,
    "rate": SCORE,
    "nps": SCORE
    | {
        "style": "numbers",
        "options": [{"id": str(point), "label": str(point), "sign": str(point)} for point in range(11)],
    },
    "faces": SCORE
    | {
        "style": "faces",
        "options": [
            {"id": str(point), "label": str(point), "sign": face}
            for point, face in enumerate("😡🙁😐🙂😀", 1)
        ],
    },
    "link": LABEL,
    "bad link": BAD_LINK,
}


@dataclass
class Conversation:
    """A user's events, and who is listening to them now."""

    token: str
    events: list[Frame] = field(default_factory=list)
    clients: dict[str, Frame] = field(default_factory=dict)  # what was received, by client id
    listeners: set[asyncio.Queue[Frame]] = field(default_factory=set)
    seen: int = 0
    owner: Frame = field(default_factory=lambda: dict(BOT))
    questions: dict[str, Frame] = field(default_factory=dict)


class Desk:
    """The conversations and the faults. It lives in the server's loop; tests use `ScriptedDesk`."""

    def __init__(self) -> None:
        self.conversations: dict[str, Conversation] = {}
        self.received: list[Frame] = []  # every frame but pings, repeated ones too
        self.sockets: set[WebSocket] = set()
        self.refuses_sockets = False
        self.keeps_acks = False  # receives, but neither commits nor acknowledges
        self.next_id = 1

    def log(self, conversation: Conversation, kind: str, **values: Any) -> None:
        # Ids rise but have holes, as a real log's do.
        self.next_id += 3
        event = {
            "type": "event",
            "id": self.next_id,
            "kind": kind,
            "at": datetime.now(UTC).isoformat(),
            **values,
        }
        conversation.events.append(event)
        self.tell(conversation, event)

    def tell(self, conversation: Conversation, frame: Frame) -> None:
        for listener in conversation.listeners:
            listener.put_nowait(frame)

    def say(
        self, conversation: Conversation, text: str, component: Frame | None = None, author: Frame = BOT
    ) -> None:
        message = uuid.uuid4().hex
        if component:
            conversation.questions[message] = component
        self.log(conversation, "outbound", message=message, text=text, component=component, author=author)

    def hello(self, frame: Frame) -> tuple[Conversation, list[Frame]]:
        """The conversation a `hello` belongs to, and what to send first."""
        token = frame["token"]
        if token not in self.conversations:
            token = uuid.uuid4().hex
            self.conversations[token] = Conversation(token)
        conversation = self.conversations[token]
        last = conversation.events[-1]["id"] if conversation.events else 0
        welcome = {
            "type": "welcome",
            "token": token,
            "user": f"site:{token[:4]}",
            "last": last,
            "name": "Lune & Laine",
            "languages": ["en", "fr", "es"],
            "limits": LIMITS,
            "owner": conversation.owner,
            "oldest": False,
        }
        missed = [event for event in conversation.events if event["id"] > frame["last"]]
        return conversation, [welcome, *missed]

    def take(self, conversation: Conversation, frame: Frame) -> list[Frame]:
        """Act on a frame; what only this client is told."""
        kind = frame["type"]
        if kind == "ping":
            return [{"type": "pong"}]
        self.received.append(frame)
        if kind == "seen":
            conversation.seen = max(conversation.seen, frame["id"])
        if kind not in {"send", "end"} or self.keeps_acks:
            return []
        client = frame["id"]
        if frame.get("text") == "refuse this":
            return [{"type": "refused", "id": client, "code": "too_fast", "text": "Please wait a moment."}]
        if client not in conversation.clients:
            conversation.clients[client] = frame
            if kind == "end":
                self.log(conversation, "session", status="ended", by="user")
            else:
                self.answer(conversation, frame)
        return [{"type": "ack", "id": client}]

    def answer(self, conversation: Conversation, frame: Frame) -> None:
        """Log what came in and what the script says to it."""
        text, reply = frame.get("text", ""), frame.get("reply")
        said = text
        if reply:
            question = conversation.questions[reply["to"]]
            said = str(reply.get("choose") or reply["value"])
            options = [*question.get("options", []), *question.get("suggestions", [])]
            label = next((option["label"] for option in options if option["id"] == said), "")
            label = label or (f"{date.fromisoformat(said):%A %d %B}" if "-" in said else said)
            reply = reply | {"label": label}
        self.log(
            conversation,
            "inbound",
            message=uuid.uuid4().hex,
            client=frame["id"],
            text=text,
            reply=reply or None,
        )
        if reply:
            self.log(
                conversation, "answered", message=reply["to"], label=reply["label"], choose=said, value=said
            )
        if component := SCRIPT.get(said):
            self.say(conversation, component["text"], component)
        elif said == "person":
            conversation.owner = {"kind": "queue", "name": "general"}
            self.log(conversation, "owner", owner=conversation.owner)
            self.tell(conversation, {"type": "queue", "position": 2, "waiting": 3})
        elif said != "nothing":
            self.say(conversation, f"You said {said}.")


desk_of: Callable[[Any], Desk] = lambda scope: scope.app.state.desk  # noqa: E731


async def chat(websocket: WebSocket) -> None:
    """/ws/chat."""
    desk = desk_of(websocket)
    if desk.refuses_sockets:
        await websocket.close()
        return
    await websocket.accept()
    desk.sockets.add(websocket)
    queue: asyncio.Queue[Frame] = asyncio.Queue()
    conversation: Conversation | None = None
    sender: asyncio.Task[None] | None = None

    async def send() -> None:
        while True:
            await websocket.send_json(await queue.get())

    try:
        conversation, first = desk.hello(await websocket.receive_json())
        for frame in first:
            queue.put_nowait(frame)
        conversation.listeners.add(queue)
        sender = asyncio.create_task(send())
        while True:
            for frame in desk.take(conversation, await websocket.receive_json()):
                queue.put_nowait(frame)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        desk.sockets.discard(websocket)
        if conversation:
            conversation.listeners.discard(queue)
        if sender:
            sender.cancel()


async def poll(request: Request) -> Response:
    """/webhooks/site/poll."""
    desk = desk_of(request)
    body = await request.json()
    hello, *frames = body["frames"]
    conversation, first = desk.hello(hello)
    queue: asyncio.Queue[Frame] = asyncio.Queue()
    conversation.listeners.add(queue)
    try:
        answers = [answer for frame in frames for answer in desk.take(conversation, frame)]
        if len(first) == 1 and not answers and queue.empty():
            try:
                async with asyncio.timeout(body["wait"]):
                    answers.append(await queue.get())
            except TimeoutError:
                pass
        while not queue.empty():
            answers.append(queue.get_nowait())
    finally:
        conversation.listeners.discard(queue)
    return JSONResponse({"frames": [*first, *answers]})


def page(body: str, language: str = "en", look: str = "") -> HTMLResponse:
    """A page with nothing but a widget."""
    return HTMLResponse(
        f'<!doctype html><html lang="{language}" {look}><head><title>Test</title>'
        '<meta name="viewport" content="width=device-width"></head>'
        '<body style="background: Canvas"><main><h1>Test</h1></main>'
        f'<script type="module" src="/widget.js"></script>{body}</body></html>'
    )


async def bare(request: Request) -> Response:
    """/bare?lang=&dir=&theme=."""
    query = request.query_params
    theme = f' theme="{query["theme"]}"' if "theme" in query else ""
    language = query.get("lang", "en")
    return page(
        f'<frontdesk-chat channel="site"{theme}></frontdesk-chat>', language, f'dir="{query.get("dir", "")}"'
    )


class ScriptedDesk:
    """A running server with a `Desk`, for tests in another thread."""

    def __init__(self, static: Path) -> None:
        self.desk = Desk()
        app = Starlette(
            routes=[
                Route("/bare", bare),
                WebSocketRoute("/ws/chat", chat),
                Route("/webhooks/site/poll", poll, methods=["POST"]),
                Route("/", lambda request: FileResponse(static / "site" / "index.html")),
                Route("/protocol", lambda request: FileResponse(static / "protocol" / "index.html")),
                Mount("/", StaticFiles(directory=static)),
            ]
        )
        app.state.desk = self.desk
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="error", ws="websockets-sansio", lifespan="off")
        self._server = Server(config)
        self._loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:  # ends what still talks to a page
            runner.run(self._server.serve(sockets=[self._socket]))
        self._socket.close()

    def start(self) -> Self:
        self.thread.start()
        until(lambda: self._server.started)
        return self

    def stop(self) -> None:
        """Its thread ends within a tenth of a second; nothing needs to wait for that."""
        self._server.should_exit = self._server.force_exit = True

    def _in_loop(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(LONG)

    @property
    def conversation(self) -> Conversation:
        """The only conversation there is."""
        [only] = self.desk.conversations.values()
        return only

    def received(self, kind: str) -> list[Frame]:
        """What clients sent of one type."""
        return [frame for frame in self.desk.received if frame["type"] == kind]

    def say(self, text: str, component: Frame | None = None, author: Frame = BOT) -> None:
        async def act() -> None:
            self.desk.say(self.conversation, text, component, author)

        self._in_loop(act())

    def log(self, kind: str, **values: Any) -> None:
        async def act() -> None:
            self.desk.log(self.conversation, kind, **values)

        self._in_loop(act())

    def tell(self, **frame: Any) -> None:
        async def act() -> None:
            self.desk.tell(self.conversation, frame)

        self._in_loop(act())

    def cut(self, code: int = 1012) -> None:
        """Close every socket, as a restart does."""

        async def act() -> None:
            for websocket in list(self.desk.sockets):
                with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # the page has left by itself
                    await websocket.close(code)

        self._in_loop(act())
