"""What ships with frontdesk and every desk may use: components, prompts and the bot `system`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A file that a name may mean."""

    path: str
    layer: str  # bot | desk | library
    wins: bool


def where(name: str, files: Mapping[str, bytes], *, bot: str | None = None) -> list[Holder]:
    """Every file a name may mean, the one that wins first: the bot's, the desk's, the library's.

    `name` is a path without its ending (`components/csat`, `bots/system/messages/en`), or the bare
    name of a component.
    """
    wanted = name.removesuffix(".yml").removesuffix(".j2").strip("/")
    holders = [Holder(path=path, layer=layer, wins=False) for layer, path in _candidates(wanted, files, bot)]
    return [Holder(path=one.path, layer=one.layer, wins=place == 0) for place, one in enumerate(holders)]


def _candidates(wanted: str, files: Mapping[str, bytes], bot: str | None) -> Iterator[tuple[str, str]]:
    forms = [wanted] if "/" in wanted else [f"components/{wanted}", f"prompts/{wanted}"]
    own = [f"bots/{bot}/{form}" for form in forms] if bot else []
    if not bot:
        own = [
            path
            for path in files
            if any(path.startswith("bots/") and _stem(path).endswith(f"/{f}") for f in forms)
        ]
        own = [_stem(path) for path in own]
    known = {_stem(path): path for path in files}
    library = {_stem(path): path for path in library_files()}
    for stem in dict.fromkeys(own):
        if stem in known:
            yield "bot", known[stem]
    for form in forms:
        if form in known:
            yield "desk", known[form]
    for form in forms:
        if form in library:
            yield LIBRARY, library[form]


def _stem(path: str) -> str:
    return path.rpartition(".")[0]
