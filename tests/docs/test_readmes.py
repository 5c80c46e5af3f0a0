"""What the READMEs quote is what the files say and what the commands print.

A comment before a code block says where it comes from: `<!-- file: PATH -->` is that whole file,
`<!-- transcript: COMMAND -->` is what the command prints. `pytest --update` writes both anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
QUOTE = re.compile(r"<!-- (file|transcript): (.+?) -->\n```(\w*)\n(.*?)```\n", re.DOTALL)
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
        Quote(page, kind, match[2], match[4])
        for page in PAGES
        for match in QUOTE.finditer(page.read_text(encoding="utf-8"))
        if match[1] == kind
    ]


@pytest.mark.parametrize("quote", quotes("file"), ids=str)
def test_a_quoted_file_is_the_file(quote: Quote, pytestconfig: pytest.Config) -> None:
    compare(quote, (ROOT / quote.source).read_text(encoding="utf-8"), pytestconfig)


@pytest.mark.slow
@pytest.mark.parametrize("quote", quotes("transcript"), ids=str)
def test_a_quoted_transcript_is_what_the_command_prints(quote: Quote, pytestconfig: pytest.Config) -> None:
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail; {quote.source}"],
        cwd=ROOT,
        env=os.environ | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    compare(quote, done.stdout, pytestconfig)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    dead = [
        link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()
    ]
    assert not dead


def compare(quote: Quote, actual: str, config: pytest.Config) -> None:
    """Hold the quote against what it quotes, or write it anew with `--update`."""
    if quote.text != actual and config.getoption("--update", default=False):
        page = quote.page.read_text(encoding="utf-8")
        head, _, rest = page.partition(f"<!-- {quote.kind}: {quote.source} -->\n```")
        language, _, rest = rest.partition("\n")
        rest = rest[len(quote.text) :]
        quote.page.write_text(
            f"{head}<!-- {quote.kind}: {quote.source} -->\n```{language}\n{actual}{rest}", "utf-8"
        )
        return
    assert quote.text == actual, f"{quote} is stale: `pytest tests/docs --update` writes it anew"
