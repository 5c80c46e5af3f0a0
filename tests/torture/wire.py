"""HTTP as small as it can be: the judge must not take the machine from the desk it judges."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Answer = tuple[int, bytes]
Handler = Callable[[str, dict[str, str], bytes], Awaitable[Answer]]

_GONE = (ConnectionError, asyncio.IncompleteReadError, OSError, ValueError, IndexError)


class Client:
    """One connection at a time; after a broken one the next call tries the next port, as a proxy would."""

    def __init__(self, ports: tuple[int, ...]) -> None:
        self._ports = ports
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        """The status; 0 when the other side is not there, or went away before it answered."""
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self._ports[0])
            reader, writer = self._streams
            extra = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            writer.write(
                f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{extra}\r\n".encode()
                + body
            )
            await writer.drain()
            head, _ = await _read(reader)
            return int(head[0].split()[1])
        except _GONE:
            self.close()
            self._ports = (*self._ports[1:], self._ports[0])
            return 0

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


@dataclass(slots=True)
class Server:
    """A server on a free port of this machine."""

    port: int
    server: asyncio.Server

    @classmethod
    async def start(cls, handler: Handler) -> Server:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while True:
                    head, body = await _read(reader)
                    headers = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
                    status, answer = await handler(
                        head[0].split()[1], {name.lower(): one for name, one in headers.items()}, body
                    )
                    if status == 0:  # taken, and never answered
                        break
                    extra = "Retry-After: 1\r\n" if status == 429 else ""
                    writer.write(
                        f"HTTP/1.1 {status} X\r\nContent-Length: {len(answer)}\r\n{extra}\r\n".encode()
                        + answer
                    )
                    await writer.drain()
            except _GONE:
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        return cls(server.sockets[0].getsockname()[1], server)


async def _read(reader: asyncio.StreamReader) -> tuple[list[str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    size = next((int(line[15:]) for line in head if line.lower().startswith("content-length:")), 0)
    return head, await reader.readexactly(size) if size else b""
