"""A channel for tests: signed JSON webhooks in, API calls out, to whatever address the desk names.

A desk uses it by one line in `ext/loopback.py`:

    from frontdesk.testing.loopback import Loopback as Loopback

and then in `frontdesk.yml`:

    channels:
      phone: {kind: loopback, url: "http://127.0.0.1:9000/messages", secret: "${LOOPBACK_SECRET}"}

A webhook is `{"messages": [{"id", "from", "text", "reply": {"to", "choose", "value"}}]}` (a message
with `"end": true` closes the session), signed by `X-Loopback-Signature: sha256=HEX` (HMAC over the
raw bytes). A call out is a POST of
`{"to", "text", "component"}` with the message's key as `Idempotency-Key`; a GET of the same address with
`?key=KEY` looks a message up: 200 it is there, 404 it is not. `"statuses": [{"key", "status"}]` in a
webhook says what became of messages.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Literal

import httpx
import orjson

from frontdesk.channels.base import (
    AccountConfig,
    ApiCall,
    Channel,
    ChannelRequest,
    Parsed,
    channel_kind,
)
from frontdesk.channels.calling import post_json
from frontdesk.components.base import Capabilities
from frontdesk.errors import BadPayload, BadSignature
from frontdesk.messages import ComponentReply, Inbound, Outbound, Receipt, Unsupported

SIGNATURE = "x-loopback-signature"


class LoopbackConfig(AccountConfig):
    """Where the API is, and what it can be trusted with."""

    url: str
    secret: str
    in_doubt: Literal["key", "echo", "look_up", "once", "again"] = "key"
    still_in_doubt: Literal["once", "again"] = "once"


@channel_kind
class Loopback(Channel):
    """A provider that is a test."""

    kind = "loopback"
    can = Capabilities()
    Config = LoopbackConfig

    def __init__(self, name: str, config: LoopbackConfig) -> None:
        super().__init__(name, config)
        self.in_doubt = config.in_doubt
        self.still_in_doubt = config.still_in_doubt

    def verify(self, request: ChannelRequest) -> None:
        given = request.headers.get(SIGNATURE, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, sign(self.config.secret, request.body).encode()):
            raise BadSignature(f"the header {SIGNATURE} does not match the body")

    def parse(self, request: ChannelRequest) -> Parsed:
        try:
            body = orjson.loads(request.body)
            messages = body.get("messages", [])
            known = [one for one in messages if isinstance(one, dict) and one.keys() >= {"id", "from"}]
        except (orjson.JSONDecodeError, AttributeError, TypeError, KeyError) as error:
            raise BadPayload(f"the body holds no list of messages: {error}") from error
        statuses = body.get("statuses", [])
        return Parsed(
            inbound=[self._inbound(one) for one in known],
            receipts=[Receipt(key=str(one["key"]), status=str(one["status"])) for one in statuses],
            unsupported=[Unsupported(what="message", raw=one) for one in messages if one not in known],
        )

    def _inbound(self, message: Mapping[str, Any]) -> Inbound:
        reply = message.get("reply")
        return Inbound(
            channel=self.name,
            external_id=str(message["id"]),
            sender=str(message["from"]),
            kind="end" if message.get("end") else "message",
            text=str(message.get("text", "")),
            reply=ComponentReply(**reply) if isinstance(reply, dict) else None,
        )

    def render(self, outbound: Outbound) -> list[ApiCall]:
        body = {"to": outbound.to, "text": self.plan(outbound).text, "component": outbound.component}
        return [
            ApiCall(method="POST", url=self.config.url, json=body, headers={"Idempotency-Key": outbound.key})
        ]

    async def send(self, call: ApiCall, http: httpx.AsyncClient) -> Receipt:
        await post_json(call, http)
        return Receipt(key=call.headers["Idempotency-Key"], status="sent")

    async def look_up(self, call: ApiCall, age: float, http: httpx.AsyncClient) -> bool | None:
        answer = await http.get(self.config.url, params={"key": call.headers["Idempotency-Key"]})
        return {200: True, 404: False}.get(answer.status_code)


def sign(secret: str, body: bytes) -> str:
    """The signature of a webhook's body."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
