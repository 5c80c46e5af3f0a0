"""Which actions a desk's Python declares, read without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from frontdesk.authoring.files import is_python

_WORDS = ("action", "tool")


def declared_actions(files: Mapping[str, bytes]) -> frozenset[str]:
    """The names under which functions are decorated with `@action` or `@tool`."""
    found: set[str] = set()
    for path, content in files.items():
        if is_python(path):
            found.update(_names(content))
    return frozenset(found)


def _names(content: bytes) -> Iterator[str]:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return  # the registry, which runs the file, says what is wrong with it
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if _word(decorator) in _WORDS:
                    yield _given_name(decorator) or node.name


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
