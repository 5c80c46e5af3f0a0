"""The desk's control socket: commands that write go through the running desk, or do the same without one.

A request is a line of JSON, `{"do": METHOD, ...}`, and so is the answer: what the method gives, or
`{"error": TEXT}`. Only the user who runs the desk can connect.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import socket
import struct
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from frontdesk.app import SECRET, RunningDesk, bus_name
from frontdesk.clock import Clock
from frontdesk.desk.accounts import Accounts, shown_rep
from frontdesk.effects.actions import ActionRegistry
from frontdesk.errors import FrontdeskError, SettingsError
from frontdesk.hints.opening import bus_of
from frontdesk.releases import CURRENT, DeskReleases
from frontdesk.settings import Settings
from frontdesk.store.base import Store
from frontdesk.store.opening import store_of

log = logging.getLogger(__name__)

LONGEST_PATH = 100  # bytes; the system's own limit is 104 or 108
LONGEST_LINE = 1 << 20
ELSEWHERE = "control.path"  # beside the data: where the socket is when its path would be too long
PATIENCE = 60.0  # seconds a command waits for its answer

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where commands do their work: a desk that runs, or its store alone."""

    settings: Settings
    store: Store
    accounts: Accounts
    releases: DeskReleases
    desk: RunningDesk | None = None


# --- the methods -------------------------------------------------------------------------------


async def rep_add(place: Place, fields: Fields) -> dict[str, Any]:
    """Make a rep's login."""
    rep = await place.accounts.add(
        _text(fields, "login"),
        password=_text(fields, "password"),
        name=_text(fields, "name", ""),
        role=_text(fields, "role", "rep"),
        languages=[str(one) for one in fields.get("languages") or ()],
    )
    return shown_rep(rep)


async def rep_remove(place: Place, fields: Fields) -> dict[str, Any]:
    """Take a rep's login away; the sessions they had wait again, now or when the desk starts."""
    login = _text(fields, "login")
    if not await place.accounts.remove(login):
        raise FrontdeskError(f"There is no rep {login}; `frontdesk rep list` lists them.")
    if place.desk is not None:
        return {"login": login, "gave_back": await place.desk.give_back()}
    owner = f"rep:{login}"
    rows = await place.store.sessions(is_open=True, with_people=True)
    held = [row.id for row in rows if row.owner == owner]
    return {"login": login, "gave_back": held}


async def rep_list(place: Place, fields: Fields) -> dict[str, Any]:
    """Every rep."""
    return {"reps": [shown_rep(rep) for rep in await place.accounts.all()]}


async def release(place: Place, fields: Fields) -> dict[str, Any]:
    """Make what the folder holds the release that runs."""
    before = await place.store.setting(CURRENT)
    fresh = await asyncio.to_thread(place.releases.read_folder)
    wanted = fields.get("release")
    if wanted is not None and wanted != fresh.release:
        raise FrontdeskError("The files were changed after they had been checked. Release them again.")
    await place.releases.make(fresh)
    return {"release": fresh.release, "before": before, "is_new": fresh.release != before}


async def rollback(place: Place, fields: Fields) -> dict[str, Any]:
    """Run the release before the current one."""
    if place.desk is None:
        await place.releases.start(follow_folder=False)
    before = place.releases.current.release
    desk = await place.releases.roll_back()
    return {"release": desk.release, "before": before}


async def problems_replay(place: Place, fields: Fields) -> dict[str, Any]:
    """Process a kept payload again."""
    from frontdesk.desk.webhooks import Webhooks

    number = fields.get("id")
    if not isinstance(number, int):
        raise FrontdeskError("Say which problem: `frontdesk problems` lists them with their numbers.")
    async with _running(place) as desk:
        return {"said": await Webhooks(desk).replay(number)}


async def status(place: Place, fields: Fields) -> dict[str, Any]:
    """What runs."""
    desk = place.desk
    found: dict[str, Any] = {"running": desk is not None, "release": await place.store.setting(CURRENT)}
    if desk is not None:
        current = desk.releases.current
        found |= {
            "name": current.name,
            "process": os.getpid(),
            "is_ready": desk.is_ready,
            "channels": sorted(desk.channels),
            "off": dict(current.off),
            "busy": desk.turns.busy,
        }
    return found


METHODS: dict[str, Callable[[Place, Fields], Awaitable[dict[str, Any]]]] = {
    "rep-add": rep_add,
    "rep-remove": rep_remove,
    "rep-list": rep_list,
    "release": release,
    "rollback": rollback,
    "problems-replay": problems_replay,
    "status": status,
}


@contextlib.asynccontextmanager
async def _running(place: Place) -> AsyncIterator[RunningDesk]:
    """The running desk, or one that runs only for this and serves nobody."""
    if place.desk is not None:
        yield place.desk
        return
    await place.store.close()  # the desk that runs for this takes it
    desk = RunningDesk(place.settings)
    await desk.start()
    try:
        yield desk
    finally:
        await desk.stop()


def _text(fields: Fields, name: str, default: str | None = None) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str):
        raise FrontdeskError(f"`{name}` is missing.")
    return value


# --- serving -----------------------------------------------------------------------------------


async def serve(desk: RunningDesk) -> Callable[[], Awaitable[None]]:
    """Listen on the control socket of a running desk; gives what ends that."""
    place = Place(
        settings=desk.settings,
        store=desk.store,
        accounts=Accounts.of(desk),
        releases=desk.releases,
        desk=desk,
    )
    clients: set[asyncio.Task[None]] = set()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        clients.add(task)
        try:
            await _answer_all(place, reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            clients.discard(task)
            writer.close()

    if desk.store.is_shared and (other := _connect(desk.settings)) is not None:
        other.close()  # another process of this desk, in the same folder, takes its commands
        return _nothing
    listener, remove = _bind(desk.settings)
    server = await asyncio.start_unix_server(client, sock=listener, limit=LONGEST_LINE)

    async def stop() -> None:
        server.close()
        for task in tuple(clients):
            task.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        remove()

    return stop


async def _nothing() -> None:
    """What ends listening where nothing listens."""


async def _answer_all(place: Place, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if not _is_own(writer.get_extra_info("socket")):
        return
    while line := await _line(reader):
        writer.write(orjson.dumps(await _answer(place, line)) + b"\n")
        await writer.drain()


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError:  # longer than any command is
        return b""


async def _answer(place: Place, line: bytes) -> dict[str, Any]:
    try:
        fields = orjson.loads(line)
        method = METHODS[fields["do"]]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return {"error": f"The control socket knows {', '.join(METHODS)}."}
    try:
        return await method(place, fields)
    except FrontdeskError as error:
        return {"error": str(error)}
    except Exception as error:
        log.exception("control: %s failed", fields["do"])
        return {"error": f"{type(error).__name__}: {error}. The desk's log says more."}


def _bind(settings: Settings) -> tuple[socket.socket, Callable[[], None]]:
    """The listening socket, and what removes its file. An old file is stale: the store is ours."""
    path, folder = settings.control, None
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    elsewhere = settings.data / ELSEWHERE
    for old in (path, elsewhere):
        old.unlink(missing_ok=True)
    if len(os.fsencode(path)) > LONGEST_PATH:
        folder = tempfile.mkdtemp(prefix="frontdesk-")  # nobody else may look into it
        path = Path(folder, path.name)
        elsewhere.write_text(str(path), encoding="utf-8")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)

    ours = path.stat().st_ino

    def remove() -> None:
        """Not what a process put there that began in the same moment and did not see this one."""
        with contextlib.suppress(FileNotFoundError):
            if folder is not None and elsewhere.read_text(encoding="utf-8") == str(path):
                elsewhere.unlink()
            if path.stat().st_ino == ours:
                path.unlink()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    return listener, remove


def _is_own(connected: socket.socket) -> bool:
    """Whether this user, or root, is at the other end; the file's mode says so too."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    fields = struct.Struct("3i")  # process, user, group
    credentials = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, fields.size)
    return fields.unpack(credentials)[1] in (0, os.getuid())


# --- asking ------------------------------------------------------------------------------------


def call(root: Path, method: str, fields: Fields, *, store: str = "") -> dict[str, Any]:
    """Have a method done for the desk in a folder, by the desk that runs or without one."""
    environ = dict(os.environ)
    settings = Settings(root=root, environ=environ, store=store, bus=environ.get("FRONTDESK_BUS", ""))
    if not (root / "frontdesk.yml").is_file():
        raise SettingsError(f"{root} is no desk: it has no frontdesk.yml.")
    connected = _connect(settings)
    if connected is None:
        answer = asyncio.run(_alone(settings, method, fields))
    else:
        with connected:
            answer = _ask(connected, {**fields, "do": method})
    if "error" in answer:
        raise FrontdeskError(answer["error"])
    return answer


def _connect(settings: Settings) -> socket.socket | None:
    """A connection to the desk that runs; None when none does."""
    elsewhere = settings.data / ELSEWHERE
    path = settings.control
    if elsewhere.is_file():
        path = Path(elsewhere.read_text(encoding="utf-8"))
    if len(os.fsencode(path)) > LONGEST_PATH:
        return None
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connected.settimeout(PATIENCE)
    try:
        connected.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        connected.close()
        return None
    except OSError as error:
        connected.close()
        raise FrontdeskError(
            f"{path} cannot be reached ({error.strerror}); run this as the desk's user."
        ) from error
    return connected


def _ask(connected: socket.socket, request: Fields) -> dict[str, Any]:
    try:
        connected.sendall(orjson.dumps(request) + b"\n")
        with connected.makefile("rb") as lines:
            line = lines.readline()
    except TimeoutError:
        raise FrontdeskError(f"The desk gave no answer within {PATIENCE:.0f} seconds.") from None
    if not line:
        raise FrontdeskError("The desk stopped before it answered; look whether it was done.")
    answer: dict[str, Any] = orjson.loads(line)
    return answer


async def _alone(settings: Settings, method: str, fields: Fields) -> dict[str, Any]:
    """The same work on the store itself."""
    registry = ActionRegistry.read(settings.root)
    clock = Clock()
    store, bus = store_of(settings), bus_of(settings)
    await store.open()
    try:
        if store.is_shared and (secret := await store.setting(SECRET)) is not None:
            await bus.start(bus_name(bytes.fromhex(secret)))  # processes elsewhere hear of it at once
        place = Place(
            settings=settings,
            store=store,
            accounts=Accounts(store=store, clock=clock, bus=bus),
            releases=DeskReleases(
                root=settings.root,
                environ=settings.environ,
                store=store,
                clock=clock,
                actions=registry.described,
                changed=lambda desk: bus.publish("release", desk.release),
            ),
        )
        return await METHODS[method](place, fields)
    finally:
        await bus.stop()
        await store.close()
