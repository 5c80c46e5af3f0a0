"""Calling actions: time-outs, nonsense, and what is done about a call that a crash interrupted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest

from .conftest import DeskFolder, Running

Shop = Callable[[str], Running]


async def test_plain_and_async_functions_are_called_alike(shop: Shop) -> None:
    running = shop(
        """
        import threading
        from frontdesk import action

        @action
        def plain(): return threading.current_thread() is threading.main_thread()

        @action
        async def quick(): return threading.current_thread() is threading.main_thread()

        @action
        def awaited(): return quick()
        """
    )
    assert (await running.call("plain")).value is False
    assert (await running.call("quick")).value is True
    assert (await running.call("awaited")).value is True


async def test_an_action_that_no_longer_exists_is_told(shop: Shop) -> None:
    result = await shop("").call("gone")
    assert (result.code, result.error) == ("unknown", "this desk has no action named 'gone'")


FAULTS = """
import asyncio, sys
from frontdesk import action

class Unprintable(Exception):
    def __str__(self): raise RuntimeError

@action
def raises(): raise ValueError("no such   order\\nat all")
@action
async def raises_async(): raise KeyError("x")
@action
def stops(): raise StopIteration
@action
def exits(): sys.exit(2)
@action
async def exits_async(): sys.exit(2)
@action
async def cancels(): raise asyncio.CancelledError
@action
async def gives_up(): raise TimeoutError("the shop is slow")
@action
def unprintable(): raise Unprintable
@action
def long(): raise ValueError("x" * 1000)
"""


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("raises", "ValueError: no such order at all"),
        ("raises_async", "KeyError: 'x'"),
        ("stops", "RuntimeError: StopIteration:"),
        ("exits", "SystemExit: 2"),
        ("exits_async", "SystemExit: 2"),
        ("cancels", "CancelledError"),
        ("gives_up", "TimeoutError: the shop is slow"),
        ("unprintable", "Unprintable: (its message cannot be read)"),
        ("long", "ValueError: " + "x" * 288),
    ],
)
async def test_an_exception_becomes_a_short_error_and_a_traceback_in_the_log(
    shop: Shop, caplog: pytest.LogCaptureFixture, name: str, told: str
) -> None:
    with caplog.at_level(logging.ERROR):
        result = await shop(FAULTS).call(name)
    assert (result.ok, result.code, result.error) == (False, "raised", told)
    assert name in caplog.text
    assert "actions.py" in caplog.text


@pytest.mark.parametrize("body", ["set()", "float('nan')", "(x for x in ())", "b'x'", "lambda: 1", "open"])
async def test_a_nonsense_result_is_told(shop: Shop, body: str) -> None:
    running = shop(f"from frontdesk import action\n@action\ndef f(): return {body}\n")
    result = await running.call("f")
    assert (result.ok, result.code, result.value) == (False, "bad_result", None)
    assert result.error.startswith("f: result is ")


async def test_a_result_whose_own_code_fails_is_told(shop: Shop) -> None:
    running = shop(
        """
        from pydantic import BaseModel, field_serializer
        from frontdesk import action

        class Odd(BaseModel):
            x: int = 1
            @field_serializer("x")
            def ser(self, v): raise KeyError("odd")

        @action
        def f(): return Odd()
        """
    )
    assert (await running.call("f")).code == "bad_result"


SLOW = """
import asyncio, threading
from frontdesk import action

cleaned = []
over = threading.Event()

@action
async def end(): over.set()

@action(timeout=0.05)
def blocks(): over.wait(600)

@action(timeout=0.05)
async def hangs():
    try:
        await asyncio.sleep(600)
    finally:
        cleaned.append(1)

@action(timeout=0.05)
async def will_not_stop():
    while not over.is_set():
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            pass

@action(timeout=0.05, effect="write", confirm="customer")
async def pay(): await asyncio.sleep(600)

@action
def seen_cleaning(): return len(cleaned)
"""


@pytest.mark.parametrize("name", ["blocks", "hangs", "will_not_stop"])
async def test_an_action_that_hangs_ends_in_a_time_out(shop: Shop, name: str) -> None:
    running = shop(SLOW)
    try:
        async with asyncio.timeout(60):  # it hangs until it is told to end
            result = await running.call(name)
        assert (result.code, result.error) == ("timeout", f"{name} gave no result in 0.05 s")
    finally:
        await running.call("end")


async def test_a_cancelled_action_may_clean_up(shop: Shop) -> None:
    running = shop(SLOW)
    await running.call("hangs")
    assert (await running.call("seen_cleaning")).value == 1


async def test_a_step_may_give_less_or_more_time(shop: Shop) -> None:
    running = shop(SLOW)
    assert "in 0.01 s" in (await running.call("hangs", seconds=0.01)).error
    await running.call("end")
    assert (await running.call("blocks", seconds=60)).ok


async def test_a_timed_out_write_is_not_claimed_undone(shop: Shop) -> None:
    assert (await shop(SLOW).call("pay")).error.endswith("it may have happened all the same")


async def test_when_all_threads_hang_the_next_call_times_out_and_later_ones_work(desk: DeskFolder) -> None:
    desk.write("bots/shop/actions.py", SLOW)
    running = desk.running(threads=1)
    assert (await running.call("blocks")).code == "timeout"
    assert (await running.call("seen_cleaning", seconds=0.05)).code == "timeout"
    await running.call("end")
    assert (await running.call("seen_cleaning", seconds=60)).ok


CRASHED = """
from frontdesk import IdempotencyKey, action

booked = {}
happened = {}

@action
def find(order: str): return {"order": order}

@action(effect="write", key="idempotency")
def book(order: str, key: IdempotencyKey):
    booked[key] = order
    return {"key": key, "bookings": len(booked)}

@action
def is_paid(order: str): return happened.get(order)

@action(effect="write", check="is_paid", timeout=0.2)
def pay(order: str, amount: int):
    happened[order] = {"payment": amount}
    return happened[order]

@action
def is_paid_late(order: str):  # what a killed process had asked for happens behind the first look
    found = happened.get(order)
    happened[order] = {"payment": 5}
    return found

@action(effect="write", check="is_paid_late", timeout=0.2)
def pay_late(order: str, amount: int):
    happened[order] = {"payment": amount}
    return happened[order]

def broken_check(): raise OSError("the bank is away")

@action(effect="write", check=broken_check)
def transfer(): ...

@action(effect="write", confirm="customer")
def send_letter(): booked["letter"] = 1

@action
def letters(): return len(booked)
"""


async def test_an_interrupted_read_is_performed_again(shop: Shop) -> None:
    assert (await shop(CRASHED).resume("find", order="1")).value == {"order": "1"}


async def test_a_write_with_a_key_is_performed_again_under_the_same_key(shop: Shop) -> None:
    running = shop(CRASHED)
    first = await running.call("book", order="1")
    again = await running.resume("book", order="1")
    assert first.value == again.value == {"key": "s1:4:1", "bookings": 1}


async def test_a_write_whose_check_finds_it_is_not_performed_again(shop: Shop) -> None:
    running = shop(CRASHED)
    await running.call("pay", order="1", amount=5)
    assert (await running.resume("pay", order="1", amount=9)).value == {"payment": 5}


async def test_a_write_whose_check_finds_nothing_is_performed(shop: Shop) -> None:
    assert (await shop(CRASHED).resume("pay", order="1", amount=9)).value == {"payment": 9}


async def test_a_check_that_finds_nothing_yet_is_asked_again_when_the_write_must_have_ended(
    shop: Shop,
) -> None:
    assert (await shop(CRASHED).resume("pay_late", order="1", amount=9)).value == {"payment": 5}


async def test_a_write_that_may_still_be_under_way_is_not_performed_though_its_check_finds_nothing(
    shop: Shop,
) -> None:
    running = shop(CRASHED)
    result = await running.resume("pay", is_doubtful=True, order="1", amount=9)
    assert (result.ok, result.code) == (False, "in_doubt")
    assert "may still finish it" in result.error
    await running.call("pay", order="1", amount=5)  # it did
    assert (await running.resume("pay", is_doubtful=True, order="1", amount=9)).value == {"payment": 5}


async def test_a_write_whose_check_fails_is_in_doubt(shop: Shop) -> None:
    result = await shop(CRASHED).resume("transfer")
    assert (result.ok, result.code) == (False, "in_doubt")
    assert "its check failed (OSError: the bank is away)" in result.error


async def test_a_write_that_only_the_customer_confirmed_is_never_repeated(shop: Shop) -> None:
    running = shop(CRASHED)
    assert (await running.resume("send_letter")).code == "in_doubt"
    assert (await running.call("letters")).value == 0
