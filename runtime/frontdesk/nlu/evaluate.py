"""How good a model is on sentences it has not seen: accuracy, F1 of the classes, confusion, scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from frontdesk.nlu.model import Judgement

OUT = "oos"  # the intent of rows that mean nothing the bot knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What was measured; None: there was nothing to measure it on."""

    rows: int
    accuracy: float  # of the best class, no threshold
    macro_f1: float
    in_scope_accuracy: float  # right and not rejected
    calibration_error: float  # how far probabilities are from how often they are right
    confused: tuple[tuple[str, str, int], ...]  # meant, taken for, how often; most often first
    out_of_scope_rows: int = 0
    auroc: float | None = None
    oos_recall: float | None = None
    oos_precision: float | None = None


def quality(known: Sequence[tuple[str, Judgement]], strange: Sequence[Judgement] = ()) -> Quality:
    """Measure judgements of sentences in scope, each with its intent, and of sentences out of it."""
    right = np.array([intent == judged.label for intent, judged in known], dtype=np.bool_)
    kept = np.array([judged.decision != "reject" for _, judged in known], dtype=np.bool_)
    chances = np.array([judged.probability for _, judged in known])
    pairs = Counter((intent, judged.label) for intent, judged in known)
    wrong = [(*pair, count) for pair, count in pairs.most_common() if pair[0] != pair[1]]
    rejected = sum(judged.decision == "reject" for judged in strange)
    all_rejected = rejected + int((~kept).sum())
    scores = [judged.score for _, judged in known], [judged.score for judged in strange]
    return Quality(
        rows=len(known),
        accuracy=_share(right),
        macro_f1=_macro_f1(pairs),
        in_scope_accuracy=_share(right & kept),
        calibration_error=_calibration_error(chances, right),
        confused=tuple(wrong),
        out_of_scope_rows=len(strange),
        auroc=auroc(*scores) if known and strange else None,
        oos_recall=rejected / len(strange) if strange else None,
        oos_precision=rejected / all_rejected if strange and all_rejected else None,
    )


def auroc(higher: Sequence[float], lower: Sequence[float]) -> float:
    """How often one of the first scores above one of the second; a tie is half."""
    both = np.array([*higher, *lower])
    _, where, counts = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[where.reshape(-1)]
    above = ranks[: len(higher)].sum() - len(higher) * (len(higher) + 1) / 2
    return float(above / (len(higher) * len(lower)))


def _macro_f1(pairs: Counter[tuple[str, str]]) -> float:
    """The mean of the F1 of every class that was meant."""
    meant: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    for (intent, label), count in pairs.items():
        meant[intent] += count
        taken[label] += count
    each = [2 * pairs[one, one] / (meant[one] + taken[one]) for one in meant]
    return sum(each) / len(each) if each else 0.0


def _calibration_error(chances: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error over ten bins."""
    bins = np.minimum((chances * 10).astype(int), 9)
    parts = [(bins == one) for one in range(10)]
    gaps = [abs(float(right[one].mean() - chances[one].mean())) * one.sum() for one in parts if one.any()]
    return float(sum(gaps) / len(chances)) if len(chances) else 0.0


def _share(claims: np.ndarray) -> float:
    return float(claims.mean()) if len(claims) else 0.0
