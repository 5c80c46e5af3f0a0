"""What a process keeps in memory of one messaging user, and the inbounds that wait for their turn."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from frontdesk.commit import Decision
from frontdesk.effect import Effect
from frontdesk.events import Event
from frontdesk.messages import Inbound
from frontdesk.sessions import SessionState
from frontdesk.store.base import Turn, shard_of

# Users kept in memory; the rest are read again when they are needed. A small session takes 6 KB, an
# agent's long conversation 100: so many users, and no more of their sessions than so many bytes as stored.
IDLE = 5_000
IDLE_BYTES = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A turn that is committed."""

    session: str
    user: str
    n: int
    events: tuple[Event, ...]
    turn: Turn


@dataclass(slots=True)
class Job:
    """A committed inbound that waits for its turn, or whose turn waits for an effect."""

    session: str
    ordinal: int  # of the session
    n: int
    inbound: Inbound
    done: asyncio.Future[Done] | None = None
    decision: Decision | None = None  # already begun: it called an effect
    effect: Effect | None = None
    failures: int = 0
    error: Exception | None = None  # what made it fail too often: now the customer is told

    @property
    def key(self) -> tuple[str, str, str]:
        """Which inbound this is, in whatever session the store has put it."""
        return self.inbound.channel, self.inbound.kind, self.inbound.external_id


@dataclass(slots=True)
class Actor:
    """What is kept in memory of one messaging user. Only who holds it (`is_busy`) may change it."""

    user: str
    shard: int = field(init=False)
    is_loaded: bool = False
    is_busy: bool = False
    is_wanted: bool = False  # another process has committed an inbound
    is_gone: bool = False  # this process no longer works for the user
    task: asyncio.Task[None] | None = None  # that works off the jobs
    idle: asyncio.Future[None] | None = None  # of who waits until nothing runs
    ordinal: int = 0
    slots: Mapping[str, Any] = field(default_factory=dict)
    state: SessionState | None = None  # of the open session
    size: int = 0  # bytes of that as it is stored
    jobs: deque[Job] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.shard = shard_of(self.user)

    def add(self, job: Job) -> None:
        """Queue a committed inbound unless a reading of the store has queued it already."""
        for known in self.jobs:
            if known.key == job.key:
                known.done = known.done or job.done
                return
        self.jobs.append(job)

    @property
    def has_work(self) -> bool:
        return bool(self.jobs) or self.is_wanted

    def give_up(self) -> None:
        """What waits here is another process's to do; who waits for it is told by the log."""
        for job in self.jobs:
            if job.done is not None:
                job.done.cancel()
        self.jobs.clear()
        self.is_gone, self.is_loaded, self.is_wanted = True, False, False

    async def until_idle(self) -> None:
        """Wait until what runs has ended."""
        self.idle = self.idle or asyncio.get_running_loop().create_future()
        await asyncio.shield(self.idle)

    def let_go(self) -> None:
        """Nobody holds it any more."""
        self.is_busy, self.task = False, None
        if self.idle is not None:
            self.idle.set_result(None)
            self.idle = None

    def forget(self) -> None:
        """Drop what memory says; the store knows better."""
        self.is_loaded = False
        for job in self.jobs:
            job.decision = job.effect = None


class Actors:
    """Every actor of a process; of those that are idle, the ones used last."""

    def __init__(self) -> None:
        self._by_user: OrderedDict[str, Actor] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._by_user)

    def __iter__(self) -> Iterator[Actor]:
        return iter(self._by_user.values())

    def within(self, shards: Collection[int]) -> list[Actor]:
        """Those of some shards."""
        return [actor for actor in self if actor.shard in shards]

    def remove(self, actor: Actor) -> None:
        """Keep an actor no longer."""
        if self._by_user.get(actor.user) is actor:
            del self._by_user[actor.user]
            self._bytes -= actor.size

    def get(self, user: str) -> Actor | None:
        """A user's actor if memory has it."""
        return self._by_user.get(user)

    def of(self, user: str) -> Actor:
        """A user's actor, made where there is none."""
        actor = self._by_user.get(user)
        if actor is not None:
            self._by_user.move_to_end(user)
            return actor
        actor = self._by_user[user] = Actor(user)
        self._make_room(actor)
        return actor

    def know(self, actor: Actor, state: SessionState | None, size: int) -> None:
        """What an actor knows of its open session from now on, and the bytes of that as it is stored."""
        actor.state = state
        size = size if state is not None else 0
        if self._by_user.get(actor.user) is actor:
            self._bytes += size - actor.size
        actor.size = size
        self._make_room(actor)

    def _make_room(self, needed: Actor) -> None:
        while len(self._by_user) > IDLE or self._bytes > IDLE_BYTES:
            idle = next((one for one in self if not one.is_busy and one is not needed), None)
            if idle is None:
                return
            self.remove(idle)
