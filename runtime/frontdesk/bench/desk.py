"""The desk that is measured: a bot with a question, options and texts, on a channel that answers at once."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any, ClassVar, Literal

import httpx

from frontdesk.channels.base import CHANNEL_KINDS, ApiCall, Channel
from frontdesk.messages import Outbound, Receipt

KIND = "bench"
TALK = ("hello", "I want to return 1042", "2", "thanks", "where is my order", "1043")
"""What each session says, over and over."""

FILES = {
    "frontdesk.yml": """
        name: Measured
        languages: [en]
        channels: CHANNELS
        queues: {general: {}}
        routing:
        - {else: {bot: shop}, fallback: {queue: general}}
        """,
    "bots/shop/bot.yml": """
        kind: dialogs
        slots:
          order_number: {entity: order_number, ask: which_order}
          reason: {}
        entities: {order_number: {pattern: "[0-9]{4}"}}
        """,
    "bots/shop/intents/return_order.yml": """
        intent: return_order
        examples: {en: ["I want to return [1042](order_number)", "I want to return something"]}
        """,
    "bots/shop/intents/order_status.yml": """
        intent: order_status
        examples: {en: ["Where is my order", "Where is [1042](order_number)"]}
        """,
    "bots/shop/intents/thanks.yml": """
        intent: thanks
        examples: {en: ["thanks", "thank you"]}
        """,
    "bots/shop/intents/hello.yml": """
        intent: hello
        examples: {en: ["hello", "hi"]}
        """,
    "bots/shop/dialogs/hello.yml": """
        dialog: hello
        when: {intent: hello}
        steps:
        - say: hello
        """,
    "bots/shop/dialogs/thanks.yml": """
        dialog: thanks
        when: {intent: thanks}
        steps:
        - say: you_are_welcome
        """,
    "bots/shop/dialogs/return_order.yml": """
        dialog: return_order
        when: {intent: return_order}
        steps:
        - ask: order_number
        - ask: reason
          options: [{id: small, label: Too small}, {id: big, label: Too big}, {id: other, label: Other}]
        - if: reason == "other"
          then:
          - say: tell_more
          else:
          - say: label_sent
        - outcome: resolved
        """,
    "bots/shop/dialogs/order_status.yml": """
        dialog: order_status
        when: {intent: order_status}
        steps:
        - ask: order_number
        - say: on_its_way
        - outcome: resolved
        """,
    "bots/shop/messages/en.yml": """
        which_order: "Which order is it? Its number has four digits."
        hello: ["Hello!", "Hello, how can I help?"]
        you_are_welcome: "You are welcome."
        label_sent: "Thanks. A label for order {{ order_number }} is on its way."
        on_its_way: "Order {{ order_number }} is on its way."
        reason: "What is wrong with it?"
        tell_more: "Please tell me more."
        """,
}


def write_desk(root: Path, channels: str = "{wire: {kind: bench}}") -> None:
    """Put the measured desk's files into a folder."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip().replace("CHANNELS", channels), encoding="utf-8")


class Wire(Channel):
    """A channel whose provider is instant. It tells `heard` of each message that left."""

    kind = KIND
    in_doubt: Literal["key", "once", "again"] = "key"
    heard: ClassVar[Any] = None  # called with the address and the message's key

    def render(self, outbound: Outbound) -> list[ApiCall]:
        body = {"to": outbound.to, "text": self.plan(outbound).text}
        return [ApiCall(method="POST", url="", json=body, headers={"Idempotency-Key": outbound.key})]

    async def send(self, call: ApiCall, http: httpx.AsyncClient) -> Receipt:
        key = call.headers["Idempotency-Key"]
        if Wire.heard is not None:
            Wire.heard(call.json["to"], key)
        return Receipt(key=key, status="sent")


def register() -> None:
    """Make the channel kind known; only `frontdesk bench` does."""
    CHANNEL_KINDS[KIND] = Wire
