"""What the desk itself says: texts of the library's system bot, which a desk may write anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from frontdesk.authoring.content import BotContent
from frontdesk.authoring.expressions import ExpressionError
from frontdesk.authoring.formats import format_clock, format_day
from frontdesk.dialogs.base import Outcome
from frontdesk.events import ErrorHappened, MessageSent
from frontdesk.given import Given, next_message
from frontdesk.locale import t
from frontdesk.sessions import SessionState


def say_system(
    state: SessionState,
    given: Given,
    bot: BotContent,
    key: str,
    *,
    author: str = "desk",
    values: Mapping[str, Any] | None = None,
    then: str = "",
) -> Outcome:
    """Send a text that every desk has, and `then` behind it; a broken one is logged and left out."""
    try:
        at = given.texts_at(state)
        text = bot.say(key, state.language, state.channel_kind, values or {}, given.seed, at)
    except ExpressionError as error:
        yield ErrorHappened(where=f"bots/{bot.name}", what=f"message `{key}`", detail=str(error))
        text = ""
    text = f"{text} {then}".strip()
    if text:
        yield MessageSent(text=text, author=author, key=next_message(state))


def closed_until(state: SessionState, given: Given, queue: str) -> str | None:
    """A sentence on when a queue that is closed now opens again, "" when nobody knows; None: it is open."""
    found = given.desk.config.queues.get(queue)
    hours = found.hours if found is not None else None
    if hours is None or given.desk.is_open(hours, given.now):
        return None
    opens = given.desk.opens(hours, given.now)
    return _opening(state, given, opens) if opens is not None else ""


def _opening(state: SessionState, given: Given, opens: datetime) -> str:
    at = given.texts_at(state)
    there = opens.astimezone(at.now.tzinfo)
    when = format_clock(there, at)
    if there.date() == at.now.date():
        return t(state.language, "desk.opens_today", time=when)
    return t(state.language, "desk.opens_again", day=format_day(there, at, "full"), time=when)
