"""A desk's actions and tools: one registry, filled from the desk's own Python files.

What one does with it:

    registry = ActionRegistry.load(Path("."))          # every problem at once, as an AuthoringError
    registry.describe("find_order").parameters         # what a step may give with `with:`
    registry.override(ShopClient, FakeShop())          # in a test
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from frontdesk.clock import Clock
from frontdesk.effect import ActionDescription, EffectMode, IdempotencyKey
from frontdesk.effects.arguments import BadArguments, BadSignature, Signature, read_signature
from frontdesk.effects.declare import (
    ActionDeclaration,
    Declaration,
    Now,
    ProviderDeclaration,
    action,
    declared_in,
    provider,
    tool,
)
from frontdesk.effects.loading import importable_as, load_module, place_of, python_files
from frontdesk.effects.providers import (
    NOW,
    PER_CALL,
    OpenProviders,
    Provider,
    http_client,
    provide_http,
    provided_by,
    read_provider,
)
from frontdesk.errors import AuthoringError, Problem
from frontdesk.users import MessagingUser

__all__ = ["Action", "ActionRegistry", "Now", "action", "provider", "tool"]

_SAFEGUARDS = (
    'Say how doing it twice is avoided: key="idempotency" with an IdempotencyKey argument, '
    'check="NAME OF A READ ACTION" that tells whether it happened, or confirm="customer".'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action or tool, ready to be called."""

    name: str
    function: Callable[..., Any]
    signature: Signature
    effect: EffectMode
    key: str | None
    check: Action | None  # after a crash it tells whether this write happened
    confirm: str | None
    timeout: float
    place: str

    @property
    def is_async(self) -> bool:
        return inspect.iscoroutinefunction(self.function)

    def describe(self) -> ActionDescription:
        return ActionDescription(
            name=self.name,
            effect=self.effect,
            about=inspect.getdoc(self.function) or "",
            confirm=self.confirm,
            timeout=self.timeout,
            parameters=self.signature.parameters,
            place=self.place,
            refuses=self._refuses,
        )

    def _refuses(self, given: Mapping[str, Any]) -> str:
        try:
            self.signature.convert(given)
        except BadArguments as error:
            return str(error)
        return ""


class ActionRegistry:
    """The actions, tools and providers of one desk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.actions: dict[str, Action] = {}
        self.providers: dict[Any, Provider] = {}
        self.overrides: dict[Any, Any] = {}
        self.problems: list[Problem] = []
        self._served: list[Any] = list(PER_CALL)  # the types an argument may ask for

    @classmethod
    def read(cls, root: Path) -> ActionRegistry:
        """Everything the desk's Python declares; what is wrong is in `problems`."""
        registry = cls(root)
        declarations = registry._run_files()
        registry._add_providers([one for one in declarations if isinstance(one, ProviderDeclaration)])
        registry._add_actions([one for one in declarations if isinstance(one, ActionDeclaration)])
        return registry

    @classmethod
    def load(cls, root: Path) -> ActionRegistry:
        """As `read`, but any problem is an `AuthoringError` that lists all of them."""
        registry = cls.read(root)
        if registry.problems:
            raise AuthoringError(registry.problems)
        return registry

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.actions)

    @property
    def described(self) -> dict[str, ActionDescription]:
        """What a caller may know of each of them."""
        return {name: one.describe() for name, one in self.actions.items()}

    def describe(self, name: str) -> ActionDescription | None:
        """What a caller may know of an action; None: there is none of this name."""
        found = self.actions.get(name)
        return None if found is None else found.describe()

    def override(self, kind: Any, value: Any) -> None:
        """From now on, whoever asks for `kind` gets `value`. For tests."""
        key = NOW if kind is Now else kind
        if not any(key is one for one in self._served):
            known = ", ".join(sorted(_name(one) for one in self.providers))
            raise LookupError(f"nothing provides {kind}; the desk provides: {known or 'nothing'}")
        self.overrides[key] = value

    def open_providers(self, clock: Clock) -> OpenProviders:
        """The providers of a running desk; nothing is opened before it is asked for."""
        return OpenProviders(self.providers, self.overrides, clock)

    def _run_files(self) -> list[Declaration]:
        declarations: list[Declaration] = []
        with importable_as("desk") as use_as_desk:
            for path in python_files(self.root):
                module = load_module(self.root, path)
                if isinstance(module, Problem):
                    self.problems.append(module)
                    continue
                declarations += [one for one in declared_in(module) if one not in declarations]
                if path.name == "desk.py":
                    use_as_desk(module)
        return declarations

    def _add_providers(self, declarations: list[ProviderDeclaration]) -> None:
        if http_client() is not None:
            self.providers[http_client()] = provide_http()
        functions: dict[Any, Callable[..., Any]] = {}
        for declaration in declarations:
            try:
                gives = provided_by(declaration.function)
            except BadSignature as error:
                self._unusable(declaration.function, "provider", error)
                continue
            if gives in functions:
                self._duplicate(declaration.function, functions[gives], f"two providers give {_name(gives)}")
            functions.setdefault(gives, declaration.function)
        self._served = [*self.providers, *functions, *PER_CALL]
        served = [one for one in self._served if one not in (MessagingUser, IdempotencyKey)]
        for gives, function in functions.items():
            self._add_provider(gives, function, served)
        self._refuse_circles()

    def _add_provider(self, gives: Any, function: Callable[..., Any], served: list[Any]) -> None:
        try:
            self.providers[gives] = read_provider(function, served)
        except BadSignature as error:
            self._unusable(function, "provider", error)

    def _refuse_circles(self) -> None:
        for gives, one in list(self.providers.items()):
            if _reaches(self.providers, gives, gives, set()):
                self._unusable(one.function, "provider", BadSignature("it needs itself, by way of others."))
                del self.providers[gives]

    def _add_actions(self, declarations: list[ActionDeclaration]) -> None:
        first: dict[str, ActionDeclaration] = {}
        for declaration in declarations:
            name = declaration.name
            if name in first:
                what = f"{declaration.word} '{name}' exists twice; names are shared by the whole desk"
                self._duplicate(declaration.function, first[name].function, what)
            first.setdefault(name, declaration)
        for declaration in sorted(first.values(), key=lambda one: one.effect == "write"):  # checks are reads
            self._add_action(declaration)

    def _add_action(self, declaration: ActionDeclaration) -> None:
        path, line = place_of(self.root, declaration.function)
        try:
            _refuse_wrong_words(declaration)
            signature = read_signature(declaration.function, self._served)
            _refuse_unsafe_write(declaration, signature)
            self.actions[declaration.name] = Action(
                name=declaration.name,
                function=declaration.function,
                signature=signature,
                effect=declaration.effect,
                key=declaration.key,
                check=self._check_of(declaration, signature),
                confirm=declaration.confirm,
                timeout=float(declaration.timeout),
                place=f"{path}:{line}",
            )
        except BadSignature as error:
            self._unusable(declaration.function, declaration.word, error, declaration.name)

    def _check_of(self, declaration: ActionDeclaration, signature: Signature) -> Action | None:
        """The action that tells whether a write happened; it is given the write's own arguments."""
        if declaration.check is None:
            return None
        by_name = isinstance(declaration.check, str)
        found = self._named_check(declaration) if by_name else self._own_check(declaration)
        offered = {parameter.name for parameter in signature.parameters}
        lacking = [one.name for one in found.signature.parameters if one.required and one.name not in offered]
        if lacking:
            needs = ", ".join(lacking)
            raise BadSignature(f"its check '{found.name}' needs {needs}, which the write is not given.")
        return found

    def _named_check(self, declaration: ActionDeclaration) -> Action:
        found = self.actions.get(str(declaration.check))
        if found is not None and found.effect == "read":
            return found
        reads = [name for name, one in self.actions.items() if one.effect == "read"]
        near = get_close_matches(str(declaration.check), reads)
        meant = f" Did you mean '{near[0]}'?" if near else ""
        raise BadSignature(f"its check '{declaration.check}' is no read action of this desk.{meant}")

    def _own_check(self, declaration: ActionDeclaration) -> Action:
        function = declaration.check
        assert callable(function)
        path, line = place_of(self.root, function)
        return Action(
            name=_name(function),
            function=function,
            signature=read_signature(function, self._served),
            effect="read",
            key=None,
            check=None,
            confirm=None,
            timeout=float(declaration.timeout),
            place=f"{path}:{line}",
        )

    def _problem(self, function: Callable[..., Any], message: str, hint: str = "") -> None:
        path, line = place_of(self.root, function)
        self.problems.append(Problem(path=path, line=line, message=message, hint=hint))

    def _unusable(self, function: Callable[..., Any], word: str, why: Exception, name: str = "") -> None:
        self._problem(function, f"{word} '{name or _name(function)}' cannot be used: {why}")

    def _duplicate(self, second: Callable[..., Any], first: Callable[..., Any], message: str) -> None:
        path, line = place_of(self.root, first)
        self._problem(second, f"{message}: the other one is at {path}:{line}.", "Rename one of the two.")


def _name(thing: Any) -> str:
    return getattr(thing, "__name__", None) or str(thing)


def _reaches(providers: dict[Any, Provider], start: Any, goal: Any, seen: set[Any]) -> bool:
    for kind in providers[start].needs.values() if start in providers else ():
        if kind is goal:
            return True
        if kind not in seen and _reaches(providers, kind, goal, seen | {kind}):
            return True
    return False


def _refuse_wrong_words(declaration: ActionDeclaration) -> None:
    _one_of("effect", declaration.effect, ("read", "write"))
    _one_of("key", declaration.key, (None, "idempotency"))
    _one_of("confirm", declaration.confirm, (None, "customer"))
    timeout: object = declaration.timeout  # what an untyped desk wrote may be anything
    if not isinstance(timeout, (int, float)) or timeout <= 0:
        raise BadSignature(f"timeout is in seconds and more than 0, not {timeout!r}.")
    check: object = declaration.check
    if not (check is None or isinstance(check, str) or callable(check)):
        raise BadSignature("check is the name of a read action, or a function.")


def _one_of(field: str, value: Any, allowed: Iterable[Any]) -> None:
    if value not in allowed:
        raise BadSignature(f"{field}={value!r} means nothing; it can be {' or '.join(map(repr, allowed))}.")


def _refuse_unsafe_write(declaration: ActionDeclaration, signature: Signature) -> None:
    takes_key = any(kind is IdempotencyKey for kind in signature.provided.values())
    if declaration.key is not None and not takes_key:
        raise BadSignature('key="idempotency" needs an argument annotated IdempotencyKey, to be passed on.')
    if declaration.effect == "write" and not (declaration.key or declaration.check or declaration.confirm):
        raise BadSignature(f"it writes, and nothing keeps it from happening twice. {_SAFEGUARDS}")
