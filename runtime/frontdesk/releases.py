"""The releases a running desk knows: the newest, older ones that dialogs in progress began with.

A broken set of files never stops a running desk: the last good release goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from frontdesk.authoring.content import Desk
from frontdesk.authoring.load import Actions, load
from frontdesk.clock import Clock, iso
from frontdesk.errors import AuthoringError, FrontdeskError, StoreError
from frontdesk.store.base import Store

log = logging.getLogger(__name__)

CURRENT = "release"  # the setting that names the release all workers run
Reading = Callable[..., Desk]
"""Reads a desk's files as `authoring.load.load` does; who starts one desk often reads them once."""


class DeskReleases:
    """Releases of one desk, loaded when they are needed."""

    def __init__(
        self,
        *,
        root: Path,
        environ: Mapping[str, str],
        store: Store,
        clock: Clock,
        actions: Actions,
        examine: Callable[[Desk], object] = lambda desk: None,
        changed: Callable[[Desk], None] = lambda desk: None,
        recalled: Callable[[Desk], None] = lambda desk: None,
        read: Reading = load,
    ) -> None:
        self._root = root
        self._environ = environ
        self._store = store
        self._clock = clock
        self._actions = actions
        self._examine = examine  # raises AuthoringError for what only a running desk can tell
        self._changed = changed
        self._recalled = recalled  # is told of a release that dialogs in progress stand on
        self._read = read
        self._loaded: dict[str, Desk] = {}
        self._current: Desk | None = None
        self._refused: set[str] = set()  # that others run and this process cannot

    @property
    def current(self) -> Desk:
        assert self._current is not None, "start() comes first"
        return self._current

    def loaded(self, release: str) -> Desk | None:
        return self._loaded.get(release)

    async def load(self, release: str) -> Desk | None:
        """A release as the store kept it; None when it is gone or no longer loads."""
        found = self._loaded.get(release)
        if found is not None:
            return found
        files = await self._store.release_files(release)
        if files is None:
            return None
        try:
            desk = await asyncio.to_thread(
                self._read, self._root, self._environ, files=files, actions=self._actions
            )
        except AuthoringError as error:
            log.error("release %s no longer loads: %s", release, error)
            return None
        self._loaded[release] = desk
        self._recalled(desk)
        return desk

    def read_folder(self) -> Desk:
        """The desk as its folder says now; AuthoringError with every problem."""
        desk = self._read(self._root, self._environ, actions=self._actions)
        self._examine(desk)
        return desk

    async def start(self, *, follow_folder: bool) -> list[str]:
        """Choose the release to run; gives what the operator should know.

        `follow_folder` (`--watch`): the folder if it is sound. Else the release the store names, and
        the folder only when there is none yet.
        """
        named = await self._store.setting(CURRENT)
        stored = await self.load(named) if named is not None else None
        try:
            folder = self.read_folder()
        except AuthoringError as error:
            if stored is None:
                raise
            self._use(stored)
            return [f"The folder has problems; release {stored.release} goes on:\n{error}"]
        if stored is None or follow_folder:
            await self.make(folder)
            return []
        self._use(stored)
        if folder.release == stored.release:
            return []
        return [f"The folder differs from release {stored.release}; `frontdesk release` puts it live."]

    async def make(self, desk: Desk) -> bool:
        """Keep a desk's content as a release and run it; False when it runs already."""
        self._loaded[desk.release] = desk
        is_new = self._current is None or self._current.release != desk.release
        if is_new:
            await self._store.put_release(desk.release, desk.files, iso(self._clock.now()))
            await self._store.set_setting(CURRENT, desk.release)
        self._use(desk)
        return is_new

    async def follow(self, release: str) -> None:
        """Run the release that another process has made the current one."""
        if release in self._refused:
            return
        try:
            desk = await self.load(release)
            if desk is not None:
                self._examine(desk)
        except StoreError:
            raise  # the next beat tries again
        except Exception as error:
            log.error("release %s does not fit this process: %s", release, error)
            desk = None
        if desk is None:
            self._refused.add(release)
            log.error(
                "release %s runs elsewhere and cannot be loaded here; %s goes on",
                release,
                self.current.release,
            )
        elif await self._store.setting(CURRENT) == release:  # this took a while: another may be by now
            self._use(desk)

    async def roll_back(self) -> Desk:
        """Run the release before the current one."""
        names = [name for name, _ in await self._store.releases()]
        current = self.current.release
        older = names[names.index(current) + 1 :] if current in names else names
        if not older:
            raise FrontdeskError("There is no release before this one.")
        desk = await self.load(older[0])
        if desk is None:
            raise FrontdeskError(f"Release {older[0]} cannot be loaded any more; the log says why.")
        await self._store.set_setting(CURRENT, desk.release)
        self._use(desk)
        return desk

    def _use(self, desk: Desk) -> None:
        self._loaded[desk.release] = desk
        if desk is not self._current:
            self._current = desk
            self._changed(desk)
