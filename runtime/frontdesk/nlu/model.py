"""A trained model: serving it, and keeping it as plain arrays that several processes can share."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from frontdesk.nlu.features import Features, Floats, Ints, Rows, in_order
from frontdesk.nlu.nearest import Nearest
from frontdesk.nlu.scope import Decision, Scope

BEST = 3  # classes whose sentences are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a model makes of a sentence."""

    label: str  # the best class, whatever the decision
    probability: float  # calibrated
    decision: Decision
    score: float  # in or out of scope; below the model's threshold is out
    runner_up: str | None
    nearest: str | None  # the training sentence most like it


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
    ) -> None:
        self.labels = labels
        self.texts = texts
        self.features = features
        self.weights = weights
        self.nearest = nearest
        self.scope = scope

    def margins(self, ids: Ints, values: Floats) -> Floats:
        """The distance to every class's border; above zero is its own side."""
        margins: Floats = values @ self.weights.take(ids, axis=0)
        margins += self.weights[-1]
        return margins

    def judge(self, text: str) -> Judgement:
        """What a sentence means, how sure that is, and whether it is in scope at all."""
        ids, values = self.features.vector(text)
        margins = self.margins(ids, values)
        best = margins.argsort()[: -BEST - 1 : -1].tolist()
        near, row = self.nearest.among(best, ids, values)
        chances = self.scope.probabilities(margins)
        first, second = best[0], best[1] if len(best) > 1 else None
        gap = float(chances[first] - chances[second]) if second is not None else 1.0
        score = self.scope.score(float(margins[first]), near)
        return Judgement(
            label=self.labels[first],
            probability=float(chances[first]),
            decision=self.scope.decide(score, near, gap),
            score=score,
            runner_up=self.labels[second] if second is not None else None,
            nearest=self.texts[row] if row >= 0 else None,
        )

    def save(self, folder: Path) -> None:
        """Write the model into an empty folder."""
        letters = self.nearest.letters
        arrays: dict[str, NDArray[Any]] = {
            "weights": self.weights,
            "idf": self.features.idf,
            "pairs": np.array(in_order(self.features.pairs), dtype=np.int64),
            "start": letters.start,
            "ids": letters.ids,
            "values": letters.values,
            "first": np.array(self.nearest.first, dtype=np.int64),
        }
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array, allow_pickle=False)
        _write_lines(folder / "words.txt", in_order(self.features.words))
        _write_lines(folder / "grams.txt", in_order(self.features.grams))
        _write_lines(folder / "texts.txt", [each.replace("\n", " ") for each in self.texts])
        about = {"labels": self.labels, "scope": asdict(self.scope)}
        (folder / "model.json").write_bytes(orjson.dumps(about))

    @classmethod
    def load(cls, folder: Path) -> Model:
        """Read a model; big arrays stay in the file and are shared. OSError, ValueError: it is none."""
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
        return cls(
            labels=tuple(about["labels"]),
            texts=tuple(_read_lines(folder / "texts.txt")),
            features=features,
            weights=np.asarray(arrays["weights"]),
            nearest=Nearest(letters, arrays["first"], features),
            scope=Scope(**about["scope"]),
        )


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass"))


def _read_lines(path: Path) -> list[str]:
    return path.read_bytes().decode("utf-8", "surrogatepass").split("\n")[:-1]
