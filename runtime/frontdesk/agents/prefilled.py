"""What a model gives a dialog beforehand, read as if the customer had said it; the dialog asks the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from frontdesk.agents.approved import foreign
from frontdesk.agents.offers import Offer
from frontdesk.agents.turn import AgentTurn
from frontdesk.authoring.content import BotContent
from frontdesk.authoring.expressions import ExpressionError
from frontdesk.authoring.formats import as_day

Values = dict[str, tuple[Any, str]]  # slot -> value, and how it is said


def prefilled(turn: AgentTurn, owner: BotContent, offer: Offer, arguments: Mapping[str, Any]) -> Values:
    """The values that fit their slots, of those the model gives."""
    return dict(_fitting(turn, owner, offer, arguments))


def _fitting(
    turn: AgentTurn, owner: BotContent, offer: Offer, arguments: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[Any, str]]]:
    for name, given in arguments.items():
        schema = offer.properties.get(name)
        if schema is None or (turn.is_approved and foreign(turn, given)):
            continue
        value = given if "enum" in schema else _typed(turn, owner, name, given)
        if value in schema.get("enum", (value,)) and value is not None and _passes(turn, owner, name, value):
            yield name, (value, str(given))


def _typed(turn: AgentTurn, owner: BotContent, name: str, given: Any) -> Any:
    """The value as its slot keeps it; None: it is none of these."""
    slot = owner.slots[name]
    if isinstance(given, bool) or slot.type == "boolean":
        return given if isinstance(given, bool) and slot.type == "boolean" else None
    if not isinstance(given, str | int | float):
        return None
    text = str(given).strip()
    if slot.entity is not None:
        whole = (one for one in turn.given.entities(owner, text, turn.state) if one.is_of(slot.entity))
        return next((one.value for one in whole if one.end - one.start == len(text)), None)
    if slot.type == "date":
        day = as_day(text)
        return day.isoformat() if day is not None else None
    return given if not isinstance(given, str) else None


def _passes(turn: AgentTurn, owner: BotContent, name: str, value: Any) -> bool:
    check = owner.slots[name].check
    if check is None:
        return True
    names = {**dict.fromkeys(owner.slots), **turn.outside(owner).known(), "value": value}
    try:
        return bool(owner.expression(check).evaluate(names, turn.given.texts_at(turn.state)))
    except ExpressionError:
        return False
