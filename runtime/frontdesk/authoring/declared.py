"""Which actions a desk's Python declares, read without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from frontdesk.authoring.files import is_python

_WORDS = ("action", "tool")


def declared_actions(files: Mapping[str, bytes]) -> frozenset[str]:
    """The names under which functions are decorated with `@action` or `@tool`."""
    return frozenset(places_of_actions(files))


def declared_writes(files: Mapping[str, bytes]) -> frozenset[str]:
    """Those of them that say they change something: `@action(effect="write", ...)`."""
    decorated = (one for path, content in files.items() if is_python(path) for one in _decorated(content))
    return frozenset(name for name, decorator, _ in decorated if _argument(decorator, "effect") == "write")


def places_of_actions(files: Mapping[str, bytes]) -> dict[str, tuple[str, int]]:
    """The file and line of each declared action."""
    found: dict[str, tuple[str, int]] = {}
    for path, content in files.items():
        if is_python(path):
            for name, _, line in _decorated(content):
                found.setdefault(name, (path, line))
    return found


def _decorated(content: bytes) -> Iterator[tuple[str, ast.expr, int]]:
    """The name, the decorator and the line of each action."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return  # the registry, which runs the file, says what is wrong with it
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if _word(decorator) in _WORDS:
                    yield _argument(decorator, "name") or node.name, decorator, node.lineno


def _word(decorator: ast.expr) -> str:
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    return decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "")


def _argument(decorator: ast.expr, name: str) -> str | None:
    if isinstance(decorator, ast.Call):
        for keyword in decorator.keywords:
            if keyword.arg == name and isinstance(keyword.value, ast.Constant):
                return str(keyword.value.value)
    return None
