"""Finding what no hint told of: one question to the store for everybody who is connected here.

Where one process serves a desk no hint is lost, and nothing is asked.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from frontdesk.app import RunningDesk
from frontdesk.errors import StoreError

log = logging.getLogger(__name__)

EVERY = 3.0  # seconds


class Follower(Protocol):
    """Someone who follows a messaging user's conversation."""

    @property
    def user(self) -> str: ...

    def newest(self, number: int) -> None:
        """The newest event of the conversation there is has this id."""


class Sweep:
    """Everybody in this process who follows a conversation."""

    def __init__(self, desk: RunningDesk) -> None:
        self._desk = desk
        self._followers: set[Follower] = set()
        self._task: asyncio.Task[None] | None = None

    def join(self, follower: Follower) -> None:
        self._followers.add(follower)
        if self._desk.store.is_shared and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._run())

    def leave(self, follower: Follower) -> None:
        self._followers.discard(follower)
        if not self._followers and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            followers = tuple(self._followers)
            try:
                newest = await self._desk.store.latest({one.user for one in followers})
            except StoreError as error:
                log.warning("who is behind could not be asked: %s", error)
                continue
            except Exception:
                log.exception("who is behind could not be asked")
                continue
            for one in followers:
                if one.user in newest:
                    one.newest(newest[one.user])
