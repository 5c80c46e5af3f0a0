"""Entities: typed spans of a sentence, one file a kind.

`find` knows what needs no author: dates, times, intervals, durations, numbers, money, e-mail addresses,
telephone numbers and web addresses, in English, French and Spanish. What a bot's author declares stands
in `pattern.py` and `lookup.py`.

A time is civil: no zone, and 02:30 on a night without one stays 02:30. Only the first `MAX_TEXT`
characters of a text are searched, and nothing raises.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from frontdesk.nlu.entities.base import MAX_TEXT, Found, without_overlaps
from frontdesk.nlu.entities.grammar import parsed

KINDS = ("date", "datetime", "interval", "duration", "number", "money", "email", "phone", "url")
"""What `find` gives, by the entity's name."""


def find(text: str, language: str, now: datetime) -> list[Found]:
    """The entities of a sentence, in its order, none inside another. `now` is the customer's civil time."""
    from frontdesk.nlu.entities.contact import contacts
    from frontdesk.nlu.entities.values import found_in

    text = text[:MAX_TEXT]
    said = list(found_in(parsed(text, language, now)))
    addresses = contacts(text, language)
    said.sort(key=lambda one: one.entity == "number")  # a row of digits is a number when it is nothing else
    dates = [one for one in said if one.entity != "number"]
    return without_overlaps([*dates, *addresses, *said[len(dates) :]])


def rows(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """For each line of JSON `{"text", "lang", "ref"}` the same with `entities`, in order.

    Raises ValueError with the number of the line that is none.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            row, ref = _row(line, number)
            found = find(row["text"], row.get("lang") or "en", ref)
            yield {**row, "entities": [as_json(one) for one in found]}


def as_json(one: Found) -> dict[str, Any]:
    """An entity as commands print it."""
    return {"kind": one.entity, "value": one.value, "start": one.start, "end": one.end, "grain": one.grain}


def _row(line: str, number: int) -> tuple[dict[str, Any], datetime]:
    try:
        row = json.loads(line)
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise ValueError('it needs a "text"')
        ref = datetime.fromisoformat(row["ref"])
    except (ValueError, KeyError, TypeError) as error:
        reason = f"it needs {error}" if isinstance(error, KeyError) else str(error)
        raise ValueError(
            f'line {number}: {reason}. A line is {{"text": "..", "lang": "en", "ref": "2026-03-11T10:00"}}.'
        ) from error
    return row, ref.replace(tzinfo=None)
