"""Named points at which tests kill the process, to prove that nothing is lost or doubled there.

`FRONTDESK_CRASH=NAME:COUNT` (read by `app.py`) kills the process the COUNT-th time NAME is reached.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

POINTS = (
    "after-intake",
    "before-fused",
    "after-fused",
    "before-effect",
    "after-effect",
    "after-journal",
    "before-commit",
    "after-commit",
    "before-send",
    "after-send",
    "after-mark",
)

_armed: dict[str, tuple[int, Callable[[], None]]] = {}


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str, count: int, die: Callable[[], None] = _kill) -> None:
    """Die the `count`-th time `point` is reached. `die`: what that is where the process is only simulated."""
    if point not in POINTS:
        raise ValueError(f"no crash point is called {point}; there are {', '.join(POINTS)}")
    _armed[point] = count, die


def disarm() -> None:
    """Die nowhere."""
    _armed.clear()


def crash_point(name: str) -> None:
    """Die here if a test asked for it: as abruptly as a power switch."""
    if not _armed or name not in _armed:
        return
    count, die = _armed[name]
    _armed[name] = count - 1, die
    if count <= 1:
        del _armed[name]
        die()
