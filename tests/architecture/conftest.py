"""Names, at the end of a run, the files and functions that have become hard to read."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source_tree import ROOT, modules, tree

LONG_FILE = 400
LONG_FUNCTION = 80
LONG_PIECES = pytest.StashKey[list[str]]()


@pytest.fixture
def long_pieces(request: pytest.FixtureRequest) -> list[str]:
    found = sorted(_long_pieces())
    request.config.stash[LONG_PIECES] = found
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if found := config.stash.get(LONG_PIECES, []):
        terminalreporter.section(f"over {LONG_FILE} lines a file or {LONG_FUNCTION} a function")
        for piece in found:
            terminalreporter.line(piece)


def _long_pieces() -> Iterator[str]:
    for path in modules().values():
        name = path.relative_to(ROOT)
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONG_FILE:
            yield f"{name}: {lines} lines"
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONG_FUNCTION:
                    yield f"{name}:{node.lineno}: {node.name} has {length} lines"
