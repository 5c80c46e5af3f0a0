"""How long the tests of the pages wait: for what they need, and as long as a busy machine takes for it."""

from __future__ import annotations

import time
from collections.abc import Callable

LONG = 60.0  # seconds: a limit costs nothing where it is not reached


def until(holds: Callable[[], object], within: float = LONG) -> None:
    """Wait until something holds behind the page, such as what the desk has received."""
    ends = time.monotonic() + within
    while not holds():
        assert time.monotonic() < ends, f"not so within {within:.0f} s"
        time.sleep(0.01)
