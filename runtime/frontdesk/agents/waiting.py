"""What the customer does while a call waits for them: answers, writes something else, clicks late.

Each gives whether the agent goes on now.
"""

from __future__ import annotations

from typing import Any

from frontdesk.agents.calls import ask, dialog_went_on, perform
from frontdesk.agents.happened import CallAnswered
from frontdesk.agents.turn import AgentTurn
from frontdesk.authoring.content import BotContent
from frontdesk.components.base import NotRead
from frontdesk.dialogs import anywhere
from frontdesk.dialogs.ask import Ask
from frontdesk.dialogs.base import Outcome
from frontdesk.dialogs.handover import leave_all
from frontdesk.dialogs.progress import Progress
from frontdesk.dialogs.respond import respond as dialogs_respond
from frontdesk.events import ActionCalled, DialogMoved, QuestionAnswered
from frontdesk.memory import as_told
from frontdesk.messages import MAX_TEXT, Inbound

INSTEAD = "The customer did not answer this. They wrote the next message instead."
NOTHING_DONE = "The customer did not confirm, and nothing was done. They wrote the next message instead."


def answered(turn: AgentTurn, inbound: Inbound) -> Outcome:
    """An inbound while a call waits."""
    waiting = turn.memory.waiting
    assert waiting is not None
    if waiting["what"] == "dialog":
        return (yield from _dialog(turn, waiting, inbound))
    return (yield from _component(turn, waiting, inbound))


def _component(turn: AgentTurn, waiting: dict[str, Any], inbound: Inbound) -> Outcome:
    question, reply = turn.state.question, inbound.reply
    if question is None:
        return (yield from _instead(turn, waiting, inbound))
    name = waiting["name"]
    run = turn.outside() if waiting["what"] == "confirm" else turn.component(name)[0]
    is_late = reply is not None and reply.to is not None and reply.to not in waiting["asked"]
    read = NotRead(again="closed") if is_late else run.read_reply(inbound)
    if not isinstance(read, NotRead):
        yield turn.understood("reply")
        choose = reply.choose if reply is not None else None
        yield QuestionAnswered(
            message=question.message, value=read.value, label=read.label, how=read.how, choose=choose
        )
        if waiting["what"] == "confirm":
            return (yield from _confirmed(turn, waiting, read.value == "yes"))
        told = as_told({"answer": read.value, "label": read.label})
        yield CallAnswered(call=waiting["call"], name=name, told=told)
        return True
    if read.show is None and reply is None:
        return (yield from _instead(turn, waiting, inbound))
    yield turn.understood("late" if is_late else "unread" if read.show is None else "reply")
    if read.show is None:
        yield from turn.send_text((yield from run.again(read)))
    held = {"call": waiting["call"], "what": waiting["what"], "name": name, "held": waiting["held"]}
    yield from ask(turn, run, read.show or question.shown, **held, before=tuple(waiting["asked"][-19:]))
    return False


def _confirmed(turn: AgentTurn, waiting: dict[str, Any], is_yes: bool) -> Outcome:
    call, name, held = waiting["call"], waiting["name"], waiting["held"] or {}
    if not is_yes:
        yield ActionCalled(name=name, code="declined", arguments=held, call=call)
        return True
    if name not in turn.bot.tools:
        yield from turn.failed(f"tool {name} is there no more")
        return False
    return not (yield from perform(turn, call, name, held))


def _instead(turn: AgentTurn, waiting: dict[str, Any], inbound: Inbound) -> Outcome:
    """Free text instead of a click: the question is closed, and the model reads the text."""
    yield turn.understood("agent")
    yield from left(turn, waiting, inbound.text[:MAX_TEXT])
    return True


def left(turn: AgentTurn, waiting: dict[str, Any], said: str) -> Outcome:
    """The call is waited for no longer: its question is closed, its dialog over."""
    yield from leave_all(turn.state)
    told = NOTHING_DONE if waiting["what"] == "confirm" else INSTEAD
    yield CallAnswered(call=waiting["call"], name=waiting["name"], told=told, said=said)


# --- dialogs ---------------------------------------------------------------------------------------


def _dialog(turn: AgentTurn, waiting: dict[str, Any], inbound: Inbound) -> Outcome:
    bot = _bot_of(turn, waiting)
    if bot is None:
        return (yield from _instead(turn, waiting, inbound))
    if inbound.kind == "message" and inbound.reply is None and not _is_for_dialog(turn, bot, inbound):
        for frame in turn.state.frames:
            yield DialogMoved(dialog=frame.dialog, bot=frame.bot, did="stopped", why="wrote something else")
        return (yield from _instead(turn, waiting, inbound))
    yield from turn.watched(dialogs_respond(bot, turn.state, inbound, turn.given))
    return not (yield from dialog_went_on(turn))


def _bot_of(turn: AgentTurn, waiting: dict[str, Any]) -> BotContent | None:
    """The bot whose dialog waits, in the newest release or in the one the dialog began with."""
    frames = turn.state.frames
    owner, _ = turn.owner_of(waiting["name"])
    if not frames:
        return owner if turn.state.question is not None else None
    older = turn.given.release(frames[-1].release)
    return turn.given.desk.bot(frames[-1].bot) or (older.bot(frames[-1].bot) if older is not None else None)


def _is_for_dialog(turn: AgentTurn, bot: BotContent, inbound: Inbound) -> bool:
    """Whether words answer the dialog's open question, or are of those that mean the same everywhere."""
    found = Progress(bot, turn.state, turn.given).top()
    if found is None or turn.state.question is None:
        return False
    run, step = found
    slot = step.ask if isinstance(step, Ask) and not run.frame.phase else None
    if anywhere.word_in(inbound.text, is_open=slot is not None and run.takes_any_words(slot)):
        return True
    read = run.read_reply(inbound, slot)
    return not isinstance(read, NotRead) or read.show is not None
