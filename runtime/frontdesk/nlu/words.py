"""Sentences as they are compared: width, case, accents, punctuation and spacing aside."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_APART = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """`¿Dónde  está, mi PEDIDO?` is `donde esta mi pedido`."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(each for each in unicodedata.normalize("NFD", wide) if not unicodedata.combining(each))
    return _APART.sub(" ", unicodedata.normalize("NFC", bare)).strip()
