"""The commands that the pages quote are there, and take what the pages give them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from frontdesk.cli import application
from tests.docs.test_readmes import PAGES, ROOT

BLOCK = re.compile(r"```(?:sh|ini|text)\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"(?:^|[\s=/|])frontdesk ([a-z][^#|&;>\n]*)", re.MULTILINE)


def quoted() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for arguments in COMMAND.findall(block):
                yield page.name, arguments.strip()


@pytest.mark.parametrize("arguments", sorted({arguments for _, arguments in quoted()}))
def test_a_quoted_command_takes_what_it_is_given(arguments: str) -> None:
    parse(shlex.split(arguments))


def test_a_command_that_is_not_there_is_found_out() -> None:
    for words in (["runn"], ["run", "--nope"], ["bench", "nothing"], ["rep", "list", "--port", "1"]):
        with pytest.raises(Exception, match=r"No such (command|option)"):
            parse(words)


def parse(words: list[str]) -> None:
    """Read a command's words, without doing it; a usage error says what is wrong with them."""
    command: Any = typer.main.get_command(application())
    context: Any = None
    while hasattr(command, "resolve_command"):
        context = command.make_context(command.name, words, parent=context)
        name, command, words = command.resolve_command(context, [*context._protected_args, *context.args])
        assert name is not None
    command.make_context(command.name, words, parent=context)


def test_the_pages_quote_commands() -> None:
    assert {"README.md"} <= {page for page, _ in quoted()}
    assert any(arguments.startswith("run /srv/mydesk --role worker") for _, arguments in quoted())


@pytest.mark.slow
def test_a_desk_is_backed_up_and_restored_as_the_page_says(tmp_path: Path) -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    story = re.search(r"<!-- story: backups -->\n```sh\n(.*?)```", page, re.DOTALL)
    assert story is not None
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    before = "frontdesk new mydesk && frontdesk rep add mia --desk mydesk\n"
    after = "\nfrontdesk rep list --desk mydesk; ls mydesk/.frontdesk/backups"
    done = subprocess.run(
        ["bash", "-e", "-c", before + story[1] + after],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Restored 0 sessions, 0 events, 0 users, as they were at" in done.stdout
    assert re.search(r"^mia +Mia +rep", done.stdout, re.MULTILINE)
    assert re.search(r"^before-restore-\d{8}-\d{6}\.backup$", done.stdout, re.MULTILINE)
