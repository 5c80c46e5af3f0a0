"""Named points at which tests kill the process, to prove that nothing is lost or doubled there.

`FRONTDESK_CRASH=NAME:COUNT` (read by `app.py`) kills the process the COUNT-th time NAME is reached.
"""

from __future__ import annotations

import os
import signal

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

_armed: dict[str, int] = {}


def arm(point: str, count: int) -> None:
    """Die the `count`-th time `point` is reached."""
    if point not in POINTS:
        raise ValueError(f"no crash point is called {point}; there are {', '.join(POINTS)}")
    _armed[point] = count


def crash_point(name: str) -> None:
    """Die here if a test asked for it: as abruptly as a power switch."""
    if not _armed or name not in _armed:
        return
    _armed[name] -= 1
    if _armed[name] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
