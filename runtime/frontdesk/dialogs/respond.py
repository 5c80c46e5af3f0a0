"""What a bot of kind dialogs answers to one inbound: a message, a timer, an event, what nobody can read.

What a message means is decided in `resolve.py`, rule by rule.
"""

from __future__ import annotations

from typing import Any

from frontdesk.authoring.content import BotContent
from frontdesk.components.base import NotRead
from frontdesk.dialogs import meant
from frontdesk.dialogs.asking import ASK_TIMER
from frontdesk.dialogs.base import Outcome
from frontdesk.dialogs.progress import Progress
from frontdesk.dialogs.resolve import Said, resolve
from frontdesk.dialogs.sentence import told
from frontdesk.events import TimerFired, Understood
from frontdesk.given import Given
from frontdesk.messages import Inbound
from frontdesk.sessions import SessionState

STARTED = "session_started"


def respond(bot: BotContent, state: SessionState, inbound: Inbound, given: Given) -> Outcome:
    """Yield what one inbound leads to; effects are sent their results."""
    progress = Progress(bot, state, given)
    if inbound.kind == "timer":
        yield from _timer(progress, inbound)
    elif inbound.kind == "event":
        yield from _event(progress, inbound)
    elif inbound.kind == "unsupported":
        yield from _unsupported(progress)
    else:
        yield from _message(progress, inbound)
    if progress.frames and state.question is None and not progress.is_left:
        yield from progress.come_back()  # something was asked in between, or said: the dialog waits on
    yield from progress.kept()


def _message(progress: Progress, inbound: Inbound) -> Outcome:
    state = progress.state
    opening = progress.bot.on_event(STARTED)
    if opening is not None and state.heard == 0 and state.last_inbound <= 1:
        yield from _opened(progress, opening, inbound)
    elif meant.is_asking_back(state):
        yield from _asked_back(progress, inbound)
    elif not progress.frames or state.question is None:
        yield from resolve(Said(progress, inbound, None))
    elif (found := progress.top()) is not None:
        yield from resolve(Said(progress, inbound, found))
    else:  # the place the session waits at is in no release any more: edited away, renamed, deleted
        yield from progress.outside().close_question()
        yield from progress.drop_lost()
        yield from resolve(Said(progress, inbound, None, is_lost=True))


def _opened(progress: Progress, opening: str, inbound: Inbound) -> Outcome:
    """The session's first message: the opening dialog, and then the wish if there is one."""
    said = Said(progress, inbound, None)
    wish, heard = said.wish, said.heard
    yield said.understood("welcome") if wish is None else said.understood(heard.rule, intent=heard.intent)
    yield from progress.begin(opening)
    if wish is not None and not progress.is_left:
        values = told(progress.bot, progress.bot.dialogs[wish], heard.entities)
        yield from progress.begin(wish, values, sentence=inbound.text)


def _asked_back(progress: Progress, inbound: Inbound) -> Outcome:
    """A reply to "did you mean"; other words are understood as if it had not been asked."""
    before = meant.said_before(progress.state)
    choice = yield from meant.read_choice(progress.outside(), inbound)
    if choice is None:
        yield from progress.outside().close_question()
        yield from resolve(Said(progress, inbound, None, is_second=True))
    elif choice == meant.NEITHER:
        yield Understood(rule="none", what=meant.NEITHER, release=progress.given.desk.release)
        yield from progress.nobody_understood()
    else:
        yield Understood(rule="reply", intent=choice, release=progress.given.desk.release)
        yield from _chosen(progress, choice, before)


def _chosen(progress: Progress, choice: str, sentence: str) -> Outcome:
    bot = progress.bot
    dialog, answer = bot.on_intent(choice), bot.answer(choice)
    if dialog is not None and dialog in bot.dialogs:
        entities = progress.given.entities(bot, sentence, progress.state)
        yield from progress.begin(dialog, told(bot, bot.dialogs[dialog], entities), sentence=sentence)
    elif answer is not None:
        yield from progress.tell(answer, None)
    else:  # taken out of the newest release meanwhile
        yield from progress.outside().send_system("resume")


def _timer(progress: Progress, inbound: Inbound) -> Outcome:
    name, gen = inbound.data["name"], inbound.data["gen"]
    is_current = progress.state.timers.get(name) == gen
    yield TimerFired(name=name, gen=gen)
    is_waiting = is_current and name == ASK_TIMER and progress.state.question is not None
    found = progress.top() if is_waiting else None
    if found is not None:
        run, step = found
        yield from run.safely(step.timed_out(run))
        yield from progress.go_on(run)


def _event(progress: Progress, inbound: Inbound) -> Outcome:
    """Something was told: a dialog may begin; what it was told fills the slots of those names."""
    dialog = progress.bot.on_event(str(inbound.data.get("name", "")))
    if dialog is None:
        return
    yield Understood(rule="event", release=progress.given.desk.release)
    data: dict[str, Any] = inbound.data.get("data") or {}
    values = {name: (data[name], str(data[name])) for name in progress.bot.slots if name in data}
    yield from progress.begin(dialog, values, "set")


def _unsupported(progress: Progress) -> Outcome:
    """The channel could not read it: say so, and count nothing against the customer."""
    found = progress.top() if progress.state.question is not None else None
    if found is None:
        yield from progress.outside().send_system("fallback" if progress.state.heard else "welcome")
    else:
        run, step = found
        again = yield from run.again(NotRead())
        yield from run.safely(run.ask_open_again(step, again))
        yield from progress.go_on(run)
