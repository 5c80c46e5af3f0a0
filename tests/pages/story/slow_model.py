"""A model that answers in pieces, and waits before the last ones until it is told to go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

from tests.pages.waiting import LONG


class SlowModel:
    """An OpenAI-compatible endpoint on this machine."""

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces
        self.asked: list[dict[str, Any]] = []
        self.goes_on = threading.Event()
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = orjson.loads(self.rfile.read(int(self.headers["content-length"])))
                model.asked.append(asked)
                is_stream = asked.get("stream", False)
                self.send_response(200)
                self.send_header("content-type", "text/event-stream" if is_stream else "application/json")
                self.end_headers()
                for part in model.events() if is_stream else model.whole():
                    try:
                        self.wfile.write(part)
                    except OSError:
                        return  # the desk was killed

            def log_message(self, *_: Any) -> None:
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def events(self) -> Iterator[bytes]:
        for place, piece in enumerate(self.pieces):
            if place == 2:
                self.goes_on.wait(LONG)
            yield _event({"delta": {"content": piece}, "finish_reason": None})
        yield _event({"delta": {}, "finish_reason": "stop"})
        yield b"data: [DONE]\n\n"

    def whole(self) -> Iterator[bytes]:
        """Who watches no answer grow asks for it in one piece."""
        message = {"role": "assistant", "content": "".join(self.pieces)}
        yield orjson.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    def __enter__(self) -> SlowModel:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.goes_on.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(LONG)


def _event(choice: dict[str, Any]) -> bytes:
    body = {"id": "c1", "object": "chat.completion.chunk", "created": 0, "model": "slow"}
    return b"data: " + orjson.dumps({**body, "choices": [{"index": 0, **choice}]}) + b"\n\n"
