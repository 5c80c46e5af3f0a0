"""What every channel must hold to, for the adapters that ship and for a desk's own.

A test of a channel calls these with the channel and payloads of its provider:

    channel = sample("sms")
    verify_only_refuses(channel, requests)
    parse_only_refuses(channel, requests)
    keeps_every_event(channel, request, count=3)
    renders_within_limits(channel)

Each raises AssertionError that says which payload or component is to blame.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from frontdesk.channels.base import CHANNEL_KINDS, ApiCall, Channel, ChannelRequest, Parsed
from frontdesk.components.base import COMPONENT_KINDS, Moment, sendable
from frontdesk.errors import BadPayload, BadSignature
from frontdesk.messages import Inbound, Outbound, Receipt, Unsupported

FORM = "application/x-www-form-urlencoded"
UGLY_BODIES = (
    b"",
    b"\x00",
    b"\xff\xfe\x00",
    b"null",
    b"7",
    b'"text"',
    b"[]",
    b"{}",
    b"[[[]]]",
    b"[null, 7, {}]",
    b'{"messages": 7}',
    b'{"messages": [null, {"id": null}]}',
    b'{"entry": [{"changes": null}]}',
    b'{"sender": {}}',
    b'{"a": ' + b"[" * 2_000,
    b"a=1&a=2&&=&%zz=%00",
    b"Body=" + "é🦊\u202e".encode() * 100,
    b"x" * 100_000,
    b"a=&" * 5_000,
)
"""Bodies that no provider means to send."""
UGLY_HEADERS: tuple[Mapping[str, str], ...] = (
    {},
    {"content-type": ""},
    {"content-type": "application/json"},
    {"content-type": FORM},
    {"content-type": "text/\u00e9; charset=\u2603"},
)
UGLY_URLS = ("", "https://desk.example/webhooks/x", "https://[", "https://desk.example/?a=%ff&a=1&=#f")
SIGNATURE_VALUES = ("", "x", "sha256=", "sha256=é", "\ud800", "=" * 10_000, "0" * 64)

_OPTIONS = [{"id": f"o{number}", "label": f"Label number {number}"} for number in range(12)]
COMPONENTS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "choices": (
        {"ask": "Which one?", "options": ["S", "L"]},
        {"ask": "Which one?", "options": _OPTIONS},
        {"ask": "Which one? " * 500, "options": _OPTIONS},
        {"ask": "أي واحد؟ 🦊", "options": [{"id": "a", "label": "👩‍👩‍👧‍👦" * 40, "description": "é" * 300}]},
    ),
    "date_picker": ({"ask": "Which day?"}, {"ask": "Which day? " * 300, "min": 1, "max": 9}),
    "link": ({"title": "Help", "url": f"https://shop.example/{'a' * 300}", "description": "d" * 2_000},),
    "number": (
        {"ask": "How many?", "min": 1, "max": 10**14, "unit": "kg", "suggestions": [1, 2, 3]},
        {"ask": "How many? " * 300, "suggestions": list(range(9)), "unit": "é" * 300},
    ),
    "rating": (
        {"ask": "How was it?"},
        {"ask": "🦊" * 900, "min": 0, "max": 10, "labels": {0: "é" * 300, 10: "👩‍👩‍👧‍👦" * 40}},
    ),
    "text": ({"ask": "What happened?"}, {"ask": "x" * 9_000}, {"ask": "🦊" * 2_000}),
}
"""Components of each kind, the largest that an author may write among them."""


def sample(kind: str, name: str = "", **fields: Any) -> Channel:
    """A channel of a kind without an account: `SAMPLE` stands in for what is not given."""
    cls = CHANNEL_KINDS[kind]
    return cls(name or kind, cls.Config.model_validate({"kind": kind, **cls.SAMPLE, **fields}))


def ugly_requests(channel: Channel, signature: str = "") -> Iterator[ChannelRequest]:
    """Requests that nobody means, with every value for the header that holds the signature."""
    for body in UGLY_BODIES:
        for headers in UGLY_HEADERS:
            for url in UGLY_URLS:
                for method in sorted(channel.methods):
                    yield ChannelRequest(method=method, url=url, headers=headers, body=body)
    for value in SIGNATURE_VALUES if signature else ():
        yield ChannelRequest(method="POST", url=UGLY_URLS[1], headers={signature: value}, body=b"a=1")


def verify_only_refuses(channel: Channel, requests: Iterable[ChannelRequest]) -> None:
    """A signature is right or BadSignature is raised; nothing else, whatever was sent."""
    for request in requests:
        try:
            channel.verify(request)
        except BadSignature:
            continue
        except Exception as error:
            raise AssertionError(f"verify raised {error!r} for {_named(request)}") from error


def refuses_unsigned(channel: Channel, requests: Iterable[ChannelRequest]) -> None:
    """A request without a right signature is never taken."""
    for request in requests:
        try:
            channel.verify(request)
        except BadSignature:
            continue
        raise AssertionError(f"verify took {_named(request)}")


def parse_only_refuses(channel: Channel, requests: Iterable[ChannelRequest]) -> None:
    """A payload is parsed or BadPayload is raised; what is parsed can be committed."""
    for request in requests:
        try:
            parsed = channel.parse(request)
        except BadPayload:
            continue
        except Exception as error:
            raise AssertionError(f"parse raised {error!r} for {_named(request)}") from error
        _can_be_committed(channel, parsed, _named(request))


def keeps_every_event(channel: Channel, request: ChannelRequest, count: int) -> Parsed:
    """Each of a payload's events is in one of the three lists."""
    parsed = channel.parse(request)
    found = len(parsed.inbound) + len(parsed.receipts) + len(parsed.unsupported)
    assert found == count, f"{found} of {count} events were kept of {_named(request)}"
    _can_be_committed(channel, parsed, _named(request))
    return parsed


def parses_the_same_twice(channel: Channel, request: ChannelRequest) -> None:
    """A repeated delivery has the same ids: that is how it is known."""
    first, again = channel.parse(request), channel.parse(request)
    assert first == again, f"two readings differ of {_named(request)}"


def renders_within_limits(channel: Channel, to: str = "+15551234567") -> None:
    """Every component of every kind, in every language, becomes calls that the provider takes."""
    missing = COMPONENT_KINDS.keys() - COMPONENTS.keys()
    assert not missing, f"conformance.COMPONENTS has no example of {sorted(missing)}"
    for kind in COMPONENT_KINDS:
        for fields in COMPONENTS[kind]:
            for language in ("en", "fr", "es"):
                outbound = _shown(channel, kind, fields, language, to)
                plan = channel.plan(outbound)
                assert plan.text, f"{kind} has no text on {channel.kind}"
                if channel.sends:
                    _within_limits(channel, channel.render(outbound), f"{kind} in {language}")


def _within_limits(channel: Channel, calls: list[ApiCall], what: str) -> None:
    assert calls, f"{what} becomes no call"
    for call in calls:
        assert (call.json is None) != (call.form is None), f"{what}: a call has a JSON body or a form"
        assert call.url.startswith(("http://", "https://")), f"{what}: {call.url} is no address"
        orjson.dumps(call)  # as data: it can be printed and kept
        longest = max((len(text) for text in _texts(call.form or call.json)), default=0)
        limit = channel.can.max_text
        assert limit is None or longest <= limit, f"{what}: a text of {longest} where {limit} fit"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _shown(channel: Channel, kind: str, fields: Mapping[str, Any], language: str, to: str) -> Outbound:
    now = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
    made = COMPONENT_KINDS[kind]
    definition = made.Model.model_validate({"component": "sample", "kind": kind, **fields})
    moment = Moment(language=language, today=now.date(), now=now)
    shown = sendable(made.show(definition, str, {}, moment))
    return Outbound(
        id="SESSION.1",
        session="SESSION",
        channel=channel.name,
        to=to,
        text=shown["text"],
        component=shown,
        language=language,
    )


def _can_be_committed(channel: Channel, parsed: Parsed, what: str) -> None:
    for inbound in parsed.inbound:
        assert isinstance(inbound, Inbound), what
        assert inbound.channel == channel.name, f"another channel's name in {what}"
        assert inbound.sender, f"a message from nobody in {what}"
        assert "\x00" not in inbound.sender + inbound.text, f"a NUL in {what}"
        assert Inbound.load(inbound.dump()) == inbound, f"an inbound is not kept whole of {what}"
    for receipt in parsed.receipts:
        assert isinstance(receipt, Receipt), what
        assert receipt.status, f"a receipt that says nothing in {what}"
    for unknown in parsed.unsupported:
        assert isinstance(unknown, Unsupported), what
        assert unknown.what, f"an unsupported part without a name in {what}"
        orjson.dumps(unknown)


def _named(request: ChannelRequest) -> str:
    return f"{request.method} {request.url[:60]!r} {dict(request.headers)} {request.body[:60]!r}"
