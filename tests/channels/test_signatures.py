"""What Twilio signs: published vectors, and what an attacker may try."""

from __future__ import annotations

from typing import Any

import pytest

from frontdesk.channels import twilio
from frontdesk.channels.base import ChannelRequest
from frontdesk.errors import BadSignature
from tests.channels.conftest import make, vectors

TWILIO = [one for one in vectors() if one["scheme"].startswith("twilio")]


def _request(vector: dict[str, Any], **more: Any) -> ChannelRequest:
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    if vector.get("body"):
        headers["content-type"] = vector["content_type"]
    given = {
        "method": vector.get("method", "POST"),
        "url": vector["url"],
        "headers": headers,
        "body": vector["body"].encode(),
    }
    return ChannelRequest(**{**given, **more})


def _is_valid(request: ChannelRequest, **config: Any) -> bool:
    try:
        make("sms", **config).verify(request)
    except BadSignature:
        return False
    return True


@pytest.mark.parametrize("vector", TWILIO, ids=[one["id"] for one in TWILIO])
def test_every_vector(vector: dict[str, Any]) -> None:
    is_shared = vector.get("algorithm") == "HMAC_SHA256"
    config = {"shared_key" if is_shared else "token": vector["secret"]}
    assert _is_valid(_request(vector), **config) is vector["valid"]


def test_there_are_vectors() -> None:
    assert len(TWILIO) == 23


def test_a_shared_key_signs_only_where_the_channel_has_one() -> None:
    [vector] = [one for one in TWILIO if one.get("algorithm") == "HMAC_SHA256"]
    assert not _is_valid(_request(vector), token=vector["secret"])


@pytest.mark.parametrize("settings", ["", "key=1", "algorithm=HMAC_SHA1", "algorithm=NONE", "é", ",,,="])
def test_an_unknown_algorithm_is_refused(settings: str) -> None:
    vector = TWILIO[0]
    request = _request(vector, headers={**vector["headers"], twilio.SETTINGS: settings})
    assert not _is_valid(request, token=vector["secret"], shared_key="shared")


@pytest.mark.parametrize("given", [None, "", "é", "x" * 100_000, "\x00", "\ud800", "7L+CwIuc"])
def test_a_strange_header_is_no_signature(given: str | None) -> None:
    vector = TWILIO[0]
    headers = {} if given is None else {twilio.SIGNATURE: given}
    assert not _is_valid(_request(vector, headers=headers), token=vector["secret"])


@pytest.mark.parametrize(
    ("public_url", "seen"),
    [
        ("https://bot.example.com", "http://10.0.0.7:8000/webhooks/twilio"),
        ("https://bot.example.com/", "http://10.0.0.7:8000/webhooks/twilio"),
        ("https://bot.example.com/webhooks/twilio", "http://10.0.0.7:8000/inner/sms"),
    ],
)
def test_behind_a_proxy_the_desks_own_word_counts(public_url: str, seen: str) -> None:
    vector = TWILIO[0]
    request = _request(vector, url=seen)
    assert _is_valid(request, token=vector["secret"], public_url=public_url)
    assert not _is_valid(request, token=vector["secret"])
    forwarded = {"x-forwarded-proto": "https", "x-forwarded-host": "bot.example.com"}
    assert not _is_valid(
        _request(vector, url=seen, headers={**request.headers, **forwarded}), token=vector["secret"]
    )


@pytest.mark.parametrize(
    "url", ["", "x", "https://", "https://[::1]:443/a", "https://u:p@h/a", "//", "https://h?x#y", "\ud800"]
)
def test_any_address_is_compared_and_none_breaks(url: str) -> None:
    assert not _is_valid(_request(TWILIO[0], url=url), token="token")
    signed = _request(
        TWILIO[0], url=url, headers={twilio.SIGNATURE: twilio.sign("token", url.split("#")[0], b"a=1")}
    )
    assert _is_valid(
        ChannelRequest(
            method="POST",
            url=url,
            headers={**signed.headers, "content-type": twilio.FORM},
            body=b"a=1",
        ),
        token="token",
    )
