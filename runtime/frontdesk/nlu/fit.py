"""A linear classifier, every class against the rest: what LinearSVC minimises, by NumPy alone.

Dual coordinate descent (Hsieh et al., 2008) on the squared hinge loss with an L2 penalty, all classes at
once; the bias is a feature that every row has. Rows that have settled rest until the others have, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from frontdesk.nlu.features import Floats, Rows

Labels = NDArray[np.int64]

PENALTY = 1.0  # C
STEP = 0.02  # a row that moves less has settled: with thousands of rows 99.93 % of answers are final
FINE_STEP = 0.003  # for fewer rows, of which each pulls more: all are
RESTS = 0.5  # of a step: below it a row rests
UNSETTLED = 0.005  # the share of rows that may still move when it is done
EPOCHS = 60
OVER = np.float32(1.3)  # each row goes a little further than its own best: the rest settles sooner
SEED = 20_260_311


@dataclass(slots=True)
class Fit:
    """A classifier: a row of weights for every feature, the bias last, and a column for every class."""

    weights: Floats
    dual: Floats  # a row for every training row, a column for every class; none below zero

    @classmethod
    def blank(cls, *, rows: int, features: int, classes: int) -> Fit:
        """Nothing learnt yet."""
        weights = np.zeros((features + 1, classes), dtype=np.float32)
        return cls(weights, np.zeros((rows, classes), dtype=np.float32))


def fit(
    rows: Rows,
    labels: Labels,
    begin: Fit,
    *,
    among: NDArray[np.int64] | None = None,
    step: float = STEP,
    epochs: int = EPOCHS,
) -> Fit:
    """Fit these rows (or those `among` them), from where `begin` stands; it is changed in place."""
    descent = _Descent(begin, rows, labels)
    chance = np.random.default_rng(SEED)
    every = np.arange(len(rows)) if among is None else among
    awake = every
    for _ in range(epochs):
        order = chance.permutation(awake)
        moved = np.sqrt([descent.step(row) for row in order.tolist()])
        unsettled = int((moved > step).sum())
        if len(awake) == len(every) and unsettled <= UNSETTLED * len(every):
            break
        awake = order[moved > step * RESTS] if unsettled else every
    return begin


def without(fitted: Fit, rows: Rows, labels: Labels, out: NDArray[np.int64]) -> Fit:
    """The same fit as if some rows had never pulled at it: where a fit without them begins."""
    left = Fit(fitted.weights.copy(), fitted.dual.copy())
    signed = -left.dual[out]
    signed[np.arange(len(out)), labels[out]] *= -1
    for (ids, values), pull in zip(rows.take(out), signed, strict=True):
        left.weights[ids] -= np.multiply.outer(values, pull)
        left.weights[-1] -= pull
    left.dual[out] = 0
    return left


class _Descent:
    """One fit in progress."""

    def __init__(self, fit: Fit, rows: Rows, labels: Labels) -> None:
        features, self.classes = fit.weights.shape
        self.rows = [
            (np.append(ids, features - 1).astype(np.intp), np.append(values, np.float32(1)))
            for ids, values in rows
        ]
        self.weights = fit.weights
        self.flat = fit.weights.reshape(-1)
        self.dual = fit.dual
        self.labels = labels.tolist()
        self.soft = np.float32(1 / (2 * PENALTY))
        self.share = [OVER / float(values @ values + self.soft) for _, values in self.rows]

    def step(self, row: int) -> float:
        """Give one row its best dual values, all else as it is; the square of how far it moved."""
        ids, values = self.rows[row]
        label, dual = self.labels[row], self.dual[row]
        step = values @ self.weights.take(ids, axis=0)
        step[label] = -step[label]
        # (1 - y * margin - dual / 2C) / |row|^2, where y is -1 for every class but the row's own
        step += 1
        step -= dual * self.soft
        step *= self.share[row]
        np.maximum(step, -dual, out=step)  # no dual value falls below zero
        moving = step.nonzero()[0]  # a tenth of the classes: the others stay at zero
        if not len(moving):
            return 0.0
        dual += step
        moved = float(step @ step)
        step[label] = -step[label]
        places = np.add.outer(ids * self.classes, moving)
        weights = self.flat.take(places)
        weights -= values[:, None] * step.take(moving)
        self.flat[places] = weights
        return moved
