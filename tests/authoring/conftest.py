"""A small sound desk to break, one file at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from frontdesk.authoring.cache import use_cache_folder
from frontdesk.authoring.check import World, check
from frontdesk.authoring.files import read_files
from frontdesk.channels import CHANNEL_KINDS
from frontdesk.channels.base import Channel
from frontdesk.components.base import Capabilities
from frontdesk.errors import Problem

SOUND = {
    "frontdesk.yml": """
name: Test desk
languages: [en]
channels: {site: {kind: web}}
queues: {general: {}}
routing: [{else: {bot: b}}]
""",
    "bots/b/bot.yml": """
kind: dialogs
slots: {order_number: {entity: order_number}, reason: {}}
entities: {order_number: {pattern: "[0-9]{4}"}}
""",
    "bots/b/dialogs/hello.yml": """
dialog: hello
when: {intent: hello}
steps:
- ask: order_number
- ask: reason
  component: why
- say: bye
""",
    "bots/b/intents/hello.yml": "intent: hello\nexamples: {en: [Hello, Hi, Hey, Good day, Hello there]}\n",
    "bots/b/messages/en.yml": "order_number: Which order?\nbye: Goodbye!\n",
    "bots/b/components/why.yml": """
component: why
kind: choices
ask: {en: Why?}
options: [{id: small, label: {en: Small}}, {id: big, label: {en: Big}}]
""",
    "bots/b/actions.py": "from frontdesk import action\n\n@action\nasync def find_order(): ...\n",
}


class Plain(Channel):
    """A kind of channel without any form, in which long texts are cut."""

    kind = "plain"
    can = Capabilities(max_text=160)
    Config = CHANNEL_KINDS["rest"].Config


Written = Callable[[Mapping[str, str]], Path]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path) -> Iterator[None]:
    use_cache_folder(tmp_path / "cache")
    yield
    use_cache_folder(None)


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes the sound desk with some files in place of its own; an empty text takes a file away."""

    def write(files: Mapping[str, str]) -> Path:
        root = tmp_path / "desk"
        for path, text in (SOUND | dict(files)).items():
            if text:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text.lstrip("\n"), encoding="utf-8")
        return root

    return write


def checked(root: Path, environ: Mapping[str, str] | None = None) -> list[Problem]:
    """Every problem of a desk, on our channels and a plain one."""
    world = World(channels={**CHANNEL_KINDS, "plain": Plain})
    return check(root, environ or {}, world)


def printed(problems: list[Problem]) -> str:
    """Problems as an author reads them."""
    return "\n".join(f"{each.level} {each.column}: {each}" for each in problems)


def contents(root: Path) -> dict[str, bytes]:
    """The files of a desk, as a release keeps them."""
    return read_files(root)
