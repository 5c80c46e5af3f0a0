"""Everything that can go wrong, as a tree. A class exists where a caller treats it differently.

FrontdeskError
    AuthoringError        a desk's author can fix it: every problem with path, line and hint
    SettingsError         the operator can fix it: a setting, a port, a missing secret
    StoreError
        StoreInUse        another process holds this store
        StoreUnavailable  the store cannot be written (read-only, disk full)
        DeskBusy          too much waits already: whoever asked should ask again
        ShardsLost        another process works on these sessions now
        StoreVersion      the data is newer or older than this code
        StoreDamaged      not all of the data can be read any more
    ChannelError
        ChannelRejected     the platform said no; do not retry
        ChannelUnavailable  the platform is away; retry later
        ChannelInDoubt      nobody knows whether it arrived; the channel's policy decides
        BadSignature        the sender could not prove who it is
        BadPayload          signed, but not readable; kept for replay
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class FrontdeskError(Exception):
    """Something in frontdesk went wrong."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One thing wrong in an authored file, as the author sees it."""

    path: str  # relative to the desk
    line: int = 0  # 1-based; 0 when the whole file is meant
    column: int = 0
    message: str
    hint: str = ""
    level: str = "error"  # error | warning | note

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        head = f"{place}: {self.message}"
        return f"{head}\n  {self.hint}" if self.hint else head


class AuthoringError(FrontdeskError):
    """The desk's files have problems."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SettingsError(FrontdeskError):
    """A setting is missing or wrong."""


class StoreError(FrontdeskError):
    """The store could not do what was asked."""


class StoreInUse(StoreError):
    """Another process already serves this desk."""


class StoreUnavailable(StoreError):
    """The store cannot be written."""


class DeskBusy(StoreError):
    """More waits than the desk should take on."""


class ShardsLost(StoreError):
    """Another process works on these sessions now."""


class StoreVersion(StoreError):
    """The store was written by another version of frontdesk."""


class StoreDamaged(StoreError):
    """Not all of the data can be read any more."""


class ChannelError(FrontdeskError):
    """A channel could not deliver."""


class ChannelRejected(ChannelError):
    """The platform refused the message; sending it again would not help."""


class ChannelUnavailable(ChannelError):
    """The platform is away; try again later."""

    def __init__(self, message: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds, when the platform named them


class ChannelInDoubt(ChannelError):
    """The platform may or may not have taken the message."""


class BadSignature(ChannelError):
    """The webhook's signature does not match its body."""


class BadPayload(ChannelError):
    """The webhook's body could not be read."""
