"""The desk's routing flow as a graph: rules from top to bottom, the first that holds decides."""

from __future__ import annotations

from frontdesk.authoring.content import Desk
from frontdesk.drawing import texts
from frontdesk.drawing.graph import ENTRY, LAST, Box, Edge, Graph
from frontdesk.routing.flows import Target


def routing_graph(desk: Desk) -> Graph:
    """Who becomes the owner of a new session."""
    rules = desk.config.routing
    made = Graph(title="Routing", note="frontdesk.yml")
    before = _box(made, shape=ENTRY, look="start", word="a session begins", line=_channels(desk))
    label = ""
    for rule in rules:
        target = rule.to if rule.to is not None else rule.otherwise
        if target is None:
            continue
        if rule.when is not None:
            condition = texts.tidy(rule.when)
            choice = _box(made, look="if", word="if", name=condition, about=f"if {condition}")
            _edge(made, before, choice, label)
            before, label = choice, "yes"
        owner = _owner(made, target, desk)
        _edge(made, before, owner, label)
        if rule.fallback is not None:
            _edge(made, owner, _owner(made, rule.fallback, desk), "not there")
        label = "no"
    count = len(rules)
    said = f"{count} rule{'' if count == 1 else 's'}"
    made.note = f"{said} · {made.note}"
    made.summary = f"Routing, {said}."
    return made


def _box(made: Graph, **fields: str) -> int:
    made.boxes.append(Box(number=len(made.boxes), **fields))
    return len(made.boxes) - 1


def _edge(made: Graph, source: int, target: int, label: str) -> None:
    made.edges.append(Edge(source=source, target=target, label=label))


def _channels(desk: Desk) -> str:
    return "on " + ", ".join(desk.config.channels) if desk.config.channels else ""


def _owner(made: Graph, target: Target, desk: Desk) -> int:
    word, _, name = target.owner.partition(":")
    line = ""
    if target.bot is not None and (bot := desk.bot(target.bot)) is not None and bot.title is not None:
        line = texts.tidy(texts.authored(bot, bot.title))
    elif target.queue is not None and (queue := desk.config.queues.get(target.queue)) is not None:
        label = queue.label
        said = label if isinstance(label, str) else label.get(desk.languages[0], "") if label else ""
        hours = f"open in {queue.hours}" if queue.hours is not None else "open at all hours"
        line = texts.tidy(" · ".join(filter(None, (said, hours))))
    about = "\n".join(filter(None, (f"{word} {name}", line)))
    look = {"bot": "bot", "queue": "handoff"}.get(word, "rep")
    return _box(made, shape=LAST, look=look, word=word, name=texts.tidy(name), line=line, about=about)
