"""What a bot of kind agent answers to one inbound: ask the model, do what it asks for, until it answers.

A generator over effects like every bot. Each answer of the model and each result of a tool is journaled
before it is relied on; waiting for the customer holds nothing but the session's state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from frontdesk.agents import calls, compact, waiting
from frontdesk.agents.asking import ask_agent
from frontdesk.agents.before import remembered
from frontdesk.agents.happened import AgentBegan, AgentNoted
from frontdesk.agents.turn import AgentTurn
from frontdesk.authoring.agentbot import AgentBot
from frontdesk.authoring.agentfile import SAY
from frontdesk.authoring.content import BotContent
from frontdesk.components.base import NotRead
from frontdesk.dialogs.base import Outcome
from frontdesk.effect import EffectResult
from frontdesk.events import ErrorHappened, TimerFired
from frontdesk.given import Given
from frontdesk.messages import Inbound
from frontdesk.sessions import SessionState

FILTERED = "content_filter"
CUT = "length"
EMPTY = "(Your last answer was empty. Answer the customer, or hand over to a person.)"
NOT_SHOWN = "(Your words are shown to nobody. Say one of the messages with `say`, or hand over to a person.)"
SENT_FILE = "(The customer sent something you cannot see: {what}.)"
MAX_ANSWER = 8_000  # characters of one answer; a customer reads no more in a chat


def respond(bot: BotContent, state: SessionState, inbound: Inbound, given: Given) -> Outcome:
    """Yield what one inbound leads to; effects are sent their results."""
    turn = AgentTurn(cast(AgentBot, bot), state, given)
    is_words = inbound.kind == "message" and inbound.reply is None
    if state.agent is None or state.agent.bot != bot.name:
        before = yield from remembered(bot.name, state, given)
        yield AgentBegan(bot=bot.name, said=inbound.text if is_words else "", before=before)
    if (yield from _goes_on(turn, inbound)) and not turn.is_left:
        yield from _answer(turn)


def _goes_on(turn: AgentTurn, inbound: Inbound) -> Outcome:
    """What the inbound is to the agent. Gives whether the model is asked now."""
    is_dialog = (turn.memory.waiting or {}).get("what") == "dialog"
    if inbound.kind == "timer" and not is_dialog:
        yield TimerFired(name=inbound.data["name"], gen=inbound.data["gen"])
        return False
    if inbound.kind == "event" and not is_dialog:
        return False
    if turn.memory.waiting is not None and inbound.kind != "unsupported":
        return (yield from waiting.answered(turn, inbound))
    if inbound.kind == "unsupported":
        yield turn.understood("agent")
        yield from _leave_call(turn)
        yield AgentNoted(text=SENT_FILE.format(what=inbound.data.get("what", "a file")))
        return True
    return (yield from _words(turn, inbound))


def _leave_call(turn: AgentTurn) -> Outcome:
    """Something that is no answer came while a call waited."""
    if turn.memory.waiting is not None:
        yield from waiting.left(turn, turn.memory.waiting, "")


def _words(turn: AgentTurn, inbound: Inbound) -> Outcome:
    if inbound.reply is not None:  # to a question that is open no more: a late click, or a second one
        yield turn.understood("late")
        yield from turn.send_text((yield from turn.outside().again(NotRead(again="over"))))
        return False
    if not inbound.text.strip():
        yield turn.understood("unread")
        yield from turn.send_text((yield from turn.outside().again(NotRead(again="empty"))))
        return False
    yield turn.understood("agent")
    return True


# --- the loop --------------------------------------------------------------------------------------


def _answer(turn: AgentTurn) -> Outcome:
    """Do what the model asked for, and ask it again, until it answers in words."""
    while True:
        call = next(turn.memory.open_calls(), None)
        if call is not None:
            if (yield from calls.do(turn, call)):
                return
            continue
        if turn.rests and set(turn.memory.last_called) == {SAY}:
            return
        over = turn.budget.over(turn.memory)
        if over:
            yield ErrorHappened(where=turn.where, what="limit", detail=over)
            yield from turn.hand_over("the agent came to no answer")
            return
        turn.rests = None
        answer = yield from _ask(turn)
        if answer is None or (not answer["calls"] and (yield from _say(turn, answer))):
            return


def _say(turn: AgentTurn, answer: Mapping[str, Any]) -> Outcome:
    """What an answer without calls comes to. Gives whether the turn is over."""
    text = answer["text"].strip() if not turn.is_approved else ""
    if answer["finish"] == FILTERED:
        yield from turn.failed("the model's answer was filtered", because="the agent may not answer this")
        return True
    if answer["finish"] == CUT or len(text) > MAX_ANSWER:
        text = _whole_sentences(text[:MAX_ANSWER])
    if text:
        yield from turn.send_text(text)
        return True
    if turn.said:  # a component or a dialog has said it all
        return True
    turn.empty += 1
    if turn.empty > 1 and turn.is_approved:
        yield ErrorHappened(where=turn.where, what="the model used words of its own, twice")
        yield from turn.hand_over("the agent came to no answer")
        return True
    if turn.empty > 1:
        yield from turn.failed("the model's answer was empty, twice")
        return True
    yield AgentNoted(text=NOT_SHOWN if turn.is_approved else EMPTY)
    return False


def _whole_sentences(text: str) -> str:
    """What was said before the answer was cut."""
    end = max(text.rfind(mark) for mark in ".!?。\n")
    return text[: end + 1].strip() if end > 0 else ""


# --- the model -------------------------------------------------------------------------------------


def _ask(turn: AgentTurn) -> Outcome:
    """The answer of the first model that gives one; without any, a person takes over and it is None."""
    last = EffectResult.failure("away", "no model is configured")
    order = turn.bot.settings.model.order
    for place, model in enumerate(order):
        if compact.nears(turn, model):
            yield from compact.shorten(turn, model)
        seconds = turn.budget.seconds_left / (len(order) - place)  # those behind it get their time, too
        last = yield from ask_agent(turn, model, seconds=seconds)
        if last.code == "overflow" and (yield from compact.shorten(turn, model, most=turn.memory.size)):
            last = yield from ask_agent(turn, model, seconds=seconds)
        if last.ok:
            return last.value
        if not turn.budget.seconds_left:
            break
    yield from turn.failed("no model gave an answer", last.error, because="the agent could not answer")
    return None
