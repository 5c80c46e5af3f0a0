"""What embeddings add to a model: a classifier of meanings beside the one of words.

For the class, calibrated probabilities of both are averaged; for scope, raw scores of both and the cosine
to the nearest training sentence are added up, each as deviations from what unseen training sentences get.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontdesk.nlu.encoder import Remembering
from frontdesk.nlu.features import Floats
from frontdesk.nlu.logistic import Logistic
from frontdesk.nlu.nearest import BEST
from frontdesk.nlu.scope import FEW, Scope, likeliest_temperature, softmax, strangers
from frontdesk.nlu.unseen import Known, Unseen

WEIGHT = np.float32(0.6)  # of meanings in the average (by CLINC150's and BANKING77's cross-validation)
ALIKE = 0.55  # the cosine from which on a sentence is in the scope of a bot that has few
FOREIGN = -1.0  # the most that words say against a sentence: another language's are all unknown
LEAST_SPREAD = 0.05
LEAST_CHANCE = np.float32(1e-9)
_LETTER = re.compile(r"\w")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """How the scores of words and of meanings go together; the defaults serve a very small bot."""

    margin: float = 0.0  # of unseen training sentences: the mean, and the spread
    margin_spread: float = 1e9  # of few sentences it says nothing
    logit: float = 0.0
    logit_spread: float = 1e9
    near: float = ALIKE
    near_spread: float = 0.2
    threshold: float = 0.0
    temperature: float = 0.5  # of logits
    together: float = 1.0  # of the average: two that agree are surer than either

    def score(self, margin: float, logit: float, near: float) -> float:
        """How much a sentence looks like those of the bot; 0 is usual."""
        return (
            max((margin - self.margin) / self.margin_spread, FOREIGN)
            + (logit - self.logit) / self.logit_spread
            + (near - self.near) / self.near_spread
        )


class Sense:
    """The meanings of a bot's training sentences: a classifier, and the sentences as points."""

    def __init__(
        self, encoder: Remembering, classifier: Logistic, points: Floats, first: list[int], blend: Blend
    ) -> None:
        self.encoder = encoder
        self.classifier = classifier
        self.points = points  # of training sentences, those of a class side by side
        self.first = first  # point of each class, and one past the last
        self.blend = blend

    @classmethod
    def of(
        cls, encoder: Remembering, classifier: Logistic, known: Known, seen: Unseen | None, scope: Scope
    ) -> Sense:
        """From training rows as points, and what was seen when some of them were left out."""
        assert known.points is not None
        sense = cls(encoder, classifier, known.points, known.first.tolist(), Blend())
        if seen is not None and seen.logits is not None and len(seen.labels) >= FEW:
            sense.blend = sense._measured(seen, seen.logits, scope)
        return sense

    def _measured(self, seen: Unseen, logits: Floats, scope: Scope) -> Blend:
        """The blend of a bot; a row's nearest is looked for among those it was not left out with."""
        self.blend = Blend(temperature=likeliest_temperature(logits, seen.labels))
        chances = self.average(scope.probabilities(seen.margins), logits)
        best = chances.argsort(axis=1)[:, : -BEST - 1 : -1]
        near = np.array(
            [
                self.among(classes, self.points[row], seen.part == seen.part[row])[0]
                for classes, row in zip(best.tolist(), seen.rows.tolist(), strict=True)
            ]
        )
        margin, logit = seen.margins.max(axis=1), logits.max(axis=1)
        blend = Blend(
            margin=float(margin.mean()),
            margin_spread=max(float(margin.std()), LEAST_SPREAD),
            logit=float(logit.mean()),
            logit_spread=max(float(logit.std()), LEAST_SPREAD),
            near=float(near.mean()),
            near_spread=max(float(near.std()), LEAST_SPREAD),
            temperature=self.blend.temperature,
            together=likeliest_temperature(np.log(chances + LEAST_CHANCE), seen.labels),
        )
        scores = [
            blend.score(*each) for each in zip(margin.tolist(), logit.tolist(), near.tolist(), strict=True)
        ]
        return replace(blend, threshold=float(np.percentile(scores, strangers(len(scores)))))

    def reads(self, text: str) -> bool:
        """Whether a sentence has a word at all: signs alone have no meaning to an encoder."""
        return _LETTER.search(text) is not None

    def average(self, chances: Floats, logits: Floats) -> Floats:
        """The classes' probabilities by words, and by meanings, in one."""
        mixed: Floats = softmax(logits / np.float32(self.blend.temperature))
        mixed -= chances
        mixed *= WEIGHT
        mixed += chances
        if self.blend.together == 1:
            return mixed
        return softmax(np.log(mixed + LEAST_CHANCE) / np.float32(self.blend.together))

    def among(
        self, classes: list[int], point: Floats, out: NDArray[np.bool_] | None = None
    ) -> tuple[float, int]:
        """The cosine to the nearest training sentence of these classes, and which it is; -1: there is none.

        Sentences marked in `out` are left out.
        """
        best, which = 0.0, -1
        for one in classes:
            begin, end = self.first[one], self.first[one + 1]
            cosines = self.points[begin:end] @ point
            if out is not None:
                cosines[out[begin:end]] = 0
            at = int(cosines.argmax())
            if cosines[at] > best:
                best, which = float(cosines[at]), begin + at
        return best, which

    def save(self, folder: Path) -> None:
        """Write it into a model's folder."""
        np.save(folder / "logits.npy", self.classifier.weights, allow_pickle=False)
        np.save(folder / "points.npy", self.points, allow_pickle=False)

    def about(self) -> dict[str, Any]:
        """What is neither: as JSON."""
        return {"encoder": self.encoder.name, "blend": asdict(self.blend)}

    @classmethod
    def load(cls, folder: Path, about: dict[str, Any], first: list[int], encoder: Remembering) -> Sense:
        """Read it again. ValueError: it was made with another encoder."""
        if encoder.name != about["encoder"]:
            raise ValueError(f"made with {about['encoder']}, not with {encoder.name}")
        weights = np.load(folder / "logits.npy", mmap_mode="r", allow_pickle=False)
        points = np.load(folder / "points.npy", mmap_mode="r", allow_pickle=False)
        classifier = Logistic(np.asarray(weights))
        return cls(encoder, classifier, np.asarray(points), first, Blend(**about["blend"]))
