"""Who may connect from which page, and how fast."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
MAX_KEYS = 10_000  # a limiter forgets who was quiet longest first, so that it cannot be filled up


def is_allowed_origin(origin: str | None, host: str | None, allowed: Iterable[str] = ()) -> bool:
    """Whether a page of `origin` may connect to the desk that was addressed as `host`.

    The desk's own pages always may; others when `allowed` names them: `https://shop.example`,
    `https://*.shop.example` for every subdomain, or `*` for any page. A client that names no origin is
    no browser, and nothing it could do is done with somebody else's cookie or address.
    """
    if origin is None:
        return True
    asked = _place(origin)
    if asked is None:
        return False
    scheme, name, port = asked
    if host and _host(host, _PORTS.get(scheme, 0)) == (name, port):
        return True
    return any(_allows(entry, scheme, name, port) for entry in allowed)


def _place(origin: str) -> tuple[str, str, int] | None:
    """(scheme, host, port) of an origin; None for `null` and everything that is none."""
    try:
        parts = urlsplit(origin.strip())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/"):
        return None
    return parts.scheme, parts.hostname.lower(), port or _PORTS[parts.scheme]


def _host(host: str, default: int) -> tuple[str, int] | None:
    try:
        parts = urlsplit(f"//{host}")
        return ((parts.hostname or "").lower(), parts.port or default)
    except ValueError:
        return None


def _allows(entry: str, scheme: str, name: str, port: int) -> bool:
    if entry == "*":
        return True
    wanted = _place(entry)
    if wanted is None or (scheme, port) != (wanted[0], wanted[2]):
        return False
    if wanted[1].startswith("*."):
        return name.endswith(wanted[1][1:])
    return name == wanted[1]


class RateLimiter:
    """A token bucket for each key: `per_minute` on average, `burst` at once."""

    def __init__(
        self,
        *,
        per_minute: float,
        burst: float | None = None,
        max_keys: int = MAX_KEYS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.per_minute = per_minute
        self.burst = per_minute if burst is None else burst
        self._max_keys = max_keys
        self._now = now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key -> (tokens, as of)

    def take(self, key: str) -> bool:
        """Take one token; False when there is none."""
        now = self._now()
        tokens = self._tokens(key, now)
        self._buckets[key] = (tokens - 1 if tokens >= 1 else tokens, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)
        return tokens >= 1

    def wait(self, key: str) -> float:
        """Seconds until there is a token again."""
        missing = 1 - self._tokens(key, self._now())
        return max(0.0, missing * 60 / self.per_minute)

    def _tokens(self, key: str, now: float) -> float:
        tokens, since = self._buckets.get(key, (self.burst, now))
        return min(self.burst, tokens + (now - since) * self.per_minute / 60)


class Failures:
    """How often something failed for a key within a window; too often blocks it until the window moves on."""

    def __init__(
        self,
        *,
        limit: int,
        seconds: float,
        max_keys: int = MAX_KEYS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._seconds = seconds
        self._max_keys = max_keys
        self._now = now
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def blocked(self, key: str) -> float:
        """Seconds until `key` may try again; 0: it may."""
        times = self._failed.get(key)
        if times is None:
            return 0.0
        oldest = self._now() - self._seconds
        while times and times[0] <= oldest:
            times.popleft()
        return times[0] - oldest if len(times) >= self._limit else 0.0

    def note(self, key: str) -> None:
        """One more failure."""
        self._failed.setdefault(key, deque(maxlen=self._limit)).append(self._now())
        self._failed.move_to_end(key)
        if len(self._failed) > self._max_keys:
            self._failed.popitem(last=False)

    def clear(self, key: str) -> None:
        """It went well: what failed before counts no more."""
        self._failed.pop(key, None)
