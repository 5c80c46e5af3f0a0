"""A trained model: serving it, and keeping it as plain arrays that several processes can share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from frontdesk.nlu.encoder import Remembering, shared_encoder
from frontdesk.nlu.features import Features, Floats, Ints, Rows, in_order
from frontdesk.nlu.nearest import BEST, Nearest
from frontdesk.nlu.scope import Decision, Scope, decide
from frontdesk.nlu.sense import Sense


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a model makes of a sentence."""

    label: str  # the best class, whatever the decision
    probability: float  # calibrated
    decision: Decision
    score: float  # in or out of scope; below the model's threshold is out
    runner_up: str | None
    nearest: str | None  # the training sentence most like it
    threshold: float = 0.0  # of the score


class Model:
    """The classifier of one bot, for all its languages."""

    def __init__(
        self,
        *,
        labels: tuple[str, ...],
        texts: tuple[str, ...],  # training sentences, those of a class side by side
        features: Features,
        weights: Floats,
        nearest: Nearest,
        scope: Scope,
        sense: Sense | None = None,  # what embeddings add
    ) -> None:
        self.labels = labels
        self.texts = texts
        self.features = features
        self.weights = weights
        self.nearest = nearest
        self.scope = scope
        self.sense = sense

    @property
    def encoder(self) -> Remembering | None:
        """What reads meanings for it, if it goes by meanings."""
        return self.sense.encoder if self.sense is not None else None

    def margins(self, ids: Ints, values: Floats) -> Floats:
        """The distance to every class's border; above zero is its own side."""
        margins: Floats = values @ self.weights.take(ids, axis=0)
        margins += self.weights[-1]
        return margins

    def judge(self, text: str) -> Judgement:
        """What a sentence means, how sure that is, and whether it is in scope at all."""
        ids, values = self.features.vector(text)
        margins = self.margins(ids, values)
        if self.sense is not None and self.sense.reads(text):
            return self._by_meaning(self.sense, text, margins)
        best = margins.argsort()[: -BEST - 1 : -1].tolist()
        near, row = self.nearest.among(best, ids, values)
        score = self.scope.score(float(margins[best[0]]), near)
        first, gap = self.scope.sureness(margins, best)
        decision = decide(score, self.scope.threshold, near, gap)
        return self._judgement(best, first, decision, (score, self.scope.threshold), row)

    def classify(self, text: str) -> str:
        """The best class alone."""
        margins = self.margins(*self.features.vector(text))
        if self.sense is not None and self.sense.reads(text):
            logits = self.sense.classifier.logits(self.sense.encoder.row(text))
            margins = self.sense.average(self.scope.probabilities(margins), logits)
        return self.labels[int(margins.argmax())]

    def _by_meaning(self, sense: Sense, text: str, margins: Floats) -> Judgement:
        point = sense.encoder.row(text)
        logits = sense.classifier.logits(point)
        chances = sense.average(self.scope.probabilities(margins), logits)
        best = chances.argsort()[: -BEST - 1 : -1].tolist()
        near, row = sense.among(best, point)
        score = sense.blend.score(float(margins.max()), float(logits.max()), near)
        first = float(chances[best[0]])
        gap = first - float(chances[best[1]]) if len(best) > 1 else 1.0
        threshold = sense.blend.threshold
        decision = decide(score, threshold, near, gap)
        return self._judgement(best, first, decision, (score, threshold), row)

    def _judgement(
        self, best: list[int], probability: float, decision: Decision, scope: tuple[float, float], row: int
    ) -> Judgement:
        return Judgement(
            label=self.labels[best[0]],
            probability=probability,
            decision=decision,
            score=scope[0],
            threshold=scope[1],
            runner_up=self.labels[best[1]] if len(best) > 1 else None,
            nearest=self.texts[row] if row >= 0 else None,
        )

    def save(self, folder: Path) -> None:
        """Write the model into an empty folder."""
        letters = self.nearest.rows
        first = np.array(self.nearest.first, dtype=np.int64)
        arrays: dict[str, NDArray[Any]] = {
            "weights": self.weights,
            "idf": self.features.idf,
            "pairs": np.array(in_order(self.features.pairs), dtype=np.int64),
            "start": letters.start,
            "ids": letters.ids,
            "values": letters.values,
            "first": first,
        }
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array, allow_pickle=False)
        _write_lines(folder / "words.txt", in_order(self.features.words))
        _write_lines(folder / "grams.txt", in_order(self.features.grams))
        _write_lines(folder / "texts.txt", [each.replace("\n", " ") for each in self.texts])
        about = {"labels": self.labels, "scope": asdict(self.scope)}
        if self.sense is not None:
            self.sense.save(folder)
            about["sense"] = self.sense.about()
        (folder / "model.json").write_bytes(orjson.dumps(about))

    @classmethod
    def load(cls, folder: Path, reader: Callable[[], Remembering] = shared_encoder) -> Model:
        """Read a model; big arrays stay in the file and are shared. OSError, ValueError: it is none.

        `reader` gives the encoder of a model with embeddings. ImportError: it is not installed.
        """
        about: dict[str, Any] = orjson.loads((folder / "model.json").read_bytes())
        arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            for name in ("weights", "idf", "pairs", "start", "ids", "values", "first")
        }
        features = Features(
            _read_lines(folder / "words.txt"),
            _read_lines(folder / "grams.txt"),
            arrays["pairs"].tolist(),
            np.array(arrays["idf"]),
        )
        letters = Rows(np.asarray(arrays["start"]), np.asarray(arrays["ids"]), np.asarray(arrays["values"]))
        nearest = Nearest(letters, arrays["first"], features)
        sense = Sense.load(folder, about["sense"], nearest.first, reader()) if "sense" in about else None
        return cls(
            labels=tuple(about["labels"]),
            texts=tuple(_read_lines(folder / "texts.txt")),
            features=features,
            weights=np.asarray(arrays["weights"]),
            nearest=nearest,
            scope=Scope(**about["scope"]),
            sense=sense,
        )


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass"))


def _read_lines(path: Path) -> list[str]:
    return path.read_bytes().decode("utf-8", "surrogatepass").split("\n")[:-1]
