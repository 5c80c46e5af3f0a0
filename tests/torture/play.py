"""Customers write, faults happen, and at the end the judge says what became of every message."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path
from typing import Any

from frontdesk.settings import Settings
from frontdesk.store.opening import store_of
from tests import database, natsserver
from tests.torture import judge
from tests.torture.desk import write_desk
from tests.torture.faults import Faults
from tests.torture.fleet import Fleet
from tests.torture.outside import Customer, Ledger, Outside
from tests.torture.verdict import Plan, Verdict
from tests.torture.wire import Server

DRAINED_WITHIN = 240.0  # seconds after the last fault, on a machine that has more to do
HELLO = judge.HELLO
CHANNELS = ("key", "key", "key", "once")


async def torture(root: Path, plan: Plan) -> Verdict:
    """Torture a desk in this folder; the verdict."""
    chance = random.Random(plan.seed)
    outside = Outside(faults=plan.faults, chance=random.Random(plan.seed + 1))
    server = await Server.start(outside.answer)
    write_desk(root, f"http://127.0.0.1:{server.port}")
    fleet = Fleet(
        root,
        store=database.new_place() if plan.store == "postgres" else "",
        bus=natsserver.server().url if plan.bus == "nats" else "",
        workers=plan.workers,
    )
    ledger = Ledger(root / "acknowledged.jsonl")
    verdict = Verdict(plan=plan)
    if plan.crashes:
        fleet.processes[-1].crash = plan.crashes[0]
    try:
        await fleet.start()
        await _play(fleet, ledger, outside, plan, chance, verdict)
    finally:
        await fleet.kill()
        server.server.close()
    verdict.acknowledged = ledger.count
    await judge.judge(fleet.settings, ledger, outside, verdict)
    return verdict


async def _play(
    fleet: Fleet, ledger: Ledger, outside: Outside, plan: Plan, chance: random.Random, verdict: Verdict
) -> None:
    is_over = asyncio.Event()
    customers = [
        Customer(
            fleet.ports, ledger, CHANNELS[number % len(CHANNELS)], random.Random(plan.seed * 1000 + number)
        )
        for number in range(plan.conversations)
    ]
    syncing = asyncio.create_task(_sync(ledger))
    talking = [
        asyncio.create_task(
            _talk(customer, outside, number, plan, is_over, random.Random(plan.seed * 7 + number))
        )
        for number, customer in enumerate(customers)
    ]
    dying = fleet.processes[-1]
    following = iter(plan.crashes[1:])
    for _ in plan.crashes:
        await dying.ended()
        verdict.count("kills")
        dying.crash = next(following, None)
        await dying.start()
    faults = Faults(fleet, plan, chance)
    for kind in faults.planned:
        await asyncio.sleep(chance.uniform(0.1, 1.2))
        await faults.do(kind)
        verdict.count(kind)
    is_over.set()
    await asyncio.gather(*talking)
    began = time.monotonic()
    left = await _drained(fleet.settings, began + DRAINED_WITHIN)
    verdict.drained_s = time.monotonic() - began
    if left:
        verdict.wrong.append(f"after {DRAINED_WITHIN} s there are still {left}")
    verdict.wrong += faults.wrong
    verdict.wrong += [f"SIGTERM ended {name} with {code}" for name, code in (await fleet.stop()).items()]
    syncing.cancel()
    ledger.sync()
    for customer in customers:
        customer.close()
    verdict.duplicates = sum(customer.duplicates for customer in customers)


async def _sync(ledger: Ledger) -> None:
    while True:
        await asyncio.sleep(0.2)
        await asyncio.to_thread(ledger.sync)


async def _talk(
    customer: Customer,
    outside: Outside,
    number: int,
    plan: Plan,
    is_over: asyncio.Event,
    chance: random.Random,
) -> None:
    """One conversation after the other, each of a new user, who waits for some answers."""
    done = 0
    while (done < plan.talks) if plan.talks is not None else not is_over.is_set():
        done += 1
        user = f"u{number}.{done}"
        said = 0

        def next_message(text: str, user: str = user, **more: Any) -> dict[str, Any]:
            nonlocal said
            said += 1
            return {"id": f"{user}-{said}", "from": user, "text": text, **more}

        await customer.write(next_message(HELLO))
        for _ in range(chance.randint(2, 6)):
            kind = chance.choices(("note", "pay", "book", "end", "two"), (60, 12, 12, 6, 10))[0]
            if kind == "end":
                ended = next_message("", end=True)
                await customer.write(ended, next_message(HELLO))
            elif kind == "two":
                first = next_message(f"note {user} {said}")
                await customer.write(first, next_message(f"note {user} {said}"))
            else:
                text = f"{kind} {user} {said}"
                await customer.write(next_message(text))
                if chance.random() < plan.waits:
                    await outside.says_back(user, f"got {text}")
            await asyncio.sleep(chance.uniform(0, plan.pause))
        if chance.random() < 0.5:
            await customer.write(next_message(f"wire {user} {said}"))
            await customer.write(next_message("yes"))


async def _drained(settings: Settings, until: float) -> dict[str, int]:
    """Wait until nothing is on its way; what is left if that never comes."""
    store = store_of(settings, read_only=True)
    await store.open()
    try:
        while True:
            left = {name: count for name, count in (await judge.counts(store)).items() if count}
            if not left or time.monotonic() > until:
                return left
            await asyncio.sleep(0.1)
    finally:
        await store.close()
