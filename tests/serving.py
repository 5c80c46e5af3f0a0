"""The HTTP server of the tests."""

from __future__ import annotations

import asyncio
import socket

import uvicorn


class Server(uvicorn.Server):
    """What still talks to it when it ends is cut off: nothing is left behind for another test to find.

    By itself it asks its connections to end, and a busy browser answers when nobody listens any more.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
