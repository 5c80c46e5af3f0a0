"""Rows: which row each box stands in, and the order within a row that crosses the fewest edges."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from frontdesk.drawing.graph import Edge, Graph

SWEEPS = 4  # up and down, unless no edges cross before


@dataclass(slots=True, kw_only=True)
class Layers:
    """Rows of items: boxes by their number, and above these the bends of edges that pass a row."""

    rows: list[list[int]]
    row_of: list[int]  # of each item
    boxes: int  # items below this number are boxes
    chains: list[tuple[Edge, list[int]]] = field(default_factory=list)  # downward edges, through their bends
    back: list[Edge] = field(default_factory=list)  # edges that lead up
    up: list[list[int]] = field(default_factory=list)  # each item's neighbours in the row above
    down: list[list[int]] = field(default_factory=list)  # and in the row below

    def is_bend(self, item: int) -> bool:
        return item >= self.boxes


def layers(graph: Graph) -> Layers:
    """The rows of a graph: every box below all that lead to it."""
    edges = list(graph.links())
    count = len(graph.boxes)
    # A step that nothing leads to is laid out as if the one written before it did.
    led = [Edge(source=before, target=step) for before, step in graph.unled]
    backward = _backward(count, [*edges, *led])
    down = [edge for place, edge in enumerate(edges) if place not in backward]
    unled = [edge for place, edge in enumerate(led, len(edges)) if place not in backward]
    ranks = _ranks(count, down, unled)
    made = Layers(
        rows=[[] for _ in range(max(ranks, default=-1) + 1)],
        row_of=ranks,
        boxes=count,
        back=[edge for place, edge in enumerate(edges) if place in backward],
    )
    for edge in down:
        chain = [edge.source]
        for row in range(ranks[edge.source] + 1, ranks[edge.target]):
            chain.append(len(made.row_of))
            made.row_of.append(row)
        made.chains.append((edge, [*chain, edge.target]))
    _join(made, unled)
    _order(made)
    return made


def _backward(count: int, edges: Sequence[Edge]) -> set[int]:
    """The edges that close a circle, met first to last as the steps are written."""
    out: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for place, edge in enumerate(edges):
        out[edge.source].append((edge.target, place))
    backward: set[int] = set()
    state = [0] * count  # 1: on the way, 2: done
    for start in range(count):
        way = [(start, iter(out[start]))] if not state[start] else []
        state[start] = state[start] or 1
        while way:
            here, following = way[-1]
            for target, place in following:
                if state[target] == 1:
                    backward.add(place)
                elif not state[target]:
                    state[target] = 1
                    way.append((target, iter(out[target])))
                    break
            else:
                state[here] = 2
                way.pop()
    return backward


def _ranks(count: int, edges: Sequence[Edge], unled: Sequence[Edge]) -> list[int]:
    """Each box's row: the longest way to it."""
    coming = [0] * count
    out: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for edge in edges:
        coming[edge.target] += 1
    joined = [number > 1 for number in coming]
    for edge in edges:
        # Where several edges meet, a labelled one gets a row more: its label stands beside the others.
        out[edge.source].append((edge.target, 2 if edge.label and joined[edge.target] else 1))
    for edge in unled:
        out[edge.source].append((edge.target, 1))
        coming[edge.target] += 1
    ranks = [0] * count
    ready = [box for box in range(count) if not coming[box]]
    while ready:
        here = ready.pop()
        for target, length in out[here]:
            ranks[target] = max(ranks[target], ranks[here] + length)
            coming[target] -= 1
            if not coming[target]:
                ready.append(target)
    return ranks


def _join(made: Layers, unled: Sequence[Edge]) -> None:
    """Note who is whose neighbour; a step that nothing leads to stays near the one written before it."""
    made.up = [[] for _ in made.row_of]
    made.down = [[] for _ in made.row_of]
    led = ((edge.source, edge.target) for edge in unled)
    near = [pair for pair in led if made.row_of[pair[1]] == made.row_of[pair[0]] + 1]
    chains = sorted(made.chains, key=lambda each: bool(each[0].label))  # what goes on by itself stands first
    for above, below in (*near, *(pair for _, chain in chains for pair in pairwise(chain))):
        made.down[above].append(below)
        made.up[below].append(above)


def _order(made: Layers) -> None:
    """Order every row: as the steps are written, then by the middle of their neighbours."""
    up, down = made.up, made.down
    _first_order(made, down)
    best, fewest = [list(row) for row in made.rows], _crossings(made.rows, down)
    for sweep in range(SWEEPS * 2):
        if not fewest:
            break
        rows = range(1, len(made.rows)) if sweep % 2 == 0 else range(len(made.rows) - 2, -1, -1)
        for row in rows:
            _sort(
                made.rows[row], made.rows[row + (-1 if sweep % 2 == 0 else 1)], up if sweep % 2 == 0 else down
            )
        crossed = _crossings(made.rows, down)
        if crossed < fewest:
            best, fewest = [list(row) for row in made.rows], crossed
    made.rows = best


def _first_order(made: Layers, down: Sequence[Sequence[int]]) -> None:
    seen = [False] * len(made.row_of)
    for start in range(made.boxes):
        todo = [start]
        while todo:
            here = todo.pop()
            if seen[here]:
                continue
            seen[here] = True
            made.rows[made.row_of[here]].append(here)
            todo += reversed(down[here])


def _sort(row: list[int], beside: Sequence[int], neighbours: Sequence[Sequence[int]]) -> None:
    """Order a row by the mean place of each item's neighbours; one without any keeps its place."""
    if len(row) < 2:
        return
    place = {item: index for index, item in enumerate(beside)}
    middle: dict[int, float] = {}
    for index, item in enumerate(row):
        near = [place[each] for each in neighbours[item] if each in place]
        middle[item] = sum(near) / len(near) if near else index * len(beside) / len(row)
    row.sort(key=middle.__getitem__)


def _crossings(rows: Sequence[Sequence[int]], down: Sequence[Sequence[int]]) -> int:
    crossed = 0
    for above, below in pairwise(rows):
        place = {item: index for index, item in enumerate(below)}
        ends: list[int] = []
        for item in above:
            mine = sorted(place[each] for each in down[item] if each in place)
            crossed += sum(len(ends) - bisect_right(ends, end) for end in mine)
            for end in mine:
                ends.insert(bisect_right(ends, end), end)
    return crossed
