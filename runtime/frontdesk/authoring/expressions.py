"""Expressions and texts: compiled once, evaluated with a session's values, names known at load."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from jinja2 import TemplateSyntaxError, meta, nodes
from jinja2.environment import Template, TemplateExpression
from jinja2.exceptions import TemplateError
from jinja2.parser import Parser
from jinja2.runtime import Undefined

from frontdesk.authoring.formats import TextContext
from frontdesk.authoring.sandbox import AT, SOURCE, AuthoredEnvironment
from frontdesk.errors import FrontdeskError

__all__ = ["Expression", "ExpressionError", "Reading", "Text", "TextContext", "expression", "read", "text"]

MAX_SOURCE = 20_000  # characters of one text

_ENVIRONMENT = AuthoredEnvironment()

FUNCTIONS = frozenset(_ENVIRONMENT.globals)
FILTERS = frozenset(_ENVIRONMENT.filters)


class ExpressionError(FrontdeskError):
    """An expression or text could not be evaluated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an expression or a text needs, known without evaluating it."""

    names: frozenset[str] = frozenset()  # every name it looks up
    filters: frozenset[str] = frozenset()
    tests: frozenset[str] = frozenset()
    hours: frozenset[str] = frozenset()  # literal arguments of open()
    error: str = ""  # why it cannot be compiled
    error_line: int = 0  # counted from 0 inside the source


@lru_cache(maxsize=8192)
def read(source: str, *, is_text: bool) -> Reading:
    """Parse a source and say what it needs; never raises."""
    if len(source) > MAX_SOURCE:
        return Reading(error=f"it is longer than {MAX_SOURCE} characters")
    try:
        tree = _ENVIRONMENT.parse(source) if is_text else _parse_expression(source)
        names = meta.find_undeclared_variables(tree)
    except TemplateSyntaxError as error:
        return Reading(error=_plain(error), error_line=(error.lineno or 1) - 1)
    except (TemplateError, RecursionError, ValueError) as error:
        return Reading(error=str(error) or "it is nested too deep")
    return Reading(
        names=frozenset(names),
        filters=frozenset(each.name for each in tree.find_all(nodes.Filter)),
        tests=frozenset(each.name for each in tree.find_all(nodes.Test)),
        hours=frozenset(_literal_hours(tree)),
    )


def _parse_expression(source: str) -> nodes.Template:
    parser = Parser(_ENVIRONMENT, source, state="variable")
    found = parser.parse_expression()
    if not parser.stream.eos:
        raise TemplateSyntaxError(f"'{parser.stream.current.value}' stands where the end should be", 1)
    body: list[nodes.Node] = [nodes.Assign(nodes.Name("result", "store"), found, lineno=1)]
    tree = nodes.Template(body, lineno=1)
    tree.set_environment(_ENVIRONMENT)
    return tree


def _literal_hours(tree: nodes.Template) -> list[str]:
    calls = [each for each in tree.find_all(nodes.Call) if isinstance(each.node, nodes.Name)]
    first = [each.args[0] for each in calls if each.node.name == "open" and each.args]  # type: ignore[attr-defined]
    return [str(each.value) for each in first if isinstance(each, nodes.Const)]


_PLAIN = (
    ("unexpected 'end of template'", "it ends too early"),
    ("unexpected end of template", "it ends too early"),
    ("unexpected char", "it has a character that does not belong here:"),
    ("Expected an expression, got 'end of print statement'", "there is nothing between {{ and }}"),
    ("expected token 'end of print statement', got", "`}}` was expected before"),
    ("expected token", "it needs"),
    ("Encountered unknown tag", "there is no tag"),
)


def _plain(error: TemplateSyntaxError) -> str:
    said = str(error.message or error)
    for wrote, plain in _PLAIN:
        if said.startswith(wrote):
            return (plain + said[len(wrote) :]).rstrip(". ")
    return said[:1].lower() + said[1:].rstrip(".")


Convert = Mapping[str, Callable[[Any], Any]]
"""How some names are typed before use, e.g. a slot of type date."""


@dataclass(slots=True)
class _Compiled:
    """What expressions and texts share: their names, and the variables of one evaluation."""

    source: str
    convert: Convert = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def variables(self, values: Mapping[str, Any], at: TextContext) -> dict[str, Any]:
        made: dict[str, Any] = {**_ENVIRONMENT.globals, AT: at, SOURCE: self.source}
        for name in self.names:
            value = values.get(name)
            if value is not None and name in self.convert:
                value = self.convert[name](value)
            made[name] = value
        return made

    def context(self, values: Mapping[str, Any], at: TextContext) -> Any:
        return _ENVIRONMENT.context_class(_ENVIRONMENT, self.variables(values, at), None, {})


@dataclass(slots=True)
class Expression(_Compiled):
    """One expression, ready to give a typed value."""

    _root: Any = None

    def evaluate(self, values: Mapping[str, Any], at: TextContext) -> Any:
        """The value; raises ExpressionError when types do not go together."""
        context = self.context(values, at)
        try:
            for _ in self._root(context):
                pass
        except Exception as error:  # authored code may fail in any way; the dialog takes the false branch
            raise ExpressionError(f"`{self.source}`: {_said(error)}") from error
        result = context.vars["result"]
        return None if isinstance(result, Undefined) else result


@dataclass(slots=True)
class Text(_Compiled):
    """One text, ready to be rendered."""

    _root: Any = None

    def render(self, values: Mapping[str, Any], at: TextContext) -> str:
        """The text with its placeholders filled; raises ExpressionError."""
        if self._root is None:
            return self.source
        try:
            return "".join(self._root(self.context(values, at))).strip()
        except Exception as error:
            raise ExpressionError(f"`{self.source}`: {_said(error)}") from error


def expression(source: str, convert: Convert | None = None) -> Expression:
    """Compile an expression; raises ExpressionError when it is none."""
    reading = _must_read(source, is_text=False)
    try:
        compiled: TemplateExpression = _ENVIRONMENT.compile_expression(source, undefined_to_none=False)
    except TemplateError as error:
        raise ExpressionError(f"`{source}`: {error}") from error
    root = compiled._template.root_render_func
    return Expression(source, convert or {}, tuple(reading.names), root)


def text(source: str, convert: Convert | None = None) -> Text:
    """Compile a text; raises ExpressionError when it cannot be."""
    if "{" not in source:
        return Text(source.strip())
    reading = _must_read(source, is_text=True)
    try:
        compiled: Template = _ENVIRONMENT.from_string(source)
    except TemplateError as error:
        raise ExpressionError(f"`{source}`: {error}") from error
    return Text(source, convert or {}, tuple(reading.names), compiled.root_render_func)


def _must_read(source: str, *, is_text: bool) -> Reading:
    reading = read(source, is_text=is_text)
    if reading.error:
        raise ExpressionError(f"`{source}`: {reading.error}")
    return reading


def _said(error: Exception) -> str:
    words = str(error)
    if isinstance(error, TypeError) and "NoneType" in words and "callable" in words:
        return "it calls something that is not there"
    return words.splitlines()[0] if words else type(error).__name__
