"""The world around the simulated desk: a channel's provider and the server that actions call.

Both keep their own ledger of what reached them, and go on whatever becomes of the desk's processes.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from tests.simulation.loop import Process, current_process, outside

Note = Callable[..., None]
TIMEOUT = 3.0  # seconds after which the desk gives up on a call

API_FAULTS = ("429", "503", "500", "500 after", "timeout", "timeout after", "unreachable", "400")
ANSWERS = {
    "": httpx.Response(200),
    "429": httpx.Response(429, headers={"retry-after": "1"}),
    **{status: httpx.Response(int(status)) for status in ("400", "500", "503")},
}
WRITES = ("pay", "book", "wire")
SERVER_FAULTS = ("raises", "raises after", "hangs", "hangs after")


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that the provider has taken."""

    at: float
    channel: str
    key: str
    to: str
    text: str

    @property
    def user(self) -> str:
        return f"{self.channel}:{self.to}"


@dataclass(slots=True)
class Weather:
    """How likely a call fails just now."""

    chance: random.Random
    rate: float = 0.0
    latency: float = 0.05  # seconds on the wire, at most
    counts: Counter[str] = field(default_factory=Counter)

    def delay(self) -> float:
        return self.chance.random() * self.latency

    def fault(self, among: tuple[str, ...]) -> str:
        """Which fault this call meets; empty: none."""
        if self.rate and self.chance.random() < self.rate:
            drawn = self.chance.choice(among)
            if drawn:
                self.counts[drawn] += 1
            return drawn
        return ""


@dataclass(slots=True)
class Call:
    """One call on its way to the provider."""

    channel: str
    key: str
    body: Mapping[str, Any]
    fault: str
    has_arrived: bool = False


class Provider:
    """The channels' API."""

    def __init__(self, weather: Weather, note: Note) -> None:
        self._weather = weather
        self._note = note
        self.heard: list[Heard] = []

    async def take(self, call: Call) -> httpx.Response:
        """One call: answered, or not."""
        weather, fault = self._weather, call.fault
        await asyncio.sleep(weather.delay())
        self._arrive(call)
        if fault == "unreachable":
            raise httpx.ConnectError("no way to the provider")
        if fault.startswith("timeout"):
            await asyncio.sleep(TIMEOUT)
            raise httpx.ReadTimeout("no answer")
        await asyncio.sleep(weather.delay())
        return ANSWERS[fault[:3]]

    def cut(self, calls: Iterable[Call]) -> None:
        """Who made them died: what was on the wire arrives now or never."""
        for call in calls:
            if not call.has_arrived and self._weather.chance.random() < 0.5:
                self._arrive(call)
            call.has_arrived = True

    def _arrive(self, call: Call) -> None:
        if call.has_arrived:
            return
        call.has_arrived = True
        body, fault = call.body, call.fault
        if fault not in ("", "500 after", "timeout after"):
            self._note("provider", f"{fault}: {call.key}")
            return
        at = asyncio.get_running_loop().time()
        self.heard.append(Heard(at, call.channel, call.key, body["to"], body["text"]))
        self._note("provider", f"takes {call.key} {body['text']!r}{fault and ', then ' + fault}")


class Line:
    """What a process of the desk has for an HTTP client: every call is the provider's."""

    def __init__(self, provider: Provider, weather: Weather) -> None:
        self._provider = provider
        self._weather = weather
        self._calls: list[Call] = []

    async def request(
        self, method: str, url: str, *, content: bytes, headers: Mapping[str, str], auth: None
    ) -> httpx.Response:
        fault = self._weather.fault(API_FAULTS)
        call = Call(url.rsplit("/", 1)[1], headers["Idempotency-Key"], orjson.loads(content), fault)
        self._calls.append(call)
        return await outside(lambda: self._provider.take(call))

    def cut(self) -> None:
        """The process is dead."""
        self._provider.cut(self._calls)

    async def aclose(self) -> None:
        """Nothing was opened."""


@dataclass(slots=True, eq=False)
class Asked:
    """One call of an action."""

    action: str
    words: str
    key: str
    is_done: bool = False  # or will never be


class Server:
    """What actions call. It knows the keys of `pay`, and nothing of the others."""

    def __init__(
        self,
        weather: Weather,
        note: Note,
        *,
        thinks: float = 0.0,
        may_ask: Callable[[Process, str], bool] = lambda process, words: True,
    ) -> None:
        self._weather = weather
        self._note = note
        self._may_ask = may_ask
        self.uncalled_for: list[str] = []  # writes of a process that does not work for the user any more
        self._thinks = thinks  # seconds until what was asked for is done, at most
        self._asked: dict[Process, list[Asked]] = defaultdict(list)
        self.acted: dict[str, list[str]] = defaultdict(list)  # action -> words, as often as it was done
        self.keys: dict[str, set[str]] = defaultdict(set)  # words of `pay` -> keys it came under
        self._paid: set[str] = set()

    async def ask(self, action: str, words: str, key: str = "") -> bool:
        """A call from the desk's process."""
        process, task = current_process(), asyncio.current_task()
        assert process is not None
        assert task is not None
        # Who looked at its lease and was stopped before it called cannot know: those calls are in doubt.
        if action in WRITES and not self._may_ask(process, words) and not process.has_stopped_since(task):
            self.uncalled_for.append(f"{process.name} calls {action} {words!r} for another's user")
        asked = Asked(action, words, key)
        self._asked[process].append(asked)
        return await outside(lambda: self._answer(asked))

    def cut(self, process: Process) -> None:
        """Who asked died: what is not done is done now or never."""
        for asked in self._asked.pop(process, ()):
            if not asked.is_done and self._weather.chance.random() < 0.5:
                self._act(asked)
            asked.is_done = True

    async def _answer(self, asked: Asked) -> bool:
        weather, action, words = self._weather, asked.action, asked.words
        fault = weather.fault(SERVER_FAULTS)
        await asyncio.sleep(weather.delay())
        is_booked = words in self.acted["book"]
        if action != "is_booked" and self._thinks:
            await asyncio.sleep(weather.chance.random() * self._thinks)
        if fault in ("", "raises after", "hangs after"):
            self._act(asked)
        asked.is_done = True
        if fault:
            self._note("server", f"{fault}: {action} {words!r}")
        if fault.startswith("hangs"):
            await asyncio.sleep(60)
        if fault:
            raise ConnectionError("the server broke off")
        await asyncio.sleep(weather.delay() * 4)  # room for the customer to write on while it runs
        return action != "is_booked" or is_booked

    def _act(self, asked: Asked) -> None:
        action, words, key = asked.action, asked.words, asked.key
        if asked.is_done or action == "is_booked":
            return
        asked.is_done = True
        self.keys[words].add(key)
        if action == "pay":
            key = key.partition(" ")[0]
            if key in self._paid:
                return
            self._paid.add(key)
        self.acted[action].append(words)
        self._note("server", f"does {action} {words!r}")
