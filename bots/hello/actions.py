from dataclasses import dataclass
from datetime import date

from frontdesk import IdempotencyKey, action


@dataclass(frozen=True)
class Order:
    id: str
    item: str
    status: str  # delivered | on_its_way
    day: date  # on which it was or will be delivered


@dataclass(frozen=True)
class Booking:
    number: str
    day: date


# In a real shop these two would ask its database.
ORDERS = {
    "1042": Order("1042", "winter jacket", "delivered", date(2026, 3, 9)),
    "1043": Order("1043", "pair of boots", "on_its_way", date(2026, 3, 14)),
    "1044": Order("1044", "woollen scarf", "delivered", date(2026, 2, 27)),
}
BOOKINGS: dict[str, Booking] = {}


@action
async def find_order(order_number: str) -> Order | None:
    """The order of this number, none if there is none."""
    return ORDERS.get(order_number)


@action(effect="write", key="idempotency")
async def book_pickup(order: str, day: date, reason: str, key: IdempotencyKey) -> Booking:
    """Have a parcel collected. Booked once for each key, however often it is called."""
    return BOOKINGS.setdefault(str(key), Booking(f"P-{order}", day))
