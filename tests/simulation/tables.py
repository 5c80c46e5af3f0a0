"""What a database does, in dicts: the model that both real stores are held against.

Each method is one step of a transaction, done at once; who may do it, and when it arrives, is not known here.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import orjson

from frontdesk.store.base import (
    OPENS_SESSION,
    ORDINAL_STEP,
    SHARDS,
    Conversation,
    EventRow,
    Intake,
    Lease,
    NewProblem,
    OutboxRow,
    ProblemRow,
    RepRow,
    RepSession,
    SessionRow,
    Step,
    Taken,
    TimerRow,
    Turn,
    follower_of,
    shard_of,
)

LEASE = 5.0  # seconds a process that says nothing keeps what it works on
GONE_AFTER = 2.0  # and one whose connection is gone
DOUBTFUL = 600.0  # seconds for which a call that a stopped process had begun may still be made
UNSENT = frozenset({"ready", "retry", "sending"})


@dataclass(slots=True)
class User:
    ordinal: int = 0
    session: str | None = None
    slots: bytes | None = None


@dataclass(slots=True)
class Worker:
    """A process as the database knows it."""

    takes: bool = False
    until: float = -math.inf
    is_over: bool = False
    is_connected: bool = True


class Over(Exception):
    """Others have taken over what this process held."""


@dataclass(slots=True)
class Tables:
    """All rows of one desk."""

    users: dict[str, User] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    rows: dict[str, SessionRow] = field(default_factory=dict)
    last_in: dict[str, int] = field(default_factory=dict)
    log: dict[str, list[EventRow]] = field(default_factory=lambda: defaultdict(list))
    inbox: dict[tuple[str, int], tuple[str, str, bytes]] = field(default_factory=dict)  # user, kind, body
    seen: dict[tuple[str, str], tuple[str, int, str]] = field(default_factory=dict)  # session, n, at
    outbox: dict[tuple[str, int], tuple[OutboxRow, str]] = field(default_factory=dict)
    timer: dict[tuple[str, str], TimerRow] = field(default_factory=dict)
    step: dict[tuple[str, int], dict[int, Step]] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    releases: dict[str, tuple[str, Mapping[str, bytes]]] = field(default_factory=dict)
    reps: dict[str, RepRow] = field(default_factory=dict)
    rep_sessions: dict[str, RepSession] = field(default_factory=dict)
    problems: dict[int, ProblemRow] = field(default_factory=dict)
    workers: dict[str, Worker] = field(default_factory=dict)
    shards: list[str | None] = field(default_factory=lambda: [None] * SHARDS)
    up_since: float = -math.inf  # when the server was started last
    doubtful: dict[int, float] = field(default_factory=dict)  # shard -> until when

    # --- the way of a message ----------------------------------------------------------------

    def intake(self, one: Intake) -> Taken:
        before = self._before(one)
        if before is not None:
            return before
        user = self.users.setdefault(one.user, User())
        is_new = user.session is None
        if one.session is not None and one.session != user.session:
            return Taken(session=one.session, n=0)
        if is_new:
            self._open(one.user, one.new_session, user.ordinal + 1, one.user.partition(":")[0], one.at)
        session = user.session
        assert session is not None
        n = self.heads[session] = self.heads[session] + 1
        self.seen[one.account, one.external_id] = (session, n, one.at)
        self.inbox[session, n] = (one.user, one.kind, one.body)
        return Taken(session=session, n=n, is_new_session=is_new, ordinal=user.ordinal)

    def _before(self, one: Intake) -> Taken | None:
        found = self.seen.get((one.account, one.external_id))
        if found is None:
            return None
        session, n, _ = found
        while self.rows[session].status == "ended" and n > self.last_in[session]:
            follower = follower_of(session)  # it was committed behind the end: the one that follows has it
            if follower not in self.rows:
                break
            session, n = follower, n - self.last_in[session]
        return Taken(session=session, n=n, ordinal=self.rows[session].ordinal, is_duplicate=True)

    def _open(self, user: str, session: str, ordinal: int, channel: str, at: str) -> None:
        known = self.users.setdefault(user, User())
        known.session, known.ordinal = session, ordinal
        self.heads[session] = self.last_in[session] = 0
        self.rows[session] = SessionRow(
            id=session, user=user, channel=channel, ordinal=ordinal, status="new", owner="none",
            waiting_since=None, last_at=at, last_event=0, state=b"",
        )  # fmt: skip

    def fused(self, one: Intake, turn: Turn) -> Taken:
        before = self._before(one)
        if before is not None:
            return before
        user = self.users.setdefault(one.user, User())
        if turn.is_new_session:
            if user.session is not None or user.ordinal + 1 != turn.ordinal:
                return self.intake(one)
            self._open(turn.user, turn.session, turn.ordinal, turn.channel, turn.last_at)
        elif not (
            user.session == turn.session and self._is_next(turn) and self.heads[turn.session] == turn.n - 1
        ):
            return self.intake(one)
        self.heads[turn.session] = turn.n
        self.seen[one.account, one.external_id] = (turn.session, turn.n, one.at)
        self._write(turn)
        return Taken(
            session=turn.session,
            n=turn.n,
            is_new_session=turn.is_new_session,
            is_committed=True,
            ordinal=turn.ordinal,
        )

    def _is_next(self, turn: Turn) -> bool:
        return self.last_in.get(turn.session) == turn.n - 1

    def commit(self, turn: Turn) -> bool:
        if not self._is_next(turn):
            return False
        self.inbox.pop((turn.session, turn.n), None)
        if turn.had_steps:
            self.step.pop((turn.session, turn.n), None)
        self._write(turn)
        if turn.status == "ended":
            self._follow(turn)
        return True

    def _write(self, turn: Turn) -> None:
        session, user = turn.session, self.users[turn.user]
        self.last_in[session] = turn.n
        self.rows[session] = SessionRow(
            id=session, user=turn.user, channel=turn.channel, ordinal=turn.ordinal, status=turn.status,
            owner=turn.owner, waiting_since=turn.waiting_since, last_at=turn.last_at,
            last_event=turn.last_event, state=turn.state,
        )  # fmt: skip
        self.log[session] += turn.events
        for row in turn.outbox:
            self.outbox[session, row.seq] = (row, "ready")
        for timer in turn.timers:
            self.timer.pop((session, timer.name), None)
            if timer.due is not None:
                self.timer[session, timer.name] = timer
        if turn.problem is not None:
            self.keep(turn.problem)
        if turn.user_slots is not None:
            user.slots = turn.user_slots
        if turn.status == "ended":
            if user.session == session:
                user.session = None
            for key in [key for key in self.timer if key[0] == session]:
                del self.timer[key]

    def _follow(self, turn: Turn) -> None:
        """What was committed behind the end of a session: its messages open the next one."""
        behind = sorted(key for key in self.inbox if key[0] == turn.session)
        self.heads[turn.session] = turn.n
        moved: list[tuple[str, str, bytes]] = []
        for key in behind:
            one = self.inbox.pop(key)
            if one[1] in OPENS_SESSION or (one[1] == "end" and moved):
                moved.append(one)
        if not moved:
            return
        follower = follower_of(turn.session)
        self._open(turn.user, follower, turn.ordinal + 1, turn.channel, turn.last_at)
        self.heads[follower] = len(moved)
        self.inbox.update({(follower, n): one for n, one in enumerate(moved, 1)})

    def journal(self, session: str, n_inbound: int, steps: Sequence[Step]) -> None:
        kept = self.step.setdefault((session, n_inbound), {})
        for step in steps:
            kept[step.n] = replace(kept[step.n], result=step.result) if step.n in kept else step

    def keep(self, problem: NewProblem) -> int:
        number = max(self.problems, default=0) + 1
        self.problems[number] = ProblemRow(id=number, **asdict(problem))
        return number

    def mark(self, key: tuple[str, int], status: str, attempts: int | None = None, next_at: str = "") -> None:
        if key not in self.outbox:
            return
        row, _ = self.outbox[key]
        if status == "sent":
            del self.outbox[key]
        elif attempts is None:
            self.outbox[key] = row, status
        else:
            self.outbox[key] = replace(row, attempts=attempts, next_at=next_at), status

    def sweep(self, before: str) -> None:
        for key in [key for key, (_, _, at) in self.seen.items() if at < before]:
            del self.seen[key]
        for number in [one.id for one in self.problems.values() if one.at < before]:
            del self.problems[number]
        for sha in [sha for sha, one in self.rep_sessions.items() if one.expires < before]:
            del self.rep_sessions[sha]

    # --- who works on which users ------------------------------------------------------------

    def check(self, name: str, now: float) -> None:
        """Renew a process's lease with what it writes; Over: others have what it held."""
        worker = self.workers[name]
        if worker.is_over:
            raise Over
        worker.until = now + LEASE

    def beat(self, name: str, now: float, *, takes: bool, giving: Collection[int], judges: bool) -> Lease:
        self.check(name, now)
        self.workers[name].takes = takes
        for shard in giving:
            if self.shards[shard] == name:
                self.shards[shard] = None
        if takes and judges:
            for other, worker in self.workers.items():
                if other != name and not worker.is_over and self._is_dead(worker, now):
                    self._take_over(other, now)
        workers = sum(1 for one in self.workers.values() if not one.is_over and one.takes)
        share = -(-SHARDS // max(workers, 1))
        if takes:
            missing = share - self.shards.count(name)
            free = [shard for shard, owner in enumerate(self.shards) if owner is None and shard not in giving]
            for shard in free[: max(missing, 0)]:
                self.shards[shard] = name
        mine = frozenset(shard for shard, owner in enumerate(self.shards) if owner == name)
        return Lease(
            shards=mine,
            doubtful=frozenset(shard for shard in mine if self.doubtful.get(shard, now) > now),
            share=share if takes else 0,
            processes=sum(1 for one in self.workers.values() if not one.is_over and one.until > now),
            release=self.settings.get("release"),
        )

    def _is_dead(self, worker: Worker, now: float) -> bool:
        is_quiet = worker.until < now + LEASE - GONE_AFTER
        return worker.until < now or (is_quiet and not worker.is_connected)

    def _take_over(self, name: str, now: float) -> None:
        """A process is taken for dead.

        What it had begun may yet happen if it still has a connection, or only the server's end took it.
        """
        worker = self.workers[name]
        if worker.is_connected or worker.until - LEASE < self.up_since:
            held = [shard for shard, owner in enumerate(self.shards) if owner == name]
            self.doubtful.update(dict.fromkeys(held, now + DOUBTFUL))
        self.leave(name)

    def leave(self, name: str) -> None:
        """A process is over: what it held is free."""
        self.workers[name].is_over = True
        self.shards = [None if owner == name else owner for owner in self.shards]

    # --- reading -----------------------------------------------------------------------------

    def conversation(self, user: str) -> Conversation:
        known = self.users.get(user)
        if known is None:
            return Conversation(user=user)
        session = known.session
        pending = [(name, n, body) for (name, n), (who, _, body) in sorted(self.inbox.items()) if who == user]
        return Conversation(
            user=user,
            ordinal=known.ordinal,
            slots=orjson.loads(known.slots) if known.slots else {},
            session=session,
            state=self.rows[session].state if session is not None else None,
            last_in=self.last_in[session] if session is not None else 0,
            pending=pending,
        )

    def unsent(self, shards: Collection[int]) -> list[OutboxRow]:
        found = [
            replace(row, is_on_its_way=status == "sending")
            for row, status in self.outbox.values()
            if status in UNSENT and shard_of(row.user) in shards
        ]
        return sorted(found, key=lambda row: (row.user, self.rows[row.session].ordinal, row.seq))

    def pending_users(self, shards: Collection[int]) -> list[str]:
        users = dict.fromkeys(user for user, _, _ in self.inbox.values())
        return [user for user in users if shard_of(user) in shards]

    def timers(self, shards: Collection[int], until: str) -> list[TimerRow]:
        return [row for row in self.timer.values() if str(row.due) < until and shard_of(row.user) in shards]

    def behind(self, user: str, after: int, limit: int) -> list[tuple[int, str, EventRow]]:
        """(event id, session, event) of a user's sessions behind an event id."""
        mine = sorted((row for row in self.rows.values() if row.user == user), key=lambda row: row.ordinal)
        every = [
            (row.ordinal * ORDINAL_STEP + event.seq, row.id, event)
            for row in mine
            for event in self.log[row.id]
        ]
        return [one for one in every if one[0] > after][:limit]

    def latest(self, users: Collection[str]) -> dict[str, int]:
        newest = {row.user: row for row in sorted(self.rows.values(), key=lambda row: row.ordinal)}
        return {
            user: newest[user].ordinal * ORDINAL_STEP + newest[user].last_event
            for user in users
            if user in newest
        }

    def where(self, holds: Callable[[SessionRow], bool]) -> list[SessionRow]:
        return sorted(filter(holds, self.rows.values()), key=lambda row: row.last_at)
