"""The decorators a desk's Python uses. Each returns the function unchanged, so it can be called directly.

In a bot's actions.py, and in desk.py:

    @action
    async def find_order(order_number: str, shop: ShopClient) -> Order | None:
        '''The order of this number, or none.'''

    @action(effect="write", key="idempotency")
    async def book_pickup(order: str, day: date, key: IdempotencyKey) -> Pickup: ...

    @provider
    async def shop() -> AsyncIterator[ShopClient]:
        async with ShopClient() as client:
            yield client
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Annotated, Any, TypeVar, overload

from frontdesk.effect import EffectMode

TIMEOUT = 10.0  # seconds an action gets unless it or the step says otherwise

Check = str | Callable[..., Any]
_F = TypeVar("_F", bound=Callable[..., Any])
_DECLARED = "__frontdesk_declared__"  # on a function: its declaration; in a module: all of them


class _IsNow:
    """Marks an argument that is given the current instant."""


Now = Annotated[datetime, _IsNow]
"""Annotate an argument with it to be given the current instant (UTC; virtual in tests and chat)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDeclaration:
    """What an author said of a function when it was decorated; checked when the desk is loaded."""

    function: Callable[..., Any]
    word: str  # action | tool
    name: str
    effect: EffectMode
    key: str | None
    check: Check | None
    confirm: str | None
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDeclaration:
    """A function that makes what actions ask for by annotation."""

    function: Callable[..., Any]


Declaration = ActionDeclaration | ProviderDeclaration


@overload
def action(function: _F, /) -> _F: ...
@overload
def action(
    *,
    name: str | None = None,
    effect: EffectMode = "read",
    key: str | None = None,
    check: Check | None = None,
    confirm: str | None = None,
    timeout: float = TIMEOUT,
) -> Callable[[_F], _F]: ...
def action(function: Callable[..., Any] | None = None, /, **said: Any) -> Any:
    """Make a function something a dialog may `call:`.

    effect: "write" when it changes something outside. A write says how doing it twice is avoided:
    key="idempotency" (it takes an `IdempotencyKey` and is safe to repeat under the same one),
    check (a read action, by name or itself, that tells after a crash whether it happened), or
    confirm="customer" (asked before each time; after a crash a person looks).
    timeout: seconds. So long is also waited after a crash until a check that finds nothing is believed.
    """
    return _declare("action", function, said)


@overload
def tool(function: _F, /) -> _F: ...
@overload
def tool(
    *,
    name: str | None = None,
    effect: EffectMode = "read",
    key: str | None = None,
    check: Check | None = None,
    confirm: str | None = None,
    timeout: float = TIMEOUT,
) -> Callable[[_F], _F]: ...
def tool(function: Callable[..., Any] | None = None, /, **said: Any) -> Any:
    """Make a function something an agent may call. The fields and the registry are `action`'s."""
    return _declare("tool", function, said)


def provider(function: _F, /) -> _F:
    """Make a function the provider of the type it returns.

    A plain or async function gives the value; a generator (plain or async) yields it once and
    closes it afterwards. It is opened at first use, once a desk, and closed at shutdown.
    """
    _record(function, ProviderDeclaration(function=function))
    return function


def declared_in(module: ModuleType) -> list[Declaration]:
    """What a module declares, and what it imports that is declared elsewhere."""
    found: list[Declaration] = list(vars(module).get(_DECLARED, ()))
    for value in vars(module).values():
        declaration = getattr(value, _DECLARED, None) if inspect.isroutine(value) else None
        if declaration is not None and declaration not in found:
            found.append(declaration)
    return found


def _declare(word: str, function: Callable[..., Any] | None, said: dict[str, Any]) -> Any:
    if function is not None:
        return _declared(word, function, **said)
    return lambda decorated: _declared(word, decorated, **said)


def _declared(
    word: str,
    function: _F,
    *,
    name: str | None = None,
    effect: EffectMode = "read",
    key: str | None = None,
    check: Check | None = None,
    confirm: str | None = None,
    timeout: float = TIMEOUT,
) -> _F:
    declaration = ActionDeclaration(
        function=function,
        word=word,
        name=name or function.__name__,
        effect=effect,
        key=key,
        check=check,
        confirm=confirm,
        timeout=timeout,
    )
    _record(function, declaration)
    return function


def _record(function: Callable[..., Any], declaration: Declaration) -> None:
    setattr(function, _DECLARED, declaration)
    # A second function of the same name replaces the first in the module, but not in this list:
    # the duplicate is reported instead of lost.
    function.__globals__.setdefault(_DECLARED, []).append(declaration)
