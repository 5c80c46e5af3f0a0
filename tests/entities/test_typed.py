"""A day in answer to a question: the grammars', and what an answer may leave out."""

from __future__ import annotations

from datetime import date

import pytest

from frontdesk.components.typed_date import dates_in

TODAY = date(2026, 3, 11)  # a Wednesday


@pytest.mark.parametrize(
    ("language", "typed", "day"),
    [
        ("en", "I'd rather have Tuesday the 17th of March, please", "2026-03-17"),
        ("en", "17 March at 3pm", "2026-03-17"),
        ("en", "three days from now", "2026-03-14"),
        ("en", "no, the 5th", "2026-04-05"),
        ("en", "pasado mañana", "2026-03-13"),
        ("en", "２０２６-０３-１７", "2026-03-17"),
        ("fr", "17.3", "2026-03-17"),
        ("fr", "jeudi matin", "2026-03-12"),
        ("es", "mañana por la tarde", "2026-03-12"),
        ("es", "el martes de la semana que viene", "2026-03-17"),
    ],
)
def test_a_day_is_read_however_it_is_put(language: str, typed: str, day: str) -> None:
    assert [each.isoformat() for each in dates_in(typed, language, TODAY).days[:1]] == [day]


@pytest.mark.parametrize(
    ("language", "typed", "problem"),
    [
        ("en", "not on Tuesday", "date"),
        ("en", "I can't on Friday", "date"),
        ("fr", "pas mardi", "date"),
        ("es", "no puedo el martes", "date"),
        ("en", "next week", "date"),
        ("en", "at three", "date"),
        ("en", "29 February 2027", "date_invalid"),
        ("fr", "le 31/04", "date_invalid"),
        ("en", "from 20 to 24 March", "date_several"),
        ("es", "el lunes o el martes", "date_several"),
        ("en", "", "date"),
        ("en", "🎉", "date"),
    ],
)
def test_what_is_no_day_says_why(language: str, typed: str, problem: str) -> None:
    assert dates_in(typed, language, TODAY).problem == problem
