"""How a desk is tortured, and what the judge found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

FAULTS = {
    "kills": "processes that are killed",
    "restarts": "crashes of the database",
    "resets": "connections that are cut while they write",
    "freezes": "processes that stand still for longer than their lease",
    "changes": "workers that come while another one goes",
    "hints": "crashes of the bus",
    "disks": "times in which nothing can be written",
    "syncs": "times in which each sync of the disk takes long",
    "clocks": "clocks that jump, by two hours at most",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a desk is tortured."""

    conversations: int = 40
    store: str = "sqlite"
    workers: int = 1
    bus: str = "notify"
    kills: int = 0
    restarts: int = 0
    resets: int = 0
    freezes: int = 0
    changes: int = 0
    hints: int = 0
    disks: int = 0
    syncs: int = 0
    clocks: int = 0
    faults: float = 0.005  # of the provider's API: so many calls fail or are not answered
    seed: int = 1
    waits: float = 0.3  # of the messages, so many are answered before the customer writes on
    pause: float = 0.05  # seconds a customer thinks between two messages, at most
    crashes: tuple[str, ...] = ()  # NAME:COUNT: the desk kills itself there, once, then at the next
    talks: int | None = None  # conversations of each customer; None: until the faults are over


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What the judge found."""

    plan: Plan
    done: Counter[str] = field(default_factory=Counter)  # faults, by kind
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # rows left, a state that is not its events, no draining
    in_doubt: int = 0
    actions_in_doubt: int = 0
    duplicates: int = 0
    raw_repeats: int = 0
    slowest_s: float = 0.0
    drained_s: float = 0.0

    def count(self, kind: str) -> None:
        self.done[kind] += 1

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.reordered or self.doubled or self.wrong)

    def __str__(self) -> str:
        plan = self.plan
        place = plan.store if plan.workers == 1 else f"{plan.store}, {plan.workers} workers, {plan.bus}"
        faults = " ".join(f"{kind} {self.done[kind]}" for kind in FAULTS if self.done[kind])
        return (
            f"torture on {place}: {faults or 'no faults'}; acknowledged {self.acknowledged}, "
            f"lost {len(self.lost)}, reordered {len(self.reordered)}, doubled {len(self.doubled)}, "
            f"wrong {len(self.wrong)}, in doubt {self.in_doubt} messages {self.actions_in_doubt} actions, "
            f"duplicates sent {self.duplicates}, raw repeats {self.raw_repeats}, "
            f"slowest {self.slowest_s:.1f} s, drained in {self.drained_s:.1f} s, seed {plan.seed}"
        )

    def details(self) -> str:
        return "\n".join(
            f"{kind}: {one}"
            for kind in ("lost", "reordered", "doubled", "wrong")
            for one in getattr(self, kind)[:10]
        )
