"""Conversation tests as pytest tests: `pytest -p frontdesk.testing.pytest_plugin DESK`.

Every `bots/*/tests/*.yml` of a folder with a frontdesk.yml is one test. A failure shows the line of
the file, what was expected and what came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from frontdesk.testing.desks import OpenDesk

_DESKS = pytest.StashKey[dict[Path, "OpenDesk"]]()


class ConversationFailed(Exception):
    """A conversation came out otherwise than its test expects."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take the conversation tests of a desk."""
    parts = file_path.parts
    is_test = file_path.suffix == ".yml" and len(parts) > 4 and parts[-2] == "tests" and parts[-4] == "bots"
    if is_test and (file_path.parents[3] / "frontdesk.yml").is_file():
        return ConversationFile.from_parent(parent, path=file_path)
    return None


class ConversationFile(pytest.File):
    """One test file."""

    def collect(self) -> Iterator[pytest.Item]:
        yield ConversationItem.from_parent(self, name=self.path.stem)


class ConversationItem(pytest.Item):
    """The conversation in it."""

    def runtest(self) -> None:
        from frontdesk.testing.conversation import run_file

        result = asyncio.run(run_file(self._desk(), self.path))
        if not result.passed:
            raise ConversationFailed(str(result))

    def _desk(self) -> OpenDesk:
        """The desk, loaded once for all its tests."""
        from frontdesk.testing.desks import open_desk

        desks = self.config.stash.setdefault(_DESKS, {})
        root = self.path.parents[3]
        if root not in desks:
            desks[root] = open_desk(root)
        return desks[root]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any, **kwargs: Any) -> Any:
        from frontdesk.errors import AuthoringError

        if isinstance(excinfo.value, ConversationFailed | AuthoringError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args, **kwargs)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"conversation {self.path.parts[-3]}/{self.name}"
