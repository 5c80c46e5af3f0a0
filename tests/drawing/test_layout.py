"""Where things lie: no box on another, no edge through a box, no edge that leads nowhere."""

from __future__ import annotations

import time
from itertools import combinations, pairwise
from typing import Any

from hypothesis import given

from frontdesk.drawing.layout import LABEL_HEIGHT, Layout, PlacedBox, PlacedEdge, layout
from frontdesk.drawing.svg import svg
from tests.drawing.dialogs import drawn, random_steps

Area = tuple[int, int, int, int]  # left, top, right, bottom


def area(box: PlacedBox) -> Area:
    return box.x, box.y, box.x + box.width, box.y + box.height


def label_area(edge: PlacedEdge) -> Area:
    (x, y), wide = edge.label_at, edge.label_width
    return x - wide // 2, y - LABEL_HEIGHT // 2, x + wide // 2, y + LABEL_HEIGHT // 2


def overlap(one: Area, other: Area) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def on_edge_of(point: tuple[int, int], of: Area) -> bool:
    is_beside = point[0] in (of[0], of[2]) and of[1] <= point[1] <= of[3]
    return is_beside or (point[1] in (of[1], of[3]) and of[0] <= point[0] <= of[2])


def problems(laid: Layout) -> list[str]:
    """Everything about a layout that a reader would trip over."""
    boxes = {placed.box.number: area(placed) for placed in laid.boxes}
    labels = [(edge.edge, label_area(edge)) for edge in laid.edges if edge.label]
    found = [f"box {a} lies on box {b}" for a, b in combinations(boxes, 2) if overlap(boxes[a], boxes[b])]
    found += [
        f"{edge} is labelled on a box"
        for edge, at in labels
        if any(overlap(at, each) for each in boxes.values())
    ]
    found += [f"labels of {a[0]} and {b[0]}" for a, b in combinations(labels, 2) if overlap(a[1], b[1])]
    for edge in laid.edges:
        ends = edge.points[0], edge.points[-1]
        if not all(map(on_edge_of, ends, (boxes[edge.edge.source], boxes[edge.edge.target]))):
            found.append(f"{edge} ends nowhere")
        for (x, y), (to_x, to_y) in pairwise(edge.points):
            if x != to_x and y != to_y:
                found.append(f"{edge} runs aslant")
            line = (min(x, to_x), min(y, to_y), max(x, to_x) + 1, max(y, to_y) + 1)
            inner = (
                (left + 1, top + 1, right - 1, bottom - 1) for left, top, right, bottom in boxes.values()
            )
            if any(overlap(line, each) for each in inner):
                found.append(f"{edge} runs through a box")
    for left, top, right, bottom in (*boxes.values(), *(at for _, at in labels)):
        if left < 0 or top < 0 or right > laid.width or bottom > laid.height:
            found.append("something lies outside")
    if any(
        not (0 <= x <= laid.width and 0 <= y <= laid.height) for edge in laid.edges for x, y in edge.points
    ):
        found.append("an edge runs outside")
    return found


@given(random_steps())
def test_nothing_overlaps_and_no_edge_ends_nowhere(steps: list[dict[str, Any]]) -> None:
    graph = drawn(steps)
    laid = layout(graph)
    assert len(laid.boxes) == len(graph.boxes)
    assert len(laid.edges) == len(list(graph.links()))
    assert not problems(laid)


def test_a_step_that_nothing_leads_to_may_be_part_of_a_circle() -> None:
    steps: list[dict[str, Any]] = [
        {"if": "x", "then": [{"goto": "late"}]},
        {"say": "hello", "id": "early"},
        {"end": None},
        {"ask": "late"},
        {"goto": "early"},
    ]
    assert not problems(layout(drawn(steps)))


def test_a_long_label_over_the_end_has_its_room() -> None:
    long = "a == 'quite a long value' and b"
    branches = [{"if": long, "then": []}, {"if": long, "then": [{"say": "hello"}]}]
    assert not problems(layout(drawn([{"if": "a", "then": [], "elif": branches, "else": []}])))


def test_a_chain_is_one_straight_line() -> None:
    laid = layout(drawn([{"say": "hello"}] * 40))
    assert len({box.x for box in laid.boxes}) == 1
    assert all(len(edge.points) == 2 for edge in laid.edges)


def test_a_fork_stands_over_the_middle_of_its_branches() -> None:
    laid = layout(drawn([{"if": "x", "then": [{"say": "hello"}, {"end": None}], "else": [{"end": None}]}]))
    fork, yes, _, no = laid.boxes[1:]
    assert abs(2 * fork.x - yes.x - no.x) <= 2
    assert yes.y == no.y


def long_dialog(size: int) -> list[dict[str, Any]]:
    """A dialog as people write them: questions, look-ups, and now and then a way back."""
    steps: list[dict[str, Any]] = []
    for number in range(size // 6):
        steps += [
            {"ask": f"slot{number}", "timeout": "PT10M", "on_timeout": [{"end": None}]},
            {"call": "find", "into": "order"},
            {"if": "order is none", "then": [{"say": "hello"}, {"retry": f"slot{number // 2}"}]},
        ]
    return steps


def test_sixty_steps_do_not_overlap() -> None:
    graph = drawn(long_dialog(60))
    assert len(graph.boxes) > 60
    assert not problems(layout(graph))


def test_three_hundred_steps_take_less_than_a_tenth_of_a_second() -> None:
    steps = long_dialog(300)
    best = 1.0
    for _ in range(3):
        begun = time.process_time()
        graph = drawn(steps)
        svg("Shop", [graph])
        best = min(best, time.process_time() - begun)
    assert len(graph.boxes) > 300
    assert best < 0.1
