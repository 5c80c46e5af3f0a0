"""How a desk is run: read once, at the edge, into one frozen object. Nothing below reads the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from frontdesk.errors import SettingsError

DATA = ".frontdesk"  # the desk's data folder
MAX_WAITING = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One run of one desk."""

    root: Path
    host: str = "127.0.0.1"
    port: int = 8000
    watch: bool = False  # every sound set of saved files becomes a release
    store: str = field(default="", repr=False)  # a URL with its secrets; "": SQLite in the data folder
    bus: str = field(default="", repr=False)  # NATS, with its secrets; "": PostgreSQL or this process alone
    role: str = "all"  # all | web | worker: what this process does of what the desk does
    demo: bool = False  # the example page at /, a rep with a random password
    environ: Mapping[str, str] = field(default_factory=dict)  # secrets for ${NAME} in the desk's files

    @property
    def data(self) -> Path:
        return self.root / DATA

    @property
    def database(self) -> Path:
        return self.data / "desk.db"

    @property
    def control(self) -> Path:
        return self.data / "control.sock"

    @property
    def max_waiting(self) -> int:
        """How many inbounds may wait in this process before it sends new ones away."""
        written = self.environ.get("FRONTDESK_MAX_WAITING", "")
        if written and (not written.isdecimal() or int(written) < 1):
            raise SettingsError(f"FRONTDESK_MAX_WAITING={written} is not a number of messages, 1 or more")
        return int(written or MAX_WAITING)

    @property
    def crash(self) -> tuple[str, int] | None:
        """The named point at which a test wants this process to die, and at which visit."""
        written = self.environ.get("FRONTDESK_CRASH", "")
        if not written:
            return None
        point, _, count = written.partition(":")
        if not count.isdigit():
            raise SettingsError(f"FRONTDESK_CRASH={written} is not NAME:COUNT")
        return point, int(count)
