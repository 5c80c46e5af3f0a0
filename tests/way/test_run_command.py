"""`frontdesk run`, and what an operator is told when it cannot."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import apsw
import httpx
import pytest

from frontdesk.cli.run import _listen
from frontdesk.settings import Settings
from tests.patience import PATIENCE, STANDSTILL
from tests.way.conftest import folder

__all__ = ["folder"]
pytestmark = pytest.mark.slow


class Run:
    """One `frontdesk run` in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""

    async def address(self) -> str:
        """Where it answers, once it says so."""
        assert self.process.stderr is not None
        async with asyncio.timeout(STANDSTILL):
            async for line in self.process.stderr:
                self.said += line.decode()
                if found := re.search(r"http://127\.0\.0\.1:\d+", self.said):
                    return found[0]
        raise AssertionError(self.said)

    async def ended(self) -> int:
        """Its exit code, with everything it said in `said`."""
        async with asyncio.timeout(STANDSTILL):
            _, rest = await self.process.communicate()
        self.said += rest.decode()
        assert "Traceback" not in self.said
        return self.process.returncode or 0


@contextlib.asynccontextmanager
async def run(
    folder: Path, *arguments: str, frontdesk: Sequence[str] = ("-m", "frontdesk")
) -> AsyncIterator[Run]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *frontdesk, "run", folder, *arguments, stderr=asyncio.subprocess.PIPE
    )
    running = Run(process)
    try:
        yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def test_it_answers_says_it_is_ready_and_drains_when_told(folder: Path) -> None:
    async with run(folder, "--port", "0") as running:
        address = await running.address()
        async with httpx.AsyncClient(base_url=address, timeout=PATIENCE) as http:
            assert (await http.get("/healthz")).text == "ok"
            assert (await http.get("/readyz")).status_code == 200
            said = await http.post("/webhooks/rest/webhook", json={"sender": "alice", "message": "hi"})
            assert said.json()
            assert "frontdesk_turns_total" in (await http.get("/metrics")).text
        running.process.send_signal(signal.SIGTERM)
        assert await running.ended() == 0
    assert not (folder / ".frontdesk" / "control.sock").exists()
    assert (folder / ".frontdesk").stat().st_mode & 0o077 == 0, "the data is its owner's only"


async def test_a_second_server_of_the_same_desk_is_refused(folder: Path) -> None:
    async with run(folder, "--port", "0") as first:
        await first.address()
        async with run(folder, "--port", "0") as second:
            assert await second.ended() == 1
            assert str(first.process.pid) in second.said
            assert "one desk has one server" in second.said


async def test_a_port_in_use_is_named_with_what_to_do(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with run(folder, "--port", str(port)) as running:
            assert await running.ended() == 1
            assert f"Port {port}" in running.said
            assert "--port" in running.said
    assert not (folder / ".frontdesk").exists(), "nothing was made for a desk that cannot serve"


async def test_a_folder_that_is_no_desk_is_said_so(tmp_path: Path) -> None:
    async with run(tmp_path) as running:
        assert await running.ended() == 1
        assert "frontdesk new" in running.said


async def test_a_data_folder_that_cannot_be_written_is_said_so(folder: Path) -> None:
    # A file where the folder should be: not even root can write there.
    (folder / ".frontdesk").write_text("")
    async with run(folder, "--port", "0") as running:
        assert await running.ended() == 1
        assert "cannot be written" in running.said


async def test_data_of_a_newer_version_is_refused_with_what_to_do(folder: Path) -> None:
    data = folder / ".frontdesk"
    data.mkdir()
    connection = apsw.Connection(str(data / "desk.db"))
    connection.execute("PRAGMA user_version=99")
    connection.close()
    async with run(folder, "--port", "0") as running:
        assert await running.ended() == 1
        assert "newer frontdesk" in running.said


async def test_every_problem_of_a_new_desk_is_told_at_once(folder: Path) -> None:
    (folder / "bots/hello/messages/en.yml").write_text("welcome: a\nwelcome: b\n")
    (folder / "bots/hello/dialogs/order_status.yml").write_text(
        "dialog: order_status\nsteps:\n- sya: hello\n"
    )
    async with run(folder, "--port", "0") as running:
        assert await running.ended() == 1
        assert "messages/en.yml:2" in running.said
        assert "order_status.yml:3" in running.said


async def test_a_killed_desk_goes_on_where_it_was(folder: Path) -> None:
    async with run(folder, "--port", "0") as running:
        async with httpx.AsyncClient(base_url=await running.address(), timeout=PATIENCE) as http:
            await http.post(
                "/webhooks/rest/webhook",
                json={"sender": "alice", "message": "I want to return my order 1042"},
            )
        os.kill(running.process.pid, signal.SIGKILL)
    async with (
        run(folder, "--port", "0") as running,
        httpx.AsyncClient(base_url=await running.address(), timeout=PATIENCE) as http,
    ):
        said = await http.post("/webhooks/rest/webhook", json={"sender": "alice", "message": "too small"})
        assert said.json()[0]["custom"]["kind"] == "date_picker"


async def test_small_frames_leave_at_once_on_any_loop(tmp_path: Path) -> None:
    """asyncio lets small writes wait for each other, but on a socket that says it is TCP."""
    found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted = writer.get_extra_info("socket")
        found.set_result(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listening = _listen(Settings(root=tmp_path, port=0))
    async with await asyncio.start_server(take, sock=listening):
        _, writer = await asyncio.open_connection(*listening.getsockname())
        assert await found
        writer.close()
