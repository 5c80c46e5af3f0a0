"""What a sentence says of a dialog's slots: values offered anywhere in it, and corrections of earlier ones.

An entity fills the slot that names it. An option is found by its label or a synonym as whole words, a
day wherever it is written. What is denied ("not damaged") or could be two options is not taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from frontdesk.authoring.content import BotContent, Dialog
from frontdesk.components.base import COMPONENT_KINDS, READING, Definition, NotRead, Value
from frontdesk.components.choices import Choices
from frontdesk.components.matching import Offer, Spelling
from frontdesk.components.typed import MAX_EXAMINED, fold, words_of
from frontdesk.components.typed_date import may_hold_day
from frontdesk.dialogs.ask import Ask
from frontdesk.dialogs.base import Outcome
from frontdesk.dialogs.run import DialogRun
from frontdesk.dialogs.saying import NotShowable
from frontdesk.messages import MAX_TEXT
from frontdesk.nlu.entities.base import OF_TIME, Found
from frontdesk.nlu.entities.marks import without_marks

SHORTEST = 3  # letters of an option that is found inside a sentence
BRIEF = 4  # words of a clause in which one word alone means an option nobody has asked for yet
YES_NO = frozenset({"yes", "no"})  # words that mean something to the question itself alone

_DENIED = frozenset(
    "not no nor neither never without n t isn aren wasn don pas ne ni sans aucun sin nunca tampoco".split()
)
_DENYING = 3  # words before an option in which it can be denied: "ce n'est pas trop petit"
_CLAUSE = re.compile(r"[.,;:!?\n()]+|\s(?:and|but|because|et|mais|car|parce que|y|pero|porque)\s")


def told(bot: BotContent, dialog: Dialog, found: Iterable[Found]) -> dict[str, tuple[Any, str]]:
    """The slots that the entities of a wish fill; an entity that two slots could take fills neither."""
    asked = dialog.asked
    values: dict[str, tuple[Any, str]] = {}
    for one in found:
        able = [name for name, model in bot.slots.items() if one.is_of(model.entity)]
        fitting = [name for name in able if name in asked] or able
        if bot.is_known_entity(one.entity) and not asked.isdisjoint(fitting):
            continue  # the question's component has a say in it: `offered`
        if len(fitting) == 1:
            values.setdefault(fitting[0], (one.value, str(one.value)))
    return values


def offered(run: DialogRun, text: str, open_ask: Ask | None = None) -> Outcome:
    """Gives the values that a sentence offers for the questions of a dialog not answered yet, by slot."""
    found = run.entities(text[:MAX_TEXT])
    taken: dict[str, Value] = {}
    for ask in run.content.asks:
        if ask.ask in taken or (ask is not open_ask and run.slot(ask.ask) is not None):
            continue
        value = _entity(run, ask, text, found, open_ask) or _in_component(
            run, ask, text, found, is_open=ask is open_ask
        )
        if value is not None and (yield from ask.passes(run, value.value)):
            taken[ask.ask] = value
    return taken


def corrected(run: DialogRun, text: str, open_ask: Ask | None) -> Outcome:
    """Gives the question whose answer a sentence takes back and the new one ("no, 1043"), or None.

    Where nothing but a yes or no is asked for, a value alone takes back: "on Tuesday".
    """
    rest = without_marks(text[:MAX_TEXT])
    if rest is None and open_ask is None and len(text.split()) <= BRIEF and any(map(str.isalpha, text)):
        rest = text.strip()
    if not rest:
        return None
    found = run.entities(rest)
    for ask in reversed(run.content.asks):
        kept = run.slot(ask.ask)
        if kept is None or ask.ask in run.frame.settled or (ask is open_ask and not run.frame.phase):
            continue
        others = [one for one in found if one.value != kept]
        value = _entity(run, ask, rest, others, ask) or _in_component(run, ask, rest, (), is_open=True)
        if value is None and isinstance(kept, int | float) and not isinstance(kept, bool):
            value = yield from _other_number(run, ask, rest, found)
        if value is not None and value.value != kept and (yield from ask.passes(run, value.value)):
            return ask, value
    return None


def _other_number(run: DialogRun, ask: Ask, text: str, found: Iterable[Found]) -> Outcome:
    """Gives the number in "no, 3" that fits a question already asked, or None."""
    given = yield from run.evaluate_all(ask.given)
    try:
        shown = run.question_for(ask, given)
    except NotShowable:
        return None
    if shown["kind"] not in ("number", "rating"):
        return None
    declared = [one for one in found if not run.bot.is_known_entity(one.entity)]
    rest = _without(text, declared)
    read = COMPONENT_KINDS[shown["kind"]].read(shown, None, rest, run.given.moment(run.state))
    return read if isinstance(read, Value) else None


def option_in(shown: dict[str, Any], text: str, *, is_open: bool = True) -> Value | None:
    """The one option that a sentence names; beside a question that is not open, only where it is clear."""
    offer = Offer.of(shown.get("options", ()), shown.get(READING, {}).get("accepts", {}))
    ways = [way for way in offer.spellings if way.how != "id" and len(way.folded) >= SHORTEST]
    found: list[Spelling] = []
    for clause in map(fold, _CLAUSE.split(text[:MAX_TEXT])):
        said = [way for way in ways if " " in way.folded or is_open or clause.count(" ") < BRIEF]
        found += _said_in(clause, said)
    chosen = offer.among(found)
    return chosen if isinstance(chosen, Value) else None


def _said_in(clause: str, ways: Iterable[Spelling]) -> Iterator[Spelling]:
    """The options a clause names and does not deny; of those inside one another the longest."""
    words, free = clause.split(), [True] * len(clause.split())
    for way in sorted(ways, key=lambda way: -len(way.folded)):
        wanted = way.folded.split()
        for at in range(len(words) - len(wanted) + 1):
            place = slice(at, at + len(wanted))
            if words[place] == wanted and all(free[place]):
                free[place] = [False] * len(wanted)
                if _DENIED.isdisjoint(words[max(0, at - _DENYING) : at]):
                    yield way


def _entity(
    run: DialogRun, ask: Ask, text: str, found: Iterable[Found], open_ask: Ask | None
) -> Value | None:
    """The entity of an ask's slot; one that two questions could take is only the open one's."""
    wanted = _entity_of(run, ask)
    if wanted is None:
        return None
    able = {one.ask for one in run.content.asks if _entity_of(run, one) == wanted}
    if len(able) > 1 and ask is not open_ask:
        return None
    first = next((one for one in found if one.is_of(wanted)), None)
    if first is None:
        return None
    if run.bot.is_known_entity(first.entity):
        return _as_read(run, ask, text, first)
    return run.as_value(first, text)


def _as_read(run: DialogRun, ask: Ask, text: str, found: Found) -> Value | None:
    """An entity as the question's own component takes it: a calendar knows which days can be had."""
    question, frame = run.state.question, run.frame
    is_open = question is not None and frame.at == ask.place and not frame.phase
    shown = question.shown if is_open and question is not None else run.shown_quietly(ask)
    if shown is None:
        return None
    if shown["kind"] == "text":
        return run.as_value(found, text)
    said = text[found.start : found.end]
    read = COMPONENT_KINDS[shown["kind"]].read(shown, None, said, run.given.moment(run.state))
    return read if isinstance(read, Value) else None


def _entity_of(run: DialogRun, ask: Ask) -> str | None:
    model = run.bot.slots.get(ask.ask)
    return model.entity if model is not None else None


def _in_component(
    run: DialogRun, ask: Ask, text: str, found: Iterable[Found], *, is_open: bool
) -> Value | None:
    """What a sentence says to an ask's own component: an option of it, or a day."""
    definition = run.definition_for(ask)
    if definition is None or definition.kind not in ("choices", "date_picker"):
        return None
    if not _may_answer(definition, text):
        return None
    shown = run.shown_quietly(ask)
    if shown is None:
        return None
    if shown["kind"] == "choices":
        is_yes_no = {option["id"] for option in shown.get("options", ())} <= YES_NO
        return None if is_yes_no else option_in(shown, text, is_open=is_open)
    rest = _without(text, found)
    if not is_open and rest.strip().isdigit():
        return None
    read = COMPONENT_KINDS["date_picker"].read(shown, None, rest, run.given.moment(run.state))
    return None if isinstance(read, NotRead) or read.how != "typed" else read


def _may_answer(definition: Definition, text: str) -> bool:
    """Whether the component is worth showing to read the sentence: most sentences name no day or option."""
    if definition.kind == "date_picker":
        return may_hold_day(text)
    known = definition.vocabulary if isinstance(definition, Choices) else None
    return known is None or len(text) > MAX_EXAMINED or not known.isdisjoint(words_of(text))


def _without(text: str, found: Iterable[Found]) -> str:
    """The sentence with its entities taken out: an order's number is no day. What is of time stays."""
    for one in sorted(found, key=lambda one: -one.start):
        if one.entity in OF_TIME:
            continue
        text = f"{text[: one.start]} {text[one.end :]}"
    return text
