"""Any endpoint that speaks OpenAI's chat completions, through the openai SDK.

`client.post` in place of `chat.completions.create`: the same bytes, without the SDK's typed walk over all
messages, which costs 0.15 ms each. The SDK retries nothing: this is the one layer that does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import httpx2
import openai

from frontdesk.effect import Effect, EffectResult
from frontdesk.effects.models.wire import Answer, Collected, NoAnswer, Wrote, read_answer
from frontdesk.text import writable

log = logging.getLogger(__name__)

TRIES = 3
LONGEST_PAUSE = 8.0  # seconds
_PLACEHOLDER = "none"  # the SDK wants a key; servers of one's own may want none


class OpenAIModels:
    """The endpoints of one desk: one client each, for the life of the process."""

    def __init__(
        self, environ: Mapping[str, str], *, pause: float, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        """`transport`: in place of the network, for a benchmark."""
        self._environ = environ
        self._pause = pause
        self._transport = transport
        self._clients: dict[tuple[str, str], openai.AsyncOpenAI] = {}

    async def answer(self, effect: Effect, seconds: float, wrote: Wrote | None = None) -> EffectResult:
        """The model's answer, asked up to three times where that may help."""
        key = self._environ.get(effect.args["key"], "")
        if not key and not effect.args["base_url"]:
            return EffectResult.failure("refused", f"{effect.args['key']} is not set")
        client = self._client(effect.args["base_url"], key or _PLACEHOLDER)
        for attempt in range(TRIES - 1):
            result, wait = await self._try(client, effect, seconds, wrote)
            if wait is None:
                return result
            await asyncio.sleep(max(wait, min(self._pause * 2**attempt, LONGEST_PAUSE)))
        return (await self._try(client, effect, seconds, wrote))[0]

    async def _try(
        self, client: openai.AsyncOpenAI, effect: Effect, seconds: float, wrote: Wrote | None
    ) -> tuple[EffectResult, float | None]:
        """One call, and how long to wait at least before the next; None: there is no sense in one."""
        try:
            return EffectResult.success(await _ask(client, effect, seconds, wrote)), None
        except NoAnswer as error:
            return EffectResult.failure("away", f"{effect.name}: {error}"), 0.0
        except openai.APIError as error:
            code, wait = _judged(error)
            return EffectResult.failure(code, f"{effect.name}: {_said(error)}"), wait
        except (httpx2.HTTPError, ValueError) as error:  # the connection broke within the answer
            return EffectResult.failure("away", f"{effect.name}: {type(error).__name__}"), 0.0

    def _client(self, base_url: str, key: str) -> openai.AsyncOpenAI:
        found = self._clients.get((base_url, key))
        if found is None:
            own = httpx2.AsyncClient(transport=self._transport) if self._transport is not None else None
            found = openai.AsyncOpenAI(
                api_key=key,
                base_url=base_url or None,
                max_retries=0,
                timeout=httpx2.Timeout(600, connect=5),
                http_client=own,
            )
            self._clients[base_url, key] = found
        return found

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.close()
        self._clients.clear()


async def _ask(client: openai.AsyncOpenAI, effect: Effect, seconds: float, wrote: Wrote | None) -> Answer:
    """One request. Without a word of the author's it is a stream where somebody reads along."""
    args = effect.args
    streams = args["stream"] if args["stream"] is not None else wrote is not None
    body: dict[str, Any] = {"model": effect.name, "messages": args["messages"]}
    if args["tools"]:
        body |= {"tools": args["tools"], "tool_choice": args["tool_choice"]}
    body |= {name: args[name] for name in ("temperature", "max_completion_tokens") if name in args}
    if not streams:
        raw = await client.post("/chat/completions", cast_to=object, body=body, options={"timeout": seconds})
        return read_answer(raw, args["messages"])
    body |= {"stream": True, "stream_options": {"include_usage": True}}
    stream = await client.post(
        "/chat/completions",
        cast_to=object,
        body=body,
        options={"timeout": seconds},
        stream=True,
        stream_cls=openai.AsyncStream[object],
    )
    collected = Collected()
    async with stream:
        async for chunk in stream:
            collected.add(chunk)
            if wrote is not None and collected.text and not collected.calls:
                wrote(writable(collected.text))
    return collected.answer(args["messages"])


def _judged(error: openai.APIError) -> tuple[str, float | None]:
    """How a failure counts, and after how many seconds asking again may help; None: it does not."""
    if error.code == "context_length_exceeded":
        return "overflow", None
    if error.code == "insufficient_quota":  # a 429 that no waiting ends
        return "refused", None
    if isinstance(error, openai.APIStatusError) and error.status_code < 500:
        again = error.status_code in (408, 409, 429)
        return ("away", _retry_after(error)) if again else ("refused", None)
    return "away", 0.0  # 5xx, no connection, no answer in time, an error inside the stream


def _retry_after(error: openai.APIStatusError) -> float | None:
    """What the server asks for; longer than we wait at most: not at all."""
    written = error.response.headers.get("retry-after-ms"), error.response.headers.get("retry-after")
    for value, unit in zip(written, (1000.0, 1.0), strict=True):
        try:
            wait = float(value or "") / unit
        except ValueError:
            continue
        return wait if wait <= LONGEST_PAUSE else None
    return 0.0


def _said(error: openai.APIError) -> str:
    """What the developer reads: status and code, never the request."""
    status = getattr(error, "status_code", None)
    return " ".join(str(part) for part in (type(error).__name__, status, error.code) if part)
