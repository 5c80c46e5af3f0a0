"""The terminal: `frontdesk chat`. Text only, so it shows every component's fallback."""

from __future__ import annotations

from frontdesk.channels.base import Channel, channel_kind
from frontdesk.components.base import Capabilities


@channel_kind
class Terminal(Channel):
    """A person at a terminal."""

    kind = "terminal"
    can = Capabilities()
    sends = False
