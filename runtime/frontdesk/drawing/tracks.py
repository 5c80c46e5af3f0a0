"""Tracks: the sideways parts of edges between two rows, each on a line where it hides no other."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Net:
    """Edges that share one sideways line: those that leave one box, or that come to one."""

    key: Hashable
    above: set[int] = field(default_factory=set)  # where they come from
    below: set[int] = field(default_factory=set)  # where they go to
    aside: set[int] = field(default_factory=set)  # where they leave the gap for a lane beside the boxes

    @property
    def left(self) -> int:
        return min(self.above | self.below | self.aside)

    @property
    def right(self) -> int:
        return max(self.above | self.below | self.aside)

    @property
    def is_straight(self) -> bool:
        return self.left == self.right


def tracks(nets: Sequence[Net]) -> dict[Hashable, int]:
    """The track of each net, counted from the upper row; a straight one needs none."""
    order: list[Net] = []
    for net in nets:
        if not net.is_straight:
            order.insert(_best_place(net, order), net)
    found: dict[Hashable, int] = {}
    for place, net in enumerate(order):
        over = [found[each.key] for each in order[:place] if _overlap(each, net)]
        found[net.key] = max(over, default=-1) + 1
    return found


def _best_place(net: Net, order: Sequence[Net]) -> int:
    """Where between the others a net crosses the fewest of them."""
    cost = sum(_cost(net, each) for each in order)
    best, least = 0, cost
    for place, each in enumerate(order, 1):
        cost += _cost(each, net) - _cost(net, each)
        if cost < least:
            best, least = place, cost
    return best


def _cost(upper: Net, lower: Net) -> int:
    """What one net above the other costs: crossings, and far more where one would run along the other."""
    hidden = upper.below & lower.above
    crossed = sum(lower.left < x < lower.right for x in upper.below)
    crossed += sum(upper.left < x < upper.right for x in lower.above)
    return crossed + 100 * len(hidden)


def _overlap(one: Net, other: Net) -> bool:
    return one.left <= other.right and other.left <= one.right
