"""The training sentence that is most like a given one, among those of a few classes.

Likeness is the cosine of their character n-grams alone: pairs of words hardly ever meet again, and with
them strangers are told less well (CLINC150's validation rows: AUROC .911 with, .918 without).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from frontdesk.nlu.features import Features, Floats, Ints, Rows


class Nearest:
    """The characters of training rows, those of a class side by side."""

    def __init__(self, letters: Rows, first: NDArray[np.int64], features: Features) -> None:
        self.letters = letters
        self.first = first.tolist()  # row of each class, and one past the last
        self._features = features
        self._start = letters.start
        self._spare: list[Floats] = []  # dense rows of zeros; each call takes one of its own

    @classmethod
    def of(cls, rows: Rows, first: NDArray[np.int64], features: Features) -> Nearest:
        """From whole training rows; every row has letters."""
        is_gram = features.is_gram(rows.ids)
        sizes = np.add.reduceat(is_gram, rows.start[:-1], dtype=np.int64)
        start = np.concatenate(([0], np.cumsum(sizes)))
        ids = rows.ids[is_gram] - np.int32(features.first_gram)
        return cls(Rows(start, ids, rows.values[is_gram]), first, features)

    def among(
        self, classes: list[int], ids: Ints, values: Floats, out: NDArray[np.bool_] | None = None
    ) -> tuple[float, int]:
        """The cosine to the nearest row of these classes, and which it is; -1 where there is none.

        Rows marked in `out` are left out.
        """
        is_gram = self._features.is_gram(ids)
        letters = ids[is_gram] - self._features.first_gram
        try:
            dense = self._spare.pop()
        except IndexError:
            dense = np.zeros(len(self._features.grams), dtype=np.float32)
        dense[letters] = values[is_gram]
        best, which = 0.0, -1
        for one in classes:
            begin, end = self.first[one], self.first[one + 1]
            products = self._products(begin, end, dense)
            if out is not None:
                products[out[begin:end]] = 0
            at = int(products.argmax())
            if products[at] > best:
                best, which = float(products[at]), begin + at
        dense[letters] = 0
        self._spare.append(dense)
        return best, which

    def _products(self, begin: int, end: int, dense: Floats) -> Floats:
        start = self._start[begin : end + 1]
        low, high = start[0], start[-1]
        products = dense.take(self.letters.ids[low:high])
        products *= self.letters.values[low:high]
        summed: Floats = np.add.reduceat(products, start[:-1] - low)
        return summed
