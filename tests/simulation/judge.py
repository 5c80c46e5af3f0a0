"""What became of every message: judged from what the customers, the provider and the store know."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from frontdesk.clock import instant
from frontdesk.events import (
    ActionCalled,
    DeliveryChanged,
    ErrorHappened,
    Event,
    MessageReceived,
    MessageSent,
    SessionStarted,
    TimerFired,
    TimerSet,
    load_event,
)
from frontdesk.sessions import SessionState, owner_kind
from frontdesk.store.base import SessionRow
from tests.simulation.outside import WRITES
from tests.simulation.storage import Kept

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass(slots=True)
class Verdict:
    """What was found in one seed."""

    seed: int
    lost: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    messages: int = 0
    turns: int = 0
    in_doubt: int = 0
    steps: int = 0

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.reordered or self.doubled or self.wrong)

    def details(self) -> str:
        return "\n".join(
            f"{kind}: {one}"
            for kind in ("lost", "reordered", "doubled", "wrong")
            for one in getattr(self, kind)[:10]
        )


@dataclass(slots=True)
class Log:
    """What the sessions of one user say."""

    inbound: list[str] = field(default_factory=list)  # keys
    outbound: dict[str, str] = field(default_factory=dict)  # key -> text, in order
    told: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # key -> statuses
    actions: list[ActionCalled] = field(default_factory=list)
    said_by_rep: Counter[str] = field(default_factory=Counter)  # the console's ids


def judge(kept: Kept, world: World, verdict: Verdict) -> None:
    """Compare the ledgers with what the store holds at rest."""
    logs: dict[str, Log] = defaultdict(Log)
    ordinals: dict[str, int] = defaultdict(int)
    for row in kept.sessions:
        ordinals[row.user] += 1
        if row.ordinal != ordinals[row.user]:
            verdict.wrong.append(f"{row.user}: session {row.id} is number {row.ordinal}")
        _judge_session(kept, row, logs[row.user], world, verdict)
    _judge_inbound(world, logs, verdict)
    _judge_replies(kept, world, logs, verdict)
    _judge_actions(world, logs, verdict)
    for command, said in world.ledger.commands.items():
        times = sum(log.said_by_rep[command] for log in logs.values())
        if times > 1:
            verdict.doubled.append(f"the rep's {said['do']} {command} is in the log {times} times")
    left = {name: count for name, count in world.storage.left().items() if count}
    if left:
        verdict.wrong.append(f"left at rest: {left}")


def _judge_session(kept: Kept, row: SessionRow, log: Log, world: World, verdict: Verdict) -> None:
    state = SessionState(
        id=row.id, user=row.user, channel=row.channel, channel_kind="loopback", ordinal=row.ordinal
    )
    if not row.state:
        verdict.lost.append(f"{row.user}: session {row.id} was opened and had no turn")
        return
    reading = _Reading(row, log, world, verdict)
    for place, event_row in enumerate(kept.events[row.id], 1):
        event = load_event(event_row.kind, event_row.version, event_row.body)
        if event_row.seq != place:
            verdict.wrong.append(f"session {row.id}: event {event_row.seq} is the {place}th")
        reading.read(event, state, event_row.at)
        state.last_event, state.last_at = event_row.seq, event_row.at
        event.apply(state)
    reading.over()
    state.last_inbound = kept.last_in[row.id]  # given by the store, not by an event
    given, stored = orjson.loads(state.dump()), orjson.loads(row.state)
    verdict.wrong += [
        f"session {row.id}: its events give {name} {given[name]!r}, kept is {stored[name]!r}"
        for name in stored
        if given[name] != stored[name]
    ]
    if kept.heads[row.id] != kept.last_in[row.id]:
        verdict.wrong.append(
            f"session {row.id}: {kept.heads[row.id]} numbered, {kept.last_in[row.id]} consumed"
        )
    if (row.status, row.owner) != (state.status, state.owner):
        verdict.wrong.append(f"session {row.id}: its row says {row.status} {row.owner}")
    is_open = kept.open.get(row.user) == row.id
    if is_open != state.is_open:
        verdict.wrong.append(f"session {row.id} is {state.status}, its user's is {kept.open.get(row.user)}")
    verdict.turns += kept.last_in[row.id]


class _Reading:
    """One session's events, read in their order."""

    def __init__(self, row: SessionRow, log: Log, world: World, verdict: Verdict) -> None:
        self._row = row
        self._log = log
        self._world = world
        self._verdict = verdict
        self._last_n = 0
        self._due: dict[tuple[str, int], str] = {}
        self._fired: Counter[tuple[str, int]] = Counter()
        self._owed = ""  # the reply that the turn must hold
        self._is_stale = False  # the timer that fired last had been cancelled or set again

    def _wrong(self, what: str) -> None:
        self._verdict.wrong.append(f"session {self._row.id}: {what}")

    def read(self, event: Event, state: SessionState, at: str) -> None:
        """One event, before it is applied."""
        if isinstance(event, MessageReceived):
            self._received(event, state)
        elif isinstance(event, MessageSent):
            self._sent(event, state)
        elif isinstance(event, DeliveryChanged):
            self._log.told[event.key].append(event.status)
        elif isinstance(event, ActionCalled):
            self._log.actions.append(event)
            if event.code != "ok":
                self._owed = ""
        elif isinstance(event, TimerSet) and event.due is not None:
            self._due[event.name, event.gen] = event.due
        elif isinstance(event, TimerFired):
            self._timer_fired(event, state, at)
        elif isinstance(event, ErrorHappened) and not event.what.startswith(("action ", "Mistake")):
            self._wrong(f"{event.where} {event.what} {event.detail}")
        elif isinstance(event, SessionStarted) and state.last_event:
            self._wrong("it begins twice")

    def over(self) -> None:
        if self._owed:
            self._verdict.lost.append(f"session {self._row.id} has no {self._owed!r}")

    def _received(self, event: MessageReceived, state: SessionState) -> None:
        self.over()
        if event.n <= self._last_n:
            self._wrong(f"inbound {event.n} came after {self._last_n}")
        self._last_n, self._is_stale = event.n, False
        self._log.inbound.append(event.key)
        is_note = event.text.startswith("note ") and owner_kind(state.owner) == "bot"
        self._owed = f"got {event.text}" if is_note and state.question is not None else ""
        if self._owed and state.question is not None and state.question.shown["kind"] != "text":
            self._owed = ""  # yes or no was asked

    def _sent(self, event: MessageSent, state: SessionState) -> None:
        if event.key in self._log.outbound or event.key != f"{self._row.id}.{state.last_event + 1}":
            self._wrong(f"the message of event {state.last_event + 1} has the key {event.key}")
        self._log.outbound[event.key] = event.text
        if event.text == self._owed:
            self._owed = ""
        elif event.text.startswith("got note ") and event.author.startswith("bot:"):
            self._verdict.doubled.append(f"session {self._row.id}: {event.text!r} answers nothing")
        if self._is_stale and event.text == "Still there?":
            self._wrong("a timer acted that had been cancelled")
        if event.client:
            self._log.said_by_rep[event.client] += 1

    def _timer_fired(self, event: TimerFired, state: SessionState, at: str) -> None:
        this = event.name, event.gen
        self._is_stale = state.timers.get(event.name) != event.gen
        self._fired[this] += 1
        if self._fired[this] > 1:
            self._verdict.doubled.append(f"session {self._row.id}: timer {this} fired twice")
        due = self._due.get(this)
        if due is None:
            self._wrong(f"timer {this} fired and was never set")
        elif at < due and (instant(due) - instant(at)).total_seconds() > self._world.set_back:
            self._wrong(f"timer {this} was due at {due} and fired at {at}")


def _judge_inbound(world: World, logs: dict[str, Log], verdict: Verdict) -> None:
    for user, messages in world.ledger.messages.items():
        found = Counter(logs[user].inbound)
        place = {key: index for index, key in enumerate(logs[user].inbound)}
        verdict.messages += len(messages)
        for one in messages:
            if not one.is_end and not found[one.id]:
                verdict.lost.append(f"{user}: {one.id} is not in the log")
            if found.pop(one.id, 0) > 1:
                verdict.doubled.append(f"{user}: {one.id} is in the log twice")
        if found:
            verdict.wrong.append(f"{user}: nobody wrote {list(found)}")
        known = [one for one in messages if one.id in place]
        for index, first in enumerate(known):
            for second in known[index + 1 :]:
                if first.acknowledged <= second.sent and place[first.id] > place[second.id]:
                    verdict.reordered.append(f"{user}: {second.id} stands before {first.id}")


def _judge_replies(kept: Kept, world: World, logs: dict[str, Log], verdict: Verdict) -> None:
    contents: dict[str, tuple[str, str]] = {}
    times: Counter[str] = Counter()
    order: dict[str, list[str]] = defaultdict(list)
    for heard in world.provider.heard:
        times[heard.key] += 1
        if heard.key not in contents:
            contents[heard.key] = (heard.user, heard.text)
            order[heard.user].append(heard.key)
        elif contents[heard.key] != (heard.user, heard.text):
            verdict.doubled.append(f"key {heard.key} had two contents")
        decided = logs[heard.user].outbound.get(heard.key)
        if decided is None or not heard.text.startswith(decided):  # a component's options follow
            verdict.wrong.append(
                f"{heard.user} got {heard.text!r} ({heard.key}), of which the log knows nothing"
            )
    for user, log in logs.items():
        wanted = list(log.outbound)
        if [key for key in wanted if key in contents] != order[user]:
            verdict.reordered.append(f"{user} got {order[user]}")
        for key in wanted:
            status = kept.outbox.get(key, "")
            if status == "in_doubt":
                verdict.in_doubt += 1
            if key not in contents and status not in ("failed", "in_doubt"):
                verdict.lost.append(
                    f"{user} never got {key} {log.outbound[key]!r} ({status or 'marked sent'})"
                )
            if user.startswith("once:") and times[key] > 1:
                verdict.doubled.append(f"{user} got {key} {times[key]} times, where once was promised")
    keys = {key for log in logs.values() for key in log.outbound}
    verdict.wrong += [f"the outbox has {key}, the log has not" for key in kept.outbox if key not in keys]


def _judge_actions(world: World, logs: dict[str, Log], verdict: Verdict) -> None:
    server = world.server
    verdict.wrong += server.uncalled_for
    for name in WRITES:
        for words, times in Counter(server.acted[name]).items():
            if times > 1:
                verdict.doubled.append(f"{words!r} was done {times} times")
    for words, keys in server.keys.items():
        if words.startswith("pay") and len(keys) > 1:
            verdict.doubled.append(f"{words!r} was asked for in {len(keys)} ways: {sorted(keys)}")
    calls: dict[tuple[str, str], list[str]] = defaultdict(list)
    for log in logs.values():
        for action in log.actions:
            arguments: Any = action.arguments
            if arguments:
                calls[action.name, arguments["words"]].append(action.code)
    for (name, words), codes in calls.items():
        if len(codes) > 1:
            verdict.doubled.append(f"{name} {words!r} was called in {len(codes)} turns")
        if name != "look" and "ok" in codes and words not in server.acted[name]:
            verdict.lost.append(f"{name} {words!r} is said to be done and was not")
        verdict.in_doubt += codes.count("in_doubt")
