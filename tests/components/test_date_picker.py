"""Days: whatever is offered or written reads back to the same day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from frontdesk.components import COMPONENT_KINDS
from frontdesk.components.base import NotRead, Value
from frontdesk.components.typed_date import dates_in, day_text
from tests.components.conftest import CHANNELS, at, definition, show

KIND = COMPONENT_KINDS["date_picker"]
PICKUP = {
    "component": "pickup",
    "kind": "date_picker",
    "ask": "Which day?",
    "min": 1,
    "max": 60,
    "excluded": ["sun"],
}

languages = st.sampled_from(["en", "en-GB", "fr", "es"])
days = st.dates(date(2026, 3, 12), date(2026, 5, 10)).filter(lambda day: day.weekday() != 6)


@given(days, languages, st.sampled_from(["day_short", "day_long", "day_example", "day_example_year"]))
def test_a_day_as_we_write_it_reads_back(day: date, language: str, style: str) -> None:
    read = KIND.read(show(PICKUP, language), None, day_text(day, language, style), at(language))
    assert isinstance(read, Value)
    assert read.value == day.isoformat()


@given(days, languages)
def test_a_day_in_numbers_reads_back_in_the_languages_own_order(day: date, language: str) -> None:
    typed = f"{day:%m/%d/%Y}" if language == "en" else f"{day:%d/%m/%Y}"
    assert dates_in(typed, language, date(2026, 3, 11)).days[:1] == (day,)


@given(st.integers(0, 9), languages)
def test_the_number_of_a_suggested_day_reads_back(count: int, language: str) -> None:
    shown = show({**PICKUP, "suggestions": count}, language)
    text = KIND.plan(shown, CHANNELS["sms"]).text
    for number, suggested in enumerate(shown["suggestions"], start=1):
        assert f"{number}. {suggested['label']}" in text
        read = KIND.read(shown, None, str(number), at(language))
        assert isinstance(read, Value)
        assert read.value == suggested["id"]


@given(st.dates(date(2026, 1, 1), date(2027, 1, 1)))
def test_no_day_outside_the_range_or_excluded_is_ever_taken(day: date) -> None:
    shown = show(PICKUP)
    read = KIND.read(shown, None, day.isoformat(), at())
    is_free = date(2026, 3, 12) <= day <= date(2026, 5, 10) and day.weekday() != 6
    assert isinstance(read, Value) == is_free


@given(st.text(alphabet="0123456789/.- marchjuevesle", max_size=40), languages)
def test_any_text_is_a_day_or_not(text: str, language: str) -> None:
    said = dates_in(text, language, date(2026, 3, 11))
    assert bool(said.days) != bool(said.problem)


@pytest.mark.parametrize(
    "today", [date(2026, 12, 31), date(2028, 2, 29), date(2026, 3, 29), date(2026, 1, 31)]
)
def test_tomorrow_is_tomorrow_at_every_edge_of_the_calendar(today: date) -> None:
    assert dates_in("demain", "fr", today).days == (today + timedelta(days=1),)


def test_an_excluded_weekday_stays_excluded_beyond_what_clients_are_told() -> None:
    shown = show({**PICKUP, "max": 3000})
    read = KIND.read(shown, None, "2030-03-10", at())
    assert isinstance(read, NotRead)
    assert read.again == "date_excluded"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"min": 5, "max": 1}, "is before min"),
        ({"min": "2026-03-02", "max": "2026-03-01"}, "is before min"),
        ({"max": 10**9}, "a hundred years"),
        ({"excluded": ["someday"]}, "someday"),
        ({"suggestions": 12}, "less than or equal to 9"),
        ({"maximum": 12}, "maximum"),
    ],
)
def test_what_an_author_gets_wrong_is_said(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        definition({**PICKUP, **wrong})
