"""Judges from outside what became of every message.

Acknowledged: answered 200. Lost: acknowledged, and neither its reply reached the channel, nor is it
counted in doubt, nor with a person. Reordered: replies left in another order than their messages were
acknowledged. Doubled: one reply under two keys, one key with two contents, one message twice in the
log, a write done twice. In doubt: counted as such by the desk. Raw repeats: calls that a channel
which knows no keys would have shown twice. Slowest: from a message's first delivery to its reply.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import orjson

from frontdesk.events import load_event
from frontdesk.sessions import SessionState
from frontdesk.settings import Settings
from frontdesk.store.base import SessionRow, Store
from frontdesk.store.opening import store_of
from frontdesk.store.postgres import PostgresStore
from frontdesk.store.sqlite import SqliteStore
from tests.torture.outside import Ledger, Outside, repeats
from tests.torture.verdict import Verdict

HELLO = "hello"  # opens a session: the bot asks
NOT_SAID_BACK = ("", HELLO, "yes")


async def _rows(store: Store, sql: str, *values: Any) -> list[Any]:
    if isinstance(store, SqliteStore):
        return store._read(sql, values)
    assert isinstance(store, PostgresStore)
    return await store._read(sql, *values)


async def counts(store: Store) -> dict[str, int]:
    """What is on its way in a store."""

    async def count(sql: str) -> int:
        return int((await _rows(store, sql))[0][0])

    return {
        "inbox": await count("SELECT count(*) FROM inbox"),
        "step": await count("SELECT count(*) FROM step"),
        "outbox": await count("SELECT count(*) FROM outbox WHERE status NOT IN ('failed', 'in_doubt')"),
    }


async def judge(settings: Settings, ledger: Ledger, outside: Outside, verdict: Verdict) -> None:
    """Say what became of every message, from the ledgers and the desk's own log."""
    store = store_of(settings, read_only=True)
    await store.open()
    try:
        log = await _read_log(store, verdict)
        log.somebody_slept = verdict.plan.freezes > 0 or _somebody_slept(settings)
        _judge_replies(ledger, outside, log, verdict)
        _judge_inbound(ledger, log, verdict)
        _judge_actions(outside, verdict)
        left = {name: count for name, count in (await counts(store)).items() if count}
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
    somebody_slept: bool = False  # a process, for longer than its lease, and went on


def _somebody_slept(settings: Settings) -> bool:
    """Whether the machine let a process stand still for so long: it says so itself when it goes on."""
    said = (log.read_text() for log in settings.root.glob("desk-*.log"))
    return any("another process has taken over" in one for one in said)


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
    last, doubts = 0, 0
    for event_row in await store.events(row.id):
        event = load_event(event_row.kind, event_row.version, event_row.body)
        folded.last_event, folded.last_at = event_row.seq, event_row.at
        event.apply(folded)
        values = orjson.loads(event_row.body)
        if event_row.kind == "inbound":
            if doubts and folded.owner.startswith("queue:"):
                log.to_people.add(values["text"])  # behind an action in doubt: people answer it
            log.inbound[row.user].append(values["key"])
            if values["n"] <= last:
                verdict.wrong.append(f"session {row.id}: inbound {values['n']} came after {last}")
            last = values["n"]
        elif event_row.kind == "action" and values["code"] == "in_doubt":
            doubts += 1
            log.to_people.add(values["arguments"]["words"])
            if not kept.owner.startswith("queue:") and kept.is_open:
                verdict.wrong.append(f"session {row.id}: an action is in doubt and {kept.owner} owns it")
        elif event_row.kind == "error" and not values["what"].startswith("action "):
            verdict.wrong.append(f"session {row.id}: {values['where']} {values['what']} {values['detail']}")
    verdict.actions_in_doubt += doubts
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
            began = ledger.began.get((heard.to, heard.text.removeprefix("got ")))
            if began is not None:
                verdict.slowest_s = max(verdict.slowest_s, heard.at - began)
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
        # A process that stood still had begun to send it: it leaves when that goes on, and is in doubt.
        may_be_late = set(log.in_doubt[user]) if log.somebody_slept else set()
        if not _are_in_order(list(dict.fromkeys(replies)), wanted, may_be_late):
            verdict.reordered.append(f"{user}: {replies}, in doubt {sorted(excused)}")
    once = [one for one in outside.heard if f"once:{one.to}" in ledger.acknowledged]
    if repeats(once):
        verdict.doubled.append("a message that may leave only once left twice")


def _are_in_order(replies: list[str], wanted: list[str], may_be_late: set[str]) -> bool:
    """Whether no reply came behind one that it should have come before; none is there that nobody wants."""
    place = {text: number for number, text in enumerate(wanted)}
    if not place.keys() >= set(replies):
        return False
    return not any(
        place[late] < place[early] and late not in may_be_late
        for number, early in enumerate(replies)
        for late in replies[number + 1 :]
    )


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
