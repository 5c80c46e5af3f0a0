"""The models that agents ask, behind one seam: an effect of kind `model` in, an `EffectResult` out.

Its value is an answer: `{"text", "calls": [{"name", "arguments"}], "finish", "tokens_in", "tokens_out",
"cached", "estimated"}`. How it can fail: `frontdesk.effect.CODES`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from frontdesk.effect import Effect, EffectResult
from frontdesk.effects.models.scripted import answer as scripted_answer
from frontdesk.effects.models.wire import Wrote

if TYPE_CHECKING:
    from frontdesk.effects.models.openai import OpenAIModels

__all__ = ["Models", "Wrote"]

SECONDS = 60.0  # of one call, unless the effect says less
PER_WORD = 0.02  # seconds a scripted model takes to write a word that somebody watches
_WORD = re.compile(r"\s*\S+")


class Models:
    """The models of one running desk."""

    def __init__(
        self, environ: Mapping[str, str] | None = None, *, pause: float = 0.5, transport: Any = None
    ) -> None:
        """`environ` holds the keys; None: no real model may be called. `pause`: before a second try.

        `transport` (httpx2's) stands in place of the network.
        """
        self._environ = environ
        self._transport = transport
        self._pause = pause
        self._openai: OpenAIModels | None = None

    async def answer(self, effect: Effect, wrote: Wrote | None = None) -> EffectResult:
        """What the model says or calls. `wrote` is told its words as it writes them."""
        if not effect.args.get("shown", False):  # nobody but the agent may read them
            wrote = None
        if effect.args.get("script") is not None:
            result = scripted_answer(effect.args)
            if wrote is not None and result.ok:
                await _write(result.value["text"], wrote)
            return result
        if self._environ is None:
            return EffectResult.failure(
                "refused", f"{effect.name} is a real model, and this talk may only use scripted ones"
            )
        seconds = SECONDS if effect.timeout is None else effect.timeout
        try:
            async with asyncio.timeout(seconds):
                return await self._real(self._environ).answer(effect, seconds, wrote)
        except TimeoutError:
            return EffectResult.failure("away", f"{effect.name} gave no answer in {seconds:g} s")

    def _real(self, environ: Mapping[str, str]) -> OpenAIModels:
        if self._openai is None:
            from frontdesk.effects.models.openai import OpenAIModels  # the SDK costs most of a second

            self._openai = OpenAIModels(environ, pause=self._pause, transport=self._transport)
        return self._openai

    async def close(self) -> None:
        """Close the connections."""
        if self._openai is not None:
            await self._openai.close()


async def _write(text: str, wrote: Wrote) -> None:
    """Write a text as a model does: word by word."""
    for word in _WORD.finditer(text):
        wrote(text[: word.end()])
        await asyncio.sleep(PER_WORD)
