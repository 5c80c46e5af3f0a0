"""What a function is called with: arguments from the caller, and what providers fill in.

A signature is read once, when the desk is loaded. An argument whose annotation a provider serves is
hidden from callers; every other one must be readable from JSON.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError, PydanticUserError

from frontdesk.effect import Parameter

_AS_TEXT = ConfigDict(coerce_numbers_to_str=True)  # a slot may hold 1042 where the function wants "1042"


class BadArguments(Exception):
    """What a caller gave does not fit the function."""


class BadSignature(Exception):
    """A function cannot be called by the desk as it is written."""


@dataclass(frozen=True, slots=True)
class _Given:
    """An argument that comes from the caller."""

    name: str
    adapter: TypeAdapter[Any]
    required: bool
    takes_none: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """A function's arguments, compiled."""

    given: tuple[_Given, ...]
    provided: Mapping[str, Any]  # argument -> the type (or marker) whose provider fills it
    parameters: tuple[Parameter, ...]

    def convert(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The caller's JSON values as the function wants them; every wrong one is named."""
        known = {one.name for one in self.given}
        wrong = [f"{name}: there is no such argument" for name in values if name not in known]
        converted = {}
        for one in self.given:
            try:
                if _is_given(one, values):
                    converted[one.name] = one.adapter.validate_python(values[one.name])
                elif one.required:
                    wrong.append(f"{one.name}: missing")
            except ValidationError as error:
                wrong.append(f"{one.name}: {_first(error)}")
        if wrong:
            raise BadArguments("; ".join(wrong))
        return converted


def read_signature(function: Callable[..., Any], served: Collection[Any]) -> Signature:
    """Compile a function's arguments. `served`: the types for which there is a provider."""
    hints = type_hints(function)
    given: list[_Given] = []
    parameters: list[Parameter] = []
    provided: dict[str, Any] = {}
    for one in inspect.signature(function).parameters.values():
        _refuse_unnamed(one)
        hint = hints.get(one.name, Any)
        asks = provided_type(hint, served)
        if asks is not None:
            provided[one.name] = asks
            continue
        compiled, parameter = _from_caller(one, hint)
        given.append(compiled)
        parameters.append(parameter)
    return Signature(tuple(given), provided, tuple(parameters))


def type_hints(function: Callable[..., Any]) -> dict[str, Any]:
    """A function's annotations as types."""
    try:
        return get_type_hints(function, include_extras=True)
    except Exception as error:
        raise BadSignature(
            f"its annotations cannot be read: {error}. "
            "Import what they name at run time, not only under TYPE_CHECKING."
        ) from error


def provided_type(hint: Any, served: Collection[Any]) -> Any:
    """The served type that an annotation asks for, or None. `X | None` asks for X."""
    if get_origin(hint) is Annotated:
        arguments = get_args(hint)
        return next((one for one in (*arguments[1:], arguments[0]) if _is_in(one, served)), None)
    if get_origin(hint) in (Union, types.UnionType):
        options = [one for one in get_args(hint) if one is not type(None)]
        return provided_type(options[0], served) if len(options) == 1 else None
    return hint if _is_in(hint, served) else None


def _is_in(hint: Any, served: Collection[Any]) -> bool:
    return any(hint is one for one in served)


def _refuse_unnamed(parameter: inspect.Parameter) -> None:
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
        raise BadSignature(f"its argument '{parameter}' has no name a caller could give; name each argument.")


def _from_caller(parameter: inspect.Parameter, hint: Any) -> tuple[_Given, Parameter]:
    required = parameter.default is parameter.empty
    try:
        adapter = _adapter(hint)
        schema = adapter.json_schema()
    except (PydanticSchemaGenerationError, PydanticInvalidForJsonSchema, PydanticUserError) as error:
        raise BadSignature(
            f"its argument '{parameter.name}' is {_name(hint)}, which a dialog cannot give. "
            "Write a @provider that returns it in desk.py, or use a type that JSON can carry."
        ) from error
    given = _Given(parameter.name, adapter, required, _takes_none(adapter))
    return given, Parameter(name=parameter.name, required=required, schema=schema)


def _adapter(hint: Any) -> TypeAdapter[Any]:
    try:
        return TypeAdapter(hint, config=_AS_TEXT)
    except PydanticUserError as error:
        if error.code != "type-adapter-config-unused":  # models and dataclasses bring their own
            raise
        return TypeAdapter(hint)


def _takes_none(adapter: TypeAdapter[Any]) -> bool:
    try:
        adapter.validate_python(None)
    except ValidationError:
        return False
    return True


def _is_given(one: _Given, values: Mapping[str, Any]) -> bool:
    """An unset slot is none; where the function has a default instead, that is what is meant."""
    if one.name not in values:
        return False
    return values[one.name] is not None or one.required or one.takes_none


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    inside = ".".join(str(part) for part in first["loc"])
    text = f"{first['msg'][:1].lower()}{first['msg'][1:]}, not {first['input']!r:.60}"
    return f"{inside}: {text}" if inside else text


def _name(hint: Any) -> str:
    return getattr(hint, "__qualname__", None) or str(hint)
