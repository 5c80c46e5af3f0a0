"""Whatever is typed, the work is bounded, nothing raises, and every span lies in the text."""

from __future__ import annotations

import json
import time
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.nlu.entities import KINDS, find
from frontdesk.nlu.entities.base import MAX_TEXT
from frontdesk.nlu.entities.spoken import LANGUAGES, spoken

NOW = datetime.fromisoformat("2026-03-11T10:00")

languages = st.sampled_from([*LANGUAGES, "en-GB", "fr_CA", "de", ""])
said = [" ".join(words) for language in LANGUAGES for words in spoken(language).phrases()]
pieces = st.one_of(
    st.sampled_from(said),
    st.integers(0, 3000).map(str),
    st.sampled_from("/ - : . , € $ h 15h30 17/03 2026-03-17 3:30 17th pm 1.234,5 99:99 31/02 00:00".split()),
    st.text(max_size=5),
)
moments = st.datetimes()


@given(st.lists(pieces, max_size=14).map(" ".join), languages, moments)
def test_nothing_raises_and_spans_lie_in_the_text(text: str, language: str, now: datetime) -> None:
    found = find(text, language, now)
    end = 0
    for one in found:
        assert end <= one.start < one.end <= len(text)
        assert one.entity in KINDS
        end = one.end
    json.dumps([one.value for one in found], allow_nan=False)


@given(st.text(max_size=200), languages)
def test_any_text_at_all(text: str, language: str) -> None:
    assert isinstance(find(text, language, NOW), list)


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow at 3 " * 10_000,
        "1 " * 10_000,
        "9" * 10_000,
        "quatre vingt " * 5_000,
        "17 or " * 5_000,
        "20-" * 5_000,
        "the 20 to the " * 2_000,
        "a@" * 5_000,
        "(+1 " * 5_000,
        "\0" * 10_000,
        "🎉" * 10_000,
        "\u202eמחר 17 " * 2_000,
        "e\u0301" * 5_000,
    ],
)
def test_a_very_long_text_takes_little_time(text: str) -> None:
    find(text[:100], "fr", NOW)  # the first one reads the words
    start = time.process_time()
    for language in LANGUAGES:
        assert all(one.end <= MAX_TEXT for one in find(text, language, NOW))
    assert time.process_time() - start < 1


def test_a_sentence_takes_under_a_millisecond() -> None:
    text = "Could you come next Tuesday at half past two, or between 9 and 11 on Friday 20 March?"
    find(text, "en", NOW)
    start = time.process_time()
    for _ in range(100):
        find(text, "en", NOW)
    assert (time.process_time() - start) / 100 < 0.002  # twice the bar: the machine may be busy


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("30:00", []),
        ("31/02/2026", []),
        ("29 February 2027", []),
        ("on 29 March at 2:30 am", ["2026-03-29T02:30"]),  # no such time in Paris: times are civil
        ("25 October at 2:30 am", ["2026-10-25T02:30"]),  # twice in Paris
        ("2026-03-17T15:00:00Z", ["2026-03-17T15:00"]),
        ("m\u200bañana", []),
        ("\0tomorrow\0", ["2026-03-12"]),
        ("١٧ March", ["2026-03-17"]),
        ("in 99999999 years", [99999999]),
        ("order ABC12", []),
    ],
)
def test_odd_input_is_read_soberly(text: str, values: list[object]) -> None:
    assert [one.value for one in find(text, "en", NOW)] == values


def test_accents_may_be_typed_apart() -> None:
    found = find("man\u0303ana a\u0300 la una", "es", NOW)
    assert [one.value for one in found] == ["2026-03-12T13:00"]
