"""A drawing as the text of a mermaid flowchart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from frontdesk.drawing.graph import ENTRY, LAST, STOP, Box, Edge, Graph
from frontdesk.drawing.texts import cut, tidy

ROOM = 40 * 7.0  # of a line, as wide as about forty letters
_SHAPES = {ENTRY: ("([", "])"), LAST: ("([", "])"), STOP: ("((", "))")}
_UNSAFE = re.compile(r"[^\w .,?!:'()+*=/-]", re.ASCII)


def mermaid(desk: str, graphs: Sequence[Graph]) -> str:
    """All graphs as one flowchart, each in a frame of its own."""
    lines = ["flowchart TB", f"  %% {_comment(desk)}"]
    for number, graph in enumerate(graphs):
        lines += (f"  {line}" for line in _frame(f"g{number}", graph))
    return "\n".join([*lines, ""])


def _frame(name: str, graph: Graph) -> Iterator[str]:
    yield f'subgraph {name} ["{_quoted(graph.title)}"]'
    yield "  direction TB"
    for box in graph.boxes:
        yield f"  {name}b{box.number}{_shape(box)}"
    for edge in graph.links():
        yield f"  {name}b{edge.source} {_arrow(edge)} {name}b{edge.target}"
    yield "end"


def _shape(box: Box) -> str:
    before, behind = ("{{", "}}") if box.look == "if" else _SHAPES.get(box.shape, ("(", ")"))
    head = " ".join(part for part in (box.word, box.name) if part) or " "
    lines = [_quoted(cut(part, 12, ROOM)) for part in (head, box.line) if part]
    return f'{before}"{"<br/>".join(lines)}"{behind}'


def _arrow(edge: Edge) -> str:
    arrow = "-.->" if edge.is_jump else "-->"
    return f'{arrow}|"{_quoted(cut(edge.label, 12, ROOM))}"|' if edge.label else arrow


def _quoted(said: str) -> str:
    """A text that mermaid reads as nothing but text; letters of every script stay as they are."""
    return _UNSAFE.sub(_entity, tidy(said))


def _entity(found: re.Match[str]) -> str:
    character = found[0]
    if character.isalnum() or (ord(character) > 127 and character.isprintable()):
        return character
    return f"#{ord(character)};"


def _comment(said: str) -> str:
    return re.sub(r"[^\w .,'-]", " ", tidy(said))
