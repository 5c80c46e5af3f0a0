"""The grammars together: a sentence to atoms, read by every kind's rules."""

from __future__ import annotations

from datetime import datetime

# Each of these registers its rules; within a stage they run in this order.
from frontdesk.nlu.entities import date, duration, interval, moment, money, period, relative, time  # noqa: F401
from frontdesk.nlu.entities.number import with_numbers
from frontdesk.nlu.entities.rules import run
from frontdesk.nlu.entities.sentence import Atom, atoms
from frontdesk.nlu.entities.spoken import spoken


def parsed(text: str, language: str, now: datetime) -> list[Atom]:
    """The atoms of a sentence after every rule has read what it can."""
    own = spoken(language).language
    tag = language if own == language.replace("_", "-").split("-")[0].lower() else "en"
    read = with_numbers(atoms(text, own), own)
    return run(read, now, own, tag)
