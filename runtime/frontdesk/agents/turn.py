"""One agent during one turn: what its parts share, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from frontdesk.agents.budget import Budget
from frontdesk.agents.offers import Offer, offers_of
from frontdesk.authoring.agentbot import AgentBot
from frontdesk.authoring.content import BotContent
from frontdesk.dialogs.base import Outcome
from frontdesk.dialogs.handover import hand_over
from frontdesk.dialogs.progress import Progress
from frontdesk.dialogs.run import DialogRun
from frontdesk.events import ErrorHappened, MessageSent, OutcomeReached, Understood
from frontdesk.given import Given
from frontdesk.memory import AgentMemory
from frontdesk.sessions import SessionState

NO_OBJECT = "not_json"  # under it stand arguments that are none, so that a provider can read them again


class AgentTurn:
    """An agent, the session it answers in, and what this turn has come to so far."""

    def __init__(self, bot: AgentBot, state: SessionState, given: Given) -> None:
        self.bot = bot
        self.state = state
        self.given = given
        self.budget = Budget(bot.settings)
        self.is_left = False  # the session was handed over
        self.said: list[str] = []  # to the customer, in this turn
        self.outcome: str | None = None  # reached in this turn
        self.empty = 0  # answers of the model with nothing in them

    @property
    def memory(self) -> AgentMemory:
        assert self.state.agent is not None  # `AgentBegan` comes first
        return self.state.agent

    @property
    def where(self) -> str:
        return f"bots/{self.bot.name}"

    @property
    def offers(self) -> dict[str, Offer]:
        """What the model may call."""
        queues = tuple(self.given.desk.config.queues)
        return offers_of(self.bot, self.state.language, queues)

    def outside(self, bot: BotContent | None = None) -> DialogRun:
        """From here components are shown and texts are sent, in the words of this bot or of another."""
        return Progress(bot or self.bot, self.state, self.given).outside()

    def owner_of(self, name: str) -> tuple[BotContent, str]:
        """The bot that a name belongs to, and its name there: `BOT/NAME` is another bot's."""
        other, slash, rest = name.partition("/")
        found = self.given.desk.bot(other) if slash else None
        return (found, rest) if found is not None else (self.bot, name)

    def component(self, name: str) -> tuple[DialogRun, str]:
        """Where a component is shown from, and its name there."""
        owner, own_name = self.owner_of(name)
        return self.outside(owner), own_name

    def watched(self, outcome: Outcome) -> Outcome:
        """Pass everything on, and note what the customer was told and what was reached."""
        result = None
        while True:
            try:
                item = outcome.send(result)
            except StopIteration as stop:
                return stop.value
            if isinstance(item, MessageSent):
                self.said.append(item.text)
            elif isinstance(item, OutcomeReached):
                self.outcome = item.name
            result = yield item

    def send_text(self, text: str) -> Outcome:
        yield from self.watched(self.outside().send_text(text))

    def understood(self, rule: str) -> Understood:
        return Understood(rule=rule, release=self.given.desk.release)

    def hand_over(self, because: str, queue: str | None = None) -> Outcome:
        """Give the session to people."""
        self.is_left = True
        yield from hand_over(self.state, self.given, self.bot, queue=queue, because=because)

    def failed(self, what: str, detail: str = "", *, because: str = "something went wrong") -> Outcome:
        """Something broke: the log says what, the customer gets an apology and a person."""
        yield ErrorHappened(where=self.where, what=what, detail=detail)
        yield from self.outside().send_system("error")
        yield from self.hand_over(because)


def arguments_of(written: str) -> Mapping[str, Any] | None:
    """A call's arguments; None: they are no JSON object."""
    found: dict[str, Any] = orjson.loads(written)
    return None if NO_OBJECT in found else found
