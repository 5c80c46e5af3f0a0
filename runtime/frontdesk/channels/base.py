"""What a channel is: it proves who speaks, turns payloads into values and values into API calls.

A kind is one file beside this one, registered where it is defined (`@channel_kind`). `verify`,
`parse`, `plan` and `render` are plain functions; only `send` touches the wire.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from frontdesk.components.base import COMPONENT_KINDS, Capabilities, Plan
from frontdesk.messages import Inbound, Outbound, Receipt, Unsupported
from frontdesk.value import value

if TYPE_CHECKING:
    import httpx


@value
class ChannelRequest:
    """A webhook as it came, before anything of it is believed."""

    method: str
    url: str
    headers: Mapping[str, str]  # lower-case names
    body: bytes  # raw: signatures are checked over these bytes
    remote: str = ""


@value
class Parsed:
    """What a payload held. Everything in it is in one of the three lists."""

    inbound: Sequence[Inbound] = ()
    receipts: Sequence[Receipt] = ()
    unsupported: Sequence[Unsupported] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One call to a provider, as data."""

    method: str
    url: str
    json: Any = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class ChannelConfig(BaseModel):
    """What an author writes under a channel's name in `frontdesk.yml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    language: str | None = None


class AccountConfig(ChannelConfig):
    """What every channel has whose messages a provider takes."""

    per_second: float | None = Field(
        default=None, gt=0, description="messages a second that the account may send; else as its kind has it"
    )


class Channel:
    """One channel of a desk: a kind with an account."""

    kind: ClassVar[str]
    can: ClassVar[Capabilities] = Capabilities()
    Config: ClassVar[type[ChannelConfig]] = ChannelConfig
    sends: ClassVar[bool] = True
    """Whether a provider must be called. Where the client reads the log (web, rest, terminal), the
    committed event is the delivery and nothing can be in doubt."""
    shows_queue: ClassVar[bool] = False
    honours_stop: ClassVar[bool] = False
    """Whether nothing may be sent any more to who wrote STOP."""
    acknowledgement: ClassVar[tuple[str, str]] = ("", "text/plain")
    """Body and media type of the 200 that a provider gets for a webhook."""
    SAMPLE: ClassVar[Mapping[str, Any]] = {}
    """Values for the fields that `Config` requires, where no account is at hand: `channel parse` and
    `render`, the conformance kit."""
    in_doubt: Literal["key", "echo", "look_up", "once", "again"] = "once"
    """What to do with a send nobody knows the end of: `doubt.py` says what each means."""
    still_in_doubt: Literal["once", "again"] = "once"
    """What to do where an echo did not come, or a look-up could not tell."""
    per_second: float | None = None
    """Messages a second that an account of this kind may send; None: as many as there are."""

    def __init__(self, name: str, config: Any) -> None:
        self.name = name
        self.config = config
        self.methods = frozenset({"POST"})  # of its webhook
        self.per_second = getattr(config, "per_second", None) or self.per_second

    def verify(self, request: ChannelRequest) -> None:
        """Raise BadSignature unless the sender proved who it is."""

    def parse(self, request: ChannelRequest) -> Parsed:
        """Read a payload; BadPayload when it cannot be read at all."""
        raise NotImplementedError

    def plan(self, outbound: Outbound) -> Plan:
        """How the message will look here, and what is lost."""
        if outbound.component is None:
            return Plan(form="text", text=outbound.text)
        return COMPONENT_KINDS[outbound.component["kind"]].plan(outbound.component, self.can)

    def render(self, outbound: Outbound) -> list[ApiCall]:
        """The API calls that show a message."""
        raise NotImplementedError

    async def send(self, call: ApiCall, http: httpx.AsyncClient) -> Receipt:
        """Make one call; ChannelRejected, ChannelUnavailable or ChannelInDoubt when it failed."""
        raise NotImplementedError

    async def look_up(self, call: ApiCall, age: float, http: httpx.AsyncClient) -> bool | None:
        """Whether the provider has the message of a call that broke, made at most `age` seconds ago.

        None: it cannot say. Only where `in_doubt` is `look_up`.
        """
        return None


CHANNEL_KINDS: dict[str, type[Channel]] = {}

_C = TypeVar("_C", bound=type[Channel])


def channel_kind(cls: _C) -> _C:
    """Register a kind under its `kind` word."""
    CHANNEL_KINDS[cls.kind] = cls
    return cls
