"""A disk that can be full, broken, slow or lose its power, under SQLite's own file calls."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

NAME = "disk-under-test"


class Disk:
    """Every write of the databases opened meanwhile goes through here."""

    def __init__(self) -> None:
        self.fails: dict[str, Callable[[], Exception]] = {}  # "write", "sync": what they raise
        self.takes_its_time: Callable[[], object] = lambda: None  # what a sync waits for
        self.syncs = self.refused = 0  # counted
        self.images: dict[str, bytearray] = {}  # what certainly is on the disk
        self.pending: dict[str, list[tuple[int, bytes | None]]] = {}  # written (None: cut off), not synced
        self.after: Callable[[], None] = lambda: None  # something was written or synced
        self.lock = threading.RLock()  # the loop writes, a thread commits

    def fail(self, error: type[Exception], *, at: str = "write sync truncate", code: int = 0) -> None:
        """Fail from now on. `code`: SQLite's extended one."""

        def made() -> Exception:
            made = error("a disk's fault")
            if code:
                made.extendedresult = code  # type: ignore[attr-defined]
            return made

        self.fails = dict.fromkeys(at.split(), made)

    def heal(self) -> None:
        self.fails = {}

    def check(self, operation: str) -> None:
        if operation in self.fails:
            self.refused += 1
            raise self.fails[operation]()

    def wrote(self, name: str, offset: int, data: bytes | None) -> None:
        with self.lock:
            self.pending.setdefault(name, []).append((offset, data))
            self.after()

    def synced(self, name: str) -> None:
        with self.lock:
            _apply(self.images.setdefault(name, bytearray()), self.pending.pop(name, []))
            self.after()

    def cut(self, chance: random.Random) -> dict[str, bytes]:
        """What a power cut at this moment leaves: of what was not synced, any part, and writes torn."""
        found: dict[str, bytes] = {}
        with self.lock:
            for name in {*self.images, *self.pending}:
                image = bytearray(self.images.get(name, b""))
                for write in self.pending.get(name, []):
                    _apply(image, [torn for torn in _torn(write) if chance.random() < 0.5])
                found[name] = bytes(image)
        return found


def _torn(write: tuple[int, bytes | None]) -> list[tuple[int, bytes | None]]:
    """A write in the sectors it is made of."""
    offset, data = write
    if data is None:
        return [write]
    return [(offset + at, data[at : at + 512]) for at in range(0, len(data), 512)]


def _apply(image: bytearray, writes: list[tuple[int, bytes | None]]) -> None:
    for offset, data in writes:
        if data is None:
            del image[offset:]
            continue
        if len(image) < offset:
            image.extend(bytes(offset - len(image)))
        image[offset : offset + len(data)] = data


class SystemFile(apsw.VFSFile):
    """A file of the system, whose faults apsw passes on to SQLite and to nobody else."""

    def __init__(self, name: Any, flags: Any) -> None:
        super().__init__("unix", name, flags)

    def xLock(self, level: int) -> None:
        try:
            super().xLock(level)
        except apsw.IOError:  # of a reader that is the last to go; SQLite itself passes over it
            raise apsw.BusyError from None

    def excepthook(self, etype: Any, evalue: Any, etraceback: Any) -> bool:
        """What SQLite itself lives with (a checkpoint is made another time) must not fail a COMMIT."""
        return True


class _File(SystemFile):
    def __init__(self, disk: Disk, name: Any, flags: Any) -> None:
        self.disk = disk
        self.name = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        super().__init__(name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        self.disk.check("write")
        super().xWrite(data, offset)
        self.disk.wrote(self.name, offset, bytes(data))

    def xTruncate(self, newsize: int) -> None:
        self.disk.check("truncate")
        super().xTruncate(newsize)
        self.disk.wrote(self.name, newsize, None)

    def xSync(self, flags: int) -> None:
        self.disk.check("sync")
        self.disk.syncs += 1
        self.disk.takes_its_time()
        super().xSync(flags)
        self.disk.synced(self.name)

    def xRead(self, amount: int, offset: int) -> bytes:
        self.disk.check("read")
        return super().xRead(amount, offset)


class _Files(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        super().__init__(NAME, "unix", makedefault=True)

    def xOpen(self, name: Any, flags: Any) -> _File:
        return _File(self.disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        with self.disk.lock:
            self.disk.images.pop(filename, None)
            self.disk.pending.pop(filename, None)

    def excepthook(self, etype: Any, evalue: Any, etraceback: Any) -> bool:
        return True


@contextmanager
def under_sqlite() -> Iterator[Disk]:
    """A disk under every database that is opened within."""
    disk = Disk()
    files = _Files(disk)
    try:
        yield disk
    finally:
        files.unregister()


def lay(images: dict[str, bytes], folder: Path) -> None:
    """Write what a disk held into a folder."""
    folder.mkdir()
    for name, image in images.items():
        (folder / Path(name).name).write_bytes(image)
