"""Which bus a desk gets, and what is said of an address that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontdesk.bus import InProcessBus
from frontdesk.errors import SettingsError
from frontdesk.hints.nats import NatsBus
from frontdesk.hints.notify import NotifyBus
from frontdesk.hints.opening import bus_of
from frontdesk.settings import Settings

POSTGRES = "postgresql://desk:secret@db.example/desk"


@pytest.mark.parametrize(
    ("store", "bus", "kind"),
    [
        ("", "", InProcessBus),
        (POSTGRES, "", NotifyBus),
        (POSTGRES, "nats://bus.example:4222", NatsBus),
        (POSTGRES, "tls://bus.example", NatsBus),
        (POSTGRES, "nats://a.example:4222, nats://user:secret@b.example:4222", NatsBus),
        ("", "nats://bus.example", NatsBus),
    ],
)
def test_nats_is_taken_where_it_is_named_else_the_database_else_nothing(
    tmp_path: Path, store: str, bus: str, kind: type
) -> None:
    made = bus_of(Settings(root=tmp_path, store=store, bus=bus))
    assert type(made) is kind
    assert "secret" not in str(getattr(made, "place", ""))


@pytest.mark.parametrize(
    "bus",
    [
        "bus.example",
        "nats://",
        "nats://:4222",
        "nats://bus.example:port",
        "nats://bus.example:99999",
        "redis://bus.example",
        "nats://a.example,b.example",
        "nats://bus.example/desk",
    ],
)
def test_an_address_of_no_bus_is_an_error_that_says_what_one_looks_like(tmp_path: Path, bus: str) -> None:
    with pytest.raises(SettingsError, match=r"--bus \(or FRONTDESK_BUS\) takes nats://HOST:PORT"):
        bus_of(Settings(root=tmp_path, store=POSTGRES, bus=bus))


def test_an_address_with_a_mistake_does_not_show_its_password(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        bus_of(Settings(root=tmp_path, bus="nats://desk:secret@bus.example:port"))
    assert "secret" not in str(raised.value)
    assert "bus.example:port" in str(raised.value)
