"""What an action returned, as plain JSON values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from pydantic import BaseModel

from frontdesk.effect import Effect, EffectResult
from frontdesk.effects.results import NotPlain, plain


class Size(Enum):
    SMALL = "small"


class Level(IntEnum):
    HIGH = 3


class Item(BaseModel):
    sku: str
    due: date


@dataclass
class Order:
    number: str
    items: list[Item]


class Point(NamedTuple):
    x: int
    y: int


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        ({"a": [1, 2.5, "x"]}, {"a": [1, 2.5, "x"]}),
        ((1, 2), [1, 2]),
        (Point(1, 2), [1, 2]),
        (
            Order("1", [Item(sku="a", due=date(2026, 3, 17))]),
            {"number": "1", "items": [{"sku": "a", "due": "2026-03-17"}]},
        ),
        (datetime(2026, 3, 17, 15, tzinfo=UTC), "2026-03-17T15:00:00+00:00"),
        (time(9, 30), "09:30:00"),
        (timedelta(hours=2), "PT2H"),
        (Decimal("19.90"), 19.9),
        (Decimal("20.00"), 20),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Size.SMALL, "small"),
        (Level.HIGH, 3),
        ({Size.SMALL: 1}, {"small": 1}),
    ],
)
def test_values_become_plain(value: Any, expected: Any) -> None:
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)


def circle() -> list[Any]:
    around: list[Any] = []
    around.append({"again": around})
    return around


def deep() -> list[Any]:
    nested: list[Any] = []
    for _ in range(100):
        nested = [nested]
    return nested


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"price": float("nan")}, "result.price is nan"),
        ([float("inf")], "result[0] is inf"),
        (Decimal("NaN"), "result is NaN"),
        ({"photo": b"x"}, "result.photo is a bytes, which is no JSON; keep the bytes elsewhere"),
        ({"tags": {"a"}}, "result.tags is a set, which is no JSON; return a sorted list"),
        (circle(), "result[0].again contains itself"),
        (deep(), "nested more than 64 levels deep"),
        ({1: "a"}, "result has the key 1; keys must be text"),
        (object(), "result is an object, which is no JSON"),
        (Order, "result is a type, which is no JSON"),
        ("\ud800", "cannot be written as JSON"),
        (2**70, "cannot be written as JSON"),
        ("x" * 300_000, "the result has 292 KiB as JSON; at most 256 are kept"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(value: Any, told: str) -> None:
    with pytest.raises(NotPlain) as raised:
        plain(value)
    assert told in str(raised.value)


def test_the_same_value_twice_is_no_circle() -> None:
    address = {"street": "Rue"}
    assert plain({"from": address, "to": address}) == {"from": address, "to": address}


@pytest.mark.parametrize(
    "result",
    [
        EffectResult.success({"a": [1, None]}),
        EffectResult.failure("raised", "KeyError: 'x'"),
        EffectResult.failure("raised", "FileNotFoundError: caf\udce9"),
        EffectResult(ok=True),
    ],
)
def test_a_result_reads_back_as_it_was_written(result: EffectResult) -> None:
    assert EffectResult.from_json(result.to_json()) == result
    assert EffectResult.from_json(result.to_json()).to_json() == result.to_json()


def test_an_effect_reads_back_as_it_was_written() -> None:
    effect = Effect(name="book", args={"day": "2026-03-17"}, effect="write", timeout=2.5)
    assert Effect.from_json(effect.to_json()) == effect
