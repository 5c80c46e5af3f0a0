"""What a release is: the authored files of a desk, named by their hash; no Python, no tests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

_AUTHORED = (".yml", ".yaml", ".j2", ".ics")
_FOLDERS = ("bots", "components", "prompts")


def belongs(path: str) -> bool:
    """Whether a file of the desk is part of its releases."""
    parts = PurePosixPath(path).parts
    if PurePosixPath(path).suffix not in _AUTHORED or any(part.startswith(".") for part in parts):
        return False
    if len(parts) == 1:
        return path == "frontdesk.yml" or path.endswith(".ics")
    if path.endswith(".ics"):
        return parts[0] not in ("tests", "runtime")
    return parts[0] in _FOLDERS and not (parts[0] == "bots" and len(parts) > 2 and parts[2] == "tests")


def release_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The part of a desk's files that a release keeps."""
    return {path: files[path] for path in sorted(files) if belongs(path)}


def release_name(files: Mapping[str, bytes]) -> str:
    """The hash that names a release: 12 hexadecimal digits over paths and contents."""
    digest = hashlib.sha256()
    for path, content in release_files(files).items():
        digest.update(f"{path}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDiff:
    """What differs between two releases."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def diff(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> ReleaseDiff:
    """Which files came, went and changed from one release to the next."""
    before, after = release_files(old), release_files(new)
    return ReleaseDiff(
        added=tuple(path for path in after if path not in before),
        removed=tuple(path for path in before if path not in after),
        changed=tuple(path for path in after if path in before and before[path] != after[path]),
    )
