"""What reading a desk costs is paid once: results kept by content, in memory and on disk.

Only ever JSON, and only ever a saving: an unreadable or unwritable folder changes nothing but time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from frontdesk.authoring.source import YamlFile
from frontdesk.clock import Clock
from frontdesk.errors import Problem

_PACKAGE = Path(__file__).resolve().parents[1]
_READ_BY = ("authoring", "components", "dialogs", "nlu", "routing")  # whose code decides what is kept

_kept: dict[str, YamlFile] = {}
_MOST_KEPT = 4096
_KEPT_FOR = 30 * 24 * 3600  # seconds


_folder: Path | None = None


def use_cache_folder(folder: Path | None) -> None:
    """Keep things in this folder; None: the platform's place for what can be made again."""
    global _folder
    _folder = folder


def cache_folder() -> Path:
    """Where this machine keeps what can be made again."""
    if _folder is not None:
        return _folder
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "frontdesk"
    return home / ".cache" / "frontdesk"


@lru_cache(maxsize=4)
def code_version(*folders: str) -> str:
    """Changes whenever the code in these folders does (by default all that reads desks)."""
    digest = hashlib.sha256()
    for folder in folders or _READ_BY:
        for path in sorted((_PACKAGE / folder).rglob("*.py")):
            facts = path.stat()
            digest.update(f"{path.relative_to(_PACKAGE)} {facts.st_mtime_ns} {facts.st_size}\n".encode())
    return digest.hexdigest()[:16]


def kept(kind: str, key: str) -> Any:
    """What was kept under a key, or None."""
    try:
        return orjson.loads(_place(kind, key).read_bytes())
    except (OSError, ValueError, RuntimeError):
        return None


def keep(kind: str, key: str, value: Any) -> None:
    """Keep a value of plain JSON; quietly not, where the folder cannot be written."""
    with contextlib.suppress(OSError, TypeError, RuntimeError):
        place = _place(kind, key)
        if not place.parents[1].is_dir():
            _forget_old(place.parents[2])
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=place.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(orjson.dumps(value))
        Path(temporary).replace(place)


def _forget_old(folder: Path) -> None:
    """Take away what other versions of the code kept and nobody wrote to for a month."""
    now = Clock().now().timestamp()
    for other in folder.iterdir() if folder.is_dir() else ():
        if now - other.stat().st_mtime > _KEPT_FOR:
            shutil.rmtree(other, ignore_errors=True)


def _place(kind: str, key: str) -> Path:
    return cache_folder() / kind / code_version() / key[:2] / f"{key[2:]}.json"


def read_yaml(path: str, content: bytes) -> YamlFile:
    """`parse.parse`, paid once for each content."""
    key = hashlib.sha256(content).hexdigest()
    found = _kept.get(key)
    if found is None:
        found = _from_disk(key) or _parsed(key, content)
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[key] = found
    problems = tuple(_at_path(each, path) for each in found.problems)
    return YamlFile(path=path, data=found.data, marks=found.marks, problems=problems)


def _parsed(key: str, content: bytes) -> YamlFile:
    from frontdesk.authoring.parse import parse  # the parser costs an import; most starts need none

    file = parse("", content)
    problems = [{name: getattr(each, name) for name in Problem.__slots__} for each in file.problems]
    keep("yaml", key, {"data": file.data, "marks": file.marks, "problems": problems})
    return file


def _from_disk(key: str) -> YamlFile | None:
    read = kept("yaml", key)
    if not isinstance(read, dict):
        return None
    problems = tuple(Problem(**each) for each in read["problems"])
    return YamlFile(path="", data=read["data"], marks=read["marks"], problems=problems)


def _at_path(problem: Problem, path: str) -> Problem:
    return Problem(**{name: getattr(problem, name) for name in Problem.__slots__} | {"path": path})
