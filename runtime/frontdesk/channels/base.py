"""What a channel is: it proves who speaks, turns payloads into values and values into API calls.

A kind is one file beside this one, registered where it is defined (`@channel_kind`). `verify`,
`parse`, `plan` and `render` are plain functions; only `send` touches the wire.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar

import httpx
import orjson
from pydantic import BaseModel, ConfigDict

from frontdesk.components.base import COMPONENT_KINDS, Capabilities, Plan
from frontdesk.errors import ChannelInDoubt, ChannelRejected, ChannelUnavailable
from frontdesk.messages import Inbound, Outbound, Receipt, Unsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRequest:
    """A webhook as it came, before anything of it is believed."""

    method: str
    url: str
    headers: Mapping[str, str]  # lower-case names
    body: bytes  # raw: signatures are checked over these bytes
    remote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
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


class Channel:
    """One channel of a desk: a kind with an account."""

    kind: ClassVar[str]
    can: ClassVar[Capabilities] = Capabilities()
    Config: ClassVar[type[ChannelConfig]] = ChannelConfig
    sends: ClassVar[bool] = True
    """Whether a provider must be called. Where the client reads the log (web, rest, terminal), the
    committed event is the delivery and nothing can be in doubt."""
    shows_queue: ClassVar[bool] = False
    in_doubt: Literal["key", "once", "again"] = "once"
    """What to do with a send nobody knows the end of: the provider knows our key, so send again; send
    at most once; or send at least once."""

    def __init__(self, name: str, config: Any) -> None:
        self.name = name
        self.config = config

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


CHANNEL_KINDS: dict[str, type[Channel]] = {}

_C = TypeVar("_C", bound=type[Channel])


def channel_kind(cls: _C) -> _C:
    """Register a kind under its `kind` word."""
    CHANNEL_KINDS[cls.kind] = cls
    return cls


NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""Failures after which a provider cannot have seen the call."""


async def post_json(call: ApiCall, http: httpx.AsyncClient) -> httpx.Response:
    """Make a JSON call and sort its failures into the three kinds, as most providers mean them.

    What never left and what is refused for now (429, 503) may be sent again; other 4xx are final; a
    broken connection or another 5xx leaves open whether the message was taken.
    """
    headers = {"content-type": "application/json", **call.headers}
    try:
        answer = await http.request(call.method, call.url, content=orjson.dumps(call.json), headers=headers)
    except NEVER_LEFT as error:
        raise ChannelUnavailable(f"{call.url} cannot be reached: {error}") from error
    except httpx.HTTPError as error:
        raise ChannelInDoubt(f"no answer from {call.url}: {type(error).__name__} {error}") from error
    status = answer.status_code
    if status in (429, 503):
        raise ChannelUnavailable(f"{call.url} said {status}", retry_after=_seconds(answer))
    if status >= 500 or status == 408:
        raise ChannelInDoubt(f"{call.url} said {status}")
    if status >= 300:
        raise ChannelRejected(f"{call.url} said {status}: {answer.text[:300]}")
    return answer


def _seconds(answer: httpx.Response) -> float | None:
    written = answer.headers.get("retry-after", "")
    return float(written) if written.isdigit() else None
