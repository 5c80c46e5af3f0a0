"""What ships with frontdesk and every desk may use: components, prompts and the bot `system`."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
LIBRARY = "library"  # how the library's files are named in problems: library/components/csat.yml
SHARED = ("bots/system", "components", "prompts")


def library_root() -> Path:
    """Where the built-in bots, components and prompts are: in the wheel, else the checkout."""
    installed = _PACKAGE / "library"
    return installed if installed.is_dir() else _PACKAGE.parents[1]


def template_root(name: str) -> Path | None:
    """The example desk `frontdesk new` copies: in the wheel, else the checkout itself."""
    installed = _PACKAGE / "templates" / name
    if (installed / "bots" / name).is_dir():
        return installed
    checkout = _PACKAGE.parents[1]
    return checkout if (checkout / "bots" / name).is_dir() else None


def library_files() -> dict[str, bytes]:
    """The library's authored files by path."""
    root = library_root()
    found = {}
    for folder in SHARED:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".yml", ".yaml", ".j2") and path.is_file():
                found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found


def find_in_library(name: str) -> dict[str, bytes]:
    """The library's files a name means: a path with or without its ending, or a bare name."""
    wanted = name.strip("/").removeprefix(f"{LIBRARY}/")
    return {path: content for path, content in library_files().items() if _means(wanted, path)}


def _means(wanted: str, path: str) -> bool:
    stem = path.rpartition(".")[0]
    if "/" in wanted:
        return wanted in (path, stem)
    return wanted in (stem.rpartition("/")[2], path.rpartition("/")[2]) and not path.startswith("bots/")
