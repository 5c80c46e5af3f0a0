"""A desk's SQLite file as a whole: copied while a desk writes it, replaced while none does."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import apsw

from frontdesk.errors import SettingsError, StoreDamaged, StoreInUse
from frontdesk.store.archive import keep
from frontdesk.store.backup import Tell
from frontdesk.store.sqlite import SqliteStore

OFTEN = 100_000  # of SQLite's own steps, some milliseconds: how often it is told how far it is


class SqliteArchive:
    """One desk in one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._is_aside = False

    @property
    def has_data(self) -> bool:
        return self.path.exists()

    async def copy(self, file: Path, tell: Tell) -> None:
        """One statement reads one state, and leaves out what was deleted. Any version is kept as it is."""
        if not self.has_data:
            raise SettingsError(f"{self.path.parent} holds no desk yet: `frontdesk run` makes its data.")
        try:
            connection = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READONLY)
            try:
                connection.set_busy_timeout(5_000)
                size = connection.pragma("page_count") * connection.pragma("page_size")

                def told() -> bool:
                    tell(file.stat().st_size, size)
                    return False

                connection.set_progress_handler(told, OFTEN)
                connection.execute("VACUUM INTO ?", (str(file),))
            finally:
                connection.close()
        except (apsw.NotADBError, apsw.CorruptError) as error:
            raise StoreDamaged(f"{self.path} is no sound database ({error}); no backup was made.") from error

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[SqliteArchive]:
        """The lock of a desk that runs, without opening what may be damaged."""
        store = SqliteStore(self.path)
        try:
            store.take_lock()
            yield self
        finally:
            await store.close()

    async def set_aside(self, file: Path) -> Path:
        """The file stays where it is as well, until it is replaced: a desk without one would begin anew."""
        self._link(file)
        self._is_aside = True
        return file

    def _link(self, file: Path) -> None:
        os.link(self.path, file)
        with contextlib.suppress(FileNotFoundError):
            Path(f"{self.path}-wal").rename(f"{file}-wal")
        keep(file)

    async def replace(self, file: Path, tell: Tell) -> None:
        if self.has_data and not self._is_aside:
            self._end_log()
        self._put(file)

    def _put(self, file: Path) -> None:
        file.replace(self.path)
        keep(self.path)

    def _end_log(self) -> None:
        """Nothing of the log of the file that is replaced may be taken for the new one's."""
        connection = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            connection.set_busy_timeout(2_000)
            connection.pragma("journal_mode", "delete")
        except apsw.BusyError as error:
            raise StoreInUse(
                f"another command is reading {self.path}. Nothing was changed; try again when it is over."
            ) from error
        finally:
            connection.close()
