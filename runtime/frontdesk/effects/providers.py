"""What functions are given by annotation: one of each a desk, opened at first use, closed at shutdown."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, get_args

from frontdesk.clock import Clock
from frontdesk.effect import IdempotencyKey
from frontdesk.effects.arguments import BadSignature, provided_type, type_hints
from frontdesk.effects.declare import _IsNow
from frontdesk.errors import FrontdeskError
from frontdesk.users import MessagingUser

NOW = _IsNow
PER_CALL: tuple[Any, ...] = (MessagingUser, IdempotencyKey, Clock, NOW)
"""Filled anew for each call, from the call itself."""

_GENERATORS = (inspect.isasyncgenfunction, inspect.isgeneratorfunction)
_TOO_PLAIN = frozenset({str, int, float, bool, bytes, list, dict, tuple, set, object, type(None), Any})


class ProviderFailed(FrontdeskError):
    """What a function asks for could not be opened."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A function that makes values of one type, from what other providers make."""

    gives: Any
    function: Callable[..., Any]
    needs: Mapping[str, Any]  # argument -> the type it asks for


def provided_by(function: Callable[..., Any]) -> Any:
    """The type a provider function gives, by its return annotation."""
    gives = type_hints(function).get("return")
    if any(is_generator(function) for is_generator in _GENERATORS):
        yields = get_args(gives)
        if not yields:
            raise BadSignature(
                "it yields: annotate what it returns as AsyncIterator[TYPE] or Iterator[TYPE]."
            )
        gives = yields[0]
    if gives is None or any(gives is plain for plain in _TOO_PLAIN):
        raise BadSignature(
            "its return annotation must be the type it provides: a class, yours or a library's."
        )
    return gives


def read_provider(function: Callable[..., Any], served: Collection[Any]) -> Provider:
    """Compile a provider; it may ask for what other providers give."""
    hints = type_hints(function)
    needs = {}
    for name, parameter in inspect.signature(function).parameters.items():
        asks = provided_type(hints.get(name, Any), served)
        if asks is not None:
            needs[name] = asks
        elif parameter.default is parameter.empty:
            raise BadSignature(f"nothing provides its argument '{name}'.")
    return Provider(provided_by(function), function, needs)


def http_client() -> Any:
    """The type of httpx's client, if any of the desk's files imports httpx."""
    httpx = sys.modules.get("httpx")
    return None if httpx is None else httpx.AsyncClient


def provide_http() -> Provider:
    """One HTTP client a desk."""
    return Provider(http_client(), _open_http, {})


async def _open_http() -> AsyncIterator[Any]:
    import httpx

    async with httpx.AsyncClient() as client:
        yield client


class OpenProviders:
    """The opened providers of one running desk."""

    def __init__(self, providers: Mapping[Any, Provider], overrides: Mapping[Any, Any], clock: Clock) -> None:
        self._providers = providers
        self._overrides = overrides
        self._clock = clock
        self._kept: dict[Any, _Keeper] = {}

    async def fill(self, needs: Mapping[str, Any], call: Mapping[Any, Any]) -> dict[str, Any]:
        """A value for each argument; `call` has those that belong to this one call."""
        return {name: await self._value(kind, call) for name, kind in needs.items()}

    async def close(self) -> None:
        """Close what was opened, the last first."""
        kept, self._kept = self._kept, {}
        for keeper in reversed(kept.values()):
            await keeper.close()

    async def _value(self, kind: Any, call: Mapping[Any, Any]) -> Any:
        if kind in self._overrides:
            return self._overrides[kind]
        if kind is NOW:
            return self._clock.now()
        if kind is Clock:
            return self._clock
        if kind in call:
            return call[kind]
        return await self._opened(self._providers[kind])

    async def _opened(self, provider: Provider) -> Any:
        needs = await self.fill(provider.needs, {})
        keeper = self._kept.get(provider.gives)
        if keeper is None or keeper.failed:
            keeper = self._kept[provider.gives] = _Keeper(_context(provider.function, needs))
        try:
            return await keeper.value()
        except Exception as error:
            name = getattr(provider.function, "__name__", "?")
            raise ProviderFailed(f"provider {name}: {type(error).__name__}: {error}") from error


class _Keeper:
    """Opens, holds and closes one value, all in one task of its own.

    So a call that is cancelled while it waits for the value cancels only its waiting, and what must be
    closed by the task that opened it (anyio's cancel scopes) is.
    """

    def __init__(self, context: AbstractAsyncContextManager[Any]) -> None:
        self._context = context
        self._ready: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._closing = asyncio.Event()
        self._task = asyncio.create_task(self._keep())

    @property
    def failed(self) -> bool:
        return self._ready.done() and self._ready.exception() is not None

    async def value(self) -> Any:
        return await asyncio.shield(self._ready)

    async def close(self) -> None:
        self._closing.set()
        if not self._ready.done():
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _keep(self) -> None:
        try:
            async with self._context as value:
                self._ready.set_result(value)
                await self._closing.wait()
        except Exception as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)
            self._ready.exception()  # whoever waits sees it; nobody waiting is no warning
        finally:
            self._ready.cancel()  # closed before it was open


def _context(function: Callable[..., Any], needs: Mapping[str, Any]) -> AbstractAsyncContextManager[Any]:
    if inspect.isasyncgenfunction(function):
        return asynccontextmanager(function)(**needs)
    return _of_others(function, needs)


@asynccontextmanager
async def _of_others(function: Callable[..., Any], needs: Mapping[str, Any]) -> Any:
    if inspect.isgeneratorfunction(function):
        with contextmanager(function)(**needs) as value:
            yield value
        return
    value = function(**needs)
    yield await value if inspect.isawaitable(value) else value
