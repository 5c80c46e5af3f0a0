"""Calling a provider: one JSON call, and its failures sorted into the three kinds a channel knows.

Imported only by channels that call somebody: httpx costs a serving process time and memory.
"""

from __future__ import annotations

import httpx
import orjson

from frontdesk.channels.base import ApiCall
from frontdesk.errors import ChannelInDoubt, ChannelRejected, ChannelUnavailable

NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""Failures after which a provider cannot have seen the call."""


async def post_json(call: ApiCall, http: httpx.AsyncClient) -> httpx.Response:
    """Make a JSON call and sort its failures into the three kinds, as most providers mean them.

    What never left and what is refused for now (429, 503) may be sent again; other 4xx are final; a
    broken connection or another 5xx leaves open whether the message was taken.
    """
    headers = {"content-type": "application/json", **call.headers}
    try:
        answer = await http.request(call.method, call.url, content=orjson.dumps(call.json), headers=headers)
    except NEVER_LEFT as error:
        raise ChannelUnavailable(f"{call.url} cannot be reached: {error}") from error
    except httpx.HTTPError as error:
        raise ChannelInDoubt(f"no answer from {call.url}: {type(error).__name__} {error}") from error
    status = answer.status_code
    if status in (429, 503):
        raise ChannelUnavailable(f"{call.url} said {status}", retry_after=_seconds(answer))
    if status >= 500 or status == 408:
        raise ChannelInDoubt(f"{call.url} said {status}")
    if status >= 300:
        raise ChannelRejected(f"{call.url} said {status}: {answer.text[:300]}")
    return answer


def _seconds(answer: httpx.Response) -> float | None:
    written = answer.headers.get("retry-after", "")
    return float(written) if written.isdigit() else None
