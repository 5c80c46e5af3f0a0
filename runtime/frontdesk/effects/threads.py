"""Where plain (not async) actions run."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class Threads:
    """A bounded number of threads for functions that block.

    A thread cannot be killed: a function that hangs keeps its place until it returns, even when
    nobody waits for it any more, and when all places hang the next call waits for one until its own
    time-out. The threads are daemons, so a hanging function never keeps the process from ending
    (`asyncio.to_thread` would).
    """

    def __init__(self, limit: int = 32) -> None:
        self._places = asyncio.Semaphore(limit)

    async def run(self, call: Callable[[], Any]) -> Any:
        """The call's result; cancelling stops waiting, not the call."""
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()

        def settle(value: Any, error: BaseException | None) -> None:
            self._places.release()
            if done.cancelled():
                return
            if error is None:
                done.set_result(value)
            else:
                done.set_exception(error)

        work = contextvars.copy_context().run
        threading.Thread(target=work, args=(_run, call, loop, settle), daemon=True).start()
        return await done


def _run(
    call: Callable[[], Any],
    loop: asyncio.AbstractEventLoop,
    settle: Callable[[Any, BaseException | None], None],
) -> None:
    value: Any = None
    error: BaseException | None = None
    try:
        value = call()
    except StopIteration as stop:  # a future cannot carry it
        error = RuntimeError(f"StopIteration: {stop}")
    except BaseException as raised:
        error = raised
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(settle, value, error)
