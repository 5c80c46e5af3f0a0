"""The handoff's package in a sentence or two: what the customer wants, what the bot asked, what went wrong.

Plain words put together from the package and the catalogue, by no model: the same package, the same text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from frontdesk.locale import t

MOST_TOLD = 4  # values; the others stand below in the list
LONGEST = 60  # characters of a value or an error
_OUR_OWN = frozenset({"set", "user", "given", "action"})  # sources of values that nobody said in this session

Package = Mapping[str, Any]


def digest(package: Package, language: str) -> str:
    """What a rep reads first of a package whose slots, intent and actions carry their labels."""
    return " ".join([*_wish(package, language), _talk(package, language)])


def words(name: str) -> str:
    """A name of an author's as words: `book_pickup` is "Book pickup"."""
    said = name.replace("_", " ").strip()
    return said[:1].upper() + said[1:]


def _wish(package: Package, language: str) -> Iterator[str]:
    """What the customer wants, and what they said to it."""
    intent, known = package.get("intent"), ", ".join(_known(package))
    what = (intent.get("label") or words(intent["name"])) if intent else ""
    if what and known:
        yield t(language, "digest.wants_with", what=what, known=known)
    elif what:
        yield t(language, "digest.wants", what=what)
    elif known:
        yield t(language, "digest.known", known=known)


def _known(package: Package) -> Iterator[str]:
    said = [slot for slot in package.get("slots", ()) if _is_told(slot)]
    for slot in said[:MOST_TOLD]:
        value = _short(str(slot["value"]))
        yield f"{slot['label']} {value}" if slot.get("label") else value


def _is_told(slot: Mapping[str, Any]) -> bool:
    """Whether it is worth telling: something the customer said, that reps may see, in a word or two."""
    value = slot.get("value")
    is_plain = isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip()
    return bool(is_plain) and not slot.get("private") and slot.get("from") not in _OUR_OWN


def _talk(package: Package, language: str) -> str:
    """What the bot did: how much it asked in which time, and what it tried in vain."""
    asked, seconds = int(package.get("asked") or 0), int(package.get("seconds") or 0)
    time = duration(seconds, language)
    if not asked:
        done = t(language, "digest.talked", time=time) if seconds else t(language, "digest.talked_at_once")
    else:
        done = t(language, "digest.asked" if seconds else "digest.asked_at_once", n=asked, time=time)
    failed = [action for action in package.get("actions", ()) if not action["ok"]]
    for action in {action["name"]: action for action in failed}.values():
        done = t(language, "digest.then", first=done, then=_failure(action, language))
    return f"{done}."


def _failure(action: Mapping[str, Any], language: str) -> str:
    what = action.get("label") or words(action["name"])
    why = _short(str(action.get("error") or "").strip().rstrip("."))
    if why:
        return t(language, "digest.failed_because", what=what, why=why)
    return t(language, "digest.failed", what=what)


def duration(seconds: int, language: str) -> str:
    """A time in its largest unit: 48 s, 12 min, 3 h."""
    if seconds < 60:
        return t(language, "digest.seconds", n=seconds)
    if seconds < 3600:
        return t(language, "digest.minutes", n=seconds // 60)
    return t(language, "digest.hours", n=seconds // 3600)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"
