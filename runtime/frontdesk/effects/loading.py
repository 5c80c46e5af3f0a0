"""Loading a desk's Python files by path: no package, no change to `sys.path`, no `__pycache__`."""

from __future__ import annotations

import hashlib
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from frontdesk.errors import Problem

_PLACES = ("desk.py", "ext/*.py", "bots/*/actions.py", "bots/*/tools.py")


def python_files(root: Path) -> Iterator[Path]:
    """A desk's own Python, providers first."""
    for pattern in _PLACES:
        yield from sorted(root.glob(pattern))


@contextmanager
def importable_as(name: str) -> Iterator[Callable[[ModuleType], None]]:
    """While it lasts, the module it is given can be imported by this name; then all is as before.

    So `from desk import ShopClient` works in a bot's actions.py, for the types desk.py provides.
    """
    before = sys.modules.get(name)

    def use(module: ModuleType) -> None:
        sys.modules[name] = module

    try:
        yield use
    finally:
        sys.modules.pop(name, None)
        if before is not None:
            sys.modules[name] = before


def load_module(root: Path, path: Path) -> ModuleType | Problem:
    """Run one file under a module name of its own, or say what is wrong and in which line."""
    module = ModuleType(_module_name(path))
    module.__file__ = str(path)
    # dataclasses and pydantic look a class's module up by name while the file still runs.
    sys.modules[module.__name__] = module
    try:
        exec(compile(path.read_bytes(), str(path), "exec", dont_inherit=True), vars(module))
    except SyntaxError as error:
        return _syntax_problem(root, path, error)
    except (Exception, SystemExit) as error:
        return _import_problem(root, path, error)
    return module


def place_of(root: Path, function: Callable[..., Any]) -> tuple[str, int]:
    """The file (relative to the desk) and line of a function."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:  # not written in Python
        return str(function), 0
    return _relative(root, Path(code.co_filename)), code.co_firstlineno


def _module_name(path: Path) -> str:
    """The same for each load of a file, so that loading again replaces and does not pile up."""
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    return f"frontdesk_desk_{digest}_{path.stem}"


def _relative(root: Path, path: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return str(path)


def _syntax_problem(root: Path, path: Path, error: SyntaxError) -> Problem:
    inside = error.filename == str(path)
    return Problem(
        path=_relative(root, path),
        line=(error.lineno or 0) if inside else _line_in(path, error),
        column=(error.offset or 0) if inside else 0,
        message=f"this is not valid Python: {error.msg}" if inside else f"importing failed: {error}",
    )


def _import_problem(root: Path, path: Path, error: BaseException) -> Problem:
    hint = ""
    if isinstance(error, ModuleNotFoundError):
        hint = f"Install what provides {error.name!r}. Of a desk's own files only `desk` can be imported."
    return Problem(
        path=_relative(root, path),
        line=_line_in(path, error),
        message=f"running this file failed: {type(error).__name__}: {error}",
        hint=hint,
    )


def _line_in(path: Path, error: BaseException) -> int:
    """The last line of the file itself that was running when the error came."""
    steps = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in steps if frame.f_code.co_filename == str(path)]
    return lines[-1] if lines else 0
