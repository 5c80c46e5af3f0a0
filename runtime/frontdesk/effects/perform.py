"""Performing effects: calling an action with a time-out, and what to do about one a crash interrupted."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from frontdesk.clock import Clock
from frontdesk.effect import Effect, EffectResult, IdempotencyKey
from frontdesk.effects.actions import Action, ActionRegistry
from frontdesk.effects.arguments import BadArguments
from frontdesk.effects.models import Models, Wrote
from frontdesk.effects.results import NotPlain, plain
from frontdesk.effects.threads import Threads
from frontdesk.users import MessagingUser

_log = logging.getLogger(__name__)
_MAX_ERROR = 300  # characters of an exception that the event log keeps
_GRACE = 0.5  # seconds a cancelled action gets to clean up


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a call ended: with a value or an exception."""

    value: Any = None
    error: BaseException | None = None


class Effects:
    """Performs the effects of one running desk. Nothing an action does comes out as an exception.

    Async functions run on the loop; the others in a bounded number of threads. On a time-out an async
    function is cancelled; a plain one cannot be: it keeps its thread until it returns by itself, and
    its result is dropped.
    """

    def __init__(
        self, registry: ActionRegistry, *, clock: Clock, threads: int = 32, models: Models | None = None
    ) -> None:
        self._registry = registry
        self._models = models or Models()
        self._clock = clock
        self._providers = registry.open_providers(clock)
        self._threads = Threads(threads)

    async def perform(
        self, effect: Effect, *, key: str, user: MessagingUser, wrote: Wrote | None = None
    ) -> EffectResult:
        """Call what the effect names. `key` is the same for every attempt of this effect.

        `wrote` is told what a model has written so far; None: nobody would read it.
        """
        if effect.kind == "model":
            return await self._answer(effect, wrote)
        action = self._registry.actions.get(effect.name) if effect.kind == "action" else None
        if action is None:
            return EffectResult.failure("unknown", f"this desk has no {effect.kind} named '{effect.name}'")
        began = self._clock.monotonic()
        result = await self._call(action, _arguments(action, effect), _seconds(action, effect), key, user)
        return replace(result, seconds=round(self._clock.monotonic() - began, 3))

    def is_write(self, effect: Effect) -> bool:
        """Whether the effect changes the world, so that it must be journaled before it is called."""
        action = self._registry.actions.get(effect.name) if effect.kind == "action" else None
        return action is not None and action.effect == "write"

    def refusal(self, effect: Effect) -> EffectResult | None:
        """What is wrong with an action's arguments, without calling it; None: nothing."""
        action = self._registry.actions.get(effect.name)
        try:
            if action is not None:
                action.signature.convert(_arguments(action, effect))
        except BadArguments as error:
            return _bad_arguments(effect.name, error)
        return None

    async def resolve(
        self, effect: Effect, *, key: str, user: MessagingUser, is_doubtful: bool = False
    ) -> EffectResult | None:
        """What became of an effect that a crash interrupted. None: it is to be performed, perhaps again.

        A read is, and so is a write that is safe under its idempotency key. A `check` is asked: what it
        finds is the write's result, and if it finds nothing after as long as the write may take, the write
        has not happened. Otherwise nobody knows, and it is never repeated: the code is in_doubt, for a
        person.
        `is_doubtful`: who began it may still be running, so that it may happen after the check.
        """
        action = self._registry.actions.get(effect.name) if effect.kind == "action" else None
        if action is None or action.effect == "read" or action.key is not None:
            return None
        if action.check is None:
            return _in_doubt(action, "the desk stopped while it ran")
        found = await self._check(action, action.check, effect, key, user)
        if found is None and not is_doubtful:
            await asyncio.sleep(_seconds(action, effect))  # what was called may still be under way
            found = await self._check(action, action.check, effect, key, user)
        if found is None and is_doubtful:
            return _in_doubt(action, "the process that began it may still finish it")
        return found

    async def _check(
        self, action: Action, check: Action, effect: Effect, key: str, user: MessagingUser
    ) -> EffectResult | None:
        """What an action's check finds; None: nothing."""
        args = _for_check(check, _arguments(action, effect))
        found = await self._call(check, args, check.timeout, key, user)
        if not found.ok:
            return _in_doubt(action, f"its check failed ({found.error})")
        return found if found.value else None

    async def close(self) -> None:
        """Close what providers opened, and the ways to the models."""
        await self._providers.close()
        await self._models.close()

    async def _answer(self, effect: Effect, wrote: Wrote | None) -> EffectResult:
        began = self._clock.monotonic()
        try:
            result = await self._models.answer(effect, wrote)
        except Exception as error:  # a library's own trouble with what came over the wire
            _log.error("model %s", effect.name, exc_info=error)
            result = EffectResult.failure("away", _short(error))
        return replace(result, seconds=round(self._clock.monotonic() - began, 3))

    async def _call(
        self, action: Action, args: Mapping[str, Any], seconds: float, key: str, user: MessagingUser
    ) -> EffectResult:
        try:
            given = action.signature.convert(args)
        except BadArguments as error:
            return _bad_arguments(action.name, error)
        ended = await _within(seconds, lambda: self._run(action, given, key, user))
        if ended is None:
            return EffectResult.failure("timeout", _timeout_text(action, seconds))
        if ended.error is not None:
            _log.error("%s %s raised", action.place, action.name, exc_info=ended.error)
            return EffectResult.failure("raised", _short(ended.error))
        return _kept(action, ended.value)

    async def _run(self, action: Action, given: dict[str, Any], key: str, user: MessagingUser) -> Any:
        call = {MessagingUser: user, IdempotencyKey: IdempotencyKey(key)}
        arguments = given | await self._providers.fill(action.signature.provided, call)
        if action.is_async:
            return await action.function(**arguments)
        value = await self._threads.run(lambda: action.function(**arguments))
        return await value if inspect.isawaitable(value) else value


async def _within(seconds: float, start: Callable[[], Awaitable[Any]]) -> _Ended | None:
    """How the call ended; None: not within its time. It runs in a task of its own.

    So a function that swallows its cancellation is left behind after a moment, not waited for.
    """
    task = asyncio.create_task(_ended(start))
    try:
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            return task.result()
        task.cancel()
        await asyncio.wait({task}, timeout=_GRACE)
        return None
    except asyncio.CancelledError:
        task.cancel()
        raise


async def _ended(start: Callable[[], Awaitable[Any]]) -> _Ended:
    try:
        return _Ended(value=await start())
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # an action may even call sys.exit(): it must not end the desk
        return _Ended(error=error)


def _kept(action: Action, value: Any) -> EffectResult:
    try:
        return EffectResult.success(plain(value))
    except NotPlain as error:
        return EffectResult.failure("bad_result", f"{action.name}: {error}"[:_MAX_ERROR])
    except Exception as error:  # a model's own serializer, a property
        _log.error("%s %s: its result cannot be read", action.place, action.name, exc_info=error)
        return EffectResult.failure("bad_result", _short(error))


def _bad_arguments(name: str, error: BadArguments) -> EffectResult:
    return EffectResult.failure("bad_args", f"{name}: {error}"[:_MAX_ERROR])


def _arguments(action: Action, effect: Effect) -> dict[str, Any]:
    """What the caller gave; a parameter it left out takes the offered value of its name."""
    offered = {
        one.name: effect.offered[one.name]
        for one in action.signature.parameters
        if one.name in effect.offered
    }
    return offered | effect.args


def _seconds(action: Action, effect: Effect) -> float:
    """How long a call may take."""
    return action.timeout if effect.timeout is None else effect.timeout


def _for_check(check: Action, args: Mapping[str, Any]) -> dict[str, Any]:
    return {one.name: args[one.name] for one in check.signature.parameters if one.name in args}


def _in_doubt(action: Action, why: str) -> EffectResult:
    return EffectResult.failure("in_doubt", f"{action.name} may or may not have happened: {why}"[:_MAX_ERROR])


def _timeout_text(action: Action, seconds: float) -> str:
    text = f"{action.name} gave no result in {seconds:g} s"
    return f"{text}; it may have happened all the same" if action.effect == "write" else text


def _short(error: BaseException) -> str:
    try:
        said = " ".join(str(error).split())
    except Exception:
        said = "(its message cannot be read)"
    return f"{type(error).__name__}: {said}"[:_MAX_ERROR] if said else type(error).__name__
