"""A loop on virtual time, whose order of events is a seed's, and processes that can die on it at any step.

What runs on it is real asyncio: tasks, futures, time-outs. Only that it never waits, and that whatever
became ready on its own (a commit, an answer, a timer) runs in an order drawn from the seed; what one
callback scheduled keeps its order, as asyncio promises.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import random
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any, TypeVar

T = TypeVar("T")
SHORTEST = 1e-6  # seconds
STEPS_AT_ONCE = 100_000  # callbacks without any time passing: somebody turns in a circle


class Stuck(Exception):
    """Nothing is ready, no timer is set, and somebody still waits; or everybody runs and no time passes."""


class Gone(Exception):
    """The process died, or does not answer, before the call to it came back."""


class Process:
    """One process of the desk: everything it does runs in its context, and stops with it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_dead = False
        self.is_stopped = False
        self.steps = 0
        self.dies_at = 0  # the step before which it is killed; 0: none
        self.on_death: Callable[[], None] = lambda: None
        self.parked: list[asyncio.Handle] = []  # what became ready while it was stopped
        self.tasks: list[asyncio.Task[Any]] = []
        self._stops = 0
        self._stops_before: dict[asyncio.Task[Any], int] = {}  # each of its tasks
        self._calls: set[asyncio.Future[Any]] = set()
        self._context = copy_context()
        self._context.run(_PROCESS.set, self)

    def die(self) -> None:
        """As by SIGKILL: no callback of it runs again, and who called it learns that it is gone."""
        if self.is_dead:
            return
        self.is_dead = True
        for call in self._calls:
            if not call.done():
                _settle(call, None, Gone())
        self.on_death()

    def stop(self) -> None:
        """As by SIGSTOP, between two of its steps."""
        self.is_stopped = True
        self._stops += 1

    def go_on(self) -> None:
        """As by SIGCONT: it knows nothing of the time that has passed."""
        self.is_stopped = False
        _running_loop().add_ready(self._unparked())

    def stand_still(self, seconds: float) -> None:
        """The same from within one of its steps: what the step does next, it does after so many seconds.

        Who has stood still before, and is to go on earlier, waits for this one: there is one stack.
        """
        loop = _running_loop()
        until = loop.time() + seconds
        self.stop()
        loop.run_others(until, lambda: not self.is_dead)
        self.is_stopped = False
        loop.go_on_with(self._unparked())

    def has_stopped_since(self, task: asyncio.Task[Any]) -> bool:
        """Whether it was stopped after one of its tasks began."""
        return self._stops > self._stops_before[task]

    def keep(self, task: asyncio.Task[Any]) -> None:
        """A task of its own begins."""
        self.tasks.append(task)
        self._stops_before[task] = self._stops

    def _unparked(self) -> list[asyncio.Handle]:
        parked, self.parked = self.parked, []
        return parked

    def call_later(self, seconds: float, callback: Callable[..., object], *args: Any) -> None:
        """Let something happen to it."""
        loop = asyncio.get_running_loop()
        self._context.run(lambda: loop.call_later(seconds, callback, *args))

    async def call(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run something in this process; Gone when it dies before."""
        if self.is_dead:
            raise Gone
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._calls.add(answer)

        def settle(task: asyncio.Task[T]) -> None:
            error = task.exception() if not task.cancelled() else Gone()
            _settle(answer, task.result() if error is None else None, error)

        task = self._context.run(loop.create_task, work())
        self._context.run(task.add_done_callback, settle)
        try:
            return await answer
        except asyncio.CancelledError:  # who called has hung up
            self._context.run(lambda: loop.call_soon(task.cancel))
            raise
        finally:
            self._calls.discard(answer)

    def close(self) -> None:
        """Close what its death left hanging, when nobody looks any more."""
        self.is_dead = True
        for task in self.tasks:
            if task.done():
                continue
            coroutine = task.get_coro()
            assert coroutine is not None
            with contextlib.suppress(Exception):  # a dead process has nobody to tell
                self._context.run(coroutine.close)


_PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


def current_process() -> Process | None:
    """The simulated process whose code is running; None: the world around them."""
    return _PROCESS.get()


async def outside(work: Callable[[], Awaitable[T]]) -> T:
    """Do something in the world around, which goes on whatever becomes of the process that asked."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()
    process = current_process()
    if process is not None and process.is_dead:  # at a crash point, in the middle of this step
        return await answer

    async def run() -> None:
        try:
            result = await work()
        except Exception as error:
            _settle(answer, None, error)
        else:
            _settle(answer, result, None)

    _nobodys().run(loop.create_task, run())
    return await answer


def _nobodys() -> Context:
    """The context of what belongs to no process."""
    context = copy_context()
    context.run(_PROCESS.set, None)
    return context


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop without a machine below it."""

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]
    _stopping: bool

    def __init__(self, chance: random.Random, *, shuffles: bool = True) -> None:
        super().__init__()
        self._draw = chance.random
        self._shuffles = shuffles
        self._now = 0.0
        self._lanes: list[deque[asyncio.Handle]] = []
        self._at_once = 0
        self._failed: Exception | None = None  # what ended the loop in the middle of a step
        self.steps = 0
        self.troubles: list[str] = []  # what nobody handled
        self.set_task_factory(_make_task)
        self.set_exception_handler(_note_trouble)

    def time(self) -> float:
        return self._now

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Whoever waits lets some time pass, however little: on a real machine it does by itself."""
        if delay > 0:
            delay = max(delay, SHORTEST)
        return super().call_later(delay, callback, *args, context=context)

    def add_ready(self, handles: list[asyncio.Handle]) -> None:
        """Let these run, in their order, among the others that are ready."""
        if handles:
            self._lanes.append(deque(handles))

    def run_others(self, until: float, holds: Callable[[], bool]) -> None:
        """In the middle of a step: let the others do theirs until then, while something holds."""
        task = asyncio.current_task()
        if task is not None:
            asyncio.tasks._leave_task(self, task)
        _nobodys().run(self.call_at, until, lambda: None)  # so that time passes
        try:
            while self._now < until and holds() and self._failed is None:
                self._run_once()
        except Stuck as error:  # not for the desk, whose step goes on: the next step of the loop raises it
            self._failed = error
        finally:
            if task is not None:
                asyncio.tasks._enter_task(self, task)

    def go_on_with(self, handles: list[asyncio.Handle]) -> None:
        """These became ready in the middle of a step: behind what it has scheduled, before what it will."""
        if self._ready:
            self._lanes.append(self._ready)
        self._ready = deque(handles)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:  # type: ignore[override]
        """There are no threads: it is done at once, and its end is heard of a little later."""
        future = self.create_future()
        try:
            result = func(*args)
        except Exception as error:
            self.call_later(self._draw() * 0.002, _settle, future, None, error)
        else:
            self.call_later(self._draw() * 0.002, _settle, future, result, None)
        return future

    def _write_to_self(self) -> None:
        """Nothing sleeps here that would have to be woken."""

    def _run_once(self) -> None:
        scheduled, lanes = self._scheduled, self._lanes
        if self._failed is not None:
            raise self._failed
        if self._ready:
            lanes.append(self._ready)
            self._ready = deque()
        if not lanes:
            self._let_time_pass()
        while scheduled and scheduled[0]._when <= self._now:  # type: ignore[attr-defined]
            due = heapq.heappop(scheduled)
            due._scheduled = False  # type: ignore[attr-defined]
            lanes.append(deque((due,)))
        place = int(self._draw() * len(lanes)) if self._shuffles and len(lanes) > 1 else 0
        lane = lanes[place]
        handle = lane.popleft()
        if not lane:
            del lanes[place]
        context: Context = handle._context  # type: ignore[attr-defined]
        if not handle._cancelled and self._may_run(context.get(_PROCESS), handle):
            handle._run()

    def _let_time_pass(self) -> None:
        scheduled = self._scheduled
        while scheduled and scheduled[0]._cancelled:
            heapq.heappop(scheduled)._scheduled = False  # type: ignore[attr-defined]
        if not scheduled:
            raise Stuck(f"at {self._now:.4f} s nothing is ready and nothing is set to happen")
        if scheduled[0].when() > self._now:
            self._now, self._at_once = scheduled[0].when(), 0

    def _may_run(self, process: Process | None, handle: asyncio.Handle) -> bool:
        if process is not None:
            if process.is_dead:
                return False
            if process.is_stopped:
                process.parked.append(handle)
                return False
            process.steps += 1
            if process.steps == process.dies_at:
                process.die()
                return False
        self.steps += 1
        self._at_once += 1
        if self._at_once > STEPS_AT_ONCE:
            raise Stuck(f"at {self._now:.4f} s no time passes: {handle}")
        return True


def _running_loop() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


def _make_task(loop: asyncio.AbstractEventLoop, coroutine: Any, **more: Any) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **more)
    task._log_destroy_pending = False  # type: ignore[attr-defined]  # it may die with its process, or the world
    process = _PROCESS.get()
    if process is not None:
        process.keep(task)
    return task


def _note_trouble(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    assert isinstance(loop, VirtualLoop)
    error = context.get("exception")
    if not isinstance(error, Gone):
        loop.troubles.append(f"{context.get('message')}: {error!r}")


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
        future.exception()  # who waited for it may be dead: that is no trouble
