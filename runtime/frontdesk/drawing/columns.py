"""Columns: where in its row each item stands, so that edges run straight and forks are even.

The method is Brandes and Köpf's (2001): align each item with the middle of its neighbours, four ways
(from above or below, leaning left or right), pack each way, and take the mean of the middle two. Packing is
over whole aligned blocks, which never lets two items of a row come nearer than they may.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise

from frontdesk.drawing.layers import Layers

Gap = Callable[[int, int], float]  # how far apart the middles of two items beside each other must be


def columns(made: Layers, gap: Gap) -> list[float]:
    """The middle of every item."""
    if not made.rows:
        return []
    crossing = _crossing(made)
    ways: list[list[float]] = []
    for rows, near in ((made.rows, made.up), (made.rows[::-1], made.down)):
        for is_right in (False, True):
            leaning = [row[::-1] for row in rows] if is_right else rows
            root = _align(leaning, near, crossing, len(made.row_of))
            xs = _pack(leaning, root, (lambda a, b: gap(b, a)) if is_right else gap)
            ways.append([-x for x in xs] if is_right else xs)
    return _balance(ways)


def _crossing(made: Layers) -> set[tuple[int, int]]:
    """The edges that cross the long straight part of another: these give way."""
    place = {item: index for row in made.rows for index, item in enumerate(row)}
    found: set[tuple[int, int]] = set()
    for above, row in pairwise(made.rows):
        left, begun = 0, 0
        for index, item in enumerate(row):
            inner = (
                next((each for each in made.up[item] if made.is_bend(each)), None)
                if made.is_bend(item)
                else None
            )
            if inner is None and index + 1 < len(row):
                continue
            right = place[inner] if inner is not None else len(above)
            for each in row[begun : index + 1]:
                for near in made.up[each]:
                    is_inner = made.is_bend(near) and made.is_bend(each)
                    if not left <= place[near] <= right and not is_inner:
                        found.add((near, each))
            begun, left = index + 1, right
    return found


def _align(
    rows: Sequence[Sequence[int]], near: Sequence[Sequence[int]], crossing: set[tuple[int, int]], count: int
) -> list[int]:
    """The block each item belongs to, named by its first item."""
    root = list(range(count))
    taken = [False] * count
    place = {item: index for row in rows for index, item in enumerate(row)}
    for row in rows:
        last = -1
        for item in row:
            beside = sorted(near[item], key=place.__getitem__)
            middle = len(beside) - 1
            for each in beside[middle // 2 : (middle + 1) // 2 + 1] if beside else ():
                if root[item] != item or taken[each] or place[each] <= last:
                    continue
                if (each, item) not in crossing and (item, each) not in crossing:
                    taken[each] = True
                    root[item] = root[each]
                    last = place[each]
    return root


def _pack(rows: Sequence[Sequence[int]], root: Sequence[int], gap: Gap) -> list[float]:
    """The blocks as near to each other as they may be: to the left, then each towards its right."""
    after: dict[int, dict[int, float]] = defaultdict(dict)
    before: dict[int, dict[int, float]] = defaultdict(dict)
    for row in rows:
        for left, right in pairwise(row):
            a, b = root[left], root[right]
            apart = max(gap(left, right), after[a].get(b, 0.0))
            after[a][b] = before[b][a] = apart
    order = _sorted([item for row in rows for item in row if root[item] == item], after, before)
    at: dict[int, float] = {}
    for block in order:
        at[block] = max((at[each] + apart for each, apart in before[block].items()), default=0.0)
    for block in reversed(order):
        room = min((at[each] - apart for each, apart in after[block].items()), default=at[block])
        at[block] = max(at[block], room)
    return [at[each] for each in root]


def _sorted(
    blocks: Sequence[int], after: dict[int, dict[int, float]], before: dict[int, dict[int, float]]
) -> list[int]:
    waiting = {block: len(before[block]) for block in blocks}
    order = [block for block in blocks if not waiting[block]]
    for block in order:  # grows while it is read
        for each in after[block]:
            waiting[each] -= 1
            if not waiting[each]:
                order.append(each)
    return order


def _balance(ways: Sequence[Sequence[float]]) -> list[float]:
    """The mean of the middle two ways, each first moved to where the narrowest stands."""
    widths = [max(xs) - min(xs) for xs in ways]
    narrow = ways[widths.index(min(widths))]
    moved = []
    for number, xs in enumerate(ways):
        by = max(narrow) - max(xs) if number % 2 else min(narrow) - min(xs)
        moved.append([x + by for x in xs])
    return [sum(sorted(each)[1:3]) / 2 for each in zip(*moved, strict=True)]
