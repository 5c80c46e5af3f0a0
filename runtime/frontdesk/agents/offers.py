"""What an agent's model may call: tools, components, dialogs, and the hand-over, each with its schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from frontdesk.authoring import expressions
from frontdesk.authoring.agentbot import AgentBot
from frontdesk.authoring.agentfile import HAND_OVER, SAY, tool_name
from frontdesk.authoring.content import BotContent, Dialog
from frontdesk.authoring.walk import marked
from frontdesk.components.base import COMPONENT_KINDS, Definition, IsText
from frontdesk.dialogs.ask import Ask
from frontdesk.dialogs.place import walk
from frontdesk.effect import ActionDescription
from frontdesk.nlu.classify import plain_example

SLOT_SCHEMAS = {"number": {"type": "number"}, "boolean": {"type": "boolean"}}
MAX_SAID = 200  # characters of a message that the model reads
EXAMPLES = 3  # sentences that tell the model what a dialog is for


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One thing the model may call."""

    name: str  # as the model calls it
    what: str  # tool | component | dialog | hand_over
    target: str  # as the author names it
    about: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    definitions: Mapping[str, Any] = field(default_factory=dict)  # $defs of the properties

    def to_json(self) -> dict[str, Any]:
        """As chat completions want it."""
        parameters: dict[str, Any] = {
            "type": "object",
            "properties": dict(self.properties),
            "required": list(self.required),
            "additionalProperties": False,
        }
        if self.definitions:
            parameters["$defs"] = dict(self.definitions)
        function = {"name": self.name, "description": self.about, "parameters": parameters}
        return {"type": "function", "function": function}


def offers_of(bot: AgentBot, language: str, queues: tuple[str, ...]) -> dict[str, Offer]:
    """Everything the model may call, by the name it calls it; made once for each language."""
    found = bot.offers.get(language)
    if found is None:
        found = bot.offers[language] = {one.name: one for one in _offers(bot, language, queues)}
    return found


def owner_of(bot: BotContent, name: str) -> tuple[BotContent, str]:
    """The bot that a name belongs to, and its name there: `BOT/NAME` is another bot's."""
    other, slash, rest = name.partition("/")
    return (bot.others[other], rest) if slash and other in bot.others else (bot, name)


def _offers(bot: AgentBot, language: str, queues: tuple[str, ...]) -> Iterator[Offer]:
    for name in bot.settings.tool_names:
        if name in bot.tools:
            yield tool_offer(bot.tools[name])
    for name in bot.settings.components:
        definition = bot.component(name)
        if definition is not None:
            yield _component(name, definition, language)
    for name in bot.settings.dialogs:
        owner, own_name = owner_of(bot, name)
        if own_name in owner.dialogs:
            yield _dialog(name, owner, owner.dialogs[own_name], language)
    if bot.approved:
        yield _say(bot, language)
    yield _hand_over(queues)


def tool_offer(tool: ActionDescription) -> Offer:
    """A tool as the model is offered it: its docstring and its arguments' types."""
    definitions: dict[str, Any] = {}
    properties = {}
    for one in tool.parameters:
        schema = dict(one.schema)
        definitions |= schema.pop("$defs", {})
        properties[one.name] = schema
    return Offer(
        name=tool.name,
        what="tool",
        target=tool.name,
        about=tool.about or tool.name.replace("_", " "),
        properties=properties,
        required=tuple(one.name for one in tool.parameters if one.required),
        definitions=definitions,
    )


def _component(name: str, definition: Definition, language: str) -> Offer:
    texts = [_in(one.value, language) for one in marked(definition) if isinstance(one.mark, IsText)]
    collects = COMPONENT_KINDS[definition.kind].collects
    does = "Ask the customer with a form they can click; their answer is the result." if collects else ""
    needed = sorted({name for text in texts for name in _names(text)})
    properties: dict[str, Any] = {name: {"description": f"stands in the text: {name}"} for name in needed}
    if definition.kind == "choices" and not getattr(definition, "options", ()):
        properties["options"] = _OPTIONS
        needed = [*needed, "options"]
    return Offer(
        name=tool_name("component", name),
        what="component",
        target=name,
        about=f"{does or 'Show the customer something.'} Its text: {' '.join(texts)[:300]}",
        properties=properties,
        required=tuple(needed),
    )


_OPTIONS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"id": {"type": "string"}, "label": {"type": "string"}},
        "required": ["id", "label"],
    },
}


def _names(text: str) -> frozenset[str]:
    return expressions.read(text, is_text=True).names - expressions.FUNCTIONS if "{" in text else frozenset()


def _in(authored: Any, language: str) -> str:
    if isinstance(authored, Mapping):
        return str(authored.get(language) or next(iter(authored.values()), ""))
    return str(authored)


def _dialog(name: str, owner: BotContent, dialog: Dialog, language: str) -> Offer:
    title = dialog.name.replace("_", " ")
    about = f"Start the dialog {title}: it asks the customer everything it needs itself."
    intent = owner.intents.get(dialog.when.intent or "") if dialog.when is not None else None
    said = intent.examples.get(language) or next(iter(intent.examples.values()), ()) if intent else ()
    if said:
        quoted = "; ".join(f'"{plain_example(one)}"' for one in said[:EXAMPLES])
        about += f" For wishes like {quoted}."
    return Offer(
        name=tool_name("dialog", name),
        what="dialog",
        target=name,
        about=about + " Give only what the customer has said already.",
        properties=dict(_prefilled(owner, dialog)),
    )


def _prefilled(owner: BotContent, dialog: Dialog) -> Iterator[tuple[str, dict[str, Any]]]:
    """The slots the dialog asks for that may be given beforehand, because what they take is known."""
    for step in walk(dialog.steps):
        slot = owner.slots.get(step.ask) if isinstance(step, Ask) else None
        if slot is None or not isinstance(step, Ask) or slot.private:
            continue
        component = owner.component(step.component) if step.component is not None else None
        options = [option.id for option in getattr(component, "options", ())]
        if options:
            yield step.ask, {"type": "string", "enum": options}
        elif slot.entity is not None:
            yield step.ask, {"type": "string"}
        elif slot.type in ("date", "number", "boolean"):
            yield step.ask, SLOT_SCHEMAS.get(slot.type, {"type": "string", "format": "date"})


def _say(bot: AgentBot, language: str) -> Offer:
    """What an agent says by name, and how each message begins."""
    said = []
    for name, given in bot.approved.items():
        owner, key = owner_of(bot, name)
        forms = owner.forms(key, language, "") or ()
        takes = f" (with {', '.join(given)})" if given else ""
        said.append(f"{name}{takes}: {forms[0].text[:MAX_SAID] if forms else ''}")
    about = "Say one of these to the customer; it ends your turn unless you call something else with it."
    properties: dict[str, Any] = {
        "message": {"type": "string", "enum": list(bot.approved), "description": "\n".join(said)}
    }
    names = sorted({name for given in bot.approved.values() for name in given})
    if names:
        about += " Give values exactly as they stand in a result, or as the customer wrote them."
        properties["with"] = {"type": "object", "properties": {name: {} for name in names}}
    if bot.settings.speak == "approved":
        about += " Words of your own are not shown to anybody."
    return Offer(name=SAY, what=SAY, target=SAY, about=about, properties=properties, required=("message",))


def _hand_over(queues: tuple[str, ...]) -> Offer:
    properties: dict[str, Any] = {
        "because": {"type": "string", "description": "why, in a few words, for the colleague who takes over"}
    }
    if queues:
        properties["queue"] = {"type": "string", "enum": list(queues)}
    return Offer(
        name=HAND_OVER,
        what=HAND_OVER,
        target=HAND_OVER,
        about="Give the conversation to a person: when the customer asks for one, or when you cannot help.",
        properties=properties,
        required=("because",),
    )
