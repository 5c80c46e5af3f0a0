from __future__ import annotations

import pytest

from frontdesk.desk.security import Failures, RateLimiter, is_allowed_origin


class Hand:
    """A clock hand that a test moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("https://desk.example", "desk.example"),
        ("https://desk.example:443", "desk.example"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("https://DESK.example", "desk.example"),
    ],
)
def test_the_desks_own_pages_may_connect(origin: str, host: str) -> None:
    assert is_allowed_origin(origin, host)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "https://",
        "file:///x",
        "http://shop.example",
        "https://shop.example:8443",
        "https://shop.example.evil.example",
        "https://evilshop.example",
        "https://[",
        "https://desk.example:99999",
    ],
)
def test_other_pages_may_not(origin: str) -> None:
    assert not is_allowed_origin(origin, "desk.example", ["https://shop.example"])


def test_pages_the_channel_names_may() -> None:
    assert is_allowed_origin("https://shop.example", "desk.example", ["https://shop.example"])
    assert is_allowed_origin("https://shop.example:443", "desk.example", ["https://shop.example/"])
    assert is_allowed_origin("https://a.b.shop.example", "desk.example", ["https://*.shop.example"])
    assert not is_allowed_origin("https://shop.example", "desk.example", ["https://*.shop.example"])
    assert is_allowed_origin("https://anywhere.example", "desk.example", ["*"])


def test_a_client_without_an_origin_is_no_browser() -> None:
    assert is_allowed_origin(None, "desk.example")


def test_a_bucket_empties_and_fills_again() -> None:
    hand = Hand()
    limiter = RateLimiter(per_minute=60, burst=3, now=hand)
    assert [limiter.take("mia") for _ in range(4)] == [True, True, True, False]
    assert limiter.take("tom")
    assert limiter.wait("mia") == pytest.approx(1)
    hand.at = 1
    assert limiter.take("mia")
    assert not limiter.take("mia")
    hand.at = 100
    assert [limiter.take("mia") for _ in range(4)] == [True, True, True, False]


def test_a_limiter_keeps_only_so_many_keys() -> None:
    limiter = RateLimiter(per_minute=1, max_keys=2, now=Hand())
    assert [limiter.take(key) for key in "abc"] == [True] * 3
    assert limiter.take("a")  # forgotten, so it begins anew
    assert not limiter.take("c")


def test_five_failures_block_until_the_first_is_old() -> None:
    hand = Hand()
    failures = Failures(limit=5, seconds=900, now=hand)
    for at in range(5):
        hand.at = at
        assert failures.blocked("mia") == 0
        failures.note("mia")
    assert failures.blocked("mia") == pytest.approx(896)
    assert failures.blocked("tom") == 0
    hand.at = 900
    assert failures.blocked("mia") == 0
    failures.note("mia")
    assert failures.blocked("mia") == pytest.approx(1)
    failures.clear("mia")
    assert failures.blocked("mia") == 0
