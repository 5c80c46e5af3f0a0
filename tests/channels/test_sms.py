"""Text messages: payloads read, components shown. No account and no network."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.channels.base import ChannelRequest
from frontdesk.channels.keywords import keyword_of
from frontdesk.channels.segments import economical, segments, split_text, units
from frontdesk.cli.channel import as_lists
from frontdesk.components.base import sendable
from frontdesk.errors import BadPayload
from frontdesk.messages import Outbound
from tests.channels.conftest import make
from tests.components.conftest import show

if TYPE_CHECKING:
    from tests.conftest import Golden


def test_payloads_by_their_golden_file(golden: Golden) -> None:
    for case in golden("channels/sms_inbound.yml"):
        query, method = case.given.get("query", ""), case.given.get("method", "POST")
        request = ChannelRequest(
            method=method,
            url="https://desk.example/webhooks/sms" + (f"?{query}" if query else ""),
            headers={},
            body=case.given["body"].encode(),
        )
        try:
            parsed = as_lists(make("sms").parse(request))
        except BadPayload as error:
            case.expect(unreadable=str(error))
        else:
            case.expect(**{name: part for name, part in parsed.items() if part})


def test_components_by_their_golden_file(golden: Golden) -> None:
    for case in golden("channels/sms_render.yml"):
        channel = make("sms", **case.given.get("config", {}))
        outbound = _outbound(**case.given)
        calls = [
            {name: value for name, value in asdict(call).items() if value}
            for call in channel.render(outbound)
        ]
        plan = channel.plan(outbound)
        sizes = [segments((call.form or {})["Body"]) for call in channel.render(outbound)]
        case.expect(calls=calls, losses=list(plan.losses), segments=sizes)


def _outbound(
    definition: dict[str, Any] | None = None,
    language: str = "en",
    text: str = "",
    to: str = "+15551234567",
    added: dict[str, Any] | None = None,
    **more: Any,
) -> Outbound:
    shown = sendable(show(definition, language)) | (added or {}) if definition is not None else None
    return Outbound(
        id="S1.7",
        session="S1",
        channel="sms",
        to=to,
        text=shown["text"] if shown is not None else text,
        component=shown,
        language=language,
    )


# --- parts ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("over", [-1, 0, 1])
def test_a_text_at_the_limit(over: int) -> None:
    parts = split_text("x" * (1600 + over), 1600)
    assert len(parts) == (2 if over > 0 else 1)


def test_a_long_text_is_parted_between_lines_and_words_and_no_address_is_broken() -> None:
    url = "https://shop.example/returns/" + "a" * 80
    text = "\n".join(f"{n}. Some words that go on for a while, then {url}" for n in range(80))
    parts = split_text(text, 1600)
    assert all(units(part) <= 1600 for part in parts)
    assert "\n".join(parts) == text
    words = " ".join(f"word{n}" for n in range(2000))
    assert " ".join(split_text(words, 1600)) == words


def test_what_a_person_sees_as_one_sign_stays_whole() -> None:
    family = "👩‍👩‍👧‍👦"
    parts = split_text(family * 400, 100)
    assert all(units(part) <= 100 for part in parts)
    assert all(part.startswith("👩") for part in parts)
    accents = split_text("e\u0301" * 300, 99)
    assert all(part.startswith("e") for part in accents)


@given(st.text(max_size=400), st.integers(min_value=2, max_value=60))
def test_nothing_is_lost_in_parts(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert all(part and units(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ç" * 70, 1),
        ("ç" * 71, 2),
        ("🦊" * 35, 1),
        ("🦊" * 36, 2),
        ("a" * 1600, 11),
    ],
)
def test_segments_as_carriers_count_them(text: str, count: int) -> None:
    assert segments(text) == count


def test_dashes_are_plain_only_where_it_saves_something() -> None:
    assert economical("a – b") == "a - b"
    assert economical("ça – ira") == "ça – ira"


# --- keywords ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("Stop", "stop"),
        ("STOP.", "stop"),
        ("don't stop", ""),
        ("arrêt", "stop"),
        ("Unsubscribe", "stop"),
        ("QUIT", "stop"),
        ("unstop", "start"),
        ("si", "yes"),
        ("info", "help"),
        ("", ""),
        ("stop" * 1000, ""),
    ],
)
def test_keywords(text: str, keyword: str) -> None:
    assert keyword_of(text) == keyword


def test_a_desk_has_words_of_its_own() -> None:
    assert keyword_of("Genoeg!", stop_words=["genoeg"]) == "stop"
    assert keyword_of("", stop_words=["", "!"]) == ""


# --- configuration -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "fields",
    [
        {"number": None},
        {"service": "MG1"},
        {"api_key": "SK1"},
        {"public_url": "desk.example"},
        {"public_url": "https://desk.example/?a=1"},
        {"in_doubt": "maybe"},
        {"method": "PUT"},
    ],
)
def test_a_wrong_configuration_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        make("sms", **fields)


def test_secrets_are_not_shown() -> None:
    config = make("sms", token="s3cret", api_key="SK1", api_secret="s3cret", shared_key="s3cret").config
    assert "s3cret" not in repr(config)
