"""In or out: whether a sentence means anything the bot knows at all.

Decided on raw scores, never on a probability: the best class's margin and the cosine to the nearest
training sentence of the three best classes, each as deviations from what unseen training sentences get.
The threshold takes the lowest few of those for strangers, so no out-of-scope example is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from frontdesk.nlu.features import Floats

Decision = Literal["accept", "confirm", "reject"]

STRANGERS = 7  # per cent of unseen training sentences that fall below the threshold
DOUBT = 4  # sentences more that fall below it: the fewer a bot has, the more careful it is
MOST_STRANGERS = 30
NARROW = 0.15  # a smaller gap between the two best probabilities is asked about
FEW = 20  # sentences that say nothing about a spread
ALIKE = 0.7  # the cosine from which on a sentence is in the scope of a bot that has few
TEMPERATURES = np.geomspace(0.03, 2, 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How a bot tells what it knows; the defaults serve a bot too small to measure itself.

    Of few sentences every other is on the right side of the border by far, so its distance says nothing:
    what is much like one of them is in scope.
    """

    margin: float = 0.0  # of unseen training sentences: the mean, and the spread
    margin_spread: float = 1e9
    near: float = ALIKE
    near_spread: float = 0.2
    threshold: float = 0.0
    temperature: float = 0.2

    def score(self, margin: float, near: float) -> float:
        """How much a sentence looks like those of the bot; 0 is usual."""
        return (margin - self.margin) / self.margin_spread + (near - self.near) / self.near_spread

    def decide(self, score: float, near: float, gap: float) -> Decision:
        """What to do with the best class: a gap is between the two best probabilities."""
        if near <= 0 or score < self.threshold:
            return "reject"
        return "confirm" if gap < NARROW else "accept"

    def probabilities(self, margins: Floats) -> Floats:
        """Margins as calibrated probabilities of the classes."""
        return _softmax(margins / np.float32(self.temperature))


def measured(margins: Floats, near: Floats, labels: NDArray[np.int64]) -> Scope:
    """The scope of a bot, from what cross-validation gave its sentences (one row of margins each)."""
    if len(labels) < FEW:
        return Scope()
    best = margins.max(axis=1)
    scope = Scope(
        margin=float(best.mean()),
        margin_spread=max(float(best.std()), 0.05),
        near=float(near.mean()),
        near_spread=max(float(near.std()), 0.05),
        temperature=_temperature(margins, labels),
    )
    scores = (best - scope.margin) / scope.margin_spread + (near - scope.near) / scope.near_spread
    return Scope(
        margin=scope.margin,
        margin_spread=scope.margin_spread,
        near=scope.near,
        near_spread=scope.near_spread,
        threshold=float(np.percentile(scores, _strangers(len(scores)))),
        temperature=scope.temperature,
    )


def _strangers(count: int) -> float:
    """The percentage of unseen sentences that is given up, so that strangers are told."""
    return min(STRANGERS + 100 * DOUBT / count, MOST_STRANGERS)


def _temperature(margins: Floats, labels: NDArray[np.int64]) -> float:
    """The temperature under which the right classes were likeliest."""

    def surprise(temperature: float) -> float:
        chances = _softmax(margins / np.float32(temperature))[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(chances, 1e-9)).mean())

    return float(min(TEMPERATURES.tolist(), key=surprise))


def _softmax(scores: Floats) -> Floats:
    raised: Floats = np.exp(scores - scores.max(axis=-1, keepdims=True))
    raised /= raised.sum(axis=-1, keepdims=True)
    return raised
