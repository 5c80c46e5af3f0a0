"""Releases: what is live, what goes on when the folder is broken, and the dialog a customer is in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk import shards
from frontdesk.app import RunningDesk
from frontdesk.authoring.content import Desk
from frontdesk.errors import AuthoringError, FrontdeskError, Problem
from frontdesk.settings import Settings
from tests.database import new_place
from tests.way.conftest import Serve, Served
from tests.way.phone import until, write_desk
from tests.way.saving import followed, save

pytestmark = pytest.mark.slow


@pytest.fixture
async def watched(serve: Serve) -> AsyncIterator[tuple[Served, list[str]]]:
    """A desk that follows its folder, and what it told its operator."""
    served = await serve(watch=True)
    told: list[str] = []
    async with followed(served.desk, told.append):
        yield served, told


async def until_told(told: list[str], word: str) -> str:
    await until(lambda: any(word in one for one in told))
    return next(one for one in told if word in one)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    save(path, text.replace(old, new))


def take_out(path: Path, key: str) -> None:
    """Take a message out: one that only a dialog's own names can fill."""
    lines = path.read_text().splitlines(keepends=True)
    save(path, "".join(line for line in lines if not line.startswith(f"{key}:")))


async def test_a_saved_file_is_live_at_once(watched: tuple[Served, list[str]], folder: Path) -> None:
    served, told = watched
    change(folder / "bots/hello/messages/en.yml", "Hello, and welcome to our shop!", "Good morning!")
    await until_told(told, "is live")
    [reply] = (await served.say("alice", "hi")).json()
    assert reply["text"].startswith("Good morning!")


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("bots/hello/messages/en.yml", b"welcome: a\nwelcome: b\n", "welcome"),
        ("bots/hello/messages/en.yml", b"welcome:\n\t- a\n", "tab"),
        ("bots/hello/messages/en.yml", "welcome: caf\xe9\n".encode("latin-1"), "UTF-8"),
        ("bots/hello/dialogs/return_order.yml", b"dialog: return_order\nsteps:\n- sya: hello\n", "sya"),
        (
            "bots/hello/dialogs/return_order.yml",
            b"dialog: return_order\nsteps:\n- if: ordr is none\n",
            "ordr",
        ),
    ],
    ids=["duplicate key", "tab", "Latin-1", "unknown step", "undefined name"],
)
async def test_a_broken_file_never_stops_a_running_desk(
    watched: tuple[Served, list[str]], folder: Path, file: str, content: bytes, says: str
) -> None:
    served, told = watched
    running = served.desk.releases.current.release
    save(folder / file, content)
    problem = await until_told(told, "Not live")
    assert file in problem
    assert says in problem
    assert served.desk.releases.current.release == running
    assert (await served.say("alice", "I want to return my order 1042")).json()[0]["buttons"]


async def test_a_desk_whose_folder_is_broken_starts_with_the_last_good_release(
    serve: Serve, folder: Path
) -> None:
    first = await serve()
    release = first.desk.releases.current.release
    await first.desk.stop()
    (folder / "bots/hello/bot.yml").write_text("kind: dialogs\nslots: [")
    second = await serve()
    assert second.desk.releases.current.release == release
    assert "bots/hello/bot.yml" in second.desk.notices[0]
    assert (await second.say("alice", "hi")).status_code == 200


async def test_a_new_desk_with_a_broken_folder_says_every_problem_and_does_not_start(
    serve: Serve, folder: Path
) -> None:
    (folder / "bots/hello/messages/en.yml").write_text("welcome: a\nwelcome: b\n")
    (folder / "bots/hello/dialogs/return_order.yml").write_text(
        "dialog: return_order\nsteps:\n- sya: hello\n"
    )
    with pytest.raises(AuthoringError) as raised:
        await serve()
    assert "messages/en.yml:2" in str(raised.value)
    assert "return_order.yml:3" in str(raised.value)


async def test_a_customer_in_the_middle_finishes_the_dialog_they_began(
    watched: tuple[Served, list[str]], folder: Path
) -> None:
    served, told = watched
    await served.say("alice", "I want to return my order 1042")
    take_out(folder / "bots/hello/messages/en.yml", "return_booked")
    path = folder / "bots/hello/dialogs/return_order.yml"
    save(path, "dialog: return_order\nwhen: {intent: return_order}\nsteps:\n- say: our_hours\n")
    await until_told(told, "is live")
    [asked] = (await served.say("alice", "too small")).json()
    assert asked["custom"]["kind"] == "date_picker", "alice goes on in the release she began with"
    [short] = (await served.say("bob", "I want to return my order 1042")).json()
    assert short["text"].startswith("We are here"), "bob begins in the new one"
    [session] = await served.desk.store.sessions(user="rest:bob")
    understood = [row for row in await served.desk.store.events(session.id) if row.kind == "understood"]
    assert served.desk.releases.current.release.encode() in understood[0].body


async def test_a_deleted_dialog_is_finished_by_who_is_in_it_even_after_a_restart(
    serve: Serve, folder: Path
) -> None:
    first = await serve(watch=True)
    await first.say("alice", "I want to return my order 1042")
    await first.desk.stop()
    (folder / "bots/hello/dialogs/return_order.yml").unlink()
    take_out(folder / "bots/hello/messages/en.yml", "return_booked")
    (folder / "bots/hello/intents/return_order.yml").unlink()
    second = await serve(watch=True)
    assert "return_order" not in second.desk.releases.current.bots["hello"].dialogs
    [asked] = (await second.say("alice", "too small", message_id="after")).json()
    assert asked["custom"]["kind"] == "date_picker"


async def test_rollback_goes_to_the_release_before_and_stays_there_after_a_restart(
    serve: Serve, folder: Path
) -> None:
    served = await serve()
    with pytest.raises(FrontdeskError, match="no release before"):
        await served.desk.releases.roll_back()
    before = served.desk.releases.current.release
    change(folder / "bots/hello/messages/en.yml", "Hello, and welcome to our shop!", "Good morning!")
    await served.desk.releases.make(served.desk.releases.read_folder())
    assert served.desk.releases.current.release != before
    assert (await served.desk.releases.roll_back()).release == before
    await served.desk.stop()
    again = await serve()
    assert again.desk.releases.current.release == before
    assert "frontdesk release" in again.desk.notices[0]


async def test_a_channel_whose_secret_is_missing_is_off_and_the_others_run(
    serve: Serve, folder: Path
) -> None:
    config = folder / "frontdesk.yml"
    change(config, "rest: {kind: rest}", 'rest: {kind: rest}\n  other: {kind: rest, token: "${OTHER_TOKEN}"}')
    served = await serve()
    assert "OTHER_TOKEN" in served.desk.releases.current.off["other"]
    assert (await served.say("alice", "hi")).status_code == 200
    assert (await served.http.post("/webhooks/other/webhook", json={})).status_code == 404


async def test_a_channel_field_that_is_wrong_leaves_the_running_desk_whole(
    watched: tuple[Served, list[str]], folder: Path
) -> None:
    served, told = watched
    running = served.desk.releases.current.release
    change(folder / "frontdesk.yml", "rest: {kind: rest}", "rest: {kind: rest, tokn: 7}")
    assert "tokn" in await until_told(told, "Not live")
    assert served.desk.releases.current.release == running
    assert (await served.say("alice", "hi")).status_code == 200
    change(folder / "frontdesk.yml", "rest: {kind: rest, tokn: 7}", "rest: {kind: rest}  # mended")
    await until_told(told, "is live")


async def test_a_release_of_another_process_that_does_not_fit_this_one_changes_nothing_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a version that does not know a kind of channel yet."""
    monkeypatch.setattr(shards, "BEAT", 0.05)
    settings = Settings(root=write_desk(tmp_path), store=new_place(stands_still=True))
    newer, older = RunningDesk(settings), RunningDesk(settings)
    await newer.start()
    await older.start()
    try:
        before, channels = older.releases.current, dict(older.channels)
        change(tmp_path / "frontdesk.yml", "in_doubt: once", "in_doubt: again")
        fresh = newer.releases.read_folder()

        def examine(desk: Desk) -> None:
            raise AuthoringError([Problem(path="frontdesk.yml", message="there is no such kind")])

        with monkeypatch.context() as unknown:
            unknown.setattr(older.releases, "_examine", examine)
            await newer.releases.make(fresh)
            await until(lambda: fresh.release in older.releases._refused)
        assert older.releases.current is before
        assert older.channels == channels
    finally:
        await older.stop()
        await newer.stop()


async def test_word_of_a_release_that_is_not_the_current_one_any_more_is_passed_over(
    serve: Serve, folder: Path
) -> None:
    served = await serve()
    releases = served.desk.releases
    before = releases.current.release
    change(folder / "bots/hello/messages/en.yml", "Hello, and welcome to our shop!", "Good morning!")
    fresh = releases.read_folder()
    await releases.make(fresh)
    await releases.follow(before)
    assert releases.current is fresh
