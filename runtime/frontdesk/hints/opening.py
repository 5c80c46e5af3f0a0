"""Which bus a run's settings mean. What talks to a server is imported only where it is used."""

from __future__ import annotations

from frontdesk.bus import Bus, InProcessBus
from frontdesk.errors import SettingsError
from frontdesk.settings import Settings
from frontdesk.store.opening import POSTGRES


def bus_of(settings: Settings) -> Bus:
    """The desk's bus, not started yet: NATS where one is named, else PostgreSQL where the store is there."""
    if settings.bus:
        try:
            from frontdesk.hints.nats import NatsBus
        except ImportError as error:
            if (error.name or "").partition(".")[0] != "nats":
                raise
            raise SettingsError("A bus on NATS needs nats-py: pip install 'frontdesk[nats]'.") from error
        return NatsBus(settings.bus)
    if not settings.store.startswith(POSTGRES):
        return InProcessBus()
    try:
        from frontdesk.hints.notify import NotifyBus
    except ImportError as error:
        if error.name != "asyncpg":
            raise
        return InProcessBus()  # opening the store says what is missing
    return NotifyBus(settings.store)
