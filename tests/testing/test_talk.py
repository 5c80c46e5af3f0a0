"""Talking with a desk in memory: what `frontdesk chat` and conversation tests stand on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from frontdesk.testing.lines import BadLine
from frontdesk.testing.talk import Talk

from .conftest import Shop


def texts(out: dict[str, Any]) -> list[str]:
    return [reply["text"] for reply in out["replies"]]


def kinds(out: dict[str, Any]) -> list[str]:
    return [event["kind"] for event in out["events"]]


async def test_a_whole_return(shop: Shop) -> None:
    talk = shop.talk()
    out = await talk.take({"text": "I want to return 1042"})
    assert list(out) == ["replies", "owner", "language", "slots", "events"]
    (reply,) = out["replies"]
    assert list(reply) == ["id", "text", "component", "buttons", "image", "custom"]
    assert (reply["text"], reply["buttons"]) == ("Why are you sending it back?", [])
    assert (reply["component"]["name"], reply["component"]["kind"]) == ("return_reason", "choices")
    assert reply["component"]["options"] == [
        {"id": "too_small", "label": "Too small"},
        {"id": "broken", "label": "Broken"},
    ]
    assert (out["owner"], out["language"], out["slots"]) == ("bot:shop", "en", {"order_number": "1042"})
    assert [event["seq"] for event in out["events"]] == list(range(1, len(out["events"]) + 1))

    out = await talk.take({"choose": "too_small", "of": reply["id"]})
    assert texts(out)[0] in ("Booked for 1042.", "All booked, 1042.")
    assert out["slots"] == {"order_number": "1042", "reason": "too_small"}
    assert talk.state.outcome == "resolved"


async def test_a_talk_is_the_same_every_time(shop: Shop) -> None:
    lines = [{"text": "return"}, {"text": "1042"}, {"choose": "broken"}]
    first, second = shop.talk(), shop.talk()
    assert [await first.take(line) for line in lines] == [await second.take(line) for line in lines]


async def test_time_goes_on_only_when_told_and_timers_fire_at_their_own_time(shop: Shop) -> None:
    talk = shop.talk()
    await talk.take({"text": "I want to return 1042"})
    assert texts(await talk.take({"advance": "PT9M"})) == []
    out = await talk.take({"advance": "PT1H"})
    assert texts(out) == ["Are you still there?"]
    assert out["events"][0]["at"] == "2026-03-11T09:10:00.000Z"
    assert talk.clock.now().isoformat() == "2026-03-11T10:09:00+00:00"


async def test_a_rep_takes_the_session_and_writes(shop: Shop) -> None:
    talk = shop.talk()
    out = await talk.take({"text": "I want to return 1043"})
    assert out["owner"] == "queue:returns"
    out = await talk.take({"rep": "Hello, I am Mia."})
    assert (out["owner"], texts(out)) == ("rep:rep", ["Hello, I am Mia."])


async def test_a_rep_cannot_write_into_a_bots_session(shop: Shop) -> None:
    talk = shop.talk()
    await talk.take({"text": "return"})
    out = await talk.take({"rep": "Hello"})
    assert out == {"error": "a rep can write once the session waits in a queue; its owner is bot:shop"}


async def test_a_new_session_forgets_all_but_what_belongs_to_the_user(shop: Shop) -> None:
    talk = shop.talk()
    await talk.take({"user": {"language": "fr", "email": "a@b.example", "plan": "gold"}})
    out = await talk.take({"text": "return"})
    out = await talk.take({"text": "1042"})
    assert out["slots"] == {"email": "a@b.example", "order_number": "1042"}
    assert texts(out) == ["Pourquoi ce retour ?"]
    out = await talk.take({"session": "new"})
    assert (out["owner"], out["slots"], kinds(out)) == ("none", {}, ["timer", "status"])
    out = await talk.take({"text": "return"})
    assert out["slots"] == {"email": "a@b.example"}
    assert talk.user.attributes == {"plan": "gold"}


async def test_what_is_known_of_the_user_can_change_in_the_middle(shop: Shop) -> None:
    talk = shop.talk()
    await talk.take({"text": "return"})
    out = await talk.take({"user": {"email": "a@b.example"}})
    assert (kinds(out), out["slots"]) == (["slot"], {"email": "a@b.example"})


async def test_a_named_bot_owns_the_session_whatever_routing_says(shop: Shop) -> None:
    assert (await shop.talk(channel="rest").take({"text": "return"}))["owner"] == "queue:general"
    out = await shop.talk(channel="rest", bot="shop").take({"text": "return"})
    assert (out["owner"], texts(out)) == ("bot:shop", ["Which order?"])


@pytest.mark.parametrize(
    ("wanted", "channel"),
    [(None, ("site", "web")), ("rest", ("rest", "rest")), ("web", ("site", "web")), ("sms", ("sms", "sms"))],
)
async def test_a_talk_is_on_a_channel_by_name_or_kind(
    shop: Shop, wanted: str | None, channel: tuple[str, str]
) -> None:
    talk = shop.talk(channel=wanted)
    assert (talk.channel, talk.channel_kind) == channel


async def test_an_unknown_channel_is_told(shop: Shop) -> None:
    with pytest.raises(BadLine, match="there is no channel `whatsap`; a talk can be on one of site, rest"):
        shop.talk(channel="whatsap")


async def test_an_action_that_fails_is_told_in_the_events_and_kindly_to_the_customer(shop: Shop) -> None:
    out = await shop.talk().take({"text": "I want to return 6666"})
    action = next(event for event in out["events"] if event["kind"] == "action")
    assert (action["code"], action["error"]) == ("raised", "OSError: the shop is away")
    assert texts(out)[0] == "The shop is away."
    assert out["owner"] == "queue:returns"


async def test_a_turn_that_breaks_ends_as_in_a_running_desk(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from frontdesk.dialogs.say import Say

    def breaks(self: Say, dialog: object) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Say, "run", breaks)
    out = await shop.talk().take({"text": "I want to return 9999"})
    assert "error" in kinds(out)
    assert out["owner"] == "queue:general"
    assert len(out["replies"]) == 2  # the apology, and that a person will answer


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ([1], 'a line is an object like {"text": "hello"}, not a list'),
        ("hello", 'a line is an object like {"text": "hello"}, not text'),
        (None, 'a line is an object like {"text": "hello"}, not null'),
        ({}, "a line has exactly one of text, choose, value"),
        ({"text": "a", "choose": "b"}, "a line has exactly one of text, choose, value"),
        ({"txt": "a"}, "`txt` means nothing here; did you mean `text`?"),
        ({"text": "a", "of": "b"}, "`of` means nothing here; did you mean `of`?"),
        ({"text": 4}, "`text` is text, not a number"),
        ({"advance": "ten minutes"}, "'ten minutes' is no duration; write one like PT10M"),
        ({"advance": "PT99999999999H"}, "'PT99999999999H' is no duration"),
        ({"advance": "P20000D"}, "time can go on by at most ten years"),
        ({"file": "/no/such/file"}, "there is no file"),
        ({"session": "old"}, '`session` can only be "new"'),
        ({"user": "alice"}, '`user` is an object like {"language": "fr"}, not text'),
        ({"event": "paid", "data": 4}, "`data` is an object, not a number"),
    ],
)
async def test_a_bad_line_is_told_and_the_talk_goes_on(shop: Shop, line: object, told: str) -> None:
    talk = shop.talk()
    out = await talk.take(line)
    assert list(out) == ["error"]
    assert out["error"].startswith(told.removesuffix("; did you mean `of`?"))
    assert texts(await talk.take({"text": "return"})) == ["Which order?"]


async def test_a_file_and_an_event_are_noted(shop: Shop, tmp_path: Path) -> None:
    talk: Talk = shop.talk()
    (tmp_path / "photo.jpg").write_bytes(b"x")
    assert "told" in kinds(await talk.take({"file": str(tmp_path / "photo.jpg")}))
    assert "told" in kinds(await talk.take({"event": "paid", "data": {"order": "1042"}}))
