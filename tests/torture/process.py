"""`frontdesk` with a clock that jumps and a disk that is slow, which nobody can do to it from outside."""

from __future__ import annotations

import mmap
import os
import struct
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import apsw

from frontdesk import cli
from frontdesk.clock import Clock
from tests.store.disk import SystemFile

WEATHER = "TORTURE_WEATHER"  # the variable that names the file


class Weather:
    """Two numbers in a file that the process and its torturer share."""

    _numbers = struct.Struct("dd")

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(self._numbers.pack(0.0, 0.0))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), self._numbers.size)

    @property
    def clock(self) -> float:
        """Seconds by which the clock is off."""
        return float(self._numbers.unpack_from(self._shared)[0])

    @property
    def sync(self) -> float:
        """Seconds that each sync of a database's file takes."""
        return float(self._numbers.unpack_from(self._shared)[1])

    def be(self, *, clock: float | None = None, sync: float | None = None) -> None:
        values = self.clock if clock is None else clock, self.sync if sync is None else sync
        self._numbers.pack_into(self._shared, 0, *values)


def be_patient() -> None:
    """Let a machine that stands still while a process starts be no database that is away."""
    from frontdesk.store import postgres_connect, postgres_lease

    for module in (postgres_connect, postgres_lease):
        module.CONNECT_WITHIN = 60.0  # type: ignore[attr-defined]


def main() -> None:
    if os.environ.get("FRONTDESK_STORE"):
        be_patient()
    weather = Weather(Path(os.environ[WEATHER]))

    class File(SystemFile):
        def xSync(self, flags: int) -> None:
            time.sleep(weather.sync)
            super().xSync(flags)

    class Files(apsw.VFS):
        def __init__(self) -> None:
            super().__init__("torture", "unix", makedefault=True)

        def xOpen(self, name: Any, flags: Any) -> File:
            return File(name, flags)

    true = Clock.now

    def now(clock: Clock) -> datetime:
        return true(clock) + timedelta(seconds=weather.clock)

    Clock.now = now  # type: ignore[method-assign, assignment]
    files = Files()
    cli.main()
    files.unregister()


if __name__ == "__main__":
    main()
