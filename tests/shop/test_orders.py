"""The shop's data and its texts: the orders come from their script, the hours told are the desk's own."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from frontdesk.authoring.load import load
from frontdesk.clock import FixedClock
from frontdesk.effect import Effect
from frontdesk.effects.actions import ActionRegistry
from frontdesk.effects.perform import Effects
from frontdesk.users import MessagingUser

ROOT = Path(__file__).resolve().parents[2]
ORDERS = ROOT / "bots" / "shop" / "orders.csv"
ANNA = MessagingUser.named("site:anna")


def script() -> ModuleType:
    spec = spec_from_file_location("make_orders", ORDERS.with_name("make_orders.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_orders_are_what_their_script_makes(tmp_path: Path) -> None:
    script().write(tmp_path / "orders.csv")
    assert (tmp_path / "orders.csv").read_bytes() == ORDERS.read_bytes()


def test_two_hundred_orders_of_every_status_with_names_in_three_languages() -> None:
    with ORDERS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["number"] for row in rows}) == 200
    assert all(value for row in rows for value in row.values())
    statuses = Counter(row["status"] for row in rows)
    assert set(statuses) == set(script().STATUSES)
    assert min(statuses.values()) >= 5
    early = {"processing", "on_its_way"}
    assert all((int(row["days"]) > 0) is (row["status"] in early) for row in rows)


def effects(today: date = date(2026, 3, 11)) -> Effects:
    now = datetime.combine(today, time(9), UTC)
    return Effects(ActionRegistry.load(ROOT), clock=FixedClock(now))


async def called(shop: Effects, name: str, *, key: str = "k1", **arguments: object) -> object:
    result = await shop.perform(Effect(name=name, args=arguments), key=key, user=ANNA)
    assert result.ok, result
    return result.value


async def test_an_order_never_ages() -> None:
    for today in (date(2026, 3, 11), date(2031, 10, 26)):
        shop = effects(today)
        order = await called(shop, "find_order", order_number="1042")
        assert isinstance(order, dict)
        assert (order["day"], order["too_late"]) == ((today - timedelta(days=2)).isoformat(), False)
        assert not {"email", "street", "postcode"} & set(order), (
            "the number alone tells nothing of the customer"
        )
        await shop.close()


async def test_what_is_written_under_one_key_is_written_once() -> None:
    shop = effects()
    change = {"order_number": "1043", "day": "2026-03-20"}
    assert await called(shop, "change_day", key="a", **change) == {"day": "2026-03-20", "town": "Lyon"}
    await called(shop, "change_day", key="b", **change | {"day": "2026-03-24"})
    again = await called(shop, "change_day", key="a", **change)
    assert again == {"day": "2026-03-20", "town": "Lyon"}, "what was answered then"
    order = await called(shop, "find_order", order_number="1043")
    assert isinstance(order, dict)
    assert order["day"] == "2026-03-24", "the first change is not made a second time"
    await shop.close()


async def test_a_refund_is_for_what_goes_back() -> None:
    shop = effects()
    booking = {"order_number": "1050", "day": "2026-03-17", "reason": "too_small"}
    for pieces, refund in ((2, "30.00"), (None, "45.00")):
        booked = await called(shop, "book_pickup", key=f"{pieces}", pieces=pieces, **booking)
        assert isinstance(booked, dict)
        assert Decimal(str(booked["refund"])) == Decimal(refund)
    await shop.close()


HOURS = {
    "en": ("from 9 am to 6 pm", "from 10 am to 4 pm"),
    "fr": ("de 9 h à 18 h", "de 10 h à 16 h"),
    "es": ("de 9:00 a 18:00", "de 10:00 a 16:00"),
}


@pytest.mark.parametrize("language", HOURS)
def test_the_hours_told_are_the_hours_kept(language: str) -> None:
    desk = load(ROOT, {})
    week = desk.hours["office"].week
    office, saturday = ((time(9), time(18)),), ((time(10), time(16)),)
    assert week == (*(office,) * 5, saturday, ()), "the texts name these hours: change them together"
    messages = desk.bots["shop"].messages[language]
    texts = [form.text for key in ("our_hours", "ask_when_we_are_here") for form in messages[key]]
    assert len(texts) == 3
    for text in texts:
        assert all(hours in text for hours in HOURS[language]), text


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_texts_keep_their_tone(language: str) -> None:
    """No exclamation marks; one form of address in a language."""
    bot = load(ROOT, {}).bots["shop"]
    too_near = {"en": r"$^", "fr": r"\b(tu|ton|ta|tes|toi)\b", "es": r"\b(tú|tu|tus|ti|contigo|vosotros)\b"}
    for key, forms in bot.messages[language].items():
        for form in forms:
            assert "!" not in form.text, key
            assert not re.search(too_near[language], form.text, re.IGNORECASE), key
