"""A bot with a handful of examples: what is much like one of them is understood, nothing else is."""

from __future__ import annotations

import pytest

from frontdesk.nlu.train import Example, train

RETURN = ["I want to return 1042", "I want to return something", "je veux rendre un article"]
TRACK = ["Where is my order", "Where is 1042", "où est mon colis"]
BOTS = {
    "one intent with one example": [Example(RETURN[0], "return")],
    "one intent": [Example(text, "return") for text in RETURN],
    "two intents": [
        *(Example(text, "return") for text in RETURN),
        *(Example(text, "track") for text in TRACK),
        Example("hello", "hello"),
        Example("hi", "hello"),
    ],
}
NONSENSE = [
    "asdf", "banana", "what is the weather", "tell me a joke", "who are you", "ok", "yes", "🙂", "🙂 👍🏽",
    "", "7", "I am hungry", "sing me a song", "il fait beau", "me llamo Ana", "blah " * 3_000,
]  # fmt: skip


@pytest.mark.parametrize("bot", BOTS)
def test_nonsense_is_nothing_to_a_small_bot(bot: str) -> None:
    model = train(BOTS[bot])
    assert [text[:20] for text in NONSENSE if model.judge(text).decision != "reject"] == []


@pytest.mark.parametrize(
    ("bot", "text", "label"),
    [
        ("one intent with one example", "I want to return 1043", "return"),
        ("one intent", "I want to return something please", "return"),
        ("two intents", "where is my order please", "track"),
        ("two intents", "Où est donc mon colis ?", "track"),
        ("two intents", "hello!", "hello"),
    ],
)
def test_what_is_much_like_an_example_is_understood(bot: str, text: str, label: str) -> None:
    judged = train(BOTS[bot]).judge(text)
    assert (judged.label, judged.decision) == (label, "accept")
