"""Pictures of what a desk does: its routing flow and its dialogs, as SVG or as mermaid's text."""

from __future__ import annotations

from collections.abc import Sequence

from frontdesk.authoring.content import Desk
from frontdesk.drawing.graph import Graph
from frontdesk.drawing.mermaid import mermaid
from frontdesk.drawing.routing import routing_graph
from frontdesk.drawing.steps import dialog_graph
from frontdesk.drawing.svg import svg

__all__ = ["Graph", "graphs", "mermaid", "svg"]


def graphs(desk: Desk, *, bots: Sequence[str] | None = None, dialog: str | None = None) -> list[Graph]:
    """The routing flow and every dialog; of these bots, or of this name, only the dialogs."""
    found = [] if bots is not None or dialog is not None else [routing_graph(desk)]
    for name in desk.bots if bots is None else bots:
        bot = desk.bots[name]
        found += [dialog_graph(bot, one) for one in bot.dialogs.values() if dialog in (None, one.name)]
    return found
