"""What a seed does to the desk: drawn from it once, so that the same seed is the same run."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from frontdesk.crash import POINTS

FAULTS_UNTIL = 10.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong."""

    at: float  # seconds after the start
    kind: str
    value: float = 0.0
    name: str = ""
    times: int = 1  # how often a point is reached until it happens there
    is_late: bool = False  # not at the point itself, but before the next step

    def __str__(self) -> str:
        more = f" {self.name}" if self.name else ""
        again = f", time {self.times}" if self.times > 1 else ""
        late = ", a step later" if self.is_late else ""
        return f"{self.at:6.2f} s  {self.kind}{more} {self.value:g}{again}{late}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One seed's run."""

    seed: int
    users: tuple[tuple[str, str, int], ...]  # channel, address, steps of its talk
    faults: tuple[Fault, ...]
    shuffles: bool
    disk: float  # seconds of a commit, at most
    wire: float  # seconds of a call, at most
    thinks: float = 0.0  # seconds until the actions' server has done what it was asked, at most
    reads: float = 1.0  # how long a read takes the database, of a commit's time
    words: tuple[int, ...] = (50, 10, 8, 8, 8, 4, 7)  # how often each of `people.WORDS`
    how_often: tuple[int, ...] = (55, 9, 8, 12, 10, 4)  # each of `people.HABITS`
    clocks: float = 0.0  # seconds by which the processes' clocks are off, at most
    store: str = "sqlite"  # sqlite | memory
    processes: tuple[str, ...] = ("all",)  # their roles

    def chance(self, of: str) -> random.Random:
        """The chance of one part, so that the others draw the same whatever it does."""
        return random.Random(f"{self.seed}:{of}")


def plan_of(seed: int) -> Plan:
    """The run of one process on a store of its own."""
    chance = random.Random(f"{seed}:plan")
    users = tuple(
        (chance.choices(("key", "once", "again"), (5, 3, 2))[0], f"u{number}", chance.randint(1, 6))
        for number in range(chance.choice((1, 1, 2, 2, 3)))
    )
    return Plan(
        seed=seed,
        users=users,
        faults=_faults(chance, _KINDS, chance.choices((0, 1, 2, 3, 4), (1, 3, 3, 2, 1))[0]),
        shuffles=chance.random() < 0.8,
        disk=chance.choice((0.0, 0.002, 0.02, 0.2)),
        wire=chance.choice((0.01, 0.1, 1.0)),
        store="memory" if seed % 5 == 0 else "sqlite",
    )


def plan_of_several(seed: int) -> Plan:
    """The run of several processes on one database."""
    chance = random.Random(f"{seed}:several")
    users = tuple(
        (chance.choices(("key", "once", "again"), (5, 3, 2))[0], f"u{number}", chance.randint(1, 6))
        for number in range(chance.randint(2, 4))
    )
    roles = chance.choice((("all",) * 3, ("all",) * 2, ("all", "worker", "web"), ("web", "worker", "worker")))
    return Plan(
        seed=seed,
        users=users,
        faults=_faults(
            chance, (*_KINDS, *_OF_SEVERAL), chance.choices((0, 1, 2, 3, 4, 5, 6), (1, 1, 2, 3, 3, 2, 1))[0]
        ),
        shuffles=chance.random() < 0.8,
        disk=chance.choice((0.002, 0.02, 0.2)),
        wire=chance.choice((0.01, 0.1, 0.8)),
        clocks=chance.choice((0.0, 0.1, 2.0)),
        thinks=chance.choice((0.0, 4.0, 8.0)),
        reads=chance.choice((0.05, 0.05, 1.0)),
        store="memory",
        words=(35, 10, 35, 6, 6, 4, 4),
        how_often=(25, 15, 30, 18, 8, 4),  # what comes in by several doors at once
        processes=roles,
    )


_BESIDE_EFFECTS = ("before-effect", "before-effect", "after-commit", "after-commit", "after-fused")
_OF_SEVERAL = (("stop", 6), ("stop at", 10), ("join", 3), ("kill", 2), ("drain", 3), ("store", 6))
_KINDS = (
    ("kill", 3),
    ("kill at step", 4),
    ("crash point", 4),
    ("drain", 1),
    ("store", 2),
    ("channel", 3),
    ("server", 3),
    ("clock", 1),
)


def _faults(chance: random.Random, kinds: Sequence[tuple[str, int]], count: int) -> tuple[Fault, ...]:
    names, weights = zip(*kinds, strict=True)
    found = [_fault(chance, kind) for kind in chance.choices(names, weights, k=count)]
    return tuple(sorted(found, key=lambda one: one.at))


def _fault(chance: random.Random, kind: str) -> Fault:
    at = chance.random() * FAULTS_UNTIL
    if kind == "kill at step":
        return Fault(at=at, kind=kind, value=int(10 ** (chance.random() * 2.7)))
    if kind == "crash point":
        return Fault(at=at, kind=kind, name=chance.choice(POINTS), value=chance.randint(1, 3))
    if kind == "clock":
        return Fault(at=at, kind=kind, value=round(chance.uniform(-20, 40), 3))
    if kind in ("store", "channel", "server"):  # for so long; how likely is drawn with the weather
        name = chance.choice(("0.1", "0.5", "1"))
        return Fault(at=at, kind=kind, value=round(chance.random() * 8, 3), name=name)
    if kind == "stop":  # beyond its lease, or not
        return Fault(
            at=at, kind=kind, value=round(chance.choice((0.5, 3, 6, 8)) * (0.5 + chance.random()), 3)
        )
    if kind == "stop at":  # while people still write, and mostly so that it goes on when others have begun
        value = round(chance.choice((1, 6, 8, 9)) * (0.8 + chance.random() * 0.4), 3)
        name, times = chance.choice((*POINTS, *_BESIDE_EFFECTS)), chance.choice((1, 1, 2, 3))
        is_late = chance.random() < 0.3
        return Fault(at=at * 0.6, kind=kind, value=value, name=name, times=times, is_late=is_late)
    if kind == "join":
        return Fault(at=at, kind=kind, name=chance.choice(("all", "worker")))
    return Fault(at=at, kind=kind, value=round(chance.random() * 2, 3))
