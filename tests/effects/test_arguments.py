"""What a dialog gives, as the function gets it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Running

Shop = Callable[[str], Running]

ECHO = """
from __future__ import annotations
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal
from pydantic import BaseModel, Field
from frontdesk import action

class Size(Enum):
    SMALL = "small"

class Item(BaseModel):
    sku: str
    count: int = 1

@dataclass
class Address:
    street: str

@action
def echo({}):
    return repr(x)
"""


@pytest.mark.parametrize(
    ("annotation", "given", "got"),
    [
        ("x: date", "2026-03-17", "datetime.date(2026, 3, 17)"),
        ("x: datetime", "2026-03-17T15:00", "datetime.datetime(2026, 3, 17, 15, 0)"),
        ("x: Decimal", "19.90", "Decimal('19.90')"),
        ("x: int", 4, "4"),
        ("x: int", "4", "4"),
        ("x: str", 1042, "'1042'"),
        ("x: str | None", None, "None"),
        ("x: str = 'none given'", None, "'none given'"),
        ("x: Size", "small", "<Size.SMALL: 'small'>"),
        ("x: Item", {"sku": "a"}, "Item(sku='a', count=1)"),
        ("x: list[Item]", [{"sku": "a"}], "[Item(sku='a', count=1)]"),
        ("x: Address", {"street": "Rue"}, "Address(street='Rue')"),
        ("x: Annotated[int, Field(gt=3)]", 4, "4"),
        ("x", {"any": [1]}, "{'any': [1]}"),
    ],
)
async def test_an_argument_is_converted_by_its_annotation(
    shop: Shop, annotation: str, given: Any, got: str
) -> None:
    result = await shop(ECHO.format(annotation)).call("echo", x=given)
    assert (result.code, result.value) == ("ok", got)


async def test_a_default_is_used_when_nothing_is_given(shop: Shop) -> None:
    assert (await shop(ECHO.format("x: int = 7")).call("echo")).value == "7"


@pytest.mark.parametrize(
    ("annotation", "given", "told"),
    [
        ("x: date", {"x": "tomorrow"}, "echo: x: input should be a valid date"),
        ("x: int", {}, "echo: x: missing"),
        ("x: int", {"x": 1, "y": 2}, "echo: y: there is no such argument"),
        ("x: str", {"x": None}, "echo: x: input should be a valid string, not None"),
        ("x: str", {"x": True}, "echo: x: input should be a valid string, not True"),
        ("x: Item", {"x": {"sku": "a", "count": "many"}}, "echo: x: count: input should be a valid integer"),
        ("x: Literal['a', 'b']", {"x": "c"}, "echo: x: input should be 'a' or 'b', not 'c'"),
    ],
)
async def test_a_wrong_argument_is_told_and_nothing_is_called(
    shop: Shop, annotation: str, given: dict[str, Any], told: str
) -> None:
    result = await shop(ECHO.format(annotation)).call("echo", **given)
    assert (result.ok, result.code) == (False, "bad_args")
    assert result.error.startswith(told)


async def test_every_wrong_argument_is_named(shop: Shop) -> None:
    running = shop("from frontdesk import action\n@action\ndef f(a: int, b: int): ...\n")
    assert (await running.call("f", a="x", c=1)).error.count(";") == 2
