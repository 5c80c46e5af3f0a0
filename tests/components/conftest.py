"""A session's moment, a few kinds of channel, and texts as an author writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from frontdesk.components.base import COMPONENT_KINDS, Capabilities, Definition, Moment, Texts

CHANNELS: Mapping[str, Capabilities] = {
    "web": Capabilities(
        forms=frozenset({"buttons", "date_picker", "link_card", "number", "rating"}), images=True
    ),
    "sms": Capabilities(max_text=1600),
    "cards": Capabilities(  # three buttons, or a list of ten rows
        forms=frozenset({"buttons", "list"}),
        max_options={"buttons": 3, "list": 10},
        max_label={"buttons": 20, "list": 24},
        max_description=72,
        max_text=1024,
    ),
    "quick": Capabilities(
        forms=frozenset({"quick_replies"}),
        max_options={"quick_replies": 13},
        max_label={"quick_replies": 20},
        max_description=0,
        max_text=2000,
        images=True,
    ),
}


def at(language: str = "en") -> Moment:
    """Wednesday 11 March 2026, ten in the morning in Paris."""
    now = datetime(2026, 3, 11, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))
    return Moment(language=language, today=now.date(), now=now)


def texts(language: str) -> Texts:
    """Authored texts in a language; templates are somebody else's."""

    def text(authored: Any) -> str:
        return (
            authored if isinstance(authored, str) else authored.get(language) or next(iter(authored.values()))
        )

    return text


def definition(fields: Mapping[str, Any]) -> Definition:
    return COMPONENT_KINDS[fields["kind"]].Model.model_validate(dict(fields))


def show(fields: Mapping[str, Any], language: str = "en", **given: Any) -> dict[str, Any]:
    """A component written as in YAML, shown."""
    kind = COMPONENT_KINDS[fields["kind"]]
    return kind.show(definition(fields), texts(language), given, at(language))
