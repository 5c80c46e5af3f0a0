"""The desk that is simulated: loaded once, and started thousands of times on what a template holds."""

from __future__ import annotations

import asyncio
import atexit
import os
import tempfile
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import apsw

from frontdesk.app import RunningDesk
from frontdesk.authoring.content import Desk
from frontdesk.authoring.load import load
from frontdesk.effects.actions import ActionRegistry
from frontdesk.settings import Settings
from frontdesk.store.base import RepRow
from frontdesk.store.sqlite import SqliteStore

SECRET = "simulated"
CHANNELS = ("key", "once", "again")
REP = "rita"
RITA = RepRow(login=REP, name="Rita", role="rep", password="")
MEMORY = Path("/dev/shm")
IDLE_AFTER = 6.0  # seconds until the bot asks whether somebody is still there

_FILES = {
    "frontdesk.yml": """
        name: Simulated
        languages: [en]
        channels:
          key: {kind: loopback, url: "http://provider/key", secret: SECRET, in_doubt: key}
          once: {kind: loopback, url: "http://provider/once", secret: SECRET, in_doubt: once}
          again: {kind: loopback, url: "http://provider/again", secret: SECRET, in_doubt: again}
        queues: {general: {}}
        routing:
        - {else: {bot: echo}, fallback: {queue: general}}
        """,
    "desk.py": """
        from frontdesk import provider
        from tests.simulation.outside import Server


        @provider
        def server() -> Server:
            raise RuntimeError("each simulated world brings its own")
        """,
    "ext/loopback.py": """
        from frontdesk.testing.loopback import Loopback as Loopback
        """,
    "bots/echo/bot.yml": """
        kind: dialogs
        slots:
          words: {ask: next}
        """,
    "bots/echo/dialogs/echo.yml": """
        dialog: echo
        when: {event: session_started}
        steps:
        - ask: words
          id: next
          known: ask
          timeout: PT6S
          on_timeout: [{say: still_there}, {goto: patient}]
        - {goto: act}
        - {ask: words, id: patient, known: ask}
        - if: words[:4] == "look"
          id: act
          then:
          - {call: look, with: {words: words}}
          elif:
          - {if: 'words[:3] == "pay"', then: [{call: pay, with: {words: words, at: "now()"}}]}
          - {if: 'words[:4] == "book"', then: [{call: book, with: {words: words}}]}
          - {if: 'words[:4] == "wire"', then: [{call: wire, with: {words: words}, confirm: yes_no}]}
        - say: got
        - goto: next
        """,
    "bots/echo/messages/en.yml": """
        next: "Next?"
        got: "got {{ words }}"
        still_there: "Still there?"
        """,
    "bots/echo/actions.py": """
        from frontdesk import IdempotencyKey, action
        from tests.simulation.outside import Server


        @action(timeout=5)
        async def look(words: str, server: Server) -> bool:
            "Changes nothing."
            return await server.ask("look", words)


        @action(effect="write", key="idempotency", timeout=5)
        async def pay(words: str, at: str, key: IdempotencyKey, server: Server) -> bool:
            "Safe to repeat under the same key."
            return await server.ask("pay", words, f"{key} at {at}")


        @action(timeout=5)
        async def is_booked(words: str, server: Server) -> bool:
            "Whether a booking was made."
            return await server.ask("is_booked", words)


        @action(effect="write", check="is_booked", timeout=5)
        async def book(words: str, server: Server) -> bool:
            "Not safe to repeat, but one can look whether it happened."
            return await server.ask("book", words)


        @action(effect="write", confirm="customer", timeout=5)
        async def wire(words: str, server: Server) -> bool:
            "Nobody can know whether it happened."
            return await server.ask("wire", words)
        """,
}


class Loaded:
    """What all seeds share: the desk's content, its actions, and an empty store that knows its release."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(
            prefix="simulated-", dir=MEMORY if MEMORY.is_dir() else None
        )
        atexit.register(self._folder.cleanup)
        self.root = Path(self._folder.name)
        for name, text in _FILES.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text).lstrip().replace("SECRET", SECRET))
        self.settings = Settings(root=self.root)
        self.registry = ActionRegistry.load(self.root)
        self.content = load(self.root, {}, actions=self.registry.described)
        asyncio.run(self._first_start())
        self._template = self.settings.database.read_bytes()
        database = apsw.Connection(str(self.settings.database), flags=apsw.SQLITE_OPEN_READONLY)
        self.kept: dict[str, str] = dict(database.execute("SELECT name, value FROM setting"))
        database.close()

    def read(self, *_: Any, **__: Any) -> Desk:
        """The desk, whoever asks and with whatever files: there is one."""
        return self.content

    def new_store(self) -> Path:
        """The template's copy, for a new seed."""
        path = self.settings.database
        for behind in ("-wal", "-shm"):
            path.with_name(path.name + behind).unlink(missing_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(fd, self._template)
        os.close(fd)
        return path

    async def _first_start(self) -> None:
        store = SqliteStore(self.settings.database)
        desk = RunningDesk(self.settings, store=store, registry=self.registry, read=self.read)
        await desk.start()
        await store.put_rep(RITA)
        await desk.stop()


@cache
def loaded() -> Loaded:
    """The desk, read when it is first needed."""
    return Loaded()
