"""One agent during one turn: what its parts share, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from frontdesk.agents.budget import Budget
from frontdesk.agents.offers import Offer, offers_of
from frontdesk.authoring.agentbot import AgentBot
from frontdesk.authoring.agentfile import Prompt
from frontdesk.authoring.content import BotContent
from frontdesk.dialogs.base import Outcome
from frontdesk.dialogs.handover import hand_over
from frontdesk.dialogs.progress import Progress
from frontdesk.dialogs.run import DialogRun
from frontdesk.events import ErrorHappened, MessageSent, OutcomeReached, Understood
from frontdesk.given import Given
from frontdesk.memory import AgentMemory, as_told
from frontdesk.sessions import SessionState

NO_OBJECT = "not_json"  # under it stand arguments that are none, so that a provider can read them again
LEFT_OUT = "The beginning of this conversation is left out here. What stays of it:"
BEFORE = "What was said before you took over:"


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
        self.empty = 0  # answers of the model with nothing in them that may be shown
        self.rests: bool | None = None  # whether what its last answer wanted to say by name was said

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

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The same as chat completions want it."""
        return self._sent[0]

    @property
    def tools_size(self) -> int:
        """How long that is, in bytes."""
        return self._sent[1]

    @property
    def _sent(self) -> tuple[list[dict[str, Any]], int]:
        language = self.state.language
        found = self.bot.sent.get(language)
        if found is None:
            tools = [offer.to_json() for offer in self.offers.values()]
            found = self.bot.sent[language] = tools, len(orjson.dumps(tools))
        return found

    def rendered(self, prompt: Prompt) -> str:
        """A prompt as the model reads it now."""
        bot, state = self.bot, self.state
        at = self.given.texts_at(state)
        values = {
            "desk": self.given.desk.name,
            "bot": bot.text(bot.title, state.language, {}, at) if bot.title is not None else bot.name,
            "language": state.language,
            "languages": list(bot.languages),
            "channel": state.channel_kind,
            "known": self.known,
        }
        return bot.render(prompt, values, at)

    @property
    def known(self) -> dict[str, Any]:
        """What the session knows, without what models must not see."""
        return {name: slot.value for name, slot in self.state.slots.items() if not slot.private}

    def notes(self) -> Iterator[str]:
        """What the model is told of a conversation that it does not read whole, a line each."""
        memory = self.memory
        if memory.before:
            yield BEFORE
        elif memory.left_out:
            yield LEFT_OUT
        yield from memory.notes()
        if memory.left_out:
            yield from (f"- known: {name} = {as_told(value)}" for name, value in self.known.items())

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

    @property
    def is_approved(self) -> bool:
        """Whether nothing may be shown but what was approved beforehand."""
        return self.bot.settings.speak == "approved"

    def say_beside(self) -> Outcome:
        """Send what the model said beside its calls, before the customer gets something else."""
        if not self.is_approved:
            yield from self.send_text(self.memory.unsaid())

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
