"""How sentences look to a model that was trained without them: what cross-validation gives.

Each fit of words begins at the one over all rows and only unlearns its part. Of thousands of rows some parts
say as much as all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from frontdesk.nlu.features import Features, Floats, Ints, Rows, normalised
from frontdesk.nlu.fit import Fit, Labels, fit, without
from frontdesk.nlu.logistic import fit_logistic
from frontdesk.nlu.nearest import BEST, Nearest

FOLDS = 5
LOOKED_AT = 2  # of them, when rows are many
FOLDS_OF_FEW = 10  # with few rows a part left out is missed more
FEW_ROWS = 3_000
ROUGH_STEP = 0.1  # of the fits that are only there to look at unseen rows


@dataclass(frozen=True, slots=True)
class Known:
    """What is trained on: rows sorted by class, and as points when there is an encoder."""

    rows: Rows
    labels: Labels
    features: Features
    classes: int
    points: Floats | None = None

    @property
    def first(self) -> NDArray[np.int64]:
        """The row of each class, and one past the last."""
        return np.searchsorted(self.labels, np.arange(self.classes + 1))


@dataclass(frozen=True, slots=True)
class Unseen:
    """Rows as models that were trained without them saw them."""

    rows: NDArray[np.int64]
    labels: Labels
    margins: Floats
    near: Floats  # the cosine to the nearest row that was known
    logits: Floats | None  # with points only
    part: NDArray[np.int64]  # of every row: which rows it was left out with; -1: it never was


def unseen(known: Known, fitted: Fit, tell: Callable[[str, float], None]) -> Unseen | None:
    """Leave out one part after the other; None: there is nothing that could be left out."""
    is_few = len(known.rows) <= FEW_ROWS
    part = _parts(known.labels, FOLDS_OF_FEW if is_few else FOLDS)
    nearest = Nearest.of(known.rows, known.first, known.features)
    folds = range(FOLDS_OF_FEW if is_few else LOOKED_AT)
    rows, margins, near, logits = [], [], [], []
    for fold in folds:
        tell("checking", 0.6 + 0.4 * fold / len(folds))
        out = (part == fold).nonzero()[0]
        if not len(out):
            continue
        rows.append(out)
        if known.points is not None:
            logits.append(_logits(known, known.points, out))
        for one, cosine in _words(known, fitted, nearest, out):
            margins.append(one)
            near.append(cosine)
    if not rows:
        return None
    every = np.concatenate(rows)
    return Unseen(
        rows=every,
        labels=known.labels[every],
        margins=np.array(margins),
        near=np.array(near, dtype=np.float32),
        logits=np.concatenate(logits) if logits else None,
        part=part,
    )


def _parts(labels: Labels, folds: int) -> NDArray[np.int64]:
    """Which part each row is left out with: every class spread evenly; the only row of a class never."""
    part = np.full(len(labels), -1, dtype=np.int64)
    chance = np.random.default_rng(0)
    for at, size in enumerate(np.bincount(labels).tolist()):
        if size > 1:
            spread = (np.arange(size) + at) % folds
            part[labels == at] = chance.permutation(spread)
    return part


def _logits(known: Known, points: Floats, out: NDArray[np.int64]) -> Floats:
    """Of a classifier of meanings: begun anew, for the one over all rows does not forget in a few steps."""
    is_left = np.ones(len(points), dtype=np.bool_)
    is_left[out] = False
    return fit_logistic(points[is_left], known.labels[is_left], known.classes).logits(points[out])


def _words(
    known: Known, fitted: Fit, nearest: Nearest, out: NDArray[np.int64]
) -> Iterator[tuple[Floats, float]]:
    """Of a classifier of words: margins and nearest cosine of each row."""
    is_out = np.zeros(len(known.rows), dtype=np.bool_)
    is_out[out] = True
    left = (~is_out).nonzero()[0]
    begin = without(fitted, known.rows, known.labels, out)
    model = fit(known.rows, known.labels, begin, among=left, step=ROUGH_STEP)
    is_known = np.zeros(len(known.features), dtype=np.bool_)
    is_known[known.rows.take(left).ids] = True
    for every, whole in known.rows.take(out):
        met = is_known[every]
        ids = every[met]
        values = _at_length(known.features, ids, whole[met])
        margins: Floats = values @ model.weights.take(ids, axis=0) + model.weights[-1]
        best = margins.argsort()[: -BEST - 1 : -1].tolist()
        yield margins, nearest.among(best, ids, values, is_out)[0]


def _at_length(features: Features, ids: Ints, values: Floats) -> Floats:
    """What is left of a row when its unknown features are gone, its blocks at their length again."""
    return normalised(values, np.zeros(len(ids), dtype=np.int64), features.is_gram(ids), 1)
