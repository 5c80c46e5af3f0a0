"""Components over REST: buttons for whatever can be picked, the whole component beside them."""

from __future__ import annotations

from typing import Any

import pytest

from frontdesk.channels.rest import Rest
from frontdesk.components.base import sendable
from frontdesk.events import MessageSent
from frontdesk.testing.conformance import sample
from tests.components.conftest import show

SKIP = {"id": "skip", "label": "Skip this"}


@pytest.mark.parametrize(
    ("definition", "titles"),
    [
        ({"kind": "choices", "ask": "Size?", "options": ["S", "L"]}, ["S", "L", "Skip this"]),
        ({"kind": "number", "ask": "How many?", "suggestions": [2, 4]}, ["2", "4", "Skip this"]),
        (
            {"kind": "rating", "ask": "How?", "max": 3, "labels": {3: "Good"}},
            ["1", "2", "3 – Good", "Skip this"],
        ),
        ({"kind": "date_picker", "ask": "When?", "suggestions": 1}, ["Wed 11 Mar", "Skip this"]),
        ({"kind": "text", "ask": "Why?"}, ["Skip this"]),
    ],
)
def test_what_can_be_picked_is_a_button_and_an_option_to_skip_hides_no_other(
    definition: dict[str, Any], titles: list[str]
) -> None:
    channel = sample("rest")
    assert isinstance(channel, Rest)
    shown = sendable(show({"component": "it", **definition}))
    shown = {**shown, "options": [*shown.get("options", ()), SKIP], "extra": ["skip"]}
    event = MessageSent(text=shown["text"], component=shown, author="bot:shop", key="S1.1")
    [message] = channel.replies("alice", [event])
    assert [button["title"] for button in message["buttons"]] == titles
    assert message["buttons"][-1]["payload"] == "/choose skip"
    assert message["custom"] == shown
