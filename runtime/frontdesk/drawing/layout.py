"""A place for every box and a way for every edge. No box lies on another, no edge runs through one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from itertools import pairwise

from frontdesk.drawing.columns import columns
from frontdesk.drawing.graph import ENTRY, STOP, Box, Edge, Graph
from frontdesk.drawing.layers import Layers, layers
from frontdesk.drawing.texts import cut, width
from frontdesk.drawing.tracks import Net, tracks

BOX = (240, 52)
PILL = (240, 48)
DOT = (14, 14)
BESIDE = 28  # between two boxes of a row
BEND = 20  # what an edge that passes a row takes of its width
LABEL_SIZE = 11
LABEL_ROOM = 150
LABEL_HEIGHT = 18
STUB, TRACK, TIP = 12, 10, 14  # below a box; between two tracks; above a box, with the arrow
LANE = 22  # between edges that lead up beside the boxes

Point = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedBox:
    """A box and where it lies."""

    box: Box
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedEdge:
    """An edge and how it runs, only down, up and sideways."""

    edge: Edge
    points: tuple[Point, ...]
    label: str = ""  # cut to fit
    label_at: Point = (0, 0)  # its middle
    label_width: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A graph with its places; its upper left corner is 0, 0."""

    graph: Graph
    width: int
    height: int
    boxes: tuple[PlacedBox, ...]
    edges: tuple[PlacedEdge, ...]


def layout(graph: Graph) -> Layout:
    """Lay a graph out, from top to bottom."""
    return _Laying(graph).done()


@dataclass(slots=True)
class _Lane:
    """Where edges that lead up to one box run, beside the boxes."""

    target: int
    side: int  # 1: right, -1: left
    edges: list[Edge]
    x: int = 0


def size_of(box: Box) -> tuple[int, int]:
    """Width and height of a box."""
    return {ENTRY: PILL, STOP: DOT}.get(box.shape, BOX)


def label_of(edge: Edge) -> tuple[str, int]:
    """An edge's label as it is shown, and the width it takes."""
    said = cut(edge.label, LABEL_SIZE, LABEL_ROOM)
    return said, int(width(said, LABEL_SIZE)) + 12 if said else 0


class _Laying:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.rows: Layers = layers(graph)
        labels = {chain[1]: label_of(edge)[1] for edge, chain in self.rows.chains if edge.label}
        self.sizes = [self._size(item) for item in range(len(self.rows.row_of))]
        self.room = [max(wide, labels.get(item, -8) + 8) for item, (wide, _) in enumerate(self.sizes)]
        self.x = [round(x) for x in columns(self.rows, self._apart)]
        self.lanes: list[_Lane] = []
        self.nets: dict[int, dict[Hashable, Net]] = defaultdict(dict)  # by the row above the gap; -1: the top
        self.extents = [self._extent(row) for row in self.rows.rows]
        self._collect()
        self._open_lanes()
        self.tracks = {gap: tracks(list(nets.values())) for gap, nets in self.nets.items()}
        self._set_rows()

    def _size(self, item: int) -> tuple[int, int]:
        return (BEND, 0) if self.rows.is_bend(item) else size_of(self.graph.boxes[item])

    def _apart(self, left: int, right: int) -> float:
        both = self.rows.is_bend(left) and self.rows.is_bend(right)
        return (self.room[left] + self.room[right]) / 2 + (4 if both else BESIDE)

    def _extent(self, row: list[int]) -> tuple[int, int]:
        lefts = (self.x[item] - self.room[item] // 2 for item in row)
        rights = (self.x[item] + self.room[item] // 2 for item in row)
        return min(lefts), max(rights)

    # --- between the rows --------------------------------------------------------------------

    def _collect(self) -> None:
        """The sideways parts of the edges that lead down."""
        leaving: dict[int, int] = defaultdict(int)
        for _, chain in self.rows.chains:
            leaving[chain[0]] += 1
        for _, chain in self.rows.chains:
            for above, below in pairwise(chain):
                net = self._net(self.rows.row_of[above], self._key(above, below, leaving))
                net.above.add(self.x[above])
                net.below.add(self.x[below])
        self.leaving = leaving

    def _key(self, above: int, below: int, leaving: dict[int, int]) -> Hashable:
        if leaving.get(above, 0) > 1:
            return ("from", above)
        return ("pass", above) if self.rows.is_bend(below) else ("to", below)

    def _net(self, gap: int, key: Hashable) -> Net:
        return self.nets[gap].setdefault(key, Net(key))

    # --- edges that lead up ------------------------------------------------------------------

    def _open_lanes(self) -> None:
        """One lane for the edges that lead up to a box on the same side, the short ones inside."""
        lanes: dict[tuple[int, int], _Lane] = {}
        for edge in self.rows.back:
            side = min((1, -1), key=lambda side: self._detour(edge, side))
            lanes.setdefault((edge.target, side), _Lane(edge.target, side, [])).edges.append(edge)
        self.lanes = sorted(lanes.values(), key=lambda lane: (len(self._span(lane)), lane.target, lane.side))
        for lane in self.lanes:
            span = self._span(lane)
            rows = [row for row in span if 0 <= row < len(self.extents)]
            if lane.side > 0:
                lane.x = max(self.extents[row][1] for row in rows) + LANE
            else:
                lane.x = min(self.extents[row][0] for row in rows) - LANE
            for row in rows:
                left, right = self.extents[row]
                self.extents[row] = (min(left, lane.x), max(right, lane.x))
            self._lane_nets(lane)

    def _detour(self, edge: Edge, side: int) -> tuple[int, int]:
        """How far out of its way an edge goes on a side; coming to a box from above is worst."""
        blocked = self._is_blocked(edge.source, side) + 2 * self._is_blocked(edge.target, side)
        rows = range(self.rows.row_of[edge.target], self.rows.row_of[edge.source] + 1)
        edges = [side * self.extents[row][side > 0] for row in rows]
        far = max(edges, default=0)
        return blocked, 2 * far - side * (self.x[edge.source] + self.x[edge.target])

    def _is_blocked(self, box: int, side: int) -> bool:
        """Whether another box of the row stands on this side."""
        row = self.rows.rows[self.rows.row_of[box]]
        place = row.index(box)
        beside = row[place + 1 :] if side > 0 else row[:place]
        return any(not self.rows.is_bend(item) for item in beside)

    def _enters_above(self, lane: _Lane) -> bool:
        row = self.rows.row_of[lane.target]
        same = any(self.rows.row_of[edge.source] == row for edge in lane.edges)
        return same or self._is_blocked(lane.target, lane.side)

    def _span(self, lane: _Lane) -> range:
        """The rows a lane passes, with those on the other side of a gap it uses."""
        first = self.rows.row_of[lane.target] - self._enters_above(lane)
        rows = [
            self.rows.row_of[edge.source] + self._is_blocked(edge.source, lane.side) for edge in lane.edges
        ]
        return range(first, max(rows) + 1)

    def _lane_nets(self, lane: _Lane) -> None:
        key = ("up", lane.target, lane.side)
        if self._enters_above(lane):
            net = self._net(self.rows.row_of[lane.target] - 1, key)
            net.below.add(self.x[lane.target])
            net.aside.add(lane.x)
        for edge in lane.edges:
            if self._is_blocked(edge.source, lane.side):
                net = self._net(self.rows.row_of[edge.source], key)
                net.above.add(self.x[edge.source])
                net.aside.add(lane.x)

    # --- heights -----------------------------------------------------------------------------

    def _set_rows(self) -> None:
        labelled = {self.rows.row_of[chain[0]] for edge, chain in self.rows.chains if edge.label}
        self.gap_top: dict[int, int] = {}
        self.label_y: dict[int, int] = {}
        self.row_top: list[int] = []
        self.row_height: list[int] = []
        y = 0
        for row in range(-1, len(self.rows.rows)):
            if row >= 0:
                height = max(self.sizes[item][1] for item in self.rows.rows[row])
                self.row_top.append(y)
                self.row_height.append(height)
                y += height
            used = max(self.tracks.get(row, {}).values(), default=-1) + 1
            self.gap_top[row] = y + STUB
            if row in (-1, len(self.rows.rows) - 1):
                y += STUB + used * TRACK if used else 0
                continue
            y += STUB + max(used - 1, 0) * TRACK
            self.label_y[row] = y + LABEL_HEIGHT // 2 + (5 if used else 0)
            y += LABEL_HEIGHT + 2 if row in labelled else 2
            y += TIP
        self.height = y

    def _track(self, gap: int, key: Hashable) -> int | None:
        track = self.tracks.get(gap, {}).get(key)
        return None if track is None else self.gap_top[gap] + track * TRACK

    # --- what comes out ----------------------------------------------------------------------

    def done(self) -> Layout:
        boxes = [self._box(box) for box in self.graph.boxes]
        edges = [self._down(edge, chain) for edge, chain in self.rows.chains]
        edges += [self._up(edge, lane) for lane in self.lanes for edge in lane.edges]
        left = min((box.x for box in boxes), default=0)
        right = max((box.x + box.width for box in boxes), default=0)
        for edge in edges:
            left = min(
                left,
                *(x for x, _ in edge.points),
                edge.label_at[0] - edge.label_width // 2 if edge.label else left,
            )
            right = max(
                right,
                *(x for x, _ in edge.points),
                edge.label_at[0] + edge.label_width // 2 if edge.label else right,
            )
        return Layout(
            graph=self.graph,
            width=right - left,
            height=self.height,
            boxes=tuple(_moved_box(box, -left) for box in boxes),
            edges=tuple(_moved_edge(edge, -left) for edge in edges),
        )

    def _box(self, box: Box) -> PlacedBox:
        row = self.rows.row_of[box.number]
        wide, high = self.sizes[box.number]
        is_dot = box.shape == STOP
        y = self.row_top[row] + (0 if is_dot else (self.row_height[row] - high) // 2)
        return PlacedBox(box=box, x=self.x[box.number] - wide // 2, y=y, width=wide, height=high)

    def _edge_y(self, box: int, *, is_top: bool) -> int:
        placed = self._box(self.graph.boxes[box])
        return placed.y if is_top else placed.y + placed.height

    def _down(self, edge: Edge, chain: list[int]) -> PlacedEdge:
        points = [(self.x[chain[0]], self._edge_y(chain[0], is_top=False))]
        for above, below in pairwise(chain):
            row = self.rows.row_of[above]
            y = self._track(row, self._key(above, below, self.leaving))
            if self.x[above] != self.x[below] and y is not None:
                points += [(self.x[above], y), (self.x[below], y)]
        points.append((self.x[chain[-1]], self._edge_y(chain[-1], is_top=True)))
        said, wide = label_of(edge)
        at = (self.x[chain[1]], self.label_y[self.rows.row_of[chain[0]]]) if said else (0, 0)
        return PlacedEdge(edge=edge, points=_corners(points), label=said, label_at=at, label_width=wide)

    def _up(self, edge: Edge, lane: _Lane) -> PlacedEdge:
        points: list[Point] = []
        source, target = self._box(self.graph.boxes[edge.source]), self._box(self.graph.boxes[edge.target])
        key = ("up", lane.target, lane.side)
        if self._is_blocked(edge.source, lane.side):
            y = self._track(self.rows.row_of[edge.source], key) or 0
            points += [(self.x[edge.source], source.y + source.height), (self.x[edge.source], y), (lane.x, y)]
        else:
            points += [_side(source, lane.side), (lane.x, source.y + source.height // 2)]
        if self._enters_above(lane):
            y = self._track(self.rows.row_of[edge.target] - 1, key) or 0
            points += [(lane.x, y), (self.x[edge.target], y), (self.x[edge.target], target.y)]
        else:
            points += [(lane.x, target.y + target.height // 2), _side(target, lane.side)]
        return PlacedEdge(edge=edge, points=_corners(points))


def _side(box: PlacedBox, side: int) -> Point:
    return (box.x + box.width if side > 0 else box.x), box.y + box.height // 2


def _corners(points: list[Point]) -> tuple[Point, ...]:
    """The points without those in the middle of a straight line."""
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        while len(kept) > 1 and (
            kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]
        ):
            kept.pop()
        kept.append(point)
    return tuple(kept)


def _moved_box(box: PlacedBox, by: int) -> PlacedBox:
    return PlacedBox(box=box.box, x=box.x + by, y=box.y, width=box.width, height=box.height)


def _moved_edge(edge: PlacedEdge, by: int) -> PlacedEdge:
    return PlacedEdge(
        edge=edge.edge,
        points=tuple((x + by, y) for x, y in edge.points),
        label=edge.label,
        label_at=(edge.label_at[0] + by, edge.label_at[1]),
        label_width=edge.label_width,
    )
