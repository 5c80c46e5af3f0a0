"""A desk's files as a mapping of path to content: from a folder, or as a release kept them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

READ = (".yml", ".yaml", ".j2", ".ics")
_SKIP = {"runtime", "node_modules", "dist", "build", "__pycache__", "venv"}
_TOP = ("bots", "components", "prompts", "ext")
PYTHON = ("desk.py", "ext/*.py", "bots/*/actions.py", "bots/*/tools.py")


def read_files(root: Path) -> dict[str, bytes]:
    """The authored files of a folder, tests and Python among them."""
    found: dict[str, bytes] = {}
    for path in sorted(_walk(root)):
        name = path.relative_to(root).as_posix()
        if path.suffix in READ or is_python(name):
            found[name] = path.read_bytes()
    return found


def is_python(name: str) -> bool:
    """Whether a file is Python of the desk's own, by the places where it may stand."""
    return name.endswith(".py") and any(PurePosixPath(name).match(place) for place in PYTHON)


def in_folder(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    """The files below a folder, by their full path."""
    return {path: content for path, content in files.items() if path.startswith(f"{folder}/")}


def _walk(root: Path) -> Iterator[Path]:
    for entry in _entries(root):
        if entry.is_file():
            yield Path(entry.path)
        elif entry.is_dir() and entry.name not in _SKIP and not entry.name.startswith("."):
            top = entry.name in _TOP
            for folder, inner, names in os.walk(entry.path):
                inner[:] = [name for name in inner if name not in _SKIP and not name.startswith(".")]
                yield from (Path(folder) / name for name in names if top or name.endswith(".ics"))


def _entries(root: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(root) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
