"""Many visitors of a page, in a process of their own: no task and no queue for each.

They offer what browsers offer, compression included, answer pings, and keep nothing of what they are told.
A line of JSON in is answered by one out: `{"open": N}` so many more connect, `{"talk": SECONDS}` one of
them writes and another tab of theirs listens, `{"close": true}`.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import Callable
from typing import Any

import orjson
from websockets import Frame, Opcode, Origin, Response
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.typing import BytesLike
from websockets.uri import parse_uri

AT_ONCE = 100  # that connect
GREETED_WITHIN = 60.0  # seconds

Hear = Callable[[dict[str, Any]], None]


class Visitor(asyncio.Protocol):
    """One socket."""

    __slots__ = ("_hear", "_hello", "_protocol", "_transport", "greeted")

    def __init__(self, port: int, hello: bytes, hear: Hear | None = None) -> None:
        self._hello = hello
        self._hear = hear
        self._protocol = ClientProtocol(
            parse_uri(f"ws://127.0.0.1:{port}/ws/chat"),
            origin=Origin(f"http://127.0.0.1:{port}"),
            extensions=[ClientPerMessageDeflateFactory()],
        )
        self.greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.greeted.done():
            self.greeted.set_exception(ConnectionError("the server closed a socket before its welcome"))

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                self._send(self._hello)
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._take(event.data)
        self._flush()

    def _take(self, said: BytesLike) -> None:
        if self._hear is not None:
            self._hear(orjson.loads(said))
        if not self.greeted.done():
            self.greeted.set_result(None)

    def say(self, frame: dict[str, Any]) -> None:
        self._send(orjson.dumps(frame))

    def _send(self, said: bytes) -> None:
        self._protocol.send_text(said)
        self._flush()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()

    def close(self) -> None:
        self._transport.abort()


class Visitors:
    """All of them."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[Visitor] = []
        self._numbers = itertools.count(1)

    async def do(self, asked: dict[str, Any]) -> dict[str, Any]:
        if "open" in asked:
            return {"open": await self._open(asked["open"])}
        if "talk" in asked:
            return await self._talk(asked["talk"])
        for visitor in self._idle:
            visitor.close()
        self._idle.clear()
        return {"open": 0}

    async def _open(self, count: int) -> int:
        left = iter(range(count))

        async def some() -> None:
            for _ in left:
                self._idle.append(await self._connect(None))

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))
        return len(self._idle)

    async def _connect(self, hear: Hear | None, token: str | None = None) -> Visitor:
        hello = {"type": "hello", "channel": "site", "token": token, "last": 0, "language": "en"}
        _, visitor = await asyncio.get_running_loop().create_connection(
            lambda: Visitor(self._port, orjson.dumps(hello), hear), "127.0.0.1", self._port
        )
        async with asyncio.timeout(GREETED_WITHIN):
            await visitor.greeted
        return visitor

    async def _talk(self, seconds: float) -> dict[str, Any]:
        """One writes as soon as the answer is there; timed until another tab has the answer."""
        answered = asyncio.Event()
        told: dict[str, Any] = {}

        def hear(frame: dict[str, Any]) -> None:
            if frame["type"] == "event" and frame["kind"] == "outbound":
                answered.set()

        writes = await self._connect(lambda frame: told.setdefault(frame["type"], frame))
        reads = await self._connect(hear, told["welcome"]["token"])
        late: list[float] = []
        began = time.perf_counter()
        while (sent := time.perf_counter()) < began + seconds:
            answered.clear()
            writes.say({"type": "send", "id": f"m{next(self._numbers)}", "text": "hello"})
            async with asyncio.timeout(GREETED_WITHIN):
                await answered.wait()
            late.append((time.perf_counter() - sent) * 1000)
        took = time.perf_counter() - began
        writes.close()
        reads.close()
        late.sort()
        return {
            "messages_per_s": round(len(late) / took, 1),
            "p50_ms": round(late[len(late) // 2], 2),
            "p99_ms": round(late[int(len(late) * 0.99)], 2),
        }


async def main(port: int) -> None:
    """Do what is asked on standard input."""
    visitors = Visitors(port)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        sys.stdout.write(orjson.dumps(await visitors.do(orjson.loads(line))).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
