"""Sentences are read ahead of their turn, in a thread, so that deciding finds them read and nobody waits.

Only where a bot reads meanings. Those that come in meanwhile are read together, which costs half as much.
What was not read ahead is read when it is needed: all this saves is the loop's time.
"""

from __future__ import annotations

import asyncio
import logging

from frontdesk.authoring.content import Desk
from frontdesk.messages import MAX_TEXT, Inbound
from frontdesk.nlu.classify import learnt
from frontdesk.nlu.encoder import Remembering
from frontdesk.sessions import SessionState, owner_kind

log = logging.getLogger(__name__)

TOGETHER = 16  # sentences, so that the first of them does not wait long for the last


class Ahead:
    """The sentences that wait to be read."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def read(self, desk: Desk, inbound: Inbound, state: SessionState | None) -> None:
        """Come back when a bot can understand this message without reading it."""
        if inbound.kind != "message" or not inbound.text or inbound.reply is not None:
            return
        if state is not None and owner_kind(state.owner) == "rep":
            return
        encoder = desk.encoder
        text = learnt(inbound.text[:MAX_TEXT])
        if encoder is None or encoder.knows(text):
            return
        if text not in self._waiting:
            self._waiting[text] = asyncio.get_running_loop().create_future()
        is_read = self._waiting[text]
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all(encoder))
        await asyncio.wait([is_read])

    async def _read_all(self, encoder: Remembering) -> None:
        while self._waiting:
            texts = list(self._waiting)[:TOGETHER]
            waiting = [self._waiting.pop(text) for text in texts]
            try:
                await asyncio.to_thread(encoder.read, texts)
            except Exception:  # the turn itself will say so where it matters
                log.exception("sentences could not be read ahead")
            for one in waiting:
                one.set_result(None)
        self._reading = None
