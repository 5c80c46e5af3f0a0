"""What the shop can look up and do. In a real one, `Shop` would be a client of its own systems."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TypeVar

from frontdesk import IdempotencyKey, Now, action, provider

ORDERS = Path(__file__).with_name("orders.csv")
RETURNABLE = 30  # days after delivery
LANGUAGES = ("en", "fr", "es")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer may know of an order by its number alone: nothing of who ordered it."""

    id: str
    item: dict[str, str]  # what was ordered, by language
    pieces: int
    total: Decimal
    status: str  # processing | on_its_way | out_for_delivery | delivered | returned | cancelled
    day: date  # on which that happened, or it will arrive
    too_late: bool  # to be returned


@dataclass(frozen=True, slots=True)
class Booking:
    """A parcel that will be collected."""

    number: str
    day: date
    pieces: int
    refund: Decimal


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where and when an order will arrive."""

    day: date
    town: str


@dataclass(frozen=True, slots=True)
class Row:
    """An order as the shop keeps it."""

    number: str
    item: dict[str, str]
    pieces: int
    price: Decimal  # of one
    status: str
    days: int  # from today: the demonstration never ages
    email: str
    street: str
    postcode: str
    town: str
    day: date | None = None  # another day, when the customer chose one

    def on(self, today: date) -> date:
        """The day it was or will be delivered."""
        return self.day or today + timedelta(days=self.days)


@cache
def _rows() -> dict[str, Row]:
    with ORDERS.open(encoding="utf-8", newline="") as file:
        return {one["number"]: _row(one) for one in csv.DictReader(file)}


def _row(one: dict[str, str]) -> Row:
    return Row(
        number=one["number"],
        item={language: one[f"item_{language}"] for language in LANGUAGES},
        pieces=int(one["pieces"]),
        price=Decimal(one["price"]),
        status=one["status"],
        days=int(one["days"]),
        email=one["email"],
        street=one["street"],
        postcode=one["postcode"],
        town=one["town"],
    )


@dataclass
class Shop:
    """The orders, and what was changed since the desk started; a restart begins anew.

    What is written under a key is kept with the key: the same write again gives the same answer.
    """

    rows: dict[str, Row] = field(default_factory=lambda: dict(_rows()))
    written: dict[str, object] = field(default_factory=dict)

    def once(self, key: IdempotencyKey, write: Callable[[], T]) -> T:
        """Write, unless it is written under this key already."""
        if str(key) not in self.written:
            self.written[str(key)] = write()
        return self.written[str(key)]  # type: ignore[return-value]  # what `write` gave under this key

    def changed(self, number: str, **values: object) -> Row:
        """The order, with these values from now on."""
        self.rows[number] = replace(self.rows[number], **values)  # type: ignore[arg-type]
        return self.rows[number]


@provider
def shop() -> Shop:
    """One shop a desk."""
    return Shop()


@action
async def find_order(order_number: str, shop: Shop, now: Now) -> Order | None:
    """The order of this number, none if there is none."""
    row = shop.rows.get(order_number)
    if row is None:
        return None
    day = row.on(now.date())
    several = f"{row.pieces} × " if row.pieces > 1 else ""
    return Order(
        id=row.number,
        item={language: several + name for language, name in row.item.items()},
        pieces=row.pieces,
        total=row.price * row.pieces,
        status=row.status,
        day=day,
        too_late=row.status == "delivered" and day < now.date() - timedelta(days=RETURNABLE),
    )


@action
async def is_customer(order_number: str, email: str, shop: Shop) -> bool:
    """Whether the order was made with this e-mail address."""
    row = shop.rows.get(order_number)
    return row is not None and row.email == email.strip().casefold()


@action
async def find_town(postcode: str, shop: Shop) -> str | None:
    """The town of a postcode, none where the shop does not deliver."""
    return next((row.town for row in _rows().values() if row.postcode == postcode), None)


@action(effect="write", key="idempotency")
async def book_pickup(
    order_number: str, day: date, reason: str, shop: Shop, key: IdempotencyKey, pieces: int | None = None
) -> Booking:
    """Have a parcel collected. Booked once for each key, however often it is called."""
    row = shop.rows[order_number]
    count = pieces or row.pieces
    return shop.once(key, lambda: Booking(f"P-{order_number}", day, count, row.price * count))


@action(effect="write", key="idempotency")
async def change_address(
    order_number: str, street: str, postcode: str, town: str, shop: Shop, key: IdempotencyKey, now: Now
) -> Delivery:
    """Deliver an order somewhere else."""

    def write() -> Delivery:
        row = shop.changed(order_number, street=street, postcode=postcode, town=town)
        return Delivery(row.on(now.date()), row.town)

    return shop.once(key, write)


@action(effect="write", key="idempotency")
async def change_day(order_number: str, day: date, shop: Shop, key: IdempotencyKey) -> Delivery:
    """Deliver an order on another day."""
    return shop.once(key, lambda: Delivery(day, shop.changed(order_number, day=day).town))
