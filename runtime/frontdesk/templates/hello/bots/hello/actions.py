from dataclasses import dataclass
from datetime import date, timedelta

from frontdesk import IdempotencyKey, Now, action


@dataclass(frozen=True)
class Order:
    """What the shop knows of an order."""

    id: str
    item: str
    status: str  # delivered | on_its_way
    day: date  # on which it was or will be delivered


@dataclass(frozen=True)
class Booking:
    """A parcel that will be collected."""

    number: str
    day: date


# In a real shop these two would be in its database.
ORDERS = {
    "1042": ("winter jacket", "delivered", -2),  # days from today
    "1043": ("pair of boots", "on_its_way", 3),
    "1044": ("woollen scarf", "delivered", -12),
}
BOOKINGS: dict[str, Booking] = {}


@action
async def find_order(order_number: str, now: Now) -> Order | None:
    """The order of this number, none if there is none."""
    if order_number not in ORDERS:
        return None
    item, status, days = ORDERS[order_number]
    return Order(order_number, item, status, now.date() + timedelta(days=days))


@action(effect="write", key="idempotency")
async def book_pickup(order: str, day: date, reason: str, key: IdempotencyKey) -> Booking:
    """Have a parcel collected. Booked once for each key, however often it is called."""
    return BOOKINGS.setdefault(str(key), Booking(f"P-{order}", day))
