"""Many visitors of a page, in a process of their own: as little of a WebSocket client as each needs.

They offer what browsers offer, compression included, answer pings, and keep nothing of what they are told.
A line of JSON in is answered by one out: `{"open": N}` so many more connect, `{"talk": SECONDS}` one of
them writes and another tab of theirs listens, `{"close": true}`.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import struct
import sys
import time
import zlib
from collections.abc import Callable
from typing import Any

import orjson

AT_ONCE = 100  # that connect
GREETED_WITHIN = 60.0  # seconds
_TEXT, _PING, _PONG = 0x81, 0x89, 0x8A
_COMPRESSED = 0x40

Hear = Callable[[dict[str, Any]], None]


class Visitor(asyncio.Protocol):
    """One socket."""

    __slots__ = ("_buffer", "_hear", "_hello", "_inflate", "_is_open", "_transport", "greeted")

    def __init__(self, hello: bytes, hear: Hear | None = None) -> None:
        self._hello = hello
        self._hear = hear
        self._buffer = b""
        self._is_open = False
        self._inflate = zlib.decompressobj(-15) if hear is not None else None
        self.greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        host, port = transport.get_extra_info("peername")[:2]
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /ws/chat HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: http://{host}:{port}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.greeted.done():
            self.greeted.set_exception(ConnectionError("the server closed a socket before its welcome"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head[:20]:
                self._transport.close()
                return
            self._is_open, self._buffer = True, rest
            self.send(_TEXT, self._hello)
        while (frame := self._next()) is not None:
            self._take(*frame)

    def _next(self) -> tuple[int, bytes] | None:
        """The next whole frame: its first byte, and what it says."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1] & 0x7F, 2
        if size == 126:
            if len(buffer) < 4:
                return None
            size, start = struct.unpack_from("!H", buffer, 2)[0], 4
        if len(buffer) < start + size:
            return None
        self._buffer = buffer[start + size :]
        return buffer[0], buffer[start : start + size]

    def _take(self, first: int, body: bytes) -> None:
        if first == _PING:
            self.send(_PONG, body)
        elif first & ~_COMPRESSED == _TEXT:
            if self._hear is not None and self._inflate is not None:
                if first & _COMPRESSED:
                    body = self._inflate.decompress(body + b"\x00\x00\xff\xff")
                self._hear(orjson.loads(body))
            if not self.greeted.done():
                self.greeted.set_result(None)

    def send(self, first: int, body: bytes) -> None:
        """One short frame, under a mask that changes nothing."""
        size = bytes([0x80 | len(body)]) if len(body) < 126 else b"\xfe" + struct.pack("!H", len(body))
        self._transport.write(bytes([first]) + size + b"\x00\x00\x00\x00" + body)

    def say(self, frame: dict[str, Any]) -> None:
        self.send(_TEXT, orjson.dumps(frame))

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
            lambda: Visitor(orjson.dumps(hello), hear), "127.0.0.1", self._port
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
