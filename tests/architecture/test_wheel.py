"""The wheel holds the engine, library, examples and built pages, and nothing of the workshop."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.architecture.source_tree import PACKAGE, ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names of the wheel's files, made from what lies there now."""
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(target)],
        cwd=ROOT,
        env=os.environ | {"FRONTDESK_PAGES": "skip"},
        capture_output=True,
        check=True,
    )
    (wheel,) = target.glob("*.whl")
    return ZipFile(wheel).namelist()


@pytest.mark.parametrize(
    ("at_the_root", "in_the_wheel"),
    [
        ("bots/system", "frontdesk/library/bots/system"),
        ("components", "frontdesk/library/components"),
        ("bots/shop", "frontdesk/templates/shop/bots/shop"),
        ("runtime/frontdesk/templates/hello", "frontdesk/templates/hello"),
        ("runtime/frontdesk/locale", "frontdesk/locale"),
    ],
)
def test_what_authors_use_is_shipped(shipped: list[str], at_the_root: str, in_the_wheel: str) -> None:
    root = ROOT / at_the_root
    lying = {f"{in_the_wheel}/{path.relative_to(root).as_posix()}" for path in _files(root)}
    assert lying <= set(shipped)


def test_the_shop_is_shipped_whole(shipped: list[str]) -> None:
    assert {f"frontdesk/templates/shop/{name}" for name in ("frontdesk.yml", "holidays.ics")} <= set(shipped)


def test_every_module_is_shipped(shipped: list[str]) -> None:
    modules = {f"frontdesk/{path.relative_to(PACKAGE).as_posix()}" for path in PACKAGE.rglob("*.py")}
    assert modules | {"frontdesk/py.typed"} <= set(shipped)


@pytest.mark.pages
def test_the_built_pages_are_shipped(shipped: list[str]) -> None:
    static = PACKAGE / "static"
    if not static.is_dir():
        pytest.skip("the pages are not built: run make setup")
    assert {f"frontdesk/static/{path.relative_to(static).as_posix()}" for path in _files(static)} <= set(
        shipped
    )


def test_nothing_of_the_workshop_is_shipped(shipped: list[str]) -> None:
    litter = ("__pycache__", "node_modules", ".frontdesk/", "/web/", "frontdesk/setup")
    assert not [name for name in shipped if any(word in name for word in litter)]
    assert {name.split("/")[0].split("-")[0] for name in shipped} == {"frontdesk"}


def _files(root: Path) -> list[Path]:
    hidden = ("__pycache__", ".frontdesk")
    return [path for path in root.rglob("*") if path.is_file() and not set(hidden) & set(path.parts)]
