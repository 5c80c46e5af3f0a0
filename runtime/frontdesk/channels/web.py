"""Web and in-app chat: our own protocol over a socket or long-poll. Everything shows natively.

The client reads the session's log by event id, so a committed message is a delivered one.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import orjson
from pydantic import Field

from frontdesk.channels.base import Channel, ChannelConfig, channel_kind
from frontdesk.components.base import Capabilities
from frontdesk.errors import BadPayload, BadSignature
from frontdesk.messages import ComponentReply, Inbound

MAX_FRAME = 65_536  # bytes
MAX_ID = 100  # characters of a client's message id


class WebConfig(ChannelConfig):
    """Where the widget may stand, and how fast one visitor may write."""

    origins: tuple[str, ...] = ()  # of pages that may embed the widget; the desk's own always may
    per_minute: int = Field(default=20, ge=1)  # messages of one visitor
    max_text: int = Field(default=4_000, ge=1, le=20_000)  # characters
    title: str | None = None  # what the widget's header says; else the desk's name


@channel_kind
class Web(Channel):
    """A site's or app's chat."""

    kind = "web"
    can = Capabilities(
        forms=frozenset({"buttons", "date_picker", "link_card", "number", "rating"}),
        max_text=20_000,
        images=True,
        typing=True,
    )
    Config = WebConfig
    sends = False
    shows_queue = True

    @staticmethod
    def parse_frame(raw: str | bytes) -> dict[str, Any]:
        """One frame of a client; BadPayload says what is wrong with it."""
        size = len(raw)
        if size > MAX_FRAME:
            raise BadPayload("too_big")
        try:
            frame = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise BadPayload("bad_frame") from error
        if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
            raise BadPayload("bad_frame")
        return frame

    def inbound(self, frame: dict[str, Any], address: str, hello: dict[str, Any]) -> Inbound:
        """The message of a `send` or `end` frame; BadPayload when a field is of the wrong type."""
        client = frame.get("id")
        if not isinstance(client, str) or not 0 < len(client) <= MAX_ID:
            raise BadPayload("bad_frame")
        return Inbound(
            channel=self.name,
            external_id=f"{address}:{client}",
            sender=address,
            kind="end" if frame["type"] == "end" else "message",
            text=_text(frame.get("text", "")),
            reply=_reply(frame.get("reply")),
            sent_at=_short(frame.get("at")),
            language=_short(hello.get("language")),
            time_zone=_short(hello.get("time_zone")),
        )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadPayload("bad_frame")
    return value.replace("\x00", "")


def _short(value: Any) -> str | None:
    return value[:64] if isinstance(value, str) else None


def _reply(value: Any) -> ComponentReply | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadPayload("bad_frame")
    to, choose = value.get("to"), value.get("choose")
    if not isinstance(to, str | None) or not isinstance(choose, str | None):
        raise BadPayload("bad_frame")
    return ComponentReply(to=to, choose=choose, value=value.get("value"))


def visitor_token(secret: bytes, channel: str, address: str) -> str:
    """What proves that a visitor is the one of an earlier visit."""
    return f"{address}.{_sign(secret, channel, address)}"


def visitor_of(secret: bytes, channel: str, token: str) -> str:
    """The address a token proves; BadSignature for any other text."""
    address, dot, signature = token.rpartition(".")
    given = signature.encode("utf-8", "replace")
    if not dot or not hmac.compare_digest(given, _sign(secret, channel, address).encode()):
        raise BadSignature
    return address


def _sign(secret: bytes, channel: str, address: str) -> str:
    message = f"visitor\n{channel}\n{address}".encode("utf-8", "replace")
    return hmac.new(secret, message, hashlib.sha256).hexdigest()[:40]
