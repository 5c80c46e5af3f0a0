"""A model measured: trained here and now, then asked sentences that it has not seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import orjson

from frontdesk.errors import SettingsError
from frontdesk.nlu.encoder import Remembering
from frontdesk.nlu.evaluate import OUT, Quality, quality
from frontdesk.nlu.train import Example, Told, train

MOST_CONFUSED = 50

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What `frontdesk nlu evaluate` gives."""

    quality: Quality
    examples: int
    classes: int
    train_s: float  # reading and one fit
    train_cpu_s: float
    validation_s: float  # the cross-validation that follows
    validation_cpu_s: float
    p50_ms: float  # a message, scope and nearest example included
    intent_p50_ms: float  # a message, the intent alone

    def to_json(self) -> dict[str, Any]:
        """Flat, for machines."""
        measured = self.quality
        return {
            "accuracy": measured.accuracy,
            "macro_f1": measured.macro_f1,
            "auroc": measured.auroc,
            "oos_recall": measured.oos_recall,
            "oos_precision": measured.oos_precision,
            "in_scope_accuracy": measured.in_scope_accuracy,
            "calibration_error": measured.calibration_error,
            "train_s": self.train_s,
            "train_cpu_s": self.train_cpu_s,
            "validation_s": self.validation_s,
            "validation_cpu_s": self.validation_cpu_s,
            "p50_ms": self.p50_ms,
            "intent_p50_ms": self.intent_p50_ms,
            "examples": self.examples,
            "classes": self.classes,
            "rows": measured.rows,
            "oos_rows": measured.out_of_scope_rows,
            "confused": [
                {"intent": meant, "taken_for": taken, "count": count}
                for meant, taken, count in measured.confused[:MOST_CONFUSED]
            ],
        }


def read_rows(path: Path) -> list[Example]:
    """The rows of a JSONL file: `{"text", "intent", "lang"}`."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
            rows.append(Example(str(row["text"]), str(row.get("intent") or OUT)))
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise SettingsError(
                f'{path}:{number}: not a row. A line is {{"text": "...", "intent": "...", "lang": "en"}}.'
            ) from error
    return rows


def evaluate(
    examples: Sequence[Example],
    test: Sequence[Example],
    strange: Sequence[Example],
    told: Told,
    encoder: Remembering | None = None,
) -> Evaluation:
    """Train on examples, measure on the other two; rows named `oos` are strangers wherever they are."""
    learnt = [one for one in examples if one.label != OUT]
    known = [one for one in test if one.label != OUT]
    strangers = [*strange, *(one for one in test if one.label == OUT)]
    if not learnt or not known:
        raise SettingsError("there must be rows in scope both to train on and to test on.")
    watch = _Watch(told)
    model = train(learnt, watch, encoder)
    watch.mark("end")
    texts = [one.text for one in known]
    judged, spent = _asked(model.judge, texts)
    _, intent_spent = _asked(model.classify, texts)
    return Evaluation(
        quality=quality(
            [(one.label, each) for one, each in zip(known, judged, strict=True)],
            [model.judge(one.text) for one in strangers],
        ),
        examples=len(learnt),
        classes=len(model.labels),
        train_s=watch.wall("reading", "checking"),
        train_cpu_s=watch.cpu("reading", "checking"),
        validation_s=watch.wall("checking", "end"),
        validation_cpu_s=watch.cpu("checking", "end"),
        p50_ms=spent,
        intent_p50_ms=intent_spent,
    )


class _Watch:
    """Notes when each part of a training began."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._began: dict[str, tuple[float, float]] = {}

    def __call__(self, what: str, share: float) -> None:
        self.mark(what)
        self._told(what, share)

    def mark(self, what: str) -> None:
        self._began.setdefault(what, (time.perf_counter(), time.process_time()))

    def wall(self, begin: str, end: str) -> float:
        return self._began[end][0] - self._began[begin][0]

    def cpu(self, begin: str, end: str) -> float:
        return self._began[end][1] - self._began[begin][1]


def _asked(ask: Callable[[str], Answer], texts: Sequence[str]) -> tuple[list[Answer], float]:
    """The answers, and the usual milliseconds of one."""
    answers, spent = [], []
    for text in texts:
        begun = time.perf_counter()
        answers.append(ask(text))
        spent.append(time.perf_counter() - begun)
    return answers, median(spent) * 1000
