"""The world around the tortured desk, in the judge's process, which is never killed.

A provider with a channel API and webhooks, an action server, and the ledger of what was acknowledged.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from frontdesk.testing.loopback import SIGNATURE, sign
from tests.torture.desk import SECRET
from tests.torture.wire import Answer, Client

PATIENCE = 15.0  # seconds a customer waits for an answer before writing on
AGAIN = 0.03  # seconds until an unanswered webhook is sent again


@dataclass(slots=True)
class Ledger:
    """What the desk has acknowledged, on disk before anything is concluded from it."""

    path: Path
    acknowledged: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    began: dict[tuple[str, str], float] = field(default_factory=dict)  # (from, text) -> first delivery
    count: int = 0
    _lines: list[bytes] = field(default_factory=list)

    def write(self, channel: str, message: dict[str, Any]) -> None:
        self.acknowledged[f"{channel}:{message['from']}"].append(message)
        self._lines.append(orjson.dumps([channel, message]))
        self.count += 1

    def sync(self) -> None:
        lines, self._lines = self._lines, []
        with self.path.open("ab") as file:
            file.write(b"\n".join(lines) + b"\n")
            file.flush()
            os.fsync(file.fileno())


@dataclass(frozen=True, slots=True)
class Heard:
    """One call of the channel's API."""

    key: str
    to: str
    text: str
    at: float


@dataclass(slots=True)
class Outside:
    """The provider's API and the server that actions call."""

    faults: float = 0.0  # of the calls to the API that fail or are not answered
    heard: list[Heard] = field(default_factory=list)
    acted: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))  # (words, key)
    chance: random.Random = field(default_factory=random.Random)
    _said: set[tuple[str, str]] = field(default_factory=set)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def says_back(self, user: str, text: str) -> None:
        """Wait for the reply to a message, as patient as customers are."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while (user, text) not in self._said:
                    await self._news.wait()

    async def answer(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        url = urlsplit(path)
        if url.path == "/messages":
            return self._message(headers, orjson.loads(body))
        if url.path == "/booked":
            words = parse_qs(url.query)["words"][0]
            return 200, orjson.dumps(any(words == known for known, _ in self.acted["book"]))
        self.acted[url.path[1:]].append((orjson.loads(body)["words"], headers.get("idempotency-key", "")))
        await asyncio.sleep(self.chance.uniform(0, 0.02))  # room for a kill while it runs
        return 200, b"{}"

    def _message(self, headers: dict[str, str], body: dict[str, Any]) -> Answer:
        drawn = self.chance.random()
        if drawn < self.faults:
            return 503, b""
        self.heard.append(Heard(headers["idempotency-key"], body["to"], body["text"], time.monotonic()))
        self._said.add((body["to"], body["text"]))
        news, self._news = self._news, asyncio.Event()
        news.set()
        if drawn < 2 * self.faults:
            return 500, b""
        return (0, b"") if drawn < 3 * self.faults else (200, b"{}")


class Customer:
    """Somebody who writes one message after the other; each is delivered until it is acknowledged."""

    def __init__(self, ports: tuple[int, ...], ledger: Ledger, channel: str, chance: random.Random) -> None:
        self._ways = (Client(ports), Client(ports[::-1]))
        self._ledger = ledger
        self._channel = channel
        self._chance = chance
        self._late: list[list[dict[str, Any]]] = []
        self.duplicates = 0

    async def write(self, *messages: dict[str, Any]) -> None:
        """Deliver messages as one webhook. One in twenty comes twice, at the same time or later."""
        for one in messages:
            self._ledger.began[one["from"], one["text"]] = time.monotonic()
        drawn = self._chance.random()
        if drawn < 0.025:
            self.duplicates += len(messages)
            await asyncio.gather(self._deliver(0, messages), self._deliver(1, messages))
        else:
            await self._deliver(0, messages)
        for one in messages:
            self._ledger.write(self._channel, one)
        if drawn > 0.975:
            self._late.append(list(messages))
        elif self._late and drawn > 0.9:
            again = self._late.pop()
            self.duplicates += len(again)
            await self._deliver(0, again)

    async def _deliver(self, way: int, messages: Any) -> None:
        body = orjson.dumps({"messages": list(messages)})
        headers = {SIGNATURE: sign(SECRET, body)}
        while await self._ways[way].post(f"/webhooks/{self._channel}", body, headers) != 200:
            await asyncio.sleep(AGAIN)

    def close(self) -> None:
        for way in self._ways:
            way.close()


def repeats(heard: list[Heard]) -> int:
    """Calls that a channel which knows no keys would have shown twice."""
    return sum(count - 1 for count in Counter(one.key for one in heard).values())
