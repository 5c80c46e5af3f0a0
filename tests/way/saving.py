"""Files that somebody saves while a desk follows its folder."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from frontdesk.app import RunningDesk, watch_folder
from tests.patience import PATIENCE


def save(path: Path, content: str | bytes) -> None:
    """Write a file as editors do, in one moment: nobody reads the half of it."""
    desk = next(folder for folder in path.parents if (folder / "frontdesk.yml").exists())
    written = desk.parent / "being-written"  # where nobody looks
    written.write_bytes(content.encode() if isinstance(content, str) else content)
    written.replace(path)


@contextlib.asynccontextmanager
async def followed(desk: RunningDesk, report: Callable[[str], None]) -> AsyncIterator[None]:
    """The desk follows its folder, and certainly sees what is saved from now on."""
    has_looked, loop, read = asyncio.Event(), asyncio.get_running_loop(), desk.releases.read_folder

    def noted() -> object:
        loop.call_soon_threadsafe(has_looked.set)
        return read()

    desk.releases.read_folder = noted  # type: ignore[assignment, method-assign]
    task = asyncio.create_task(watch_folder(desk, report))
    try:
        async with asyncio.timeout(PATIENCE):
            while not has_looked.is_set():
                (desk.settings.root / "note.txt").touch()  # which is no part of a release
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.5):
                        await has_looked.wait()
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
