"""Whatever happens in whatever order, a store holds what a plain dict would."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from frontdesk.store.base import Store, follower_of
from tests.store.conftest import KINDS, OpenStore
from tests.store.rows import a_message, a_timer, a_turn, an_intake

USERS = st.sampled_from(["phone:anna", "phone:ben"])
IDS = st.integers(0, 30).map(lambda number: f"m{number}")
IS_SESSION_KIND = {"timer", "rep"}


@dataclass
class Session:
    id: str
    ordinal: int
    head: int = 0
    last_in: int = 0
    state: bytes = b""
    is_open: bool = True
    events: list[int] = field(default_factory=list)
    pending: list[tuple[int, str, str]] = field(default_factory=list)  # n, kind, external id
    timers: set[str] = field(default_factory=set)


@dataclass
class User:
    sessions: list[Session] = field(default_factory=list)

    @property
    def open(self) -> Session | None:
        return self.sessions[-1] if self.sessions and self.sessions[-1].is_open else None


MEMORY = Path("/dev/shm")  # what is proven here is what a store holds: no need to wait for a disk


class StoreMachine(RuleBasedStateMachine):
    """A store beside its model."""

    kind = "sqlite"
    kinds: ClassVar[Mapping[str, Callable[[Path], OpenStore]]] = KINDS

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.make_store = self.kinds[self.kind](Path(self.folder.name))
        self.store = self.make_store()
        self.run(self.store.open())
        self.others: list[Store] = []  # on the same data
        self.users: dict[str, User] = {"phone:anna": User(), "phone:ben": User()}
        self.seen: set[str] = set()
        self.outbox: dict[tuple[str, int], str] = {}
        self.made = 0

    def run(self, work: Any) -> Any:
        async def wait() -> Any:
            return await work

        return self.runner.run(wait())

    def teardown(self) -> None:
        for store in (self.store, *self.others):
            self.run(store.close())
        self.runner.close()
        self.folder.cleanup()

    def new_session_id(self) -> str:
        self.made += 1
        return f"s{self.made:04d}"

    # --- what may happen -------------------------------------------------------------------------
    @rule(user=USERS, external_id=IDS, kind=st.sampled_from(["message", "message", "timer", "rep", "end"]))
    def intake(self, user: str, external_id: str, kind: str) -> None:
        known = self.users[user]
        given = None
        if kind in IS_SESSION_KIND:
            given = known.sessions[-1].id if known.sessions else "nowhere"
        new = self.new_session_id()
        taken = self.run(
            self.store.intake(an_intake(external_id, user=user, kind=kind, session=given, new_session=new))
        )
        self.expect_taken(taken, known, external_id, kind, given, new)

    def expect_taken(
        self, taken: Any, known: User, external_id: str, kind: str, given: str | None, new: str
    ) -> None:
        assert taken.is_duplicate == (external_id in self.seen)
        assert not taken.is_committed
        if taken.is_duplicate:
            return
        session = known.open
        if given is not None and (session is None or session.id != given):
            assert taken.n == 0
            return
        assert taken.is_new_session == (session is None)
        if session is None:
            session = Session(new, len(known.sessions) + 1)
            known.sessions.append(session)
        session.head += 1
        session.pending.append((session.head, kind, external_id))
        self.seen.add(external_id)
        assert (taken.session, taken.n, taken.ordinal) == (session.id, session.head, session.ordinal)

    @rule(user=USERS, external_id=IDS, ends=st.booleans(), messages=st.integers(0, 2))
    def fused(self, user: str, external_id: str, ends: bool, messages: int) -> None:
        known = self.users[user]
        session = known.open
        new = self.new_session_id()
        is_new = session is None
        target = Session(new, len(known.sessions) + 1) if session is None else session
        n = target.last_in + 1
        turn = self.turn(user, target, n, ends, messages, is_new)
        taken = self.run(self.store.fused(an_intake(external_id, user=user, new_session=new), turn))
        if external_id in self.seen or target.head != n - 1:
            self.expect_taken(taken, known, external_id, "message", None, new)
            return
        assert taken.is_committed
        if is_new:
            known.sessions.append(target)
        target.head = n
        self.seen.add(external_id)
        self.consume(known, target, turn)

    @precondition(lambda self: any(user.open and user.open.pending for user in self.users.values()))
    @rule(ends=st.booleans(), messages=st.integers(0, 2))
    def commit(self, ends: bool, messages: int) -> None:
        for user, known in self.users.items():
            session = known.open
            if session is not None and session.pending:
                turn = self.turn(user, session, session.last_in + 1, ends, messages, False)
                assert self.run(self.store.commit(turn))
                session.pending.pop(0)
                self.consume(known, session, turn)

    @precondition(lambda self: any(user.sessions for user in self.users.values()))
    @rule(user=USERS, off=st.sampled_from([-1, 0, 2, 3]))
    def commit_out_of_turn(self, user: str, off: int) -> None:
        for session in self.users[user].sessions:
            if session.last_in + off > 0:
                turn = self.turn(user, session, session.last_in + off, True, 1, False)
                assert not self.run(self.store.commit(turn))

    @precondition(lambda self: bool(self.outbox))
    @rule(
        status=st.sampled_from(["sent", "retry", "failed", "in_doubt", "sending"]), place=st.integers(0, 99)
    )
    def deliver(self, status: str, place: int) -> None:
        key = sorted(self.outbox)[place % len(self.outbox)]
        if status == "sent":
            self.run(self.store.mark_sent([key]))
            del self.outbox[key]
        elif status == "sending":
            self.run(self.store.mark_sending(*key))
            self.outbox[key] = status
        else:
            self.run(self.store.mark_failed(*key, status=status, attempts=1, next_at=""))
            self.outbox[key] = status

    @rule()
    def open_again(self) -> None:
        self.run(self.store.close())
        self.store = self.make_store()
        self.run(self.store.open())

    @precondition(lambda self: self.store.is_shared)
    @rule()
    def go_on_in_another_process(self) -> None:
        if not self.others:
            self.others.append(self.make_store())
            self.run(self.others[0].open())
        self.others.append(self.store)
        self.store = self.others.pop(0)

    # --- what follows from it --------------------------------------------------------------------
    def turn(self, user: str, session: Session, n: int, ends: bool, messages: int, is_new: bool) -> Any:
        first = n * 10
        return a_turn(
            session.id,
            n,
            user=user,
            ordinal=session.ordinal,
            is_new_session=is_new,
            status="ended" if ends else "active",
            outbox=[a_message(session.id, first + one, user=user) for one in range(messages)],
            timers=[a_timer(session.id, "ask", user=user, due=None if n % 2 else "2026-01-01")],
        )

    def consume(self, known: User, session: Session, turn: Any) -> None:
        session.last_in, session.state = turn.n, turn.state
        session.events.append(turn.n)
        session.timers = set() if turn.n % 2 else {"ask"}
        self.outbox.update({(row.session, row.seq): "ready" for row in turn.outbox})
        if turn.status != "ended":
            return
        session.is_open, session.timers, session.head = False, set(), turn.n
        moved: list[tuple[int, str, str]] = []
        for one in session.pending:
            if one[1] == "message" or (one[1] == "end" and moved):
                moved.append(one)
        session.pending = []
        if moved:
            pending = [(place, kind, name) for place, (_, kind, name) in enumerate(moved, 1)]
            following = Session(
                follower_of(session.id), session.ordinal + 1, head=len(moved), pending=pending
            )
            known.sessions.append(following)

    # --- what must hold --------------------------------------------------------------------------
    @invariant()
    def users_are_as_in_the_model(self) -> None:
        for name, known in self.users.items():
            kept = self.run(self.store.conversation(name))
            session = known.open
            assert kept.ordinal == len(known.sessions)
            assert kept.session == (session.id if session else None)
            pending = (
                [(session.id, n, external_id.encode()) for n, _, external_id in session.pending]
                if session
                else []
            )
            assert list(kept.pending) == pending
            if session is not None:
                assert (kept.last_in, kept.state) == (session.last_in, session.state)
            for one in known.sessions:
                assert [row.seq for row in self.run(self.store.events(one.id))] == one.events

    @invariant()
    def the_outbox_is_as_in_the_model(self) -> None:
        rows = self.run(self.store.unsent())
        assert {(row.session, row.seq): row.is_on_its_way for row in rows} == {
            key: status == "sending"
            for key, status in self.outbox.items()
            if status in ("ready", "retry", "sending")
        }
        for user in self.users:
            mine = [row for row in rows if row.user == user]
            order = {session.id: session.ordinal for session in self.users[user].sessions}
            assert [(order[row.session], row.seq) for row in mine] == sorted(
                (order[row.session], row.seq) for row in mine
            )

    @invariant()
    def timers_are_as_in_the_model(self) -> None:
        kept = {(row.session, row.name) for row in self.run(self.store.timers())}
        sessions = [session for user in self.users.values() for session in user.sessions]
        assert kept == {(session.id, name) for session in sessions for name in session.timers}

    @invariant()
    def waiting_users_are_as_in_the_model(self) -> None:
        waiting = {name for name, known in self.users.items() if known.open and known.open.pending}
        assert set(self.run(self.store.pending_users())) == waiting


def _machine(kind: str) -> type[StoreMachine]:
    return type(f"StoreMachine_{kind}", (StoreMachine,), {"kind": kind})


# Opening PostgreSQL again and again is ten times slower; `make long` tries more of both.
EXAMPLES = {"sqlite": 20, "postgres": 5}


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_store_holds_what_a_dict_would(kind: str) -> None:
    run_state_machine_as_test(
        _machine(kind), settings=settings(max_examples=EXAMPLES[kind], stateful_step_count=25, deadline=None)
    )


@pytest.mark.long
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_store_holds_what_a_dict_would_over_thousands_of_steps(kind: str) -> None:
    examples = int(os.environ.get("FRONTDESK_EXAMPLES", 100 * EXAMPLES[kind]))
    run_state_machine_as_test(
        _machine(kind),
        settings=settings(max_examples=examples, stateful_step_count=60, deadline=None, derandomize=False),
    )
