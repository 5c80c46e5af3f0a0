"""Link: a page to open, with title, description and image where the channel can show them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from frontdesk.components.base import (
    AuthoredText,
    Capabilities,
    ComponentKind,
    Definition,
    Moment,
    NotRead,
    Plan,
    Texts,
    Value,
    component_kind,
)
from frontdesk.components.typed import one_line
from frontdesk.messages import ComponentReply

_WEB = re.compile(r"https?://[^\s/?#]+[^\s]*", re.IGNORECASE)


class Link(Definition):
    """A page to open. It is sent and nothing is waited for."""

    kind: Literal["link"] = Field(default="link", description="`link`")
    title: AuthoredText = Field(description="what the page is")
    url: AuthoredText = Field(description="its address, https:// or http://")
    text: AuthoredText | None = Field(default=None, description="what is said with it; else the title")
    description: AuthoredText | None = Field(default=None, description="a sentence about the page")
    image: AuthoredText | None = Field(
        default=None, description="the address of a picture, https:// or http://"
    )


@component_kind
class LinkKind(ComponentKind):
    """Shown as a card, or as text with the address on a line of its own."""

    kind = "link"
    Model = Link
    collects = False

    def show(self, definition: Link, texts: Texts, given: Mapping[str, Any], at: Moment) -> dict[str, Any]:
        def field(name: str) -> str | None:
            if name in given:  # from an action: data, never a template
                return one_line(str(given[name]))
            authored = getattr(definition, name)
            return one_line(texts(authored)) if authored else None

        title = field("title") or ""
        return {
            "name": definition.component,
            "kind": self.kind,
            "language": at.language,
            "text": field("text") or title,
            "title": title,
            "url": _address("url", field("url") or ""),
            "description": field("description"),
            "image": _address("image", image) if (image := field("image")) else None,
        }

    def plan(self, shown: Mapping[str, Any], can: Capabilities) -> Plan:
        dropped = ("image dropped",) if shown["image"] and not can.images else ()
        if "link_card" in can.forms:
            return Plan(form="link_card", text=shown["text"], losses=dropped)
        lines = dict.fromkeys([shown["text"], shown["title"], shown["description"], shown["url"]])
        return Plan(
            form="text",
            text="\n".join(filter(None, lines)),
            losses=("no link card: title and address as text", *dropped),
        )

    def read(
        self, shown: Mapping[str, Any], reply: ComponentReply | None, text: str, at: Moment
    ) -> Value | NotRead:
        return NotRead(again="not_offered" if reply is not None else "other")


def _address(field: str, address: str) -> str:
    """A web address; anything else (javascript:, a path) would be unsafe or useless to a customer."""
    if not _WEB.fullmatch(address):
        raise ValueError(f"{field} is no web address that begins with https:// or http://: {address!r}")
    return address
