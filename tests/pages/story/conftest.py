"""The whole desk as `make demo` runs it: its own process, real pages, real Chromium."""

from __future__ import annotations

import os
import random
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages.story.slow_model import SlowModel
from tests.pages.waiting import LONG, until
from tests.town import copy_shop


class Demo:
    """A desk process; it can be killed at any instant and started again."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        self._environ = environ
        self.port = quiet_port()
        self.login = self.password = ""
        self._log = folder.parent / "said.txt"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Demo:
        """Start, and wait until the desk says what to open."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "frontdesk", "run", self.folder, "--demo", "--port", str(self.port)],
                stderr=log,
                env=os.environ | self._environ,
            )
        until(self._has_greeted, within=2 * LONG)
        return self

    def _has_greeted(self) -> bool:
        assert self._process is not None
        has_ended = self._process.poll() is not None
        said = self._log.read_text()
        if found := re.search(r"sign in as (\S+) with the password (\S+)\n", said):
            self.login, self.password = found[1], found[2]
        assert found or not has_ended, f"the desk did not start:\n{said}"
        return bool(found)

    def kill(self) -> None:
        """As a power switch would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Ask it to drain; gives its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(timeout=2 * LONG)


def quiet_port() -> int:
    """A port that the system gives to nobody by itself, so that a desk comes back where it was."""
    while True:
        port = random.randrange(10_000, 30_000)
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) != 0:
                return port


@pytest.fixture
def demo(tmp_path: Path, static: Path) -> Iterator[Demo]:
    """The example desk in a folder of its own, running."""
    desk = Demo(copy_shop(tmp_path / "desk")).start()
    yield desk
    desk.stop()


@pytest.fixture(scope="module")
def lasting_demo(tmp_path_factory: pytest.TempPathFactory, static: Path) -> Iterator[Demo]:
    """One for tests that only look, each at a customer of its own."""
    desk = Demo(copy_shop(tmp_path_factory.mktemp("lasting") / "desk")).start()
    yield desk
    desk.stop()


@pytest.fixture
def slow_model() -> Iterator[SlowModel]:
    with SlowModel("Your order", " is on its way", ": it arrives", " on Friday.") as model:
        yield model


@pytest.fixture
def modelled(tmp_path: Path, static: Path, slow_model: SlowModel) -> Iterator[Demo]:
    """The same, its concierge with a model."""
    environ = {"MODEL": "slow", "MODEL_URL": slow_model.url, "OPENAI_API_KEY": "none"}
    desk = Demo(copy_shop(tmp_path / "desk"), **environ).start()
    yield desk
    desk.stop()
