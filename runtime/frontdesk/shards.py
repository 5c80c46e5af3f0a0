"""Which messaging users this process works for, where several processes serve one desk.

Users are spread over shards, and a shard is worked by one process at a time. Who has lost its lease
without knowing cannot commit: every transaction renews the process's own row and fails where that has
been declared over. It can still read, send and call: so whatever reaches the world outside is begun only
while the lease is certain for another moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection
from typing import Any, Protocol

from frontdesk.errors import ShardsLost, StoreError
from frontdesk.store.base import ALL_SHARDS, Lease, Store, shard_of

log = logging.getLogger(__name__)

BEAT = 1.0  # seconds
LOOK = 2  # beats between two looks for what no hint told of
MARGIN = 1.0  # seconds of a lease in which nothing is sent any more

Nothing: frozenset[int] = frozenset()


class Works(Protocol):
    """What is done for the users of a shard."""

    async def enter(self, shards: Collection[int]) -> None:
        """Take up what the store holds of these shards; `owns` says yes when it returns."""

    async def leave(self, shards: Collection[int], *, is_lost: bool) -> None:
        """Let what runs come to its end; `is_lost`: drop it, it is another process's now."""

    async def look(self, shards: Collection[int]) -> None:
        """See whether something waits that no hint told of."""

    async def follow(self, lease: Lease) -> None:
        """See what the store says about the desk as a whole."""


class Shards:
    """The shards of this process."""

    def __init__(
        self, *, store: Store, works: Works, takes: bool = True, told: Callable[[], None] = lambda: None
    ) -> None:
        self._store = store
        self._works = works
        self._takes = takes
        self._told = told  # called when others can take what this process has given back
        self._owned: frozenset[int] = Nothing
        self._held: frozenset[int] = Nothing  # by the lease: owned, entered, or being left
        self._doubtful: frozenset[int] = Nothing
        self._left: set[int] = set()  # to be given back with the next beat
        self._leaving: set[int] = set()
        self._entering: set[int] = set()
        self._moves: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._beats = 0
        self._looked = 0  # at which beat, for what no hint told of
        self._task: asyncio.Task[None] | None = None
        self._attending: asyncio.Task[None] | None = None

    def owns(self, user: str) -> bool:
        """Whether this process works for a messaging user now."""
        return self._owned is ALL_SHARDS or shard_of(user) in self._owned

    def is_doubtful(self, user: str) -> bool:
        """Whether the process that worked for a user before may still be running, and finish a call."""
        return bool(self._doubtful) and shard_of(user) in self._doubtful

    @property
    def owned(self) -> frozenset[int]:
        """The shards this process works now."""
        return self._owned

    def is_certain(self) -> bool:
        """Whether certainly nobody else sends or calls what this process is about to."""
        return self._store.lease_left() > MARGIN

    async def start(self) -> None:
        """Take the first shards, and keep the lease from now on."""
        lease = await self._store.beat(takes=self._takes)
        await self._works.follow(lease)
        self._held, self._doubtful = lease.shards, lease.doubtful
        if self._held:
            await self._works.enter(self._held)
        if self._store.is_shared:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def drain(self) -> None:
        """Take nothing more and leave every shard, each as soon as nothing runs there."""
        self._takes = False
        if self._task is None:
            return
        self._wake.set()
        while self._held and not self._task.done():
            self._leave(self._owned)  # which ends in a beat, at once
            await asyncio.sleep(BEAT / 20)

    async def stop(self) -> None:
        """Keep the lease no longer; closing the store gives back what is left."""
        tasks = {*self._moves, *(one for one in (self._task, self._attending) if one is not None)}
        await _cancelled(tasks)

    def beat_soon(self) -> None:
        """There may be shards to take, or some were lost."""
        self._wake.set()

    # --- the lease ---------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BEAT):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._beat()
            except StoreError as error:
                log.warning("the lease on the desk's users is not renewed: %s", error)
            except Exception:
                log.exception("a beat failed; the next one comes")

    async def _beat(self) -> None:
        giving = frozenset(self._left)
        try:
            lease = await self._store.beat(takes=self._takes, giving=giving)
        except ShardsLost:
            await self._lose_all()
            return
        self._left -= giving
        self._held, self._doubtful = lease.shards, lease.doubtful
        if giving:
            self._told()
        fresh = lease.shards - self._owned - self._entering - self._leaving - self._left
        if self._takes:
            self._enter_soon(fresh)
        else:
            self._left |= fresh
        excess = len(lease.shards) - lease.share - len(self._leaving) - len(self._left)
        if excess > 0:
            self._leave(sorted(self._owned)[:excess])
        self._beats += 1
        if self._attending is None or self._attending.done():
            self._attending = asyncio.get_running_loop().create_task(self._attend(lease))

    async def _attend(self, lease: Lease) -> None:
        """See what else there is to do; the lease is renewed meanwhile, however long that takes."""
        try:
            if self._beats - self._looked >= LOOK and self._owned:
                self._looked = self._beats
                await self._works.look(self._owned)
            await self._works.follow(lease)
        except StoreError as error:
            log.warning("what no hint told of could not be looked for: %s", error)
        except Exception:
            log.exception("what no hint told of could not be looked for; the next beat tries again")

    async def _lose_all(self) -> None:
        log.warning("another process has taken over %d shards", len(self._held))
        await _cancelled({*self._moves, *([self._attending] if self._attending is not None else [])})
        held, self._held, self._owned = self._held, Nothing, Nothing
        for moving in (self._left, self._leaving, self._entering):
            moving.clear()
        await self._works.leave(held, is_lost=True)
        self._wake.set()

    # --- coming and going --------------------------------------------------------------------

    def _enter_soon(self, shards: frozenset[int]) -> None:
        if shards:
            self._entering |= shards
            self._move(self._enter(shards))

    async def _enter(self, shards: frozenset[int]) -> None:
        try:
            await self._works.enter(shards)
        except StoreError as error:  # the next beat tries again
            log.warning("%d shards could not be taken up: %s", len(shards), error)
        except Exception:
            log.exception("%d shards could not be taken up", len(shards))
        finally:
            self._entering -= shards

    def own(self, shards: Collection[int]) -> None:
        """From now on this process works for these shards' users."""
        owned = self._owned | frozenset(shards)
        self._owned = ALL_SHARDS if owned == ALL_SHARDS else owned

    def _leave(self, shards: Collection[int]) -> None:
        """Nothing new begins in these; each is given back when what runs there has ended."""
        self._owned -= frozenset(shards)
        for shard in shards:
            self._leaving.add(shard)
            self._move(self._leave_one(shard))

    async def _leave_one(self, shard: int) -> None:
        try:
            await self._works.leave((shard,), is_lost=False)
        except Exception:
            log.exception("what ran in shard %d could not be left in peace", shard)
        self._leaving.discard(shard)
        self._left.add(shard)
        self._wake.set()

    def _move(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._moves.add(task)
        task.add_done_callback(self._moves.discard)


async def _cancelled(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
