"""A real NATS server for the tests: one process, started when a test first needs it."""

from __future__ import annotations

import atexit
import socket
import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path

from tests.ports import held_port

PROGRAM = Path(sys.executable).parent / "nats-server"
WITHIN = 120.0  # seconds


class Server:
    """One NATS on a port of this machine that stays the same over restarts."""

    def __init__(self) -> None:
        self.port = held_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()
        atexit.register(self.kill)

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(
            [PROGRAM, "--addr", "127.0.0.1", "--port", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + WITHIN
        while time.monotonic() < until:
            assert self._process.poll() is None, "nats-server ended at once"
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=WITHIN).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise TimeoutError("nats-server does not answer")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@lru_cache(maxsize=1)
def server() -> Server:
    """The run's own server."""
    return Server()
