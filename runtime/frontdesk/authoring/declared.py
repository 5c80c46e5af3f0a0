"""Which actions a desk's Python declares, read without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from frontdesk.authoring.files import is_python

_WORDS = ("action", "tool")


def declared_actions(files: Mapping[str, bytes]) -> frozenset[str]:
    """The names under which functions are decorated with `@action` or `@tool`."""
    return frozenset(places_of_actions(files))


def places_of_actions(files: Mapping[str, bytes]) -> dict[str, tuple[str, int]]:
    """The file and line of each declared action."""
    found: dict[str, tuple[str, int]] = {}
    for path, content in files.items():
        if is_python(path):
            for name, line in _names(content):
                found.setdefault(name, (path, line))
    return found


def _names(content: bytes) -> Iterator[tuple[str, int]]:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return  # the registry, which runs the file, says what is wrong with it
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if _word(decorator) in _WORDS:
                    yield _given_name(decorator) or node.name, node.lineno


def _word(decorator: ast.expr) -> str:
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    return decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "")


def _given_name(decorator: ast.expr) -> str | None:
    if isinstance(decorator, ast.Call):
        for keyword in decorator.keywords:
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                return str(keyword.value.value)
    return None
