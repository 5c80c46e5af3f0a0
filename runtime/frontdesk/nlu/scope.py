"""In or out: whether a sentence means anything the bot knows at all.

Decided on raw scores, never on a probability: the best class's margin and the cosine to the nearest
training sentence of the three best classes, each as deviations from what unseen training sentences get.
The threshold takes the lowest few of those for strangers, so no out-of-scope example is needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
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
ROWS_OF_TEMPERATURE = 2_000  # are enough


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

    def sureness(self, margins: Floats, best: list[int]) -> tuple[float, float]:
        """The probability of the best class, and how far ahead of the next it is."""
        highest = margins[best[0]]
        first = 1 / float(np.exp((margins - highest) / np.float32(self.temperature)).sum())
        if len(best) < 2:
            return first, 1.0
        return first, first * (1 - math.exp((float(margins[best[1]]) - float(highest)) / self.temperature))

    def probabilities(self, margins: Floats) -> Floats:
        """Margins as calibrated probabilities of the classes."""
        return softmax(margins / np.float32(self.temperature))


def decide(score: float, threshold: float, near: float, gap: float) -> Decision:
    """What to do with the best class: a gap is between the two best probabilities."""
    if near <= 0 or score < threshold:
        return "reject"
    return "confirm" if gap < NARROW else "accept"


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
        temperature=likeliest_temperature(margins, labels),
    )
    scores = (best - scope.margin) / scope.margin_spread + (near - scope.near) / scope.near_spread
    return replace(scope, threshold=float(np.percentile(scores, strangers(len(scores)))))


def strangers(count: int) -> float:
    """The percentage of unseen sentences that is given up, so that strangers are told."""
    return min(STRANGERS + 100 * DOUBT / count, MOST_STRANGERS)


def likeliest_temperature(margins: Floats, labels: NDArray[np.int64]) -> float:
    """The temperature under which the right classes were likeliest."""
    some = slice(None, None, 1 + len(labels) // ROWS_OF_TEMPERATURE)
    margins, labels = margins[some], labels[some]

    def surprise(temperature: float) -> float:
        chances = softmax(margins / np.float32(temperature))[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(chances, 1e-9)).mean())

    return float(min(TEMPERATURES.tolist(), key=surprise))


def softmax(scores: Floats) -> Floats:
    """Scores as shares of one, the highest the largest."""
    raised: Floats = np.exp(scores - scores.max(axis=-1, keepdims=True))
    raised /= raised.sum(axis=-1, keepdims=True)
    return raised
