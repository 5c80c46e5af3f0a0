"""The package as a graph: which module imports which, and from where in the module."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "runtime"
PACKAGE = RUNTIME / "frontdesk"


@dataclass(frozen=True, slots=True)
class Import:
    """One import of one module, and where it stands."""

    by: str
    path: Path
    line: int
    module: str  # dotted; of `from a import b` it is `a.b` when that is a module, else `a`
    lazy: bool  # inside a function
    typing_only: bool  # under `if TYPE_CHECKING`

    @property
    def place(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"


@cache
def modules() -> dict[str, Path]:
    """Every module of the package, by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(RUNTIME).with_suffix("").parts
        if parts[1] == "templates":  # copied into desks, never imported
            continue
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def imports() -> tuple[Import, ...]:
    """Every import in the package."""
    return tuple(found for module, path in modules().items() for found in _of_module(module, path))


def own_imports() -> Iterator[Import]:
    """The imports of the package's own modules."""
    return (found for found in imports() if found.module.split(".")[0] == "frontdesk")


def tracked_files() -> list[Path]:
    """Every text file that belongs to the repository, the ones not yet added included."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = (ROOT / name for name in listing.split("\0") if name)
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8000]]


def _of_module(module: str, path: Path) -> Iterator[Import]:
    def walk(node: ast.AST, *, lazy: bool, typing_only: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and _is_type_checking(child.test):
                for inner in child.body:
                    yield from visit(inner, lazy=lazy, typing_only=True)
                for inner in child.orelse:
                    yield from visit(inner, lazy=lazy, typing_only=typing_only)
            else:
                yield from visit(child, lazy=lazy, typing_only=typing_only)

    def visit(node: ast.AST, *, lazy: bool, typing_only: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name in _imported(node, module, is_package=path.name == "__init__.py"):
                yield Import(module, path, node.lineno, name, lazy, typing_only)
        inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from walk(node, lazy=inside, typing_only=typing_only)

    return walk(tree(path), lazy=False, typing_only=False)


def _imported(node: ast.Import | ast.ImportFrom, module: str, *, is_package: bool) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    base = node.module or ""
    if node.level:
        package = module.split(".") if is_package else module.split(".")[:-1]
        kept = package[: len(package) - (node.level - 1)]
        base = ".".join([*kept, *([node.module] if node.module else [])])
    for alias in node.names:
        within = f"{base}.{alias.name}"
        yield within if within in modules() else base


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )
