"""Kills a desk under load, again and again, and judges from outside what became of every message.

    python -m tests.torture.judge --conversations 200 --kills 20 [--store postgres --restarts 5]

Acknowledged: answered 200. Lost: acknowledged, and neither its reply reached the channel, nor is it
counted in doubt, nor with a person. Reordered: replies left in another order than their messages were
acknowledged. Doubled: one reply under two keys, one key with two contents, one message twice in the
log, a write done twice. In doubt: counted as such by the desk. Raw repeats: calls that a channel
which knows no keys would have shown twice.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from frontdesk.events import load_event
from frontdesk.sessions import SessionState
from frontdesk.settings import Settings
from frontdesk.store.base import SessionRow, Store
from frontdesk.store.opening import store_of
from frontdesk.store.postgres import PostgresStore
from frontdesk.store.sqlite import SqliteStore
from tests import database
from tests.torture.desk import write_desk
from tests.torture.outside import Customer, Ledger, Outside, repeats
from tests.torture.verdict import Plan, Verdict
from tests.torture.wire import Client, Server

ROOT = Path(__file__).resolve().parents[2]
DRAINED_WITHIN = 45.0  # seconds after the last kill
HELLO = "hello"  # opens a session: the bot asks
NOT_SAID_BACK = ("", HELLO, "yes")
CHANNELS = ("key", "key", "key", "once")


class Desk:
    """The process that is killed."""

    def __init__(self, settings: Settings, crash: str | None) -> None:
        self.settings = settings
        self.root = settings.root
        self.port = settings.port
        self._crash = crash
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it takes messages."""
        environ = {**os.environ, "PYTHONPATH": f"{ROOT / 'runtime'}", "PYTHONDONTWRITEBYTECODE": "1"}
        if self._crash is not None:
            environ["FRONTDESK_CRASH"], self._crash = self._crash, None
        environ["FRONTDESK_STORE"] = self.settings.store
        with (self.root / "desk.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "frontdesk", "run", str(self.root), "--port", str(self.port)),
                cwd=ROOT,
                env=environ,
                stderr=log,
            )
        door = Client(self.port)
        while await door.post("/webhooks/none", b"", {}) == 0:
            if self._process.returncode is not None and self._process.returncode != -signal.SIGKILL:
                said = (self.root / "desk.log").read_text()
                raise RuntimeError(f"the desk ended by itself with {self._process.returncode}: {said}")
            if self._process.returncode is not None:
                break
            await asyncio.sleep(0.02)
        door.close()

    async def kill(self) -> None:
        """Kill it like a power switch."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def died(self) -> None:
        """Wait until it has killed itself at its crash point."""
        assert self._process is not None
        await self._process.wait()

    async def stop(self) -> int:
        """Ask it to drain; how it ended."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.terminate()
        return await asyncio.wait_for(self._process.wait(), 30)


async def torture(root: Path, plan: Plan) -> Verdict:
    """Torture a desk in this folder; the verdict."""
    chance = random.Random(plan.seed)
    outside = Outside(faults=plan.faults, chance=random.Random(plan.seed + 1))
    server = await Server.start(outside.answer)
    write_desk(root, f"http://127.0.0.1:{server.port}")
    ledger = Ledger(root / "acknowledged.jsonl")
    settings = Settings(
        root=root, port=_free_port(), store=database.new_place() if plan.store == "postgres" else ""
    )
    desk = Desk(settings, plan.crash)
    is_over = asyncio.Event()
    customers = [
        Customer(
            desk.port, ledger, CHANNELS[number % len(CHANNELS)], random.Random(plan.seed * 1000 + number)
        )
        for number in range(plan.conversations)
    ]
    syncing = asyncio.create_task(_sync(ledger))
    await desk.start()
    talking = [
        asyncio.create_task(_talk(customer, number, plan, is_over, random.Random(plan.seed * 7 + number)))
        for number, customer in enumerate(customers)
    ]
    verdict = Verdict(seed=plan.seed, store=plan.store)
    if plan.crash is not None:
        await asyncio.wait_for(desk.died(), 30)
        verdict.kills += 1
        await desk.start()
    faults = ["kill"] * plan.kills + ["restart"] * plan.restarts
    chance.shuffle(faults)
    for fault in faults:
        await asyncio.sleep(chance.uniform(0.1, 1.2))
        if fault == "kill":
            await desk.kill()
            verdict.kills += 1
            await desk.start()
        else:
            await asyncio.to_thread(database.server().stop)
            await asyncio.to_thread(database.server().start)
            verdict.restarts += 1
    is_over.set()
    await asyncio.gather(*talking)
    began = time.monotonic()
    left = await _drained(settings, began + DRAINED_WITHIN)
    verdict.drained_s = time.monotonic() - began
    if left:
        verdict.wrong.append(f"after {DRAINED_WITHIN} s there are still {left}")
    ended = await desk.stop()
    if ended != 0:
        verdict.wrong.append(f"SIGTERM ended the desk with {ended}")
    syncing.cancel()
    ledger.sync()
    for customer in customers:
        customer.close()
    server.server.close()
    verdict.acknowledged = ledger.count
    verdict.duplicates = sum(customer.duplicates for customer in customers)
    await _judge(settings, ledger, outside, verdict)
    return verdict


async def _sync(ledger: Ledger) -> None:
    while True:
        await asyncio.sleep(0.2)
        await asyncio.to_thread(ledger.sync)


async def _talk(
    customer: Customer, number: int, plan: Plan, is_over: asyncio.Event, chance: random.Random
) -> None:
    """One conversation after the other, each of a new user."""
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
                await customer.write(next_message(f"{kind} {user} {said}"))
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
            left = {name: count for name, count in (await _counts(store)).items() if count}
            if not left or time.monotonic() > until:
                return left
            await asyncio.sleep(0.1)
    finally:
        await store.close()


async def _rows(store: Store, sql: str, *values: Any) -> list[Any]:
    if isinstance(store, SqliteStore):
        return store._read(sql, values)
    assert isinstance(store, PostgresStore)
    return await store._read(sql, *values)


async def _counts(store: Store) -> dict[str, int]:
    async def count(sql: str) -> int:
        return int((await _rows(store, sql))[0][0])

    return {
        "inbox": await count("SELECT count(*) FROM inbox"),
        "step": await count("SELECT count(*) FROM step"),
        "outbox": await count("SELECT count(*) FROM outbox WHERE status NOT IN ('failed', 'in_doubt')"),
    }


async def _judge(settings: Settings, ledger: Ledger, outside: Outside, verdict: Verdict) -> None:
    store = store_of(settings, read_only=True)
    await store.open()
    try:
        log = await _read_log(store, verdict)
        _judge_replies(ledger, outside, log, verdict)
        _judge_inbound(ledger, log, verdict)
        _judge_actions(outside, verdict)
        left = {name: count for name, count in (await _counts(store)).items() if count}
        if left:
            verdict.wrong.append(f"left at rest: {left}")
    finally:
        await store.close()


@dataclass(slots=True)
class Log:
    """What the desk's own log says of every user."""

    inbound: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # user -> keys
    to_people: set[str] = field(default_factory=set)  # words of actions in doubt
    in_doubt: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # user -> texts


async def _read_log(store: Store, verdict: Verdict) -> Log:
    log = Log()
    rows = await store.sessions()
    for row in sorted(rows, key=lambda row: (row.user, row.ordinal)):
        await _read_session(store, row, log, verdict)
    for user, body, status in await _rows(store, 'SELECT "user", body, status FROM outbox'):
        if status == "in_doubt":
            verdict.in_doubt += 1
            log.in_doubt[user].append(orjson.loads(body)["text"])
        else:
            verdict.wrong.append(f"a message to {user} is {status}")
    return log


async def _read_session(store: Store, row: SessionRow, log: Log, verdict: Verdict) -> None:
    kept = SessionState.load(row.state)
    folded = SessionState(
        id=row.id, user=row.user, channel=row.channel, channel_kind="loopback", ordinal=row.ordinal
    )
    last = 0
    for event_row in await store.events(row.id):
        event = load_event(event_row.kind, event_row.version, event_row.body)
        folded.last_event, folded.last_at = event_row.seq, event_row.at
        event.apply(folded)
        values = orjson.loads(event_row.body)
        if event_row.kind == "inbound":
            log.inbound[row.user].append(values["key"])
            if values["n"] <= last:
                verdict.wrong.append(f"session {row.id}: inbound {values['n']} came after {last}")
            last = values["n"]
        elif event_row.kind == "action" and values["code"] == "in_doubt":
            verdict.actions_in_doubt += 1
            log.to_people.add(values["arguments"]["words"])
            if not kept.owner.startswith("queue:") and kept.is_open:
                verdict.wrong.append(f"session {row.id}: an action is in doubt and {kept.owner} owns it")
        elif event_row.kind == "error" and not values["what"].startswith("action "):
            verdict.wrong.append(f"session {row.id}: {values['where']} {values['what']} {values['detail']}")
    folded.last_inbound = kept.last_inbound  # given by the store, not by an event
    given, stored = orjson.loads(folded.dump()), orjson.loads(kept.dump())
    verdict.wrong += [
        f"session {row.id}: its events give {name} {given[name]!r}, kept is {stored[name]!r}"
        for name in stored
        if given[name] != stored[name]
    ]
    head = (await _rows(store, "SELECT n FROM head WHERE session=$1", row.id))[0][0]
    if head != kept.last_inbound:
        verdict.wrong.append(f"session {row.id}: {head} inbounds were numbered, {kept.last_inbound} consumed")


def _judge_replies(ledger: Ledger, outside: Outside, log: Log, verdict: Verdict) -> None:
    contents: dict[str, tuple[str, str]] = {}
    got: dict[str, list[str]] = defaultdict(list)
    for heard in outside.heard:
        if heard.key not in contents:
            contents[heard.key] = (heard.to, heard.text)
            got[heard.to].append(heard.text)
        elif contents[heard.key] != (heard.to, heard.text):
            verdict.doubled.append(f"key {heard.key} had two contents")
    verdict.raw_repeats = repeats(outside.heard)
    for user, messages in ledger.acknowledged.items():
        address = user.partition(":")[2]
        wanted = [f"got {one['text']}" for one in messages if one["text"] not in NOT_SAID_BACK]
        replies = [text for text in got[address] if text.startswith("got ")]
        for text, count in Counter(replies).items():
            if count > 1:
                verdict.doubled.append(f"{user}: {text!r} under {count} keys")
        excused = set(log.in_doubt[user]) | {f"got {words}" for words in log.to_people}
        verdict.lost += [
            f"{user}: {text!r}" for text in wanted if text not in replies and text not in excused
        ]
        if [text for text in wanted if text in replies] != list(dict.fromkeys(replies)):
            verdict.reordered.append(f"{user}: {replies}")
    once = [one for one in outside.heard if f"once:{one.to}" in ledger.acknowledged]
    if repeats(once):
        verdict.doubled.append("a message that may leave only once left twice")


def _judge_inbound(ledger: Ledger, log: Log, verdict: Verdict) -> None:
    for user, messages in ledger.acknowledged.items():
        keys = [one["id"] for one in messages if not one.get("end")]
        if log.inbound[user] == keys:
            continue
        verdict.lost += [f"{user}: {key} is not in the log" for key in set(keys) - set(log.inbound[user])]
        twice = [key for key, count in Counter(log.inbound[user]).items() if count > 1]
        verdict.doubled += [f"{user}: {key} is in the log twice" for key in twice]
        if not twice and set(keys) == set(log.inbound[user]):
            verdict.reordered.append(f"{user}: the log has {log.inbound[user]}")


def _judge_actions(outside: Outside, verdict: Verdict) -> None:
    keys: dict[str, set[str]] = defaultdict(set)
    for words, key in outside.acted["pay"]:
        keys[words].add(key)
    verdict.doubled += [f"{words!r} under {len(used)} keys" for words, used in keys.items() if len(used) > 1]
    for name in ("book", "wire"):
        times = Counter(words for words, _ in outside.acted[name])
        verdict.doubled += [
            f"{words!r} was done {count} times" for words, count in times.items() if count > 1
        ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(arguments: Sequence[str] | None = None) -> int:
    """Torture from the command line; 1 when anything was lost, reordered, doubled or left."""
    parser = argparse.ArgumentParser(description="Kill a desk under load and judge from outside.")
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--restarts", type=int, default=0, help="of the database, with --store postgres")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    given = parser.parse_args(arguments)
    plan = Plan(
        conversations=given.conversations,
        kills=given.kills,
        restarts=given.restarts,
        store=given.store,
        seed=given.seed,
        pause=0.3,
    )
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        verdict = asyncio.run(torture(Path(folder), plan))
    print(verdict)
    if not verdict.is_good:
        print(verdict.details(), file=sys.stderr)
    return 0 if verdict.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
