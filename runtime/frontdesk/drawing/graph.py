"""What is drawn, before anything has a place: boxes, and edges between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

STEP = "step"  # a box with an icon and one or two lines
LAST = "last"  # a step after which nothing follows by itself: handoff, end, outcome
ENTRY = "entry"  # what begins it
STOP = "stop"  # a dot: it ends here without a step that says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One thing drawn. Boxes are numbered as they stand in the file."""

    number: int
    shape: str = STEP
    look: str = "other"  # the icon and its tint
    word: str = ""  # the kind, as an author writes it
    name: str = ""  # what stands behind the word, in bold
    line: str = ""  # what the customer sees
    about: str = ""  # everything that was cut, for who points at it


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What follows what, and when."""

    source: int
    target: int
    label: str = ""
    is_jump: bool = False  # `goto`, `retry`: goes on at a step that stands elsewhere


@dataclass(slots=True, kw_only=True)
class Graph:
    """One dialog or one routing flow."""

    title: str
    note: str = ""  # stands beside the title
    summary: str = ""  # one sentence for those who cannot see it
    boxes: list[Box] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    unled: list[tuple[int, int]] = field(default_factory=list)  # (before, step): nothing leads to the step

    def links(self) -> Iterator[Edge]:
        """The edges, several between the same two boxes as one with all their labels."""
        merged: dict[tuple[int, int, bool], list[str]] = {}
        for edge in self.edges:
            merged.setdefault((edge.source, edge.target, edge.is_jump), []).append(edge.label)
        for (source, target, is_jump), labels in merged.items():
            said = " / ".join(dict.fromkeys(label for label in labels if label))
            yield Edge(source=source, target=target, label=said, is_jump=is_jump)
