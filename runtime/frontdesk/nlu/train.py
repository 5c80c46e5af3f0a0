"""Training: examples in, a model out; the same examples give the same model.

With an encoder a second classifier, of meanings, is trained beside the one of words. What cross-validation
tells of unseen sentences, where scope and calibration come from, is in `unseen.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from frontdesk.nlu.encoder import Remembering
from frontdesk.nlu.features import learn, pieces
from frontdesk.nlu.fit import FINE_STEP, STEP, Fit, fit
from frontdesk.nlu.logistic import fit_logistic
from frontdesk.nlu.model import Model
from frontdesk.nlu.nearest import Nearest
from frontdesk.nlu.scope import Scope, measured
from frontdesk.nlu.sense import Sense
from frontdesk.nlu.unseen import FEW_ROWS, Known, unseen

Told = Callable[[str, float], None]
"""Is told what is being done, and which share of the whole is done."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence, and what it means."""

    text: str
    label: str


def train(examples: Iterable[Example], told: Told | None = None, encoder: Remembering | None = None) -> Model:
    """Train a model. ValueError: there is no example at all; empty ones do not count."""
    tell = told or (lambda what, share: None)
    ordered = sorted({(one.label, one.text) for one in examples if pieces(one.text)})
    if not ordered:
        raise ValueError("there is nothing to learn from")
    names = sorted({label for label, _ in ordered})
    numbers = {name: at for at, name in enumerate(names)}
    texts = tuple(text for _, text in ordered)
    tell("reading", 0.0)
    features, rows = learn(texts)
    labels = np.array([numbers[label] for label, _ in ordered], dtype=np.int64)
    points = encoder.encode(texts) if encoder is not None else None
    known = Known(rows, labels, features, len(names), points)
    tell("fitting", 0.2)
    begin = Fit.blank(rows=len(rows), features=len(features), classes=len(names))
    fitted = fit(rows, labels, begin, step=FINE_STEP if len(rows) <= FEW_ROWS else STEP)
    classifier = fit_logistic(points, labels, len(names)) if points is not None else None
    seen = unseen(known, fitted, tell)
    scope = Scope() if seen is None else measured(seen.margins, seen.near, seen.labels)
    sense = None
    if encoder is not None and classifier is not None:
        sense = Sense.of(encoder, classifier, known, seen, scope)
    tell("done", 1.0)
    return Model(
        labels=tuple(names),
        texts=texts,
        features=features,
        weights=fitted.weights,
        nearest=Nearest.of(rows, known.first, features),
        scope=scope,
        sense=sense,
    )
