"""The messaging user: the person outside, one for each address on a channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STOPPED = "@stopped"
"""The value kept with a user who wrote STOP: since when. No authored slot is called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagingUser:
    """Who is being talked to, as an action or a routing flow may see them."""

    name: str  # CHANNEL:ADDRESS
    channel: str
    address: str
    language: str = ""
    time_zone: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def named(cls, name: str, **known: Any) -> MessagingUser:
        """The user of a name like `rest:alice`, with whatever else is known."""
        channel, _, address = name.partition(":")
        return cls(name=name, channel=channel, address=address, **known)
