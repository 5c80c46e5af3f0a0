"""frontdesk: an open-source messaging desk.

What a desk's own Python uses is imported from here, and only when it is asked for:

    from frontdesk import IdempotencyKey, action, tool
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from frontdesk.clock import Clock
    from frontdesk.effect import IdempotencyKey
    from frontdesk.effects.declare import Now, action, provider, tool
    from frontdesk.users import MessagingUser

__all__ = ["Clock", "IdempotencyKey", "MessagingUser", "Now", "action", "provider", "tool"]

_HOME = {
    "Clock": "frontdesk.clock",
    "IdempotencyKey": "frontdesk.effect",
    "MessagingUser": "frontdesk.users",
    "Now": "frontdesk.effects.declare",
    "action": "frontdesk.effects.declare",
    "provider": "frontdesk.effects.declare",
    "tool": "frontdesk.effects.declare",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'frontdesk' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
