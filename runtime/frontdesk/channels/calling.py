"""Calling a provider: one call, and its failures sorted into the three kinds a channel knows.

Imported only by channels that call somebody: httpx costs a serving process time and memory.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

import httpx
import orjson

from frontdesk.channels.base import ApiCall
from frontdesk.errors import ChannelInDoubt, ChannelRejected, ChannelUnavailable

NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""Failures after which a provider cannot have seen the call."""

Judge = Callable[[ApiCall, httpx.Response], None]
"""Raises when an answer is a failure: the one function in which a channel decides of which kind."""


def judge(call: ApiCall, answer: httpx.Response) -> None:
    """Sort an answer as most providers mean it.

    What is refused for now (429, 503) may be sent again; other 4xx are final; another 5xx leaves open
    whether the message was taken.
    """
    status = answer.status_code
    if status in (429, 503):
        raise ChannelUnavailable(f"{call.url} said {status}", retry_after=retry_after(answer))
    if status >= 500 or status == 408:
        raise ChannelInDoubt(f"{call.url} said {status}")
    if status >= 300:
        raise ChannelRejected(f"{call.url} said {status}: {answer.text[:300]}")


async def post_json(call: ApiCall, http: httpx.AsyncClient, judged: Judge = judge) -> httpx.Response:
    """Make a call with a JSON body."""
    return await _exchange(call, http, orjson.dumps(call.json), "application/json", None, judged)


async def post_form(
    call: ApiCall,
    http: httpx.AsyncClient,
    judged: Judge = judge,
    *,
    auth: tuple[str, str] | None = None,
) -> httpx.Response:
    """Make a call with a form-encoded body, and a name and password for Basic authentication."""
    content = urlencode(dict(call.form or {})).encode()
    return await _exchange(call, http, content, "application/x-www-form-urlencoded", auth, judged)


async def _exchange(
    call: ApiCall,
    http: httpx.AsyncClient,
    content: bytes,
    media_type: str,
    auth: tuple[str, str] | None,
    judged: Judge,
) -> httpx.Response:
    headers = {"content-type": media_type, **call.headers}
    basic = httpx.BasicAuth(*auth) if auth is not None else None
    try:
        answer = await http.request(call.method, call.url, content=content, headers=headers, auth=basic)
    except NEVER_LEFT as error:
        raise ChannelUnavailable(f"{call.url} cannot be reached: {error}") from error
    except httpx.HTTPError as error:
        raise ChannelInDoubt(f"no answer from {call.url}: {type(error).__name__} {error}") from error
    judged(call, answer)
    return answer


def retry_after(answer: httpx.Response) -> float | None:
    """The seconds a provider asks us to wait, also where it names an instant (by its own clock)."""
    written = answer.headers.get("retry-after", "").strip()
    if written.isascii() and written.isdigit():
        return float(written)
    try:
        until = parsedate_to_datetime(written)
        return max((until - parsedate_to_datetime(answer.headers["date"])).total_seconds(), 0.0)
    except (ValueError, TypeError, KeyError, IndexError):
        return None
