"""Runs a torture, and says at the end of the run what all of them came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.torture.play import torture
from tests.torture.verdict import FAULTS, Plan, Verdict

DRAINED_WITHIN = 45.0  # seconds: held by the long runs, which have the machine for themselves
Tortured = Callable[[Plan], Awaitable[Verdict]]
VERDICTS = pytest.StashKey[list[Verdict]]()


@pytest.fixture
def tortured(tmp_path: Path, request: pytest.FixtureRequest) -> Tortured:
    """Tortures a desk as a plan says; what it finds must be good."""

    async def run(plan: Plan) -> Verdict:
        verdict = await torture(tmp_path, plan)
        request.config.stash.setdefault(VERDICTS, []).append(verdict)
        assert verdict.is_good, f"{verdict}\n{verdict.details()}"
        if request.node.get_closest_marker("long") is not None:
            assert verdict.drained_s <= DRAINED_WITHIN, str(verdict)
        return verdict

    return run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    verdicts = config.stash.get(VERDICTS, [])
    if not verdicts:
        return
    terminalreporter.section("torture")
    for store in ("sqlite", "postgres"):
        of_store = [one for one in verdicts if one.plan.store == store]
        for one in of_store:
            terminalreporter.write_line(str(one))
        if of_store:
            terminalreporter.write_line(_sum(store, of_store))


def _sum(store: str, verdicts: list[Verdict]) -> str:
    done: Counter[str] = sum((one.done for one in verdicts), Counter())
    faults = " ".join(f"{kind} {done[kind]}" for kind in FAULTS if done[kind])
    counted = {
        "acknowledged": sum(one.acknowledged for one in verdicts),
        **{
            kind: sum(len(getattr(one, kind)) for one in verdicts)
            for kind in ("lost", "reordered", "doubled")
        },
        "in doubt": sum(one.in_doubt + one.actions_in_doubt for one in verdicts),
        "raw repeats": sum(one.raw_repeats for one in verdicts),
    }
    said = ", ".join(f"{name} {count}" for name, count in counted.items())
    return f"{store}: {len(verdicts)} runs; {faults or 'no faults'}; {said}"
