"""How long an agent's first word takes through the desk: from the model's endpoint to the widget's socket.

The endpoint, the desk's server and the widget are of one process and talk over loopback. The clock starts
when the endpoint writes the first word, and stops when the widget has the frame that shows it: what the SDK,
the desk, the web server and the socket take, and the client's own reading with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket as sockets
import time
from collections.abc import AsyncIterator
from typing import Any

import orjson
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from frontdesk.app import RunningDesk
from frontdesk.desk.server import server_config

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
WORD_WITHIN = 60.0  # seconds: a frame that has not come by then does not come
WORDS = ("Order", " 1042", " was", " delivered", ".")


class Endpoint:
    """Chat completions over a real socket, as a stream."""

    def __init__(self) -> None:
        self.began = 0.0  # when the first word left
        self.is_seen = asyncio.Event()  # then the rest follows

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Its address while it serves."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(int(head.partition("content-length:")[2].split()[0]))
        writer.write(HEAD + _event({"role": "assistant", "content": ""}))
        await writer.drain()
        await asyncio.sleep(0.01)  # the head is read by then, as a model that thinks lets it be
        self.is_seen.clear()
        self.began = time.perf_counter()
        writer.write(_event({"content": WORDS[0]}))
        await self.is_seen.wait()
        writer.write(b"".join(_event({"content": word}) for word in WORDS[1:]) + _event({}, "stop"))
        writer.write(b"data: [DONE]\n\n")
        await writer.drain()
        writer.close()


async def first_words(desk: RunningDesk, endpoint: Endpoint, times: int) -> list[float]:
    """Milliseconds to the first word, of so many answers."""
    listening = _listen()
    port = listening.getsockname()[1]
    server = uvicorn.Server(server_config(desk))
    task = asyncio.create_task(server.serve([listening]))
    try:
        async with connect(
            f"ws://127.0.0.1:{port}/ws/chat", additional_headers={"origin": f"http://127.0.0.1:{port}"}
        ) as socket:
            await _send(socket, type="hello", channel="site", token=None, last=0, language="en")
            await _next(socket, "welcome")
            return [await _first(socket, endpoint, number) for number in range(times)]
    finally:
        server.should_exit = True
        await task


def _listen() -> sockets.socket:
    """Said to be TCP, so that the loop lets small frames leave at once: else they wait for each other."""
    found = sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM, sockets.IPPROTO_TCP)
    found.bind(("127.0.0.1", 0))
    found.listen()
    return found


async def _first(socket: ClientConnection, endpoint: Endpoint, number: int) -> float:
    await _send(socket, type="send", id=f"c{number}", text="Where is my order 1042?")
    await _next(socket, "draft", text=WORDS[0])
    took = (time.perf_counter() - endpoint.began) * 1000
    endpoint.is_seen.set()
    await _next(socket, "event", kind="outbound")
    return took


async def _send(socket: ClientConnection, **frame: Any) -> None:
    await socket.send(orjson.dumps(frame).decode())


async def _next(socket: ClientConnection, wanted: str, **fields: Any) -> None:
    """Read until a frame of this type comes."""
    async with asyncio.timeout(WORD_WITHIN):
        while True:
            frame = orjson.loads(await socket.recv())
            if frame["type"] == wanted and all(frame.get(name) == one for name, one in fields.items()):
                return


def _event(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + orjson.dumps({"id": "c", "choices": [choice]}) + b"\n\n"
