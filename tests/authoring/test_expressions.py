"""Expressions give typed values, texts read like their language, and neither can do harm."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.authoring.expressions import ExpressionError, TextContext, expression, read, text

ORDER = {"id": "1042", "total": 12.5, "day": "2026-03-01", "items": [1, 2], "sent": True, "none": None}
VALUES = {"order": ORDER, "pickup": "2026-03-17", "name": "Zoë", "n": 3, "empty": None}


def at(language: str = "en") -> TextContext:
    now = datetime(2026, 3, 11, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))
    return TextContext(now=now, language=language, open=lambda hours: hours == "office")


GIVES: list[tuple[str, Any]] = [
    ("1 + 1", 2),
    ("order is none", False),
    ("empty is none", True),
    ("missing is none", True),
    ("empty.anything.at.all", None),
    ("empty[3]", None),
    ("order.nothing", None),
    ("order.nothing.more is none", True),
    ("order['id']", "1042"),
    ("order.items", [1, 2]),  # a key of the data, never a method of the mapping
    ("order.items[0]", 1),
    ("order.items[9]", None),
    ("order.items|length", 2),
    ("order.keys", None),
    ("order.none == none", True),
    ("order.id == '1042'", True),
    ("order.total > 10", True),
    ("order.total > 10 and order.sent", True),
    ("1 < 2 < 3", True),
    ("3 > n", False),
    ("name == 'Zoë'", True),
    ("name|upper", "ZOË"),
    ("name.startswith('Z')", True),
    ("'o' in name", True),
    ("'x' in empty", False),
    ("1 in order.items", True),
    ("3 not in order.items", True),
    ("not empty", True),
    ("empty or 'else'", "else"),
    ("empty|default('else', true)", "else"),
    ("'a' if order.sent else 'b'", "a"),
    ("[1, 2]|sum", 3),
    ("{'a': 1}.a", 1),
    ("value is none", True),
    ("today()", date(2026, 3, 11)),
    ("today() + days(2)", date(2026, 3, 13)),
    ("pickup > today()", True),
    ("pickup >= today() + days(6)", True),
    ("pickup == '2026-03-17'", True),
    ("pickup + days(1)", date(2026, 3, 18)),
    ("(pickup - today()).days", 6),
    ("pickup - today() < days(7)", True),
    ("order.day < pickup", True),
    ("now() > order.day", True),
    ("now().hour", 10),
    ("open('office')", True),
    ("open('night')", False),
    ("plural(1, one='one', other='{n} of them')", "one"),
    ("plural(2000, one='one', other='{n} of them')", "2,000 of them"),
    ("pickup|date", "March 17, 2026"),
    ("order.total|currency('EUR')", "€12.50"),
    ("empty|date", None),
]

FAILS: list[tuple[str, str]] = [
    ("1 < 'a'", "the number 1 and the text 'a' cannot be compared"),
    ("order.id == 1042", "the text '1042' and the number 1042 cannot be compared"),
    ("empty > 3", "none and the number 3 cannot be compared"),
    ("1 == true", "the number 1 and true or false cannot be compared"),
    ("pickup > 3", "the text '2026-03-17' and the number 3 cannot be compared"),
    ("today() > 'soon'", "a day and the text 'soon' cannot be compared"),
    ("order.total in 'abc'", "the number 12.5 and the text 'abc' cannot be compared"),
    ("empty()", "it calls something that is not there"),
    ("order.items.append(3)", "it calls something that is not there"),
    ("1 / 0", "division by zero"),
    ("name.__class__", "'__class__' cannot be used: it starts with an underscore"),
    ("name['__class__']", "'__class__' cannot be used: it starts with an underscore"),
    ("'{0.__class__}'.format(name)", "it calls something that is not there"),
    ("'a'.ljust(999999999)", "it calls something that is not there"),
    ("'%0999999d' % 1", "`%` needs two numbers"),
    ("'a' * 100000", "a text longer than 10000 characters"),
    ("[1] * 100000", "a text longer than 10000 characters"),
    ("10 ** 10", "`**` cannot be used here"),
    ("range(1000)|list", "range() gives at most 100 numbers"),
    ("days('x')", "days(n) needs a number of days"),
]


@pytest.mark.parametrize(("source", "value"), GIVES)
def test_gives(source: str, value: Any) -> None:
    assert expression(source).evaluate(VALUES, at()) == value


@pytest.mark.parametrize(("source", "problem"), FAILS)
def test_fails_with_a_sentence(source: str, problem: str) -> None:
    compiled = expression(source)
    with pytest.raises(ExpressionError) as raised:
        compiled.evaluate(VALUES, at())
    assert str(raised.value) == f"`{source}`: {problem}"


CANNOT_BE_READ: list[tuple[str, str]] = [
    ("a ==", "it ends too early"),
    ("a b", "'b' stands where the end should be"),
    ("a = b", "'=' stands where the end should be"),
    ("a.b(", "it ends too early"),
    ("", "it ends too early"),
    ("a|nosuch", "no filter named 'nosuch'"),
    ("a|random", "no filter named 'random'"),
    ("a is nosuch", "no test named 'nosuch'"),
    ("x" * 20_001, "it is longer than 20000 characters"),
]


@pytest.mark.parametrize(("source", "problem"), CANNOT_BE_READ, ids=range(len(CANNOT_BE_READ)))
def test_is_refused_at_load(source: str, problem: str) -> None:
    assert read(source, is_text=False).error == problem
    with pytest.raises(ExpressionError):
        expression(source)


def test_knows_its_names() -> None:
    found = read("order.id == name and open('office') and today() > x|date", is_text=False)
    assert sorted(found.names) == ["name", "order", "x"]
    assert sorted(found.hours) == ["office"]
    assert read("{% for i in items %}{{ i }}{{ j }}{% endfor %}", is_text=True).names == {"items", "j"}


RENDERS: list[tuple[str, str, str]] = [
    ("en", "Order {{ order.id }}", "Order 1042"),
    ("en", "{{ today() }}", "March 11, 2026"),
    ("fr", "{{ today() }}", "11 mars 2026"),
    ("es", "{{ today() }}", "11 de marzo de 2026"),
    ("fr", "{{ pickup|date('EEEE d MMMM') }}", "mardi 17 mars"),
    ("fr", "{{ '2026-05-01'|date('EEEE d MMMM') }}", "vendredi 1er mai"),
    ("fr", "{{ '2026-11-01'|date }} {{ '2026-11-01'|date('d/MM') }}", "1er novembre 2026 1/11"),
    ("en", "{{ '2026-05-01'|date('EEEE d MMMM') }}", "Friday 1 May"),
    ("en", "{{ now()|time }}", "10:00\u202fAM"),
    ("fr", "{{ now()|time }}", "10:00"),
    ("fr", "{{ now()|datetime }}", "11 mars 2026, 10:00"),
    ("en", "{{ order.total }}", "12.5"),
    ("fr", "{{ order.total }}", "12,5"),
    ("fr", "{{ order.total|currency('EUR') }}", "12,50\xa0€"),
    ("fr", "{{ 1234567.5|number }}", "1\u202f234\u202f567,5"),
    ("en", "{{ 0.15|percent }}", "15%"),
    ("fr", "{{ 0.155|percent(1) }}", "15,5\xa0%"),
    ("fr", "{{ plural(0, one='{n} jour', other='{n} jours') }}", "0 jour"),
    ("en", "{{ plural(0, one='{n} day', other='{n} days') }}", "0 days"),
    ("en", "{{ order.items }}", "1, 2"),
    ("en", "{{ n }} {{ order.sent }}", "3 true"),
    ("en", "<b>{{ name }}</b> & co", "<b>Zoë</b> & co"),
    ("en", "{% if n > 2 %}many{% else %}few{% endif %}\n", "many"),
    ("xx", "{{ today() }}", "March 11, 2026"),
    ("en", "  plain { text } ", "plain { text }"),
]


@pytest.mark.parametrize(("language", "source", "said"), RENDERS)
def test_reads_like_its_language(language: str, source: str, said: str) -> None:
    assert text(source).render(VALUES, at(language)) == said


def test_a_gap_is_told() -> None:
    told: list[str] = []
    context = TextContext(now=at().now, language="en", open=lambda hours: True, gap=told.append)
    assert text("Hello {{ empty }}!").render(VALUES, context) == "Hello !"
    assert told == ["Hello {{ empty }}!"]


def test_typed_names_are_converted_before_use() -> None:
    convert = {"pickup": date.fromisoformat}
    assert expression("pickup.year", convert).evaluate(VALUES, at()) == 2026
    assert text("{{ pickup }}", convert).render(VALUES, at("fr")) == "17 mars 2026"


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
COMPILED = [expression(f"a {word} b") for word in ("==", "!=", "<", ">=", "in", "not in", "+", "-", "*", "~")]


@given(json | st.timedeltas(timedelta(-9), timedelta(9)), json)
def test_any_two_values_give_a_value_or_an_expression_error(a: Any, b: Any) -> None:
    for each in COMPILED:
        try:
            each.evaluate({"a": a, "b": b}, at())
        except ExpressionError:
            continue


@given(st.text(alphabet="ab.()[]{}|'\"=<>%! -~+*,0", max_size=30))
def test_reading_never_raises(source: str) -> None:
    for is_text in (False, True):
        if not read(source, is_text=is_text).error:
            (text if is_text else expression)(source)
