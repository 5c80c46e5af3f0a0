"""`frontdesk bench agents` measures what it says; what a session keeps does not hang on the machine."""

from __future__ import annotations

import pytest

from frontdesk.bench.agents import measure


@pytest.mark.slow
def test_an_agents_conversation_and_its_long_session_are_measured() -> None:
    told: list[str] = []
    measured = measure(tell=told.append, conversations=16, rounds=3, times=5).to_json()
    assert set(measured) == {
        *("conversation_cpu_ms", "sdk_cpu_ms", "our_cpu_ms", "session_kib", "turn_60_over_1"),
        *("first_word_p50_ms", "first_word_p99_ms"),
    }
    assert measured["conversation_cpu_ms"] > measured["sdk_cpu_ms"] > 0
    assert 40 < measured["session_kib"] <= 100
    assert 0 < measured["turn_60_over_1"] < 3  # of three: one alone was seen to say 2, under load
    assert 0 < measured["first_word_p50_ms"] <= measured["first_word_p99_ms"]
    assert measured["first_word_p50_ms"] < 1000
    assert told
