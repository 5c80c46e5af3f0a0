"""What a process asks of a database's next transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True, eq=False)
class Job:
    """One step that waits for the next transaction."""

    future: asyncio.Future[Any]
    work: Callable[[], Any]
    since: float
    is_owners: bool = False  # only who works on the user may do it
    is_beat: bool = False

    def refuse(self, error: Exception) -> None:
        """It will not be done."""
        if not self.future.done():
            self.future.set_exception(error)
