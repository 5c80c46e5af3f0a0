"""Messaging components: the kinds that definitions in `components/*.yml` are instances of."""

from frontdesk.components import choices, date_picker, link, number, rating, text
from frontdesk.components.base import COMPONENT_KINDS, ComponentKind, component_kind

__all__ = [
    "COMPONENT_KINDS",
    "ComponentKind",
    "choices",
    "component_kind",
    "date_picker",
    "link",
    "number",
    "rating",
    "text",
]
