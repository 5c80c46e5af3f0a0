"""Training: examples in, a model out; the same examples give the same model.

Cross-validation tells how unseen sentences fare, which is where scope and calibration come from. Each of
its fits begins at the one over all rows and only unlearns its part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from frontdesk.nlu.features import Features, Floats, Ints, Rows, learn, normalised, pieces
from frontdesk.nlu.fit import FINE_STEP, STEP, Fit, Labels, fit, without
from frontdesk.nlu.model import BEST, Model
from frontdesk.nlu.nearest import Nearest
from frontdesk.nlu.scope import Scope, measured

FOLDS = 5
FOLDS_OF_FEW = 10  # with few rows a part left out is missed more
FEW_ROWS = 3_000
ROUGH_STEP = 0.1  # of the fits that are only there to look at unseen rows

Told = Callable[[str, float], None]
"""Is told what is being done, and which share of the whole is done."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence, and what it means."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class _Set:
    """What is trained on: rows sorted by class."""

    rows: Rows
    labels: Labels
    features: Features
    classes: int

    @property
    def first(self) -> NDArray[np.int64]:
        return np.searchsorted(self.labels, np.arange(self.classes + 1))


def train(examples: Iterable[Example], told: Told | None = None) -> Model:
    """Train a model. ValueError: there is no example at all; empty ones do not count."""
    tell = told or (lambda what, share: None)
    ordered = sorted({(one.label, one.text) for one in examples if pieces(one.text)})
    if not ordered:
        raise ValueError("there is nothing to learn from")
    names = sorted({label for label, _ in ordered})
    numbers = {name: at for at, name in enumerate(names)}
    tell("reading", 0.0)
    features, rows = learn([text for _, text in ordered])
    labels = np.array([numbers[label] for label, _ in ordered], dtype=np.int64)
    known = _Set(rows, labels, features, len(names))
    tell("fitting", 0.1)
    begin = Fit.blank(rows=len(rows), features=len(features), classes=len(names))
    fitted = fit(rows, labels, begin, step=FINE_STEP if len(rows) <= FEW_ROWS else STEP)
    return Model(
        labels=tuple(names),
        texts=tuple(text for _, text in ordered),
        features=features,
        weights=fitted.weights,
        nearest=Nearest.of(rows, known.first, features),
        scope=_scope(known, fitted, tell),
    )


def _scope(known: _Set, fitted: Fit, tell: Told) -> Scope:
    folds = FOLDS_OF_FEW if len(known.rows) <= FEW_ROWS else FOLDS
    part = _parts(known.labels, folds)
    margins, near, labels = [], [], []
    for fold in range(folds):
        tell("checking", 0.4 + 0.6 * fold / folds)
        out = (part == fold).nonzero()[0]
        for row, one_margins, cosine in _unseen(known, fitted, out):
            margins.append(one_margins)
            near.append(cosine)
            labels.append(int(known.labels[row]))
    tell("done", 1.0)
    if not labels:
        return Scope()
    return measured(np.array(margins), np.array(near, dtype=np.float32), np.array(labels))


def _parts(labels: Labels, folds: int) -> NDArray[np.int64]:
    """Which part each row is left out with: every class spread evenly; the only row of a class never."""
    part = np.full(len(labels), -1, dtype=np.int64)
    chance = np.random.default_rng(0)
    for at, size in enumerate(np.bincount(labels).tolist()):
        if size > 1:
            spread = (np.arange(size) + at) % folds
            part[labels == at] = chance.permutation(spread)
    return part


def _unseen(known: _Set, fitted: Fit, out: NDArray[np.int64]) -> Iterable[tuple[int, Floats, float]]:
    """Rows as they look to a model that was trained without them: margins and nearest cosine."""
    if not len(out):
        return
    is_out = np.zeros(len(known.rows), dtype=np.bool_)
    is_out[out] = True
    left = (~is_out).nonzero()[0]
    begin = without(fitted, known.rows, known.labels, out)
    model = fit(known.rows, known.labels, begin, among=left, step=ROUGH_STEP)
    is_known = np.zeros(len(known.features), dtype=np.bool_)
    is_known[known.rows.take(left).ids] = True
    nearest = Nearest.of(known.rows, known.first, known.features)
    for row, (every, whole) in zip(out.tolist(), known.rows.take(out), strict=True):
        met = is_known[every]
        ids = every[met]
        values = _at_length(known.features, ids, whole[met])
        margins: Floats = values @ model.weights.take(ids, axis=0) + model.weights[-1]
        best = margins.argsort()[: -BEST - 1 : -1].tolist()
        yield row, margins, nearest.among(best, ids, values, is_out)[0]


def _at_length(features: Features, ids: Ints, values: Floats) -> Floats:
    """What is left of a row when its unknown features are gone, its blocks at their length again."""
    return normalised(values, np.zeros(len(ids), dtype=np.int64), features.is_gram(ids), 1)
