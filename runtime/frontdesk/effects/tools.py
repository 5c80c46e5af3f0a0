"""A desk's tools by themselves: listed and called without an agent, for `frontdesk tools`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from frontdesk.clock import Clock
from frontdesk.effect import Effect, EffectResult
from frontdesk.effects.actions import ActionRegistry
from frontdesk.effects.perform import Effects
from frontdesk.users import MessagingUser

USER = "tools:you"  # who calls a tool from the command line


async def call_tool(
    registry: ActionRegistry, name: str, arguments: Mapping[str, Any], *, clock: Clock
) -> EffectResult:
    """Really call a tool, as an agent would; each time under a new idempotency key."""
    effects = Effects(registry, clock=clock)
    user = MessagingUser.named(USER)
    try:
        effect = Effect(name=name, args=dict(arguments))
        return await effects.perform(effect, key=f"tools:{clock.token()}", user=user)
    finally:
        await effects.close()
