"""Words that were approved beforehand: the agent says its author's messages by their names.

What stands in them comes from where the agent cannot make it up: from slots, from the results of tools and
components (under their names), and for the names an author lists with a message from values that stand in
one of these, or in what the customer wrote. With `speak: approved` the same holds for everything else that
is shown, and the model's own words never are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from frontdesk.agents.happened import CallAnswered
from frontdesk.agents.offers import Offer
from frontdesk.agents.turn import AgentTurn
from frontdesk.authoring import expressions
from frontdesk.authoring.agentfile import tool_name
from frontdesk.dialogs.base import Outcome
from frontdesk.dialogs.saying import NotShowable
from frontdesk.memory import as_told

MAX_VALUE = 300  # characters


def say(turn: AgentTurn, offer: Offer, call: str, arguments: Mapping[str, Any]) -> Outcome:
    """Say one of the approved messages; what is wrong with the wish is told to the model."""
    name, given = arguments.get("message"), arguments.get("with") or {}
    told = _refusal(turn, name, given)
    if not told:
        assert isinstance(name, str)
        try:
            text = _text(turn, name, given)
        except NotShowable as error:
            told = f"It could not be said: {error}"
        else:
            yield from turn.watched(turn.outside().send_text(text))
            told = f"The customer was told: {text}"
            turn.rests = turn.rests is not False
            yield CallAnswered(call=call, name=offer.name, told=told)
            return False
    turn.rests = False
    yield CallAnswered(call=call, name=offer.name, told=told)
    return False


def _refusal(turn: AgentTurn, name: Any, given: Any) -> str:
    """Why this cannot be said; empty: it can."""
    names = turn.bot.approved.get(name) if isinstance(name, str) else None
    if names is None:
        return f"There is no message `{name}`. There are: {', '.join(turn.bot.approved)}."
    if not isinstance(given, Mapping):
        return "`with` must be an object of values."
    unknown, missing = sorted(set(given) - set(names)), sorted(set(names) - set(given))
    if unknown or missing:
        return f"`{name}` takes {', '.join(names) or 'no values'} in `with`: {', '.join(unknown + missing)}?"
    return foreign(turn, given) or _empty(turn, str(name), given)


def _text(turn: AgentTurn, name: str, given: Mapping[str, Any]) -> str:
    owner, key = turn.owner_of(name)
    text = turn.outside(owner).message(key, **_results(turn), **given)
    if not text:
        raise NotShowable(f"no variation of `{name}` fits now")
    return text


def _empty(turn: AgentTurn, name: str, given: Mapping[str, Any]) -> str:
    """What the message speaks of and nobody knows yet: it must not be said with a gap."""
    owner, key = turn.owner_of(name)
    forms = owner.forms(key, turn.state.language, turn.state.channel_kind)
    named = [expressions.read(form.text, is_text=True).names for form in forms or ()]
    values = {**turn.outside(owner).values(), **_results(turn), **given}
    gaps = (
        sorted(one for one in frozenset.intersection(*named) if values.get(one, 0) is None) if named else []
    )
    return f"Nothing is known yet of: {', '.join(gaps)}. Find it out or ask first." if gaps else ""


def _results(turn: AgentTurn) -> dict[str, Any]:
    """What the agent's tools and components gave last, by their names; none where nothing is at hand."""
    settings = turn.bot.settings
    named = {tool_name("component", one): one.rpartition("/")[2] for one in settings.components}
    named |= {one: one for one in settings.tool_names}
    found: dict[str, Any] = dict.fromkeys(named.values())
    for called, told in turn.memory.results():
        if called in named:
            found[named[called]] = _read(told)
    return found


def foreign(turn: AgentTurn, given: Any) -> str:
    """Which of these values stands nowhere but in the model's own words; empty: none."""
    known = set(_known(turn))
    written = " ".join(entry[1] for entry in turn.memory.entries if entry[0] == "u")
    for value in _leaves(given):
        text = str(value)
        is_said = re.search(rf"(?<!\w){re.escape(text)}(?!\w)", written, re.IGNORECASE) if text else True
        if len(text) > MAX_VALUE or (text not in known and not is_said):
            return (
                f"`{text[:60]}` stands in no tool's result, in no answer and in nothing the customer wrote. "
                "Give values exactly as they stand there."
            )
    return ""


def _known(turn: AgentTurn) -> Iterator[str]:
    for _, told in turn.memory.results():
        yield from map(str, _leaves(_read(told)))
    for slot in turn.state.slots.values():
        if not slot.private:
            yield from map(str, (*_leaves(slot.value), slot.label))


def _leaves(value: Any) -> Iterator[Any]:
    """The values in a value; the ids of options, which nobody reads, left out."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name != "id" or not isinstance(value.get("label"), str):
                yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    elif value is not None and not isinstance(value, bool):
        yield value


def _read(told: str) -> Any:
    """A result as it was; one that was cut is not to be relied on."""
    try:
        return orjson.loads(told)
    except orjson.JSONDecodeError:
        return told if told == as_told(told) and not told.startswith(("{", "[")) else None
