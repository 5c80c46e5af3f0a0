"""Every channel that ships holds to what every channel must."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.channels.base import Channel, ChannelRequest
from frontdesk.testing.conformance import (
    keeps_every_event,
    parse_only_refuses,
    parses_the_same_twice,
    refuses_unsigned,
    renders_within_limits,
    sample,
    ugly_requests,
    verify_only_refuses,
)
from frontdesk.testing.loopback import Loopback

CONFIGS: dict[str, dict[str, Any]] = {
    "rest": {"token": "s3cret"},
    "sms": {"method": "GET", "shared_key": "shared", "public_url": "https://desk.example"},
    Loopback.kind: {"url": "http://provider.test/messages", "secret": "s3cret"},
}
SIGNED_BY = {"rest": "authorization", "sms": "x-twilio-signature", Loopback.kind: "x-loopback-signature"}
READ = ("rest", "sms", Loopback.kind)  # a webhook's body; the others read frames
EVERY = ("rest", "sms", "terminal", "web", Loopback.kind)


def channel_of(kind: str) -> Channel:
    return sample(kind, **CONFIGS.get(kind, {}))


@pytest.mark.parametrize("kind", READ)
def test_verify(kind: str) -> None:
    channel = channel_of(kind)
    requests = list(ugly_requests(channel, SIGNED_BY[kind]))
    verify_only_refuses(channel, requests)
    refuses_unsigned(channel, requests)


@pytest.mark.parametrize("kind", READ)
def test_parse(kind: str) -> None:
    channel = channel_of(kind)
    parse_only_refuses(channel, ugly_requests(channel))


@pytest.mark.parametrize("kind", READ)
@given(body=st.binary(max_size=300), query=st.text(max_size=50))
def test_any_bytes(kind: str, body: bytes, query: str) -> None:
    channel = channel_of(kind)
    requests = [
        ChannelRequest(method=method, url=f"https://desk.example/?{query}", headers={}, body=body)
        for method in channel.methods
    ]
    verify_only_refuses(channel, requests)
    parse_only_refuses(channel, requests)


_WORDS = st.sampled_from(
    "Body From To MessageSid SmsSid MessageStatus SmsStatus NumMedia EventType type data".split()
)
_VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10)
_PAYLOADS = st.recursive(
    _VALUES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS, inner, max_size=6)
)


@given(payload=_PAYLOADS)
def test_any_json(payload: Any) -> None:
    import orjson

    for kind in READ:
        channel = channel_of(kind)
        body = orjson.dumps(payload, option=orjson.OPT_PASSTHROUGH_SUBCLASS) if _fits(payload) else b"[]"
        parse_only_refuses(channel, [ChannelRequest(method="POST", url="", headers={}, body=body)])


def _fits(payload: Any) -> bool:
    import orjson

    try:
        orjson.dumps(payload)
    except (TypeError, orjson.JSONEncodeError):  # an integer beyond 64 bits
        return False
    return True


@pytest.mark.parametrize(
    ("kind", "body", "count"),
    [
        ("rest", b'{"sender": "a", "message": "hi", "message_id": "1"}', 1),
        ("sms", b"Body=hi&From=%2B1555&MessageSid=SM1", 1),
        ("sms", b"Body=hi&From=%2B1555&MessageSid=SM1&NumMedia=1&MediaUrl0=x", 2),
        ("sms", b'[{"type": "com.twilio.messaging.message.sent", "data": {}}, {}, null]', 3),
        (Loopback.kind, b'{"messages": [{"id": 1, "from": "a"}, {"id": 2}, null]}', 3),
    ],
)
def test_every_event_is_kept(kind: str, body: bytes, count: int) -> None:
    request = ChannelRequest(method="POST", url="", headers={}, body=body)
    keeps_every_event(channel_of(kind), request, count)
    parses_the_same_twice(channel_of(kind), request)


@pytest.mark.parametrize("kind", EVERY)
def test_render(kind: str) -> None:
    renders_within_limits(channel_of(kind))
