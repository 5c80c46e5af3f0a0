"""A drawing as one SVG: titles, boxes and edges of every graph, readable by day and by night."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from frontdesk.drawing.graph import ENTRY, LAST, STOP, Graph
from frontdesk.drawing.layout import (
    BOX,
    LABEL_HEIGHT,
    LABEL_SIZE,
    Layout,
    PlacedBox,
    PlacedEdge,
    Point,
    layout,
)
from frontdesk.drawing.look import icons, style
from frontdesk.drawing.texts import cut, tidy, width

MARGIN = 40
HEAD = 64  # the desk's name
TITLE = 46  # a graph's
BETWEEN = (64, 56)  # two graphs beside and above each other
PAGE = 1800  # wide at most, unless one graph is wider or there are many
SHAPE = 1.6  # then so many times as wide as high
ICON = 28
TEXT_AT = 50  # behind the icon
NAME, LINE, BOLD = 12, 11, 1.06  # sizes of type; how much wider bold is
ROUND = 7  # the corners of edges


def svg(desk: str, graphs: Sequence[Graph]) -> str:
    """All graphs on one page."""
    placed, size = _page([layout(graph) for graph in graphs])
    size = (max(size[0], int(width(tidy(desk), 20)) + 2 * MARGIN), size[1])
    return "\n".join([*_opening(desk, graphs, size), *_body(desk, placed, size), "</svg>", ""])


def _page(layouts: Sequence[Layout]) -> tuple[list[tuple[Layout, Point]], Point]:
    """Each graph as high on the page as it fits, in their order; gives their corners and the page's size."""
    sizes = [(max(each.width, _title_width(each.graph)), TITLE + each.height) for each in layouts]
    area = sum((wide + BETWEEN[0]) * (high + BETWEEN[1]) for wide, high in sizes)
    limit = max([PAGE, int((area * SHAPE) ** 0.5), *(wide + 2 * MARGIN for wide, _ in sizes)]) - MARGIN
    taken: list[tuple[int, int, int]] = []  # left, right, and bottom, with the space around
    placed: list[tuple[Layout, Point]] = []
    for each, (wide, high) in zip(layouts, sizes, strict=True):
        corners = []
        for x in sorted({MARGIN, *(right for _, right, _ in taken)}):
            below = (bottom for left, right, bottom in taken if left < x + wide and x < right)
            if x + wide <= limit:
                corners.append((max(below, default=HEAD + MARGIN // 2), x))
        y, x = min(corners)
        taken.append((x, x + wide + BETWEEN[0], y + high + BETWEEN[1]))
        placed.append((each, (x, y)))
    widest = max((right - BETWEEN[0] for _, right, _ in taken), default=MARGIN)
    deepest = max((bottom - BETWEEN[1] for _, _, bottom in taken), default=HEAD)
    return placed, (widest + MARGIN, deepest + MARGIN)


def _title_width(graph: Graph) -> int:
    return int(max(width(tidy(graph.title), 15), width(graph.note, 11)))


def _opening(desk: str, graphs: Sequence[Graph], size: Point) -> Iterator[str]:
    wide, high = size
    what = escape(f"{tidy(desk)}: {', '.join(tidy(graph.title) for graph in graphs)}")
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}"'
        ' role="img" aria-labelledby="fd-title fd-desc">'
    )
    yield f'<title id="fd-title">{what}</title>'
    yield f'<desc id="fd-desc">{escape(" ".join(tidy(graph.summary) for graph in graphs))}</desc>'
    yield f"<style>{style()}</style>"
    yield "<defs>"
    yield '<pattern id="fd-dots" width="20" height="20" patternUnits="userSpaceOnUse">'
    yield '<circle class="dots" cx="1" cy="1" r="1"/></pattern>'
    yield f'<clipPath id="fd-in"><rect width="{BOX[0] - 6}" height="{BOX[1]}"/></clipPath>'
    for name in ("tip", "leap-tip"):
        yield (
            f'<marker id="fd-{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
            f' markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
            f'<path class="{name}" d="M0 .5 7.5 4 0 7.5z"/></marker>'
        )
    looks = {box.look for graph in graphs for box in graph.boxes if box.shape != STOP}
    for look, path in icons().items():
        if look in looks:
            yield f'<path id="fd-{look}" d="{path}"/>'
    yield "</defs>"


def _body(desk: str, placed: Sequence[tuple[Layout, Point]], size: Point) -> Iterator[str]:
    yield f'<rect class="ground" width="{size[0]}" height="{size[1]}"/>'
    yield f'<rect fill="url(#fd-dots)" width="{size[0]}" height="{size[1]}"/>'
    yield _text("desk", MARGIN, HEAD, desk)
    for each, (x, y) in placed:
        yield f'<g transform="translate({x} {y})">'
        yield _text("title", 0, 18, each.graph.title)
        yield _text("note", 0, 34, each.graph.note)
        yield f'<g transform="translate(0 {TITLE})">'
        yield from map(_edge, each.edges)
        yield from (_label(edge) for edge in each.edges if edge.label)
        lost = {step for _, step in each.graph.unled}
        yield from (_box(box, is_lost=box.box.number in lost) for box in each.boxes)
        yield "</g></g>"


def _text(name: str, x: int, y: int, said: str) -> str:
    return f'<text class="{name}" x="{x}" y="{y}">{escape(tidy(said))}</text>'


def _edge(edge: PlacedEdge) -> str:
    if not edge.edge.is_jump:
        return f'<path class="edge" d="{_rounded(edge.points)}" marker-end="url(#fd-tip)"/>'
    # Written from its end, so that the dashes of jumps to the same step lie on each other.
    back = _rounded(edge.points[::-1])
    return f'<path class="edge leap" d="{back}" marker-start="url(#fd-leap-tip)"/>'


def _rounded(points: Sequence[Point]) -> str:
    """The path through the points with round corners."""
    parts = [f"M{points[0][0]} {points[0][1]}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        parts.append(f"L{_towards(here, before, after)}Q{here[0]} {here[1]} {_towards(here, after, before)}")
    return "".join([*parts, f"L{points[-1][0]} {points[-1][1]}"])


def _towards(corner: Point, end: Point, other: Point) -> str:
    """Where a round corner begins on the way to `end`."""
    ways = [abs(corner[0] - each[0]) + abs(corner[1] - each[1]) for each in (end, other)]
    by = min(ROUND, *(way // 2 for way in ways))
    x = corner[0] + by * ((end[0] > corner[0]) - (end[0] < corner[0]))
    y = corner[1] + by * ((end[1] > corner[1]) - (end[1] < corner[1]))
    return f"{x} {y}"


def _label(edge: PlacedEdge) -> str:
    x, y = edge.label_at
    left, top = x - edge.label_width // 2, y - LABEL_HEIGHT // 2
    about = f"<title>{escape(tidy(edge.edge.label))}</title>" if edge.label != edge.edge.label else ""
    return (
        f'<g>{about}<rect class="behind" x="{left}" y="{top}" width="{edge.label_width}"'
        f' height="{LABEL_HEIGHT}" rx="{LABEL_HEIGHT // 2}"/>'
        f'<text class="label" x="{x}" y="{y + LABEL_SIZE // 2 - 1}">{escape(edge.label)}</text></g>'
    )


def _box(placed: PlacedBox, *, is_lost: bool) -> str:
    box = placed.box
    said = "\n".join(filter(None, (box.about, "Nothing leads to this step." if is_lost else "")))
    about = f"<title>{_about(said)}</title>" if said else ""
    if box.shape == STOP:
        radius = placed.width // 2
        middle = (placed.x + radius, placed.y + radius)
        return f'<circle class="dot" cx="{middle[0]}" cy="{middle[1]}" r="{radius - 1}">{about}</circle>'
    corner = placed.height // 2 if box.shape == ENTRY else 18 if box.shape == LAST else 10
    inset = (placed.height - ICON) // 2
    tint = ICON // 2 if box.shape == ENTRY else 8
    room = placed.width - TEXT_AT - 12
    return (
        f'<g class={quoteattr(box.look)} transform="translate({placed.x} {placed.y})">{about}'
        f'<rect class="{"box lost" if is_lost else "box"}" x=".5" y=".5"'
        f' width="{placed.width - 1}" height="{placed.height - 1}" rx="{corner}"/>'
        f'<rect class="tint" x="{inset}" y="{inset}" width="{ICON}" height="{ICON}" rx="{tint}"/>'
        f'<use class="icon" href="#fd-{box.look}" x="{inset + 6}" y="{inset + 6}"/>'
        f'<g clip-path="url(#fd-in)">{_lines(placed, room)}</g></g>'
    )


def _lines(placed: PlacedBox, room: int) -> str:
    box = placed.box
    middle = placed.height // 2
    name, line = box.name, box.line
    left = room - width(f"{box.word} ", NAME) if box.name else room
    is_parted = not line
    if is_parted:
        name, line = _in_two(name, left)
    at = middle - 3 if line else middle + 4
    word = cut(box.word, NAME, room)
    said = f'<tspan class="{"word" if name else "name"}">{escape(word)}</tspan>'
    if name:
        said += f' <tspan class="name">{escape(cut(name, NAME * BOLD, max(left, 20)))}</tspan>'
    head = f'<text class="head" x="{TEXT_AT}" y="{at}">{said}</text>'
    if not line:
        return head
    below = escape(cut(line, NAME * BOLD if is_parted else LINE, room))
    names = "head name" if is_parted else "line"
    return f'{head}<text class="{names}" x="{TEXT_AT}" y="{middle + 13}">{below}</text>'


def _in_two(name: str, room: float) -> tuple[str, str]:
    """A long name, a condition mostly, over both lines where it can be parted between two words."""
    parted = cut(name, NAME * BOLD, room)
    if parted == name or " " not in parted:
        return name, ""
    first = parted.rsplit(" ", 1)[0]
    return first, name[len(first) + 1 :]


def _about(said: str) -> str:
    return "\n".join(escape(tidy(line)) for line in said.split("\n"))
