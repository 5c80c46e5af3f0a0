"""The Jinja2 environment of authored expressions and texts: typed, sandboxed, bounded, without chance."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from jinja2 import pass_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS as DEFAULT_FILTERS
from jinja2.nodes import Compare
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS as DEFAULT_TESTS

from frontdesk.authoring import formats
from frontdesk.authoring.formats import TextContext, as_instant

MAX_RANGE = 100  # turns of a loop in a text
MAX_SIZE = 10_000  # characters or items an operator may make

AT = "_at"  # where the TextContext stands among a template's variables
SOURCE = "_source"

_FILTERS = """
    abs capitalize count d default dictsort first float groupby int items join last length list lower map max
    min reject rejectattr replace reverse round select selectattr sort string sum title trim truncate unique
    upper wordcount
"""
_TESTS = """
    boolean defined undefined divisibleby eq even false float ge gt in integer iterable le lower lt mapping ne
    none number odd sameas sequence string true upper equalto greaterthan lessthan == != > >= < <=
"""
_METHODS = """
    capitalize casefold count endswith find isalnum isalpha isdigit islower isnumeric isupper lower lstrip
    partition removeprefix removesuffix rstrip split splitlines startswith strip swapcase title upper
    date time isoformat weekday isoweekday total_seconds index
"""
_CALLABLE = frozenset(_METHODS.split())
_CALLABLE_OF = (str, date, timedelta, list, tuple)
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
    "in": lambda left, right: left in right,
    "notin": lambda left, right: left not in right,
}
_NUMBER = (int, float, Decimal)


class Unlike(TypeError):
    """Two values of unlike types were compared or combined."""


class _Code(CodeGenerator):
    """Compares through the environment, so that unlike types are an error and never silently unequal."""

    def visit_Compare(self, node: Compare, frame: Frame) -> None:
        self.write("environment.compare(")
        self.visit(node.expr, frame)
        for each in node.ops:
            self.write(f", {each.op!r}, ")
            self.visit(each.expr, frame)
        self.write(")")


class AuthoredEnvironment(ImmutableSandboxedEnvironment):
    """Jinja2 for authors: an attribute of none is none, what is missing is none."""

    code_generator_class = _Code
    intercepted_binops = frozenset({"+", "-", "*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(autoescape=False, cache_size=0, finalize=_finalize)
        self.filters = {name: DEFAULT_FILTERS[name] for name in _FILTERS.split()} | _FORMATTERS
        self.tests = {name: DEFAULT_TESTS[name] for name in _TESTS.split()}
        self.globals = {
            "today": _today,
            "now": _now,
            "days": _days,
            "open": _open,
            "plural": _plural,
            "range": _range,
        }

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A key of a mapping, or a safe attribute; none when there is none."""
        if obj is None or isinstance(obj, Undefined):
            return None
        if isinstance(obj, Mapping):
            return obj.get(attribute)
        if attribute.startswith("_"):
            raise SecurityError(f"'{attribute}' cannot be used: it starts with an underscore")
        value = getattr(obj, attribute, None)
        if callable(value) and not (attribute in _CALLABLE and isinstance(obj, _CALLABLE_OF)):
            return None
        return value

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An item, none when it is missing or there is nothing to look in."""
        if obj is None or isinstance(obj, Undefined):
            return None
        if isinstance(argument, str) and not isinstance(obj, Mapping):
            return self.getattr(obj, argument)
        try:
            return obj[argument]
        except (LookupError, TypeError):
            return None

    def compare(self, left: Any, *rest: Any) -> bool:
        """`a < b < c`, with days read from their ISO text beside a day."""
        for place in range(0, len(rest), 2):
            word, right = rest[place], rest[place + 1]
            if not _COMPARE[word](*alike(word, left, right)):
                return False
            left = right
        return True

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """`+ - * %` with a bound on what they make."""
        if operator == "**":
            raise Unlike("`**` cannot be used here")
        if operator == "*":
            _bounded_product(left, right)
        if operator == "%" and not isinstance(left, _NUMBER):
            raise Unlike("`%` needs two numbers")
        if operator in "+-":
            left, right = _day_and_span(left, right)
        made = super().call_binop(context, operator, left, right)
        if isinstance(made, (str, list, tuple)) and len(made) > MAX_SIZE:
            raise Unlike(f"a text longer than {MAX_SIZE} characters")
        return made


def alike(word: str, left: Any, right: Any) -> tuple[Any, Any]:
    """Two values ready to compare, or Unlike."""
    kind, other = type(left), type(right)
    if kind is other and kind is not datetime:
        return left, right
    if word in ("in", "notin"):
        if right is None:
            return left, ()
        if isinstance(right, str) and not isinstance(left, str):
            raise Unlike(_unlike(left, right))
        return left, right
    if left is None or right is None:
        if word in ("eq", "ne"):
            return left, right
        raise Unlike(_unlike(left, right))
    if isinstance(left, bool) is not isinstance(right, bool):
        raise Unlike(_unlike(left, right))
    if isinstance(left, _NUMBER) and isinstance(right, _NUMBER):
        return left, right
    if isinstance(left, date) or isinstance(right, date):
        return _instants(left, right)
    if isinstance(left, other) or isinstance(right, kind):
        return left, right
    raise Unlike(_unlike(left, right))


def _instants(left: Any, right: Any) -> tuple[Any, Any]:
    first, second = as_instant(left), as_instant(right)
    if first is None or second is None:
        raise Unlike(_unlike(left, right))
    if not _has_time(left) or not _has_time(right):  # a day and an instant: compare the days
        return first.date(), second.date()
    if (first.tzinfo is None) is not (second.tzinfo is None):
        zone = first.tzinfo or second.tzinfo
        first = first if first.tzinfo else first.replace(tzinfo=zone)
        second = second if second.tzinfo else second.replace(tzinfo=zone)
    return first, second


def _has_time(value: Any) -> bool:
    return isinstance(value, datetime) or (isinstance(value, str) and len(value) > 10)


def _unlike(left: Any, right: Any) -> str:
    return f"{said(left)} and {said(right)} cannot be compared"


def said(value: Any) -> str:
    """A value as a problem names it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, _NUMBER):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {value!r}"
    return "a day" if isinstance(value, date) else "a " + type(value).__name__


def _day_and_span(left: Any, right: Any) -> tuple[Any, Any]:
    if isinstance(left, str) and isinstance(right, (timedelta, date)):
        left = _read_day(left)
    elif isinstance(right, str) and isinstance(left, (timedelta, date)):
        right = _read_day(right)
    return left, right


def _read_day(text: str) -> Any:
    found = as_instant(text)
    return text if found is None else found if len(text) > 10 else found.date()


def _bounded_product(left: Any, right: Any) -> None:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, (str, list, tuple)) and isinstance(other, int) and len(one) * other > MAX_SIZE:
            raise Unlike(f"a text longer than {MAX_SIZE} characters")
        if isinstance(one, int) and isinstance(other, int) and one.bit_length() + other.bit_length() > 256:
            raise Unlike("a number this large")


@pass_context
def _finalize(context: Context, value: Any) -> str:
    at: TextContext = context.parent[AT]
    if value is None or isinstance(value, Undefined):
        if at.gap is not None:
            at.gap(context.parent[SOURCE])
        return ""
    return formats.printed(value, at)


@pass_context
def _today(context: Context) -> date:
    at: TextContext = context.parent[AT]
    return at.now.date()


@pass_context
def _now(context: Context) -> datetime:
    at: TextContext = context.parent[AT]
    return at.now


@pass_context
def _open(context: Context, hours: str) -> bool:
    at: TextContext = context.parent[AT]
    return at.open(hours)


@pass_context
def _plural(context: Context, n: Any, **forms: Any) -> str:
    return formats.plural(n, context.parent[AT], forms)


def _days(n: Any) -> timedelta:
    if not isinstance(n, (int, float)) or abs(n) > 100_000:
        raise Unlike("days(n) needs a number of days")
    return timedelta(days=n)


def _range(*bounds: Any) -> range:
    if not all(isinstance(bound, int) for bound in bounds) or len(made := range(*bounds)) > MAX_RANGE:
        raise Unlike(f"range() gives at most {MAX_RANGE} numbers")
    return made


def _formatter(format_value: Callable[..., str]) -> Callable[..., Any]:
    @pass_context
    def apply(context: Context, value: Any, *given: Any, **named: Any) -> str | None:
        return None if value is None else format_value(value, context.parent[AT], *given, **named)

    return apply


_FORMATTERS: dict[str, Callable[..., Any]] = {
    "date": _formatter(formats.format_day),
    "time": _formatter(formats.format_clock),
    "datetime": _formatter(formats.format_instant),
    "number": _formatter(formats.format_number),
    "currency": _formatter(formats.format_money),
    "percent": _formatter(formats.format_share),
}
