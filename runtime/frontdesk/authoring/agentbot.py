"""A bot of kind agent as it is loaded: what every bot has, and its prompt, scripts and tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from frontdesk.authoring import expressions
from frontdesk.authoring.agentfile import AgentFile, Prompt
from frontdesk.authoring.content import BotContent
from frontdesk.authoring.expressions import Text
from frontdesk.authoring.formats import TextContext
from frontdesk.effect import ActionDescription

if TYPE_CHECKING:
    from frontdesk.agents.offers import Offer


@dataclass(slots=True, kw_only=True, eq=False)
class AgentBot(BotContent):
    """An agent's content."""

    settings: AgentFile
    prompt: Prompt
    summary: Prompt  # asks for what stays of a long conversation
    approved: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The messages its model may say, and the names it gives with each."""
    scripts: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)  # scripted model -> its lines
    tools: Mapping[str, ActionDescription] = field(default_factory=dict)  # what the desk's Python has of them
    offers: dict[str, dict[str, Offer]] = field(default_factory=dict, init=False)
    """What its model may call, by language; made when first needed."""
    sent: dict[str, tuple[list[dict[str, Any]], int]] = field(default_factory=dict, init=False)
    """The same as it is sent, and its bytes."""
    _prompts: dict[str, Text] = field(default_factory=dict, init=False)

    def render(self, prompt: Prompt, values: Mapping[str, Any], at: TextContext) -> str:
        """A prompt with its placeholders filled; compiled once."""
        text = self._prompts.get(prompt.name)
        if text is None:
            text = self._prompts[prompt.name] = expressions.text(prompt.source)
        return text.render(values, at)
