"""What the model asked for is done: a tool is called, a component shown, a dialog started, people fetched.

Each gives whether the agent must stop here: the customer has to answer first, or the session is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from frontdesk.agents import approved
from frontdesk.agents.happened import CallAnswered, CallWaits
from frontdesk.agents.offers import Offer
from frontdesk.agents.prefilled import prefilled
from frontdesk.agents.turn import AgentTurn, arguments_of
from frontdesk.authoring.formats import as_day, format_day
from frontdesk.clock import iso
from frontdesk.components.base import COMPONENT_KINDS
from frontdesk.dialogs.base import Outcome
from frontdesk.dialogs.plain import plain
from frontdesk.dialogs.progress import Progress
from frontdesk.dialogs.run import DialogRun
from frontdesk.dialogs.saying import NotShowable
from frontdesk.effect import Effect, EffectResult
from frontdesk.events import ActionCalled, QuestionAsked
from frontdesk.given import next_message
from frontdesk.locale import t
from frontdesk.memory import Call, as_told

ITS_WORDS = "the agent says: "  # before a reason that its model gives
YES_NO = "yes_no"  # the library's component, where the author names none


def do(turn: AgentTurn, call: Call) -> Outcome:
    """Do one call."""
    call_id, name, written = call
    offer, arguments = turn.offers.get(name), arguments_of(written)
    if offer is None and name in turn.bot.settings.tool_names:
        yield from turn.failed(f"tool {name} is there no more")
        return True
    if offer is None:
        known = ", ".join(turn.offers)
        yield CallAnswered(call=call_id, name=name, told=f"There is no tool `{name}`. There are: {known}.")
        return False
    if arguments is None:
        told = f"The arguments were no JSON object, and nothing was called: {written[:200]}"
        yield CallAnswered(call=call_id, name=name, told=told)
        return False
    return (yield from _DO[offer.what](turn, offer, call_id, arguments))


# --- tools -----------------------------------------------------------------------------------------


def _tool(turn: AgentTurn, offer: Offer, call: str, arguments: Mapping[str, Any]) -> Outcome:
    tool = turn.bot.tools[offer.target]
    wrong = tool.refuses(arguments)
    if wrong:
        yield ActionCalled(name=tool.name, code="bad_args", arguments=arguments, error=wrong, call=call)
        return False
    component = turn.bot.settings.confirmations.get(tool.name)
    if tool.confirm is None and component is None:
        return (yield from perform(turn, call, tool.name, arguments))
    if wrong := _foreign(turn, arguments):
        yield ActionCalled(name=tool.name, code="bad_args", arguments=arguments, error=wrong, call=call)
        return False
    try:
        run, shown = _confirmation(turn, tool.name, component, arguments)
    except NotShowable as error:
        yield from turn.failed(f"the confirmation of {tool.name}", str(error))
        return True
    yield from ask(turn, run, shown, call=call, what="confirm", name=tool.name, held=arguments)
    return True


def _foreign(turn: AgentTurn, arguments: Mapping[str, Any]) -> str:
    """What the customer would be shown of the model's own words, where it may show none."""
    return approved.foreign(turn, arguments) if turn.is_approved else ""


def _confirmation(
    turn: AgentTurn, tool: str, component: str | None, arguments: Mapping[str, Any]
) -> tuple[DialogRun, dict[str, Any]]:
    """What asks the customer: the author's component, or a plain question that shows every argument."""
    if component is not None:
        run, own_name = turn.component(component)
        return run, run.show(own_name, arguments)
    run, language = turn.outside(), turn.state.language
    at = turn.given.texts_at(turn.state)

    def told(value: Any) -> str:
        day = as_day(value) if isinstance(value, str) else None
        return format_day(day, at, "full") if day is not None else as_told(value)

    what = "; ".join(f"{name.replace('_', ' ')}: {told(value)}" for name, value in arguments.items())
    text = t(language, "agent.confirm", what=tool.replace("_", " "), values=what or "-")
    return run, run.show(YES_NO) | {"text": text}


def perform(turn: AgentTurn, call: str, name: str, arguments: Mapping[str, Any]) -> Outcome:
    """Call a tool; after a write that may have happened or not, a person looks."""
    result: EffectResult = yield Effect(name=name, args=dict(arguments))
    yield ActionCalled(
        name=name,
        code=result.code,
        arguments=arguments,
        result=_bounded(result.value) if result.ok else None,
        error=result.error,
        call=call,
        seconds=result.seconds,
    )
    is_write = turn.bot.tools[name].effect == "write"
    if result.code == "in_doubt" or (is_write and result.code == "timeout"):
        yield from turn.failed(
            f"tool {name}: {result.error}", because="something may or may not have happened"
        )
        return True
    return False


def _bounded(value: Any) -> Any:
    """A result as the log keeps it: no more than the model is told."""
    told = as_told(value)
    return told if told.endswith("ask for less)") else value


# --- components ------------------------------------------------------------------------------------


def _component(turn: AgentTurn, offer: Offer, call: str, arguments: Mapping[str, Any]) -> Outcome:
    if wrong := _foreign(turn, arguments):
        yield CallAnswered(call=call, name=offer.name, told=wrong)
        return False
    try:
        run, own_name = turn.component(offer.target)
        shown = run.show(own_name, plain(dict(arguments)))
    except NotShowable as error:
        yield CallAnswered(call=call, name=offer.name, told=f"It could not be shown: {error}")
        return False
    if COMPONENT_KINDS[shown["kind"]].collects:
        yield from ask(turn, run, shown, call=call, what="component", name=offer.target)
        return True
    yield from turn.watched(run.send_shown(shown))
    yield CallAnswered(call=call, name=offer.name, told="The customer sees it.")
    return False


def ask(
    turn: AgentTurn,
    run: DialogRun,
    shown: Mapping[str, Any],
    *,
    call: str,
    what: str,
    name: str,
    held: Mapping[str, Any] | None = None,
    before: tuple[str, ...] = (),  # messages that asked the same
) -> Outcome:
    """Show a component, and wait for its answer."""
    yield from turn.say_beside()
    message = next_message_after(turn, 1)
    yield CallWaits(call=call, what=what, name=name, held=held, asked=(*before, message))
    yield from turn.watched(run.send_shown(shown))
    yield QuestionAsked(message=message, shown=shown, at=iso(turn.given.now))


def next_message_after(turn: AgentTurn, events: int) -> str:
    """The id of the message whose event comes after so many others."""
    session, _, number = next_message(turn.state).rpartition(".")
    return f"{session}.{int(number) + events}"


# --- dialogs, people -------------------------------------------------------------------------------


def _dialog(turn: AgentTurn, offer: Offer, call: str, arguments: Mapping[str, Any]) -> Outcome:
    owner, dialog = turn.owner_of(offer.target)
    values = prefilled(turn, owner, offer, arguments)
    yield from turn.say_beside()
    yield CallWaits(call=call, what="dialog", name=offer.target, held={"outcome": turn.state.outcome})
    progress = Progress(owner, turn.state, turn.given)
    yield from turn.watched(progress.begin(dialog, values))
    yield from progress.kept()
    return (yield from dialog_went_on(turn))


def dialog_went_on(turn: AgentTurn) -> Outcome:
    """Whether the dialog waits for the customer, or has left the session; else its call has its result."""
    if turn.state.agent is None or not turn.state.is_open:
        turn.is_left = True
        return True
    if turn.state.frames or turn.state.question is not None:
        return True
    waiting = turn.memory.waiting
    assert waiting is not None
    owner, dialog = turn.owner_of(waiting["name"])
    found = owner.dialogs.get(dialog)
    before = (waiting["held"] or {}).get("outcome")
    reached = turn.outcome or (turn.state.outcome if turn.state.outcome != before else None)
    slots = turn.state.slots
    asked = (found.returns or sorted(found.asked)) if found is not None else ()
    told = {
        "outcome": reached or "none",
        "answers": {name: slots[name].value for name in asked if name in slots and not slots[name].private},
        "the customer was told": turn.said[-3:],
    }
    yield CallAnswered(call=waiting["call"], name=waiting["name"], told=as_told(told))
    return False


def _hand_over(turn: AgentTurn, offer: Offer, call: str, arguments: Mapping[str, Any]) -> Outcome:
    queue = arguments.get("queue")
    yield from turn.say_beside()
    words = " ".join(str(arguments.get("because") or "").split())[:300]
    because = f"{ITS_WORDS}{words}" if words else "the agent asked for a person"
    yield from turn.hand_over(because, queue if isinstance(queue, str) else None)
    return True


_DO = {
    "tool": _tool,
    "component": _component,
    "dialog": _dialog,
    "hand_over": _hand_over,
    "say": approved.say,
}
