"""The size of text messages: in which alphabet they travel, in how many segments, and where to part them."""

from __future__ import annotations

from frontdesk.components.typed import joins

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")  # these take two places
_PLAIN = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "−": "-",
        "…": "...",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "«": '"',
        "»": '"',
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "•": "-",
    }
)


def economical(text: str) -> str:
    """The text with plain dashes, quotes and spaces, where that alone lets it travel in the small alphabet.

    One dash from outside it more than doubles what a message costs.
    """
    plain = text.translate(_PLAIN)
    return plain if _septets(plain) is not None else text


def segments(text: str) -> int:
    """How many segments a carrier counts."""
    septets = _septets(text)
    size, alone, joined = (septets, 160, 153) if septets is not None else (units(text), 70, 67)
    return 1 if size <= alone else -(-size // joined)


def units(text: str) -> int:
    """The length as providers measure it: an emoji is two."""
    return len(text) + sum(char > "\uffff" for char in text)


def split_text(text: str, limit: int) -> list[str]:
    """Parts of at most `limit` units that a person can read one after the other.

    Parted between lines, else between words; only a word that is longer than a whole part is cut.
    """
    parts = []
    rest = text.strip()
    while units(rest) > limit:
        end = _fitting(rest, limit)
        at = _border(rest, end)
        parts.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*parts, rest] if rest else parts


def _septets(text: str) -> int | None:
    """The length in the small alphabet; None: it needs the large one."""
    size = 0
    for char in text:
        if char in _GSM:
            size += 1
        elif char in _GSM_TWICE:
            size += 2
        else:
            return None
    return size


def _fitting(text: str, limit: int) -> int:
    """How many characters of the beginning fit."""
    size = 0
    for place, char in enumerate(text):
        size += 2 if char > "\uffff" else 1
        if size > limit:
            return place
    return len(text)


def _border(text: str, end: int) -> int:
    """Where to part a text of which `end` characters fit."""
    line = text.rfind("\n", 1, end + 1)
    if line > end // 2:
        return line
    for at in range(end, end // 2, -1):
        if text[at].isspace():
            return at
    word = max((at for at in range(end // 2, 0, -1) if text[at].isspace()), default=line)
    if word > 0:
        return word
    at = end
    while at > 1 and joins(text[at - 1], text[at]):
        at -= 1
    return at if at > 1 else max(end, 1)
