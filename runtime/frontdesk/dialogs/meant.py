"""`Did you mean`: what is asked back where a sentence could mean one of two things."""

from __future__ import annotations

from typing import Any

from frontdesk.authoring.content import BotContent
from frontdesk.authoring.models import AnswerFile, IntentModel
from frontdesk.clock import iso
from frontdesk.components.base import COMPONENT_KINDS, READING, NotRead, Value, sendable
from frontdesk.components.choices import Choices
from frontdesk.dialogs.base import Outcome
from frontdesk.dialogs.run import DialogRun
from frontdesk.events import MessageSent, QuestionAnswered, QuestionAsked
from frontdesk.given import next_message
from frontdesk.locale import t
from frontdesk.messages import MAX_TEXT, Inbound
from frontdesk.nlu.classify import Understanding, plain_example
from frontdesk.sessions import SessionState

NAME = "did_you_mean"
NEITHER = "neither"
SAID = "said"  # under READING: the sentence that was asked back about


def nearest(bot: BotContent, heard: Understanding) -> tuple[str, ...]:
    """The intents and questions worth asking about, the likeliest first; none: there is no doubt."""
    if heard.decision != "confirm" or heard.intent is None:
        return ()
    leads = {
        name: target for name in (heard.intent, heard.runner_up) if name and (target := leads_to(bot, name))
    }
    return tuple(leads) if len(set(leads.values())) > 1 else ()


def leads_to(bot: BotContent, name: str) -> str:
    """Where an intent or a question leads: its dialog, or the message that answers it."""
    dialog = bot.on_intent(name)
    return f"dialog {dialog}" if dialog is not None else bot.answer(name) or ""


def ask_back(run: DialogRun, names: tuple[str, ...], said: str) -> Outcome:
    """Ask which of these was meant."""
    options = [{"id": name, "label": _label(run, name)} for name in names]
    options.append({"id": NEITHER, "label": t(run.state.language, "component.neither")})
    shown = run.shown(Choices(component=NAME, ask=NAME), {"options": options})
    shown[READING] = {**shown[READING], SAID: said[:MAX_TEXT]}
    message = next_message(run.state)
    yield MessageSent(text=shown["text"], component=sendable(shown), author=run.author, key=message)
    yield QuestionAsked(message=message, shown=shown, at=iso(run.given.now))


def is_asking_back(state: SessionState) -> bool:
    """Whether the open question is which of two things was meant."""
    return state.question is not None and SAID in state.question.shown.get(READING, {})


def read_choice(run: DialogRun, inbound: Inbound) -> Outcome:
    """Gives the intent that was chosen, NEITHER, or None where the words are no reply to that."""
    question = run.state.question
    assert question is not None
    reply = inbound.reply
    if reply is not None and reply.to not in (None, question.message):
        return None
    moment = run.given.moment(run.state)
    read: Value | NotRead = COMPONENT_KINDS["choices"].read(question.shown, reply, inbound.text, moment)
    if isinstance(read, NotRead):
        return None
    choose = reply.choose if reply is not None else None
    yield QuestionAnswered(
        message=question.message, value=read.value, label=read.label, how=read.how, choose=choose
    )
    return read.value


def said_before(state: SessionState) -> str:
    """The sentence that was asked back about."""
    return str(state.question.shown[READING][SAID]) if state.question is not None else ""


def _label(run: DialogRun, name: str) -> Any:
    """What "did you mean" shows of an intent: its label, else its first example in the language."""
    found: IntentModel | AnswerFile | None = run.bot.intents.get(name) or run.bot.answers.get(name)
    label = getattr(found, "label", None)
    if label:
        return run.text(label, {})
    language = run.state.language
    examples = found.examples if found is not None else {}
    said = examples.get(language) or next(iter(examples.values()), ())
    return plain_example(said[0]) if said else name.replace("_", " ")
