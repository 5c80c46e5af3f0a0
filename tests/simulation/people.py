"""Who writes and who answers: customers, each by a script of the seed's, and a rep."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from frontdesk.messages import Inbound
from frontdesk.sessions import owner_kind
from tests.simulation.desk import IDLE_AFTER, REP

if TYPE_CHECKING:
    from tests.simulation.world import Node, World

ANSWER_WITHIN = 10.0  # seconds until a webhook that was not answered is sent again
WORDS = ("note", "pay", "book", "look", "wire", "human", "end")
HABITS = ("write", "batch", "burst", "walk on", "repeat", "silent")


@dataclass(slots=True)
class Message:
    """One thing a customer sent, as the customer knows it."""

    id: str
    text: str
    is_end: bool
    sent: float
    acknowledged: float = 0.0  # 0: not yet

    def body(self, sender: str) -> dict[str, Any]:
        return {"id": self.id, "from": sender, "text": self.text, "end": self.is_end}


@dataclass(slots=True)
class Ledger:
    """What the desk has acknowledged, in the order it was written."""

    messages: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))  # by user
    commands: dict[str, dict[str, Any]] = field(default_factory=dict)  # of the rep, taken by the desk
    deliveries: int = 0


class Customer:
    """A messaging user: writes, repeats, writes while the desk works, and falls silent."""

    def __init__(self, world: World, channel: str, address: str, chance: random.Random) -> None:
        self._world = world
        self._channel = channel
        self._address = address
        self._chance = chance
        self._sent: list[Message] = world.ledger.messages[f"{channel}:{address}"]
        self._late: list[asyncio.Task[None]] = []

    async def talk(self, steps: int) -> None:
        chance = self._chance
        await asyncio.sleep(chance.random() * 2)
        await self._deliver([self._message("hello")])
        for _ in range(steps):
            await self._do(chance.choices(HABITS, self._world.plan.how_often)[0])
            await asyncio.sleep(chance.random() ** 3 * 3)
        await asyncio.gather(*self._late)

    async def _do(self, what: str) -> None:
        chance = self._chance
        if what == "silent":
            await self._wait_long()
        elif what == "repeat":
            again = chance.choice(self._sent)
            self._world.count("duplicate")
            await self._deliver([again])
        elif what == "batch":
            await self._deliver([self._message() for _ in range(chance.randint(2, 3))])
        elif what == "burst":
            await asyncio.gather(*(self._deliver([self._message()]) for _ in range(chance.randint(2, 4))))
        elif what == "walk on":
            self._late.append(asyncio.get_running_loop().create_task(self._deliver([self._message()])))
        else:
            one = self._message()
            await self._deliver([one])
            if one.text.startswith("wire"):
                await asyncio.sleep(chance.random())
                await self._deliver([self._message("yes")])

    async def _wait_long(self) -> None:
        """Until the bot asks whether somebody is there, or write in the very moment in which it does."""
        heard = self._world.provider.heard
        asked = max((one.at for one in heard if one.to == self._address and one.text == "Next?"), default=0.0)
        jitter = self._chance.choice((0.0, 0.05, 0.5, 3.0)) * self._chance.uniform(-1, 1)
        await asyncio.sleep(max(asked + IDLE_AFTER + jitter - asyncio.get_running_loop().time(), 0))
        if jitter < 1:
            await self._deliver([self._message()])

    def _message(self, text: str = "") -> Message:
        number = len(self._sent) + 1
        word = text or self._chance.choices(WORDS, self._world.plan.words)[0]
        is_end = word == "end"
        if not text and word not in ("human", "end"):
            word = f"{word} {self._address} {number}"
        one = Message(
            id=f"{self._address}-{number}",
            text="" if is_end else word,
            is_end=is_end,
            sent=asyncio.get_running_loop().time(),
        )
        self._sent.append(one)
        return one

    async def _deliver(self, messages: list[Message]) -> None:
        """The provider's webhook: sent until it is acknowledged, sometimes twice at a time."""
        world, chance = self._world, self._chance
        body = orjson.dumps({"messages": [one.body(self._address) for one in messages]})
        while True:
            times = 1 + (chance.random() < 0.04)
            if times > 1:
                world.count("duplicate")
            answers = await asyncio.gather(*(world.post(self._channel, body) for _ in range(times)))
            if 200 in answers:
                break
            await asyncio.sleep(0.05 + chance.random() * 0.5)
        for one in messages:
            one.acknowledged = one.acknowledged or asyncio.get_running_loop().time()
        world.note("customer", f"{self._address}: acknowledged {[one.id for one in messages]}")


class Rep:
    """Takes what waits, answers, gives back, ends: each command until it is heard, under one id."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self._world = world
        self._chance = chance
        self._number = 0

    async def work(self) -> None:
        while True:
            await asyncio.sleep(0.3 + self._chance.random() * 3)
            with contextlib.suppress(Exception):  # whatever the desk has just now: the rep looks again
                await self._look()

    async def _look(self) -> None:
        node = self._world.door()
        if node is None:
            return
        rows = await node.process.call(lambda: node.desk.store.sessions(is_open=True))
        mine = [row for row in rows if owner_kind(row.owner) in ("queue", "rep")]
        if not mine:
            return
        row = self._chance.choice(sorted(mine, key=lambda row: row.id))
        if owner_kind(row.owner) == "queue":
            do = "accept"
        else:
            do = self._chance.choices(("say", "end", "give_back", "accept"), (6, 5, 1, 1))[0]
        await self._command(row.id, row.user, do)

    async def _command(self, session: str, user: str, do: str) -> None:
        self._number += 1
        command = f"c{self._number}"
        channel, _, address = user.partition(":")
        text = f"rep {command}" if do == "say" else ""
        inbound = Inbound(
            channel=channel,
            sender=address,
            external_id=f"{REP}:{command}",
            kind="rep",
            data={"rep": REP, "client": command, "do": do, "text": text},
        )
        for _ in range(50):
            node = self._world.door()
            if node is not None and await self._is_heard(node, inbound, session):
                return
            await asyncio.sleep(0.3)

    async def _is_heard(self, node: Node, inbound: Inbound, session: str) -> bool:
        desk, command = node.desk, str(inbound.data["client"])
        receive = partial(desk.inbox.receive, inbound, session=session, wants_turn=True)
        try:
            ticket = await asyncio.wait_for(node.process.call(receive), ANSWER_WITHIN)
        except Exception:
            return False
        if ticket.taken.n:
            self._world.ledger.commands[command] = {**inbound.data, "session": session}
            self._world.note("rep", f"{inbound.data['do']} {session} as {command}")
        return True
