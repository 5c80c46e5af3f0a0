"""Ports of this machine for processes that a test starts, and starts again."""

from __future__ import annotations

import atexit
import socket


def held_port() -> int:
    """A port that nobody else is given while this process runs, also when nobody listens there.

    Bound here, and not listened at: a server that lets addresses be used again, as all of ours do, may bind
    it beside this, whereas the system gives it to nobody who asks for any port.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    atexit.register(holder.close)
    return int(holder.getsockname()[1])
