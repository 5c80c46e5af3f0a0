"""How a desk is tortured, and what the judge found."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a desk is tortured."""

    conversations: int = 40
    kills: int = 6
    restarts: int = 0  # of the database, as if it had been killed
    store: str = "sqlite"
    faults: float = 0.005
    seed: int = 1
    pause: float = 0.05  # seconds a customer thinks between two messages, at most
    crash: str | None = None  # NAME:COUNT: the desk kills itself there, once
    talks: int | None = None  # conversations of each customer; None: until the killing is over


@dataclass(slots=True)
class Verdict:
    """What the judge found."""

    acknowledged: int = 0
    store: str = ""
    kills: int = 0
    restarts: int = 0
    lost: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # rows left, a state that is not its events, no draining
    in_doubt: int = 0
    actions_in_doubt: int = 0
    duplicates: int = 0
    raw_repeats: int = 0
    drained_s: float = 0.0
    seed: int = 0

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.reordered or self.doubled or self.wrong)

    def __str__(self) -> str:
        return (
            f"torture on {self.store}: acknowledged {self.acknowledged}, kills {self.kills}, "
            f"database restarts {self.restarts}, lost {len(self.lost)}, "
            f"reordered {len(self.reordered)}, doubled {len(self.doubled)}, wrong {len(self.wrong)}, "
            f"in doubt {self.in_doubt} messages {self.actions_in_doubt} actions, "
            f"duplicates sent {self.duplicates}, raw repeats {self.raw_repeats}, "
            f"drained in {self.drained_s:.1f} s, seed {self.seed}"
        )

    def details(self) -> str:
        return "\n".join(
            f"{kind}: {one}"
            for kind in ("lost", "reordered", "doubled", "wrong")
            for one in getattr(self, kind)[:10]
        )
