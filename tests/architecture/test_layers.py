"""Lower layers never import upper ones, and no import hides in a function to dodge a cycle."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source_tree import Import, imports, modules, own_imports, tree

pytestmark = pytest.mark.slow

LAYERS = {
    "values": "value text upcasters errors clock messages event events sessions memory users locale effect"
    " private settings",
    "deciding": "authoring components nlu dialogs agents rasa routing given engine drawing",
    "in and out": "store channels effects bus hints metrics crash",
    "the way": "releases shards inbox turn decide ahead actor journal drafts commit outbox marks pace doubt"
    " problems timers",
    "desk": "desk insights testing bench cli app",
}
ORDER = list(LAYERS)

THINKING = ("engine", "dialogs", "agents", "components", "nlu", "routing")
"""Hops 4 and 5 of the way: these know no store, channel, network, clock or chance."""
OUTSIDE = frozenset(
    {
        "asyncio", "time", "random", "os", "secrets", "uuid", "socket", "ssl", "subprocess", "threading",
        "multiprocessing", "concurrent", "urllib", "http", "httpx", "websockets", "uvicorn", "starlette",
        "fastapi", "apsw", "sqlalchemy", "asyncpg", "nats",
    }
)  # fmt: skip


def layer(module: str) -> int:
    """How high a module stands; the package itself re-exports from everywhere and stands on top."""
    part = module.split(".")[1] if "." in module else ""
    return next((rank for rank, name in enumerate(ORDER) if part in LAYERS[name].split()), len(ORDER))


def test_every_module_has_a_layer() -> None:
    known = set(" ".join(LAYERS.values()).split())
    parts = {name.split(".")[1] for name in modules() if "." in name} - {"__main__"}
    assert parts <= known, f"say in which layer these belong: {sorted(parts - known)}"


def test_lower_layers_never_import_upper_ones() -> None:
    upward = [found for found in own_imports() if layer(found.module) > layer(found.by)]
    assert not upward, "\n".join(
        f"{found.place}: {ORDER[layer(found.by)]} imports {found.module}, which stands above it"
        for found in upward
    )


def test_no_imports_run_in_a_circle() -> None:
    circles = list(_circles(lazy=False))
    assert not circles, "\n".join(" -> ".join(circle) for circle in circles)


def test_no_import_hides_in_a_function_to_dodge_a_circle() -> None:
    """A lazy import saves start-up time; one that would close a circle hides a wrong layer."""
    circles = list(_circles(lazy=True))
    assert not circles, "\n".join(" -> ".join(circle) for circle in circles)


@pytest.mark.parametrize("part", THINKING)
def test_what_decides_knows_no_store_channel_network_clock_or_chance(part: str) -> None:
    reached = [found for found in imports() if _is_part(found, part) and _is_outside(found)]
    assert not reached, "\n".join(f"{found.place}: imports {found.module}" for found in reached)


@pytest.mark.parametrize("part", THINKING)
def test_what_decides_asks_no_clock(part: str) -> None:
    asked = [
        f"{path}:{node.lineno}"
        for name, path in modules().items()
        if name.split(".")[1:2] == [part]
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and _is_clock(node.func)
    ]
    assert not asked, f"the turn's own time is handed in: {asked}"


def test_nothing_imports_the_other_sqlite() -> None:
    found = [found.place for found in imports() if found.module.split(".")[0] == "sqlite3"]
    assert not found, f"SQLite is reached only through apsw: {found}"


def _is_part(found: Import, part: str) -> bool:
    return found.by.split(".")[1:2] == [part]


def _is_outside(found: Import) -> bool:
    return not found.typing_only and found.module.split(".")[0] in OUTSIDE


def _is_clock(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr in {"now", "utcnow", "today"}
        and isinstance(function.value, ast.Name)
        and function.value.id in {"datetime", "date"}
    )


def _circles(*, lazy: bool) -> Iterator[list[str]]:
    """The shortest circle through each module that is in one (imports for types are no circle)."""
    edges: dict[str, set[str]] = {}
    for found in own_imports():
        if not found.typing_only and (lazy or not found.lazy):
            edges.setdefault(found.by, set()).update(_run_by_importing(found.module, found.by))
    seen: set[str] = set()
    for start in sorted(edges):
        if start not in seen and (circle := _way_back(start, edges)):
            seen.update(circle)
            yield circle


def _run_by_importing(module: str, by: str) -> Iterator[str]:
    """The module and the packages around it; not those around who imports it: these run already."""
    parts = module.split(".")
    around = (".".join(parts[:size]) for size in range(2, len(parts) + 1))
    yield from (name for name in around if name != by and not by.startswith(f"{name}."))


def _way_back(start: str, edges: dict[str, set[str]]) -> list[str] | None:
    ways, visited = [[start]], {start}
    while ways:
        way = ways.pop(0)
        for following in sorted(edges.get(way[-1], ())):
            if following == start:
                return [*way, start]
            if following not in visited:
                visited.add(following)
                ways.append([*way, following])
    return None
