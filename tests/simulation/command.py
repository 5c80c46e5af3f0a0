"""`python -m tests.simulation`: many seeds with a line of what was found, or one with its trace."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from tests.simulation.judge import Verdict
from tests.simulation.plan import Plan, plan_of, plan_of_several
from tests.simulation.world import World, simulate


class Summary:
    """What many seeds came to."""

    def __init__(self) -> None:
        self.seeds = 0
        self.faults: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.failed: list[str] = []
        self._began = time.process_time()

    def add(self, plan: Plan, verdict: Verdict, world: World) -> None:
        self.seeds += 1
        self.faults.update(world.counts)
        for weather in (world.wire, world.server_wire, world.disk):
            self.faults.update(weather.counts)
        for name in ("messages", "turns", "in_doubt", "steps"):
            self.found[name] += getattr(verdict, name)
        for name in ("lost", "reordered", "doubled", "wrong"):
            self.found[name] += len(getattr(verdict, name))
        if not verdict.is_good:
            self.failed.append(report(plan, verdict))

    def __str__(self) -> str:
        seconds = time.process_time() - self._began
        faults = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
        found = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in self.found.items())
        return (
            f"simulation: {self.seeds} seeds in {seconds:.1f} s CPU "
            f"({seconds / max(self.seeds, 1) * 1000:.1f} ms each); {found}; faults: {faults}"
        )


def report(plan: Plan, verdict: Verdict) -> str:
    """A seed that failed: what was found, what was done to it, and how to see it again."""
    faults = "\n".join(f"  {fault}" for fault in plan.faults)
    several = " --several" if len(plan.processes) > 1 else ""
    return (
        f"seed {plan.seed} failed:\n{verdict.details()}\nits faults:\n{faults}\n"
        f"see it: .venv/bin/python -m tests.simulation {plan.seed}{several} --trace"
    )


def run_seeds(seeds: Iterable[int], planned: Callable[[int], Plan] = plan_of) -> Summary:
    """Simulate seed after seed."""
    summary = Summary()
    for seed in seeds:
        plan = planned(seed)
        summary.add(plan, *simulate(plan))
    return summary


def main(arguments: Sequence[str] | None = None) -> int:
    """1 when anything was lost, reordered, doubled or wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", type=int, nargs="?", help="one seed")
    parser.add_argument("--several", action="store_true", help="several processes on one database")
    parser.add_argument("--trace", action="store_true", help="print everything that happens in it")
    parser.add_argument("--seeds", type=int, default=1000, help="how many, where none is named")
    parser.add_argument("--first", type=int, default=1)
    given = parser.parse_args(arguments)
    planned = plan_of_several if given.several else plan_of
    if given.seed is not None:
        plan = planned(given.seed)
        verdict, world = simulate(plan)
        if given.trace:
            for at, who, what in world.lines:
                print(f"{at:9.4f}  {who:<11} {what}")
        print("good" if verdict.is_good else report(plan, verdict))
        return 0 if verdict.is_good else 1
    summary = run_seeds(range(given.first, given.first + given.seeds), planned)
    print(summary)
    for failed in summary.failed[:5]:
        print(failed, file=sys.stderr)
    return 1 if summary.failed else 0
