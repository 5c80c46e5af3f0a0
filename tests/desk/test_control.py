"""Commands beside a running desk, through its control socket, and without one."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from frontdesk.desk import control
from frontdesk.errors import FrontdeskError, StoreInUse
from frontdesk.store.base import NewProblem
from tests.database import new_place
from tests.desk.conftest import PASSWORD, Running, running, write_desk
from tests.patience import PATIENCE, STANDSTILL

pytestmark = pytest.mark.slow

MIA = {"login": "mia", "name": "Mia Moreau", "password": PASSWORD, "languages": ["fr"]}


async def ask(root: Path, method: str, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return await asyncio.to_thread(control.call, root, method, fields or {})


def test_a_login_is_made_without_a_running_desk(desk_folder: Path) -> None:
    rep = control.call(desk_folder, "rep-add", MIA)
    assert rep == {"login": "mia", "name": "Mia Moreau", "role": "rep", "languages": ["fr"]}
    assert control.call(desk_folder, "rep-list", {})["reps"] == [rep]
    with pytest.raises(FrontdeskError, match="already"):
        control.call(desk_folder, "rep-add", MIA)
    assert control.call(desk_folder, "rep-remove", {"login": "mia"}) == {"login": "mia", "gave_back": []}
    with pytest.raises(FrontdeskError, match="no rep mia"):
        control.call(desk_folder, "rep-remove", {"login": "mia"})
    assert control.call(desk_folder, "status", {}) == {"running": False, "release": None}


async def test_a_login_made_beside_a_running_desk_works_at_once(running_desk: Running) -> None:
    root = running_desk.desk.settings.root
    stop = await control.serve(running_desk.desk)
    try:
        assert (root / ".frontdesk/control.sock").stat().st_mode & 0o777 == 0o600
        await ask(root, "rep-add", MIA)
        session = await running_desk.waits("ann")
        mia = await running_desk.page("mia")
        await mia.do("accept", session)
        assert (await mia.row(session, owner="rep:mia"))["owner_name"] == "Mia Moreau"
        assert (await ask(root, "rep-remove", {"login": "mia"}))["gave_back"] == [session]
        async with asyncio.timeout(PATIENCE):
            while (row := await running_desk.desk.store.session(session)) and row.status != "waiting":
                await asyncio.sleep(0.01)
        assert row is not None
        assert row.owner == "queue:general", "nobody's session is lost with a rep: it waits again"
        assert await mia.ends() == (4401, "signed_out")
        assert (await ask(root, "status"))["channels"] == ["rest", "site"]
    finally:
        await stop()
    assert not (root / ".frontdesk/control.sock").exists()
    with pytest.raises(StoreInUse):  # it runs, but nobody listens
        await ask(root, "rep-list")


async def test_a_release_goes_live_and_back(running_desk: Running) -> None:
    root = running_desk.desk.settings.root
    stop = await control.serve(running_desk.desk)
    try:
        first = running_desk.desk.releases.current.release
        assert (await ask(root, "release"))["is_new"] is False
        (root / "bots/hello/messages/en.yml").write_text("email_asked: Your e-mail, please?\n")
        with pytest.raises(FrontdeskError, match="changed after"):
            await ask(root, "release", {"release": first})
        done = await ask(root, "release")
        assert (done["before"], done["is_new"]) == (first, True)
        await running_desk.says("ann", "help")
        session = (await running_desk.says("ann", "x")).session
        assert "Your e-mail, please?" in await running_desk.texts(session)
        assert await ask(root, "rollback") == {"release": first, "before": done["release"]}
        assert running_desk.desk.releases.current.release == first
        (root / "bots/hello/bot.yml").write_text("kind: nonsense\n")
        with pytest.raises(FrontdeskError, match=re.escape("bots/hello/bot.yml")):
            await ask(root, "release")
        assert running_desk.desk.releases.current.release == first
    finally:
        await stop()


def test_releases_are_made_without_a_running_desk(desk_folder: Path) -> None:
    first = control.call(desk_folder, "release", {})
    assert first["is_new"] is True
    (desk_folder / "bots/hello/messages/en.yml").write_text("email_asked: Your e-mail, please?\n")
    second = control.call(desk_folder, "release", {})
    assert second["before"] == first["release"]
    assert control.call(desk_folder, "rollback", {})["release"] == first["release"]
    with pytest.raises(FrontdeskError, match="no release before"):
        control.call(desk_folder, "rollback", {})


async def test_a_socket_left_by_a_killed_desk_is_in_nobodys_way(desk_folder: Path) -> None:
    left = desk_folder / ".frontdesk/control.sock"
    left.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(left))
    assert (await ask(desk_folder, "rep-list"))["reps"] == []
    async with running(desk_folder) as one:
        stop = await control.serve(one.desk)
        assert (await ask(desk_folder, "status"))["running"] is True
        await stop()


async def test_a_desk_deep_in_the_folders_has_its_socket_elsewhere(tmp_path: Path) -> None:
    root = write_desk(tmp_path / ("deep" * 20) / ("deeper" * 20))
    async with running(root) as one:
        stop = await control.serve(one.desk)
        where = Path((root / ".frontdesk/control.path").read_text())
        assert where.parent.stat().st_mode & 0o777 == 0o700
        assert (await ask(root, "status"))["running"] is True
        await stop()
        assert not where.parent.exists()
        assert not (root / ".frontdesk/control.path").exists()
    assert (await ask(root, "status"))["running"] is False


async def test_lines_that_are_no_command_are_answered(running_desk: Running) -> None:
    stop = await control.serve(running_desk.desk)
    reader, writer = await asyncio.open_unix_connection(str(running_desk.desk.settings.control))
    for line in (
        b"no json",
        b"[]",
        b"{}",
        b'{"do": "dance"}',
        b'{"do": "rep-add"}',
        b'{"do": "problems-replay"}',
    ):
        writer.write(line + b"\n")
        assert "error" in orjson.loads(await reader.readline())
    writer.write(b'{"do": "status"}\n')
    assert orjson.loads(await reader.readline())["running"] is True
    await stop()
    assert await reader.read() == b""
    writer.close()


async def test_a_kept_payload_is_replayed(running_desk: Running) -> None:
    desk = running_desk.desk
    await desk.store.keep_problem(
        NewProblem(
            at="2026-03-11T09:00:00.000Z",
            channel="rest",
            what="unreadable",
            error="was not readable",
            headers={},
            body=b'{"sender": "ann", "message": "hello"}',
        )
    )
    stop = await control.serve(desk)
    said = (await ask(desk.settings.root, "problems-replay", {"id": 1}))["said"]
    assert "1" in said
    assert (await desk.store.problems())[0].status == "replayed"
    assert "no problem 7" in (await ask(desk.settings.root, "problems-replay", {"id": 7}))["said"]
    await stop()


# --- the commands ------------------------------------------------------------------------------


def frontdesk(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """The command as people run it."""
    code = (
        "import sys, typer; from frontdesk.cli import desk; from frontdesk.errors import FrontdeskError\n"
        "app = typer.Typer(); desk.register(app)\n"
        "try: app(prog_name='frontdesk')\n"
        "except FrontdeskError as error: print(error, file=sys.stderr); sys.exit(1)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        input=given,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=STANDSTILL,
    )


@pytest.mark.slow
def test_rep_commands(desk_folder: Path) -> None:
    at = ("--desk", str(desk_folder))
    added = frontdesk("rep", "add", "tom", "--language", "en", "--language", "fr", *at)
    assert added.stdout.startswith("Tom can sign in as tom (rep).\nPassword: "), added.stderr
    added = frontdesk(
        "rep", "add", "mia", "--password-stdin", "--role", "admin", "--json", *at, given=PASSWORD
    )
    assert orjson.loads(added.stdout) == {"login": "mia", "name": "Mia", "role": "admin", "languages": []}
    listed = orjson.loads(frontdesk("rep", "list", "--json", *at).stdout)
    assert [(rep["login"], rep["languages"]) for rep in listed] == [("mia", []), ("tom", ["en", "fr"])]
    assert frontdesk("rep", "remove", "tom", *at).stdout == "tom can no longer sign in.\n"
    again = frontdesk("rep", "remove", "tom", *at)
    assert (again.returncode, again.stderr) == (
        1,
        "There is no rep tom; `frontdesk rep list` lists them.\n",
    )


@pytest.mark.slow
def test_release_commands(desk_folder: Path) -> None:
    tests = desk_folder / "bots/hello/tests"
    tests.mkdir()
    (tests / "asks.yml").write_text("talk:\n- user: help\n- bot: {message: email_asked}\n")
    done = frontdesk("release", str(desk_folder))
    assert re.fullmatch(r"Release \w{12} is live; 1 conversation tests passed\.\n", done.stdout), done.stderr
    (tests / "asks.yml").write_text("talk:\n- user: help\n- bot: Something else\n")
    refused = frontdesk("release", str(desk_folder), "--json")
    assert refused.returncode == 1
    assert "asks.yml" in orjson.loads(refused.stdout)["failures"][0]
    (desk_folder / "bots/hello/bot.yml").write_text("kind: nonsense\n")
    refused = frontdesk("release", str(desk_folder))
    assert refused.returncode == 1
    assert "bots/hello/bot.yml" in refused.stderr
    assert frontdesk("rollback", str(desk_folder)).returncode == 1


async def test_a_process_that_ends_leaves_the_socket_of_one_that_began_in_the_same_moment(
    desk_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = new_place(stands_still=True)
    async with running(desk_folder, store=place) as one, running(desk_folder, store=place) as other:
        with monkeypatch.context() as unseen:
            unseen.setattr(control, "_connect", lambda settings: None)
            stop_one, stop_other = await control.serve(one.desk), await control.serve(other.desk)
        await stop_one()
        assert (await ask(desk_folder, "status"))["running"]
        await stop_other()
        assert not one.desk.settings.control.exists()
