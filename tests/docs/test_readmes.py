"""What the READMEs quote is what the files say and what the commands print.

A comment before a code block says where it comes from, and `pytest --update` writes the block anew:

    <!-- file: PATH -->                    that whole file, from its first line that says something
    <!-- short: PATH 3 -->                the same, three items of each list in it
    <!-- talk: COMMAND | LINE | LINE -->   the terminal while a person types these lines

It draws the pictures in docs/ anew, too.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROMPT = "> "
QUOTE = re.compile(r"<!-- (file|short|talk): (.+?) -->\n```\w*\n(.*?)```\n", re.DOTALL)
BLOCK = re.compile(r"```.*?```", re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:|#)([^)#]+)")
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *(path for folder in ("bots", "components", "runtime", "tests") for path in (ROOT / folder).glob("*.md")),
]


@dataclass(frozen=True, slots=True)
class Quote:
    """A code block that says where it comes from."""

    page: Path
    kind: str
    source: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}: {self.source[:60]}"


def quotes(kind: str) -> list[Quote]:
    """The quotes of one kind in all pages."""
    return [
        Quote(page, *match.groups())
        for page in PAGES
        for match in QUOTE.finditer(page.read_text(encoding="utf-8"))
        if match[1] == kind
    ]


@pytest.mark.parametrize("quote", quotes("file"), ids=str)
def test_a_quoted_file_is_the_file(quote: Quote, pytestconfig: pytest.Config) -> None:
    compare(quote, "".join(lines_of(quote.source)), pytestconfig)


@pytest.mark.parametrize("quote", quotes("short"), ids=str)
def test_a_shortened_file_is_the_file(quote: Quote, pytestconfig: pytest.Config) -> None:
    path, most = quote.source.split(" ")
    kept: list[str] = []
    for number, line in numbered(lines_of(path)):
        if number <= int(most):
            kept.append(line)
        elif number == int(most) + 1:
            kept.append(f"{line.partition('-')[0]}…\n")
    compare(quote, "".join(kept), pytestconfig)


@pytest.mark.slow
@pytest.mark.parametrize("quote", quotes("talk"), ids=str)
def test_a_quoted_talk_is_how_it_goes(quote: Quote, pytestconfig: pytest.Config) -> None:
    command, *lines = quote.source.split(" | ")
    answers = printed(command, "".join(f"{line}\n" for line in lines)).split(f"\n{PROMPT}")
    # A terminal shows what is typed after the prompt; a pipe does not, so it is put back here.
    typed = [f"{PROMPT}{line}\n{answer}" for line, answer in zip(lines, answers[1:], strict=False)]
    compare(quote, "\n".join([f"$ {command}", answers[0], *typed]).rstrip() + "\n", pytestconfig)


DRAWINGS = {"shop.svg": ("--bot", "shop"), "return_order.svg": ("--dialog", "return_order")}


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_shows_the_shop_as_it_is(name: str, pytestconfig: pytest.Config) -> None:
    path = ROOT / "docs" / name
    drawn = printed(" ".join(["frontdesk draw .", *DRAWINGS[name]]))
    if pytestconfig.getoption("--update", default=False):
        path.write_text(drawn, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == drawn, f"docs/{name} is stale: `pytest tests/docs --update`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = LINK.findall(BLOCK.sub("", page.read_text(encoding="utf-8")))
    assert not [link for link in links if not (page.parent / link).exists()]


def lines_of(path: str) -> list[str]:
    """A file's lines, from its first that says something."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines(keepends=True)
    return list(dropwhile(lambda line: line.startswith("#"), lines))


def numbered(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Each line with its place in its list; 0: it is in none."""
    place = 0
    for line in lines:
        place = place + 1 if line.lstrip().startswith("- ") else 0
        yield place, line


def printed(command: str, typed: str = "") -> str:
    """What a command prints in the example desk."""
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail; {command}"],
        cwd=ROOT,
        env=os.environ | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])},
        input=typed,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def compare(quote: Quote, actual: str, config: pytest.Config) -> None:
    """Hold the quote against what it quotes, or write it anew with `--update`."""
    if quote.text != actual and config.getoption("--update", default=False):
        page = quote.page.read_text(encoding="utf-8")
        head, mark, rest = page.partition(f"<!-- {quote.kind}: {quote.source} -->\n```")
        language, line_end, rest = rest.partition("\n")
        text = f"{head}{mark}{language}{line_end}{actual}{rest[len(quote.text) :]}"
        quote.page.write_text(text, encoding="utf-8")
        return
    assert quote.text == actual, f"{quote} is stale: `pytest tests/docs --update` writes it anew"
