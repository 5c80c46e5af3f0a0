"""What `check` finds across files (in the making)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frontdesk.errors import Problem

if TYPE_CHECKING:
    from frontdesk.authoring.load import DeskRead


def check_references(read: DeskRead) -> list[Problem]:
    """Every name that is not there."""
    return []
