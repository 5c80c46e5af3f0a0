"""A wire between a desk and its database that can be cut at the worst moment."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

COMMIT = b"COMMIT\x00"
NAME = ".s.PGSQL.5432"


class Wire:
    """Listens where a database would, and passes everything on until it is to be cut."""

    def __init__(self, url: str, folder: Path) -> None:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        self._to = query.get("host", parts.hostname or "localhost")
        self._port = parts.port or 5432
        self._folder = folder
        self.url = urlunsplit(parts._replace(netloc="postgres@", query=urlencode({**query, "host": folder})))
        self.cut_at: str | None = None  # "before" or "after" the next COMMIT
        self.cuts = 0
        self.said = b""  # what went up lately
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._client, self._folder / NAME)

    def shut(self) -> None:
        """Let nobody else in until it is opened again."""
        assert self._server is not None
        self._server.close()
        (self._folder / NAME).unlink(missing_ok=True)

    async def close(self) -> None:
        """Cut everything, and let nobody in until it is opened again."""
        self.shut()
        for end in self._ends:
            end.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._to.startswith("/"):
            above_reader, above = await asyncio.open_unix_connection(f"{self._to}/{NAME}")
        else:
            above_reader, above = await asyncio.open_connection(self._to, self._port)
        answers = asyncio.create_task(self._pass(above_reader, writer))
        self._ends |= {above, writer}
        try:
            while data := await reader.read(1 << 16):
                self.said = (self.said + data)[-10_000:]
                if COMMIT in data and self.cut_at is not None:
                    self.cuts += 1
                    where, self.cut_at = self.cut_at, None
                    if where == "after":
                        answers.cancel()
                        above.write(data)
                        await above_reader.read(1 << 16)  # it is committed, and nobody hears of it
                    break
                above.write(data)
        finally:
            answers.cancel()
            self._ends -= {above, writer}
            for end in (above, writer):
                end.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while data := await reader.read(1 << 16):
                writer.write(data)
        writer.close()
