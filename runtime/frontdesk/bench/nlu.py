"""`frontdesk bench nlu`: what understanding one message costs here, and what training does.

Thread CPU, not the clock: other people's work is not counted. The probe of the same minute is what nobody
can leave out: one sentence's rows gathered from weights as large as the model's, and their product.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from frontdesk.nlu.encoder import Remembering
from frontdesk.nlu.evaluate import OUT
from frontdesk.nlu.model import Model
from frontdesk.nlu.train import Example, train

SIZES = (
    (30, 5),
    (770, 77),
    (10_000, 77),
)  # examples and intents: a starter bot, a grown one, a very large one
ASKED = 1_000  # messages
TOGETHER = 16  # sentences an encoder reads at once
SOUNDS = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo zu".split()
COMMON = "the a my to is it of I you can how do please with for in on what when this".split()

_STATM = Path("/proc/self/statm")

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One set, measured; microseconds a message."""

    examples: int
    intents: int
    accuracy: float
    intent_p50_us: float
    intent_p99_us: float
    scope_p50_us: float  # the intent, in or out of scope, and the nearest example
    scope_p99_us: float
    probe_p50_us: float
    encode_p50_us: float | None  # of the two above: one sentence to a point; None without embeddings
    encode_together_us: float | None  # a sentence, when some are read at once
    train_cpu_s: float
    validation_cpu_s: float
    model_mb: float  # on disk
    memory_mb: float | None  # resident, of a fresh process that serves it; None where no /proc says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything `bench nlu` says."""

    encoder: str | None
    rows: tuple[Row, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def measure(
    sets: Sequence[tuple[Sequence[Example], Sequence[Example]]], encoder: Remembering | None, tell: Tell
) -> Measured:
    """Train on the first of each pair, ask the second."""
    rows = []
    for examples, asked in sets:
        tell(f"{len(examples):,} examples")
        rows.append(_row(examples, asked, encoder))
    return Measured(encoder=encoder.name if encoder is not None else None, rows=tuple(rows))


def made_up(examples: int, intents: int) -> tuple[list[Example], list[Example]]:
    """Sentences of an invented language, the same each time: each intent has words of its own."""
    chance = random.Random(examples)
    every = ["".join(chance.choices(SOUNDS, k=chance.choice((1, 2, 2, 3)))) for _ in range(60 + 8 * intents)]
    own = [chance.sample(every, 8) for _ in range(intents)]

    def sentence(number: int) -> Example:
        intent = number % intents
        said = chance.sample(own[intent], 3) + chance.choices(every, k=3) + chance.choices(COMMON, k=5)
        chance.shuffle(said)
        return Example(" ".join(said), f"intent_{intent}")

    return [sentence(number) for number in range(examples)], [sentence(number) for number in range(ASKED)]


def _row(examples: Sequence[Example], asked: Sequence[Example], encoder: Remembering | None) -> Row:
    marks: dict[str, float] = {}

    def note(what: str, share: float) -> None:
        marks.setdefault(what, time.process_time())

    if encoder is not None:
        encoder.row("")  # loaded: that is no part of training
    model = train(examples, note, encoder)
    known = [one for one in asked if one.label != OUT][:ASKED]
    probe = _probe(model, [one.text for one in known])
    intent, scope, raw, encode = [], [], [], []
    for one in known:
        if encoder is not None:
            encode.append(_cpu(partial(encoder.read, [one.text])))
        reading = encode[-1] if encode else 0.0
        scope.append(_cpu(partial(model.judge, one.text)) + reading)
        intent.append(_cpu(partial(model.classify, one.text)) + reading)
        raw.append(_cpu(probe))
    right = sum(model.classify(one.text) == one.label for one in known)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder))
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        memory = _memory(Path(folder))
    return Row(
        examples=len(examples),
        intents=len(model.labels),
        accuracy=right / len(known),
        intent_p50_us=float(np.percentile(intent, 50)),
        intent_p99_us=float(np.percentile(intent, 99)),
        scope_p50_us=float(np.percentile(scope, 50)),
        scope_p99_us=float(np.percentile(scope, 99)),
        probe_p50_us=float(np.percentile(raw, 50)),
        encode_p50_us=float(np.percentile(encode, 50)) if encode else None,
        encode_together_us=_together(encoder, known) if encoder is not None else None,
        train_cpu_s=marks["checking"] - marks["reading"],
        validation_cpu_s=marks["done"] - marks["checking"],
        model_mb=size / 1e6,
        memory_mb=memory,
    )


def _cpu(work: Callable[[], object]) -> float:
    """Microseconds of this thread's CPU."""
    begun = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - begun) / 1_000


def _probe(model: Model, texts: Sequence[str]) -> Callable[[], object]:
    """A gather and a product of a usual sentence's size, somewhere else in the weights each time."""
    count = int(np.median([len(model.features.vector(text)[0]) for text in texts]))
    chance = np.random.default_rng(0)
    places = iter([np.sort(chance.integers(0, len(model.weights), count)) for _ in texts])
    values = np.ones(count, dtype=np.float32)
    return lambda: values @ model.weights.take(next(places), axis=0)


def _together(encoder: Remembering, known: Sequence[Example]) -> float:
    texts = [one.text for one in known]
    parts = [texts[at : at + TOGETHER] for at in range(0, len(texts), TOGETHER)]
    return sum(_cpu(partial(encoder.encode, part)) for part in parts) / len(texts)


def _memory(folder: Path) -> float | None:
    if not _STATM.is_file():
        return None
    command = [sys.executable, "-m", "frontdesk.bench.nlu", str(folder)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _serve(folder: Path) -> None:
    """Load a model, use it, and say how many MB of this process are resident."""
    Model.load(folder).judge("where is my order")
    pages = int(_STATM.read_text(encoding="ascii").split()[1])
    sys.stdout.write(f"{pages * os.sysconf('SC_PAGE_SIZE') / 1e6:.1f}")


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
