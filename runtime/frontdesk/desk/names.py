"""What the reps are called, kept as the store has it: another process may add, rename and remove them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, MutableMapping

from frontdesk.bus import Bus
from frontdesk.errors import StoreError
from frontdesk.store.base import Store

log = logging.getLogger(__name__)

REPS = "reps"  # a process has changed an account
NAMES = "rep-names"  # told here only: these logins have another name, or are new or gone
READ_AGAIN = 30.0  # seconds, where other processes may change accounts too


class RepNames:
    """Keeps a mapping of login to name, which turns and pages share, as the store has it."""

    def __init__(self, *, store: Store, bus: Bus, names: MutableMapping[str, str]) -> None:
        self._store = store
        self._bus = bus
        self._names = names
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stop: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Read the names, and follow them from now on."""
        await self._read()
        self._stop = self._bus.listen(REPS, lambda topic, hint: self._wanted.set())
        self._task = asyncio.get_running_loop().create_task(self._follow())

    async def stop(self) -> None:
        self._stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            try:
                async with asyncio.timeout(READ_AGAIN if self._store.is_shared else None):
                    await self._wanted.wait()
            except TimeoutError:
                pass
            self._wanted.clear()
            try:
                await self._read()
            except StoreError as error:
                log.warning("the reps' names could not be read: %s", error)
            except Exception:
                log.exception("the reps' names could not be read")

    async def _read(self) -> None:
        fresh = {rep.login: rep.name for rep in await self._store.reps()}
        before = dict(self._names)
        changed = [one for one in fresh.keys() | before.keys() if fresh.get(one) != before.get(one)]
        if not changed:
            return
        self._names.clear()
        self._names.update(fresh)
        for login in before.keys() - fresh.keys():
            self._bus.tell(f"rep:{login}")  # where they are signed in here, they are out
        self._bus.tell(NAMES, changed)
