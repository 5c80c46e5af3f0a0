"""Text as every log and store can hold it."""

from __future__ import annotations


def writable(text: str) -> str:
    """Without zeros and halves of characters; two halves that came one after the other are joined.

    Python has them where JSON was written in pieces, or where bytes that are no text were decoded.
    """
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return joined.encode("utf-8", "replace").decode().replace("\0", "")
