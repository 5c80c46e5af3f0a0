"""`make setup` on machines that lack something: one clear line, and nothing half done."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.architecture.source_tree import ROOT


def machine(folder: Path, **programs: str) -> dict[str, str]:
    """The environment of a machine that has bash and these programs only."""
    for name in ("bash", "dirname"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/bash\n{script}\n")
        (folder / name).chmod(0o755)
    return {name: value for name, value in os.environ.items() if name != "PYTHON"} | {"PATH": str(folder)}


def set_up(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "runtime" / "setup" / "setup.sh"), "full"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_a_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    done = set_up(machine(tmp_path, python3="echo 3.9"))
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "needs Python 3.11, 3.12 or 3.13; python3 is Python 3.9" in line


def test_a_shim_without_its_python_is_passed_over(tmp_path: Path) -> None:
    """A version manager puts `python3.11` on the PATH whether or not it can run."""
    chosen = 'case "$1" in -c) echo 3.13 ;; *) echo "ran $*" ;; esac'
    shim = {"python3.11": "echo no such version >&2; exit 127", "python3": chosen}
    done = set_up(machine(tmp_path, **shim))
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("ran ")
    assert done.stdout.rstrip().endswith("setup.py full")


def test_no_python_at_all_is_said(tmp_path: Path) -> None:
    done = set_up(machine(tmp_path))
    assert done.returncode == 1
    assert "there is no Python on the PATH" in done.stderr


def test_make_lists_what_it_can_do() -> None:
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    for word in ("setup", "demo", "test", "test-quick", "long", "check", "fmt", "dev"):
        assert f"make {word} " in done.stdout
