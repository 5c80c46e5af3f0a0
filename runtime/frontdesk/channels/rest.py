"""A plain HTTP channel that speaks Rasa's REST format: one message in, the replies in the answer."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import orjson

from frontdesk.channels.base import Channel, ChannelConfig, ChannelRequest, Parsed, channel_kind
from frontdesk.components.base import Capabilities
from frontdesk.errors import BadPayload, BadSignature
from frontdesk.events import MessageSent
from frontdesk.messages import ComponentReply, Inbound

MAX_SENDER = 200  # characters
MAX_BODY = 1_000_000  # bytes
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost", "testclient"})


class RestConfig(ChannelConfig):
    """Without a token the channel answers this machine only."""

    token: str | None = None


@channel_kind
class Rest(Channel):
    """Any program that can post JSON."""

    kind = "rest"
    can = Capabilities(forms=frozenset({"buttons", "link_card"}), images=True)
    Config = RestConfig
    sends = False

    def verify(self, request: ChannelRequest) -> None:
        token = self.config.token
        if token is None:
            if request.remote not in LOOPBACK:
                raise BadSignature("this channel has no token, so it answers this machine only")
            return
        given = request.headers.get("authorization", "").removeprefix("Bearer ").encode("utf-8", "replace")
        if not hmac.compare_digest(given, token.encode()):
            raise BadSignature("the bearer token is missing or wrong")

    def parse(self, request: ChannelRequest) -> Parsed:
        if len(request.body) > MAX_BODY:
            raise BadPayload(f"the body is longer than {MAX_BODY} bytes")
        try:
            body = orjson.loads(request.body)
        except orjson.JSONDecodeError as error:
            raise BadPayload(f"the body is not JSON: {error}") from error
        if not isinstance(body, dict):
            raise BadPayload('the body must be an object like {"sender": "alice", "message": "hi"}')
        sender, message = _text(body, "sender", required=True), _text(body, "message")
        if not 0 < len(sender) <= MAX_SENDER:
            raise BadPayload(f"`sender` must have 1 to {MAX_SENDER} characters")
        given = _text(body, "message_id") or request.headers.get("idempotency-key", "")
        return Parsed(
            inbound=(
                Inbound(
                    channel=self.name,
                    external_id=f"{_short(sender)}:{given}" if given else "",
                    sender=sender,
                    text=message,
                    reply=_reply(message),
                ),
            )
        )

    def replies(self, sender: str, events: list[Any]) -> list[dict[str, Any]]:
        """The messages of a turn in Rasa's form; keys that say nothing are left out."""
        return [one for event in events if isinstance(event, MessageSent) for one in _messages(sender, event)]


def _short(sender: str) -> str:
    return sender if len(sender) < 65 else hashlib.sha256(sender.encode("utf-8", "replace")).hexdigest()


def _text(body: dict[str, Any], name: str, *, required: bool = False) -> str:
    value = body.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise BadPayload(f"`{name}` must be a text")
    return value.replace("\x00", "")


CHOOSE = "/choose "  # what a button's payload begins with


def _reply(message: str) -> ComponentReply | None:
    if not message.startswith(CHOOSE):
        return None
    return ComponentReply(choose=message.removeprefix(CHOOSE).strip())


def _messages(sender: str, event: MessageSent) -> list[dict[str, Any]]:
    shown = event.component or {}
    message: dict[str, Any] = {"recipient_id": sender, "text": event.text}
    options = [*shown.get("suggestions", ()), *shown.get("options", ())]
    if options:
        message["buttons"] = [
            {"title": option["label"], "payload": f"{CHOOSE}{option['id']}"} for option in options
        ]
    if shown:
        message["custom"] = shown
    if shown.get("image"):
        message["image"] = shown["image"]
    return [message]
