"""What a store does for the way of a message. Two stores can differ only behind these methods.

Every method that writes is one step of one transaction that may hold many sessions' steps, and is
durable when it returns (`mark_sent` alone may be lost with the machine: it is then in doubt).
Safety is the compare-and-set on a session's `last_in`, and where several processes share a store, that
of one which was taken over from no step of a turn, its journal or its outbox is written any more.
"""

# Rows made for every turn are not frozen: a frozen dataclass takes three times as long to make.

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

ORDINAL_STEP = 1 << 32
"""A conversation's event id is `ordinal * ORDINAL_STEP + seq`: it rises over all of a user's sessions."""
SHARDS = 256
"""Messaging users are spread over so many shards; each is worked by one process at a time."""
ALL_SHARDS = frozenset(range(SHARDS))
LATEST = "9999"
"""Behind every time there is."""


def shard_of(user: str) -> int:
    """The shard of a messaging user: the same in every process and every version."""
    return hashlib.md5(user.encode(), usedforsecurity=False).digest()[0]


@dataclass(slots=True, kw_only=True)
class Intake:
    """One inbound to be committed."""

    account: str  # whose ids these are: a channel's name, `timer`, `desk`
    external_id: str
    user: str
    kind: str  # of the inbound
    body: bytes
    session: str | None = None  # a given session only; None: the user's open one, else a new one
    new_session: str = ""  # the id a new session gets
    at: str = ""


@dataclass(slots=True, kw_only=True)
class Taken:
    """What became of an intake."""

    session: str
    n: int  # its number in the session's gapless inbound sequence; 0: the session was over
    is_duplicate: bool = False
    is_new_session: bool = False
    is_committed: bool = False  # the whole turn is committed too (fused)
    ordinal: int = 1


@dataclass(slots=True, kw_only=True)
class EventRow:
    """One event of a session's log."""

    seq: int
    kind: str
    version: int
    at: str
    body: bytes


@dataclass(slots=True, kw_only=True)
class OutboxRow:
    """A committed message on its way to a channel that must be called."""

    session: str
    seq: int
    user: str
    channel: str
    body: bytes
    attempts: int = 0
    next_at: str = ""
    is_on_its_way: bool = False  # a stopped process was sending it: nobody knows its end


@dataclass(slots=True, kw_only=True)
class TimerRow:
    """One timer of a session."""

    session: str
    user: str
    name: str
    gen: int
    due: str | None  # None: cancel


@dataclass(slots=True, kw_only=True)
class Turn:
    """Everything one turn changes, committed together or not at all."""

    session: str
    user: str
    channel: str
    ordinal: int
    n: int  # the inbound it consumes
    is_new_session: bool
    status: str
    owner: str
    waiting_since: str | None
    last_at: str
    last_event: int
    state: bytes
    events: Sequence[EventRow]
    outbox: Sequence[OutboxRow] = ()
    timers: Sequence[TimerRow] = ()
    user_slots: bytes | None = None  # changed values of slots with scope user
    had_steps: bool = False  # the journal holds rows of this turn
    problem: NewProblem | None = None  # what broke it: it is an apology now


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A messaging user as the store knows them, with the session that is open."""

    user: str
    ordinal: int = 0  # of the newest session; 0: never wrote
    slots: Mapping[str, Any] = field(default_factory=dict)
    session: str | None = None
    state: bytes | None = None
    last_in: int = 0
    pending: Sequence[tuple[str, int, bytes]] = ()  # committed inbounds no turn has consumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What a process holds of a desk that several may serve."""

    shards: frozenset[int]
    doubtful: frozenset[int] = frozenset()  # of them, taken of late from a process that may still be running
    share: int  # how many it should hold, with as many workers as there are now
    processes: int = 1  # that serve this desk now, this one included
    release: str | None = None  # that the store names: all processes run it


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One effect of a turn in its journal. n 0 is what the turn was given."""

    n: int
    body: bytes  # the effect, or what the turn was given
    result: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One session in a list."""

    id: str
    user: str
    channel: str
    ordinal: int
    status: str
    owner: str
    waiting_since: str | None
    last_at: str
    last_event: int
    state: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProblem:
    """Something that could not be processed, kept for 7 days for replay."""

    at: str
    channel: str
    what: str
    error: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemRow(NewProblem):
    """A problem as the store has it."""

    id: int
    status: str = "open"  # open | replayed | dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class RepRow:
    """One account of the console."""

    login: str
    name: str
    role: str
    password: str  # argon2 hash
    languages: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RepSession:
    """One browser in which a rep is signed in."""

    token_sha: str
    login: str
    expires: str


OPENS_SESSION = frozenset({"message", "event", "unsupported"})
"""Kinds of inbound that may begin a session when a user has none."""


def follower_of(session: str) -> str:
    """The id of the session that messages open which were committed behind this one's end."""
    return f"{session}n"


class Store(Protocol):
    """A durable store of one desk."""

    async def open(self) -> None:
        """Take the store for this process; StoreInUse when another has it."""

    async def close(self) -> None: ...

    async def migrate(self) -> int:
        """Bring older data to this version, in place of `open`; gives the version it had."""

    @property
    def is_available(self) -> bool:
        """Whether messages can be taken now, as far as is known."""

    # who works on which users
    @property
    def is_shared(self) -> bool:
        """Whether other processes may serve this desk too."""

    async def beat(self, *, takes: bool, giving: Collection[int] = ()) -> Lease:
        """Renew this process's lease, give back shards it has left, take what is free up to its share.

        ShardsLost when others have taken over: nothing is held any more, and the next beat begins anew.
        Every write of a turn, its journal and its outbox says the same from that moment on.
        """

    def lease_left(self) -> float:
        """Seconds for which certainly nobody else can have taken over what this process holds."""

    # the way of a message
    async def intake(self, intake: Intake) -> Taken:
        """Commit one inbound once and give it the next number of its session."""

    async def fused(self, intake: Intake, turn: Turn) -> Taken:
        """Commit an inbound and the turn it led to; where the guess was wrong, only the inbound."""

    async def commit(self, turn: Turn) -> bool:
        """Commit a turn; False when another has consumed its inbound: nothing was written."""

    async def journal(self, session: str, n_inbound: int, steps: Sequence[Step]) -> None:
        """Keep steps of a running turn; one with a result completes the one begun under its number."""

    async def steps(self, session: str, n_inbound: int) -> list[Step]: ...

    async def conversation(self, user: str) -> Conversation: ...

    async def mark_sending(self, session: str, seq: int) -> None:
        """Note that a message is about to leave, where it must never leave twice."""

    async def mark_sent(self, rows: Sequence[tuple[str, int]]) -> None: ...

    async def mark_failed(
        self,
        session: str,
        seq: int,
        *,
        status: str,
        attempts: int,
        next_at: str,
        problem: NewProblem | None = None,
    ) -> None:
        """Note a failed attempt: `retry` at `next_at`, or for good: `failed`, `in_doubt`."""

    async def pending_users(self, shards: Collection[int] = ALL_SHARDS) -> list[str]:
        """Users with committed inbounds that no turn has consumed."""

    async def unsent(self, shards: Collection[int] = ALL_SHARDS) -> list[OutboxRow]:
        """Messages that have not left, or nobody knows; each user's in the order they were decided."""

    async def timers(self, shards: Collection[int] = ALL_SHARDS, *, until: str = LATEST) -> list[TimerRow]:
        """Timers that are due before `until`."""

    async def sweep(self, before: str) -> None:
        """Forget delivery ids, kept bodies and ended sign-ins older than `before`."""

    # reading
    async def events(self, session: str, after: int = 0, limit: int = 100_000) -> list[EventRow]: ...

    async def conversation_events(self, user: str, after: int, limit: int) -> list[tuple[int, str, EventRow]]:
        """(event id, session, event) of all of a user's sessions behind an event id."""

    async def latest(self, users: Collection[str]) -> dict[str, int]:
        """The newest event id of each user's conversation; who never wrote is left out."""

    async def session(self, session: str) -> SessionRow | None: ...

    async def sessions(
        self,
        *,
        user: str | None = None,
        is_open: bool | None = None,
        since: str = "",
        with_people: bool = False,
    ) -> list[SessionRow]:
        """Sessions by the time of their last event. `with_people`: those a queue or a rep owns."""

    # what does not belong to one session
    async def keep_problem(self, problem: NewProblem) -> int:
        """Keep what no session has; gives its number. A turn's and a message's go with their commits."""

    async def problems(self) -> list[ProblemRow]: ...

    async def close_problem(self, number: int, status: str) -> None: ...

    async def put_release(self, release: str, files: Mapping[str, bytes], at: str) -> None: ...

    async def release_files(self, release: str) -> dict[str, bytes] | None: ...

    async def releases(self) -> list[tuple[str, str]]:
        """(release, when it was made), newest first."""

    async def setting(self, name: str) -> str | None: ...

    async def set_setting(self, name: str, value: str, *, replace: bool = True) -> None:
        """`replace=False`: where the setting has a value already, another process was first: it stays."""

    async def put_rep(self, rep: RepRow) -> None: ...

    async def reps(self) -> list[RepRow]: ...

    async def remove_rep(self, login: str) -> bool:
        """Remove a rep with every sign-in; False when there was none."""

    async def put_rep_session(self, session: RepSession) -> None:
        """Keep a sign-in of a rep there is."""

    async def extend_rep_session(self, token_sha: str, expires: str) -> None:
        """Move the end of a sign-in, unless it has been removed."""

    async def rep_session(self, token_sha: str) -> RepSession | None: ...

    async def remove_rep_session(self, token_sha: str) -> None: ...
