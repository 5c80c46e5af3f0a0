"""`frontdesk backup` and `frontdesk restore`, as an operator types them: also from one store to the other."""

from __future__ import annotations

import stat
import time
from pathlib import Path

import orjson
import pytest

from frontdesk.cli import backup as command
from tests.database import new_place
from tests.way.conftest import Serve
from tests.way.test_both_stores import TALKS, frontdesk

pytestmark = pytest.mark.slow


async def test_a_desk_that_has_outgrown_its_file_moves_to_postgresql_and_back(
    serve: Serve, folder: Path, tmp_path: Path
) -> None:
    url = new_place(stands_still=True)
    served = await serve()
    for message in TALKS["alice"]:
        await served.say("alice", message)
    code, said = await frontdesk("backup", folder, "-o", f"{tmp_path}/kept/")
    assert code == 0
    made = only(tmp_path / "kept")
    assert f"{made}: 1 sessions, " in said
    assert "personal data" in said
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    code, said = await frontdesk("restore", made, folder)
    assert (code, "one desk has one server" in said) == (1, True)
    await served.desk.stop()
    code, said = await frontdesk("restore", made, folder)
    assert (code, "--replace" in said) == (1, True)
    code, said = await frontdesk("restore", made, folder, "--store", url, "--json")
    assert (code, orjson.loads(said)["sessions"], orjson.loads(said)["before"]) == (0, 1, None)
    code, exported = await frontdesk("export", "rest:alice", "--desk", folder, "--json", "--store", url)
    moved = await serve(store=url)
    assert (await moved.say("alice", "hello", message_id="new")).json()
    code, said = await frontdesk("restore", made, folder, "--store", url, "--replace")
    assert (code, "is served by frontdesk" in said or "already serves" in said) == (1, True)
    code, said = await frontdesk("backup", folder, "-o", tmp_path / "back.backup", "--json", "--store", url)
    back = orjson.loads(said)
    assert (back["sessions"], back["file"]) == (1, str(tmp_path / "back.backup"))
    code, said = await frontdesk("restore", tmp_path / "back.backup", folder, "--replace")
    assert (code, "What was there before is kept" in said) == (0, True)
    code, again = await frontdesk("export", "rest:alice", "--desk", folder, "--json")
    assert orjson.loads(again)[: len(orjson.loads(exported))] == orjson.loads(exported)
    assert len(orjson.loads(again)) > len(orjson.loads(exported))


def only(folder: Path) -> Path:
    """The one backup in a folder."""
    [made] = folder.glob("desk-*.backup")
    return made


async def test_without_a_place_it_goes_beside_the_data_and_a_folder_without_a_desk_has_none(
    folder: Path,
) -> None:
    code, said = await frontdesk("backup", folder)
    assert (code, "`frontdesk run` makes its data" in said) == (1, True)
    code, said = await frontdesk("backup", folder.parent)
    assert (code, "no frontdesk.yml" in said) == (1, True)
    code, said = await frontdesk("rep", "add", "mia", "--desk", folder)
    assert code == 0
    code, said = await frontdesk("backup", folder, "--json")
    assert Path(orjson.loads(said)["file"]).parent == folder / ".frontdesk" / "backups"


def test_how_far_it_is_is_said_once_it_takes_longer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    progress = command.Progress("copied")
    progress(1, 4)
    assert capsys.readouterr().err == ""
    now += 1
    progress(2, 4)
    progress(3, 4)
    assert capsys.readouterr().err == "copied 50%\n"
