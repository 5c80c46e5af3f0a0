"""Multinomial logistic regression on dense rows, by NumPy alone: the classifier on top of embeddings.

The objective is scikit-learn's, `C * loss + |W|^2 / 2` with a free bias, minimised by L-BFGS.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from frontdesk.nlu.features import Floats

PENALTY = 20.0  # C
SETTLED = 1e-4  # the steepest slope of a finished fit, of the objective divided by C and the rows
STEPS = 300
MEMORY = 10  # steps whose curvature is remembered
DECREASE = 1e-4  # of what the slope promises: a step that gives less is halved
HALVINGS = 20


@dataclass(frozen=True, slots=True)
class Logistic:
    """Weights, a row for every dimension and the bias last; a column for every class."""

    weights: Floats

    def logits(self, rows: Floats) -> Floats:
        """The raw scores of one row or of many."""
        scores: Floats = rows @ self.weights[:-1]
        scores += self.weights[-1]
        return scores


def fit_logistic(
    rows: Floats,
    labels: NDArray[np.int64],
    classes: int,
    begin: Logistic | None = None,
    *,
    settled: float = SETTLED,
) -> Logistic:
    """Fit rows of length about 1; `begin` is where it starts, from a fit of nearly the same rows."""
    weights = np.zeros((rows.shape[1] + 1, classes), np.float32) if begin is None else begin.weights.copy()
    loss = _Loss(rows, labels)
    value, slope = loss.at(weights)
    steps: deque[tuple[Floats, Floats, float]] = deque(maxlen=MEMORY)
    for _ in range(STEPS):
        if float(np.abs(slope).max()) <= settled:
            break
        direction = _direction(slope, steps)
        promised = float(np.vdot(slope, direction))
        size = 1.0 if steps else min(1.0, 1 / float(np.abs(slope).sum()))
        for _ in range(HALVINGS):
            following = weights + np.float32(size) * direction
            next_value, next_slope = loss.at(following)
            if next_value <= value + DECREASE * size * promised:
                break
            size /= 2
        else:
            break  # as low as these digits go
        moved, turned = following - weights, next_slope - slope
        curved = float(np.vdot(moved, turned))
        if curved > 0:
            steps.append((moved, turned, curved))
        weights, value, slope = following, next_value, next_slope
    return Logistic(weights)


class _Loss:
    """The objective, divided by C and the number of rows so that its digits do not depend on either."""

    def __init__(self, rows: Floats, labels: NDArray[np.int64]) -> None:
        self.rows = rows
        self.across = np.ascontiguousarray(rows.T)
        self.own = (np.arange(len(labels)), labels)
        self.pull = 1 / (PENALTY * len(labels))

    def at(self, weights: Floats) -> tuple[float, Floats]:
        """The value and the slope."""
        scores: Floats = self.rows @ weights[:-1]
        scores += weights[-1]
        scores -= scores.max(axis=1, keepdims=True)
        own = scores[self.own].astype(np.float64)
        np.exp(scores, out=scores)
        total = scores.sum(axis=1, keepdims=True)
        count = len(scores)
        plain = weights[:-1]
        value = float((np.log(total[:, 0], dtype=np.float64) - own).sum()) / count
        value += self.pull / 2 * float(np.vdot(plain, plain))
        scores /= total
        scores[self.own] -= 1
        slope = np.empty_like(weights)
        np.matmul(self.across, scores, out=slope[:-1])
        slope[-1] = scores.sum(axis=0)
        slope /= np.float32(count)
        slope[:-1] += np.float32(self.pull) * plain
        return value, slope


def _direction(slope: Floats, steps: deque[tuple[Floats, Floats, float]]) -> Floats:
    """Downhill, bent by what the last steps have told of the curvature."""
    down: Floats = -slope
    shares = []
    for moved, turned, curved in reversed(steps):
        share = np.float32(np.vdot(moved, down) / curved)
        shares.append(share)
        down -= share * turned
    if steps:
        _, turned, curved = steps[-1]
        down *= np.float32(curved / float(np.vdot(turned, turned)))
    for (moved, turned, curved), share in zip(steps, reversed(shares), strict=True):
        down += (share - np.float32(np.vdot(turned, down) / curved)) * moved
    return down
