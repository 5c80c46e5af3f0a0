"""Backing a desk's data up while it runs, and putting a backup in the place of what there is."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import apsw

from frontdesk.errors import SettingsError, StoreDamaged, StoreError
from frontdesk.store.backup import Backup, Tell, check, read, seal, unseal


class Held(Protocol):
    """A desk's data while no process serves it."""

    @property
    def has_data(self) -> bool: ...

    async def set_aside(self, file: Path) -> Path:
        """Keep what is too damaged to be copied, as it is; gives where."""

    async def replace(self, file: Path, tell: Tell) -> None:
        """Put what a file of this version holds in the place of everything there is, or change nothing."""


class Archive(Protocol):
    """A desk's data as a whole."""

    async def copy(self, file: Path, tell: Tell) -> None:
        """Write all of it, as it was at one moment, into an empty file; others may write meanwhile.

        StoreDamaged where not all of it can be read.
        """

    def hold(self) -> AbstractAsyncContextManager[Held]:
        """Keep every process from serving it; StoreInUse when one does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did."""

    backup: Backup
    before: Path | None  # what was there: restoring it undoes this


async def back_up(archive: Archive, file: Path, now: datetime, tell: Tell) -> Backup:
    """Write a backup of an archive under this name, in place of what has it. Only its owner can read it."""
    try:
        with _beside(file) as unfinished:
            await archive.copy(unfinished, tell)
            seal(unfinished, now)
            made = check(unfinished, file)
            unfinished.replace(file)
            keep(file)
    except (OSError, apsw.FullError, apsw.IOError, apsw.CantOpenError) as error:
        raise StoreError(f"{file} cannot be written ({error}). What was there before still is.") from error
    return dataclasses.replace(made, file=file)


async def restore(
    archive: Archive, file: Path, data: Path, now: datetime, tell: Tell, *, replace: bool
) -> Restored:
    """Put a backup in an archive's place. `data`: the desk's folder for data, where the rest is kept."""
    backup = read(file)
    async with archive.hold() as held:
        if held.has_data and not replace:
            raise SettingsError(
                "This desk has data. With --replace the backup takes its place, and what is there now "
                "is kept beside it as a backup of its own."
            )
        with _beside(data / "restored") as copy:
            shutil.copyfile(file, copy)
            check(copy, file)
            before = await _set_aside(archive, held, data / "backups", now, tell) if held.has_data else None
            unseal(copy, backup, now)
            await held.replace(copy, tell)
    return Restored(backup=backup, before=before)


async def _set_aside(archive: Archive, held: Held, folder: Path, now: datetime, tell: Tell) -> Path:
    """Keep what is there: as a backup, or as it is where it is no longer sound enough for one."""
    name = f"before-restore-{now:%Y%m%d-%H%M%S}"
    try:
        return (await back_up(archive, folder / f"{name}.backup", now, tell)).file
    except StoreDamaged:
        return await held.set_aside(folder / f"{name}.damaged")


@contextlib.contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """An empty file in the same folder, which is gone afterwards unless it was renamed."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if file.exists() and not file.is_file():
        raise StoreError(f"{file} is no file that could be replaced. Name another.")
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # mode 0600
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def keep(file: Path) -> None:
    """Have a renamed file survive a power cut."""
    handle = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
