"""Tortures a desk from the command line; 1 when anything was lost, reordered, doubled or left.

python -m tests.torture --conversations 200 --kills 20
python -m tests.torture --store postgres --workers 3 --bus nats --kills 20 --freezes 3 --changes 3
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.torture.play import torture
from tests.torture.verdict import FAULTS, Plan


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--workers", type=int, default=1, help="that share a PostgreSQL")
    parser.add_argument("--bus", choices=["notify", "nats"], default="notify")
    for kind, what in FAULTS.items():
        parser.add_argument(f"--{kind}", type=int, default=0, help=what)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    plan = Plan(**vars(parser.parse_args(arguments)), pause=0.3)
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        verdict = asyncio.run(torture(Path(folder), plan))
    print(verdict)
    if not verdict.is_good:
        print(verdict.details(), file=sys.stderr)
    return 0 if verdict.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
