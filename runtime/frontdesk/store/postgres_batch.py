"""What the steps of one batch come to, decided from what was read: no I/O here.

The transaction is REPEATABLE READ: everything decided here rests on rows that it also writes, so
where another process wrote one of them meanwhile it cannot commit, and is decided anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import orjson

from frontdesk.store.base import OPENS_SESSION, Intake, NewProblem, Step, Taken, Turn, follower_of, shard_of

CONTENDED = ("head", "moved", "new_user", "seen", "user")  # parts that several processes write
_key = itemgetter(0, 1)


@dataclass(slots=True)
class Known:
    """A messaging user and their open session as the batch has them so far."""

    is_kept: bool = False  # has a row
    ordinal: int = 0
    session: str | None = None
    head: int = 0  # the last number given in the open session
    last_in: int = 0  # the last one consumed
    slots: bytes | None = None  # to be written
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class Behind:
    """An inbound committed behind the turn that ends its session."""

    n: int
    user: str
    kind: str
    body: bytes


class Decided:
    """Decides step after step, and collects the rows of all."""

    def __init__(self, users: dict[str, Known], seen: dict[tuple[str, str], Taken]) -> None:
        self._users = users
        self._seen = seen
        self._heads: dict[str, int] = {}
        self._new_heads: dict[str, int] = {}
        self._timers: dict[tuple[str, str], tuple[Any, ...] | None] = {}
        self._steps: dict[tuple[str, int, int], tuple[Any, ...]] = {}
        self._rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything to be written, by part; a row stands in one of them only.

        In one order in every process: two that write rows of the same users wait for each other, not both.
        """
        rows = self._rows
        for user, known in self._users.items():
            if known.is_changed:
                part = "user" if known.is_kept else "new_user"
                rows[part].append((user, known.ordinal, known.session, known.slots))
        rows["new_head"] += self._new_heads.items()
        rows["head"] += self._heads.items()
        rows["step"] += self._steps.values()
        for key, timer in self._timers.items():
            if timer is None:
                rows["no_timer"].append(key)
            else:
                rows["timer"].append(timer)
        for name in CONTENDED:
            if name in rows:
                rows[name].sort(key=_key)
        return {name: rows[name] for name in sorted(rows) if rows[name]}

    def add(self, part: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Rows that need no decision."""
        self._rows[part] += rows

    def journal(self, session: str, n_inbound: int, steps: Sequence[Step]) -> None:
        """Steps of a running turn; a later one completes an earlier one of its number."""
        for step in steps:
            key = (session, n_inbound, step.n)
            body = self._steps[key][3] if key in self._steps else step.body
            self._steps[key] = (*key, body, step.result)

    def intake(self, one: Intake) -> Taken:
        """Commit an inbound; open a session when the user has none."""
        if (before := self._seen.get((one.account, one.external_id))) is not None:
            return before
        known = self._users[one.user]
        is_new = known.session is None
        if one.session is not None and one.session != known.session:
            return Taken(session=one.session, n=0)
        if is_new:
            self._open(known, one.new_session, known.ordinal + 1)
            channel = one.user.partition(":")[0]
            self._new_session(one.new_session, one.user, channel, known.ordinal, one.at)
        session = known.session
        assert session is not None
        known.head += 1
        self._set_head(session, known.head)
        self._see(one, session, known.head, known.ordinal)
        shard = shard_of(one.user)
        self._rows["inbox"].append((session, known.head, one.user, one.kind, one.body, shard))
        return Taken(session=session, n=known.head, is_new_session=is_new, ordinal=known.ordinal)

    def fused(self, one: Intake, turn: Turn) -> Taken:
        """Inbound and turn in one. A wrong guess about the session commits the inbound alone."""
        if (before := self._seen.get((one.account, one.external_id))) is not None:
            return before
        known = self._users[one.user]
        if turn.is_new_session:
            if known.session is not None or known.ordinal + 1 != turn.ordinal:
                return self.intake(one)
            self._open(known, turn.session, turn.ordinal)
        elif (known.session, known.head, known.last_in) != (turn.session, turn.n - 1, turn.n - 1):
            return self.intake(one)
        known.head = known.last_in = turn.n
        self._set_head(turn.session, turn.n)
        self._see(one, turn.session, turn.n, turn.ordinal)
        self._write(turn, known)
        if turn.status == "ended":
            self._end(turn, known)
        return Taken(
            session=turn.session,
            n=turn.n,
            is_new_session=turn.is_new_session,
            is_committed=True,
            ordinal=turn.ordinal,
        )

    def commit(self, turn: Turn, last_in: int | None, behind: Sequence[Behind]) -> bool:
        """A turn whose inbound is in the inbox. `last_in`: what its session has consumed."""
        if last_in != turn.n - 1:
            return False
        known = self._users[turn.user]
        self._rows["consumed"].append((turn.session, turn.n))
        if turn.had_steps:
            self._rows["no_steps"].append((turn.session, turn.n))
        self._write(turn, known)
        if turn.status == "ended":
            self._end(turn, known)
            # Written always: an intake that counts on the open session must not pass unseen.
            self._set_head(turn.session, turn.n)
            self._follow(turn, known, behind)
        return True

    def _follow(self, turn: Turn, known: Known, behind: Sequence[Behind]) -> None:
        """What was committed behind the end of a session: its messages open the next one."""
        # Timers, reps and receipts meant the session that is over; they must not act on another.
        moved: list[Behind] = []
        for one in behind:
            self._rows["consumed"].append((turn.session, one.n))
            if one.kind in OPENS_SESSION or (one.kind == "end" and moved):
                moved.append(one)
        if not moved:
            return
        follower, ordinal = follower_of(turn.session), turn.ordinal + 1
        self._open(known, follower, ordinal)
        self._new_session(follower, turn.user, turn.channel, ordinal, turn.last_at)
        self._set_head(follower, len(moved))
        known.head, shard = len(moved), shard_of(turn.user)
        self._rows["inbox"] += [
            (follower, place, one.user, one.kind, one.body, shard) for place, one in enumerate(moved, 1)
        ]

    def _open(self, known: Known, session: str, ordinal: int) -> None:
        known.session, known.ordinal, known.is_changed = session, ordinal, True
        known.head = known.last_in = 0
        self._new_heads[session] = 0

    def _end(self, turn: Turn, known: Known) -> None:
        if known.session == turn.session:
            known.session, known.is_changed = None, True
        self._rows["no_timers"].append((turn.session,))

    def _set_head(self, session: str, n: int) -> None:
        heads = self._new_heads if session in self._new_heads else self._heads
        heads[session] = n

    def _see(self, one: Intake, session: str, n: int, ordinal: int) -> None:
        self._rows["seen"].append((one.account, one.external_id, session, n, one.at))
        self._seen[one.account, one.external_id] = Taken(
            session=session, n=n, ordinal=ordinal, is_duplicate=True
        )

    def _new_session(self, session: str, user: str, channel: str, ordinal: int, at: str) -> None:
        self._rows["new_session"].append(
            (session, user, channel, ordinal, 0, 0, "new", "none", None, at, b"")
        )

    def _write(self, turn: Turn, known: Known) -> None:
        """The session's row and what else the turn decided."""
        session = turn.session
        self._rows["new_session" if turn.is_new_session else "moved"].append(
            (
                session,
                turn.user,
                turn.channel,
                turn.ordinal,
                turn.n,
                turn.last_event,
                turn.status,
                turn.owner,
                turn.waiting_since,
                turn.last_at,
                turn.state,
            )
        )
        self._rows["event"] += [
            (session, row.seq, row.kind, row.version, row.at, row.body) for row in turn.events
        ]
        shard = shard_of(turn.user)
        self._rows["outbox"] += [
            (session, sent.seq, sent.user, sent.channel, sent.body, sent.next_at, shard)
            for sent in turn.outbox
        ]
        if turn.status != "ended":
            for timer in turn.timers:
                row = (session, timer.name, timer.user, timer.gen, timer.due, shard)
                self._timers[session, timer.name] = row if timer.due is not None else None
        if turn.problem is not None:
            self._rows["problem"].append(problem_values(turn.problem))
        if turn.user_slots is not None:
            known.slots, known.is_changed = turn.user_slots, True


def problem_values(problem: NewProblem) -> tuple[Any, ...]:
    """The columns of a problem that are given."""
    # A text here may quote the payload, and PostgreSQL's texts hold no NUL.
    what, error = (text.replace("\x00", "\ufffd") for text in (problem.what, problem.error))
    headers = orjson.dumps(dict(problem.headers))
    return problem.at, problem.channel, what, error, headers, problem.body


def known_of(row: Mapping[str, Any]) -> Known:
    """A user as a row that was read says."""
    return Known(
        is_kept=row["is_kept"],
        ordinal=row["ordinal"] or 0,
        session=row["session"],
        head=row["head"] or 0,
        last_in=row["last_in"] or 0,
    )
