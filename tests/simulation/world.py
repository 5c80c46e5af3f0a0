"""One seed: a desk, its customers, its provider, and everything that goes wrong, on one virtual loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import traceback
from collections import Counter
from contextvars import Context, copy_context
from dataclasses import dataclass, replace
from typing import Any, cast

import apsw
import httpx
from starlette.requests import Request

from frontdesk import crash
from frontdesk.app import RunningDesk
from frontdesk.desk.webhooks import Webhooks
from frontdesk.errors import ChannelError, ShardsLost, StoreError
from frontdesk.store.base import SHARDS
from frontdesk.testing.loopback import SIGNATURE, sign
from tests.simulation.clocks import VirtualClock
from tests.simulation.desk import SECRET, loaded
from tests.simulation.faults import Faults
from tests.simulation.hints import Hub
from tests.simulation.judge import Verdict, judge
from tests.simulation.loop import Gone, Process, Stuck, VirtualLoop, current_process
from tests.simulation.outside import Line, Provider, Server, Weather
from tests.simulation.people import ANSWER_WITHIN, Customer, Ledger, Rep
from tests.simulation.plan import Plan
from tests.simulation.storage import MemoryStorage, Mistake, SqliteStorage, Storage

DRAINS_WITHIN = 240.0  # seconds after the last fault
EXPECTED = (StoreError, ChannelError, ShardsLost, ConnectionError, apsw.Error, httpx.HTTPError, Mistake)
"""What the faults make: everything else that is logged is a mistake of the desk's."""


@dataclass(slots=True)
class Node:
    """A process of the desk, from its start to its death."""

    role: str
    process: Process
    desk: RunningDesk
    webhooks: Webhooks
    is_leaving: bool = False

    @property
    def is_open(self) -> bool:
        return self.desk.is_ready and not self.process.is_dead and not self.is_leaving


class World:
    """Everything there is in one seed's run."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.loop = VirtualLoop(plan.chance("loop"), shuffles=plan.shuffles)
        self.clock = VirtualClock(self.loop)
        self.lines: list[tuple[float, str, str]] = []
        self.counts: Counter[str] = Counter()
        self.ledger = Ledger()
        self.wire = Weather(plan.chance("wire"), latency=plan.wire)
        self.server_wire = Weather(plan.chance("server"), latency=plan.wire)
        self.disk = Weather(plan.chance("disk"), latency=plan.disk)
        self.provider = Provider(self.wire, self.note)
        self.server = Server(self.server_wire, self.note, thinks=plan.thinks, may_ask=self._works_for)
        self.storage: Storage = (
            SqliteStorage(loaded(), self.disk)
            if plan.store == "sqlite"
            else MemoryStorage(loaded(), self.disk, reads=plan.reads)
        )
        self.hub = Hub(plan.chance("hints"))
        self.owners: list[str] = []  # what was wrong with who works on which users
        self.roles = list(plan.processes)
        self.nodes: list[Node | None] = [None] * len(plan.processes)
        self.is_over = False
        self._started = 0
        self._graves: list[Process] = []
        self._context: Context = copy_context()
        self._door = plan.chance("door")
        self.set_back = 2 * plan.clocks  # seconds by which a clock may be behind what another has said

    # --- telling -----------------------------------------------------------------------------

    def note(self, who: str, what: str) -> None:
        self.lines.append((self.loop.time(), who, what))

    def count(self, what: str) -> None:
        self.counts[what] += 1

    # --- processes ---------------------------------------------------------------------------

    async def _start(self, slot: int) -> None:
        """Start a process of the desk; one that cannot start dies and is started again."""
        role = self.roles[slot]
        self._started += 1
        process = Process(f"process {self._started}")
        self._graves.append(process)
        desk = RunningDesk(
            replace(loaded().settings, role=role),
            clock=self.clock.other(self.plan.clocks * self._door.uniform(-1, 1)),
            store=self.storage.of(process),
            bus=self.hub.of(process),
            registry=loaded().registry,
            read=loaded().read,
        )
        line = Line(self.provider, self.wire)
        desk.outbox._http = cast(httpx.AsyncClient, line)
        node = self.nodes[slot] = Node(role, process, desk, Webhooks(desk))
        let_go = process.on_death

        def died() -> None:
            let_go()
            self.note(process.name, "dies")
            line.cut()
            self.server.cut(process)
            self._context.run(self.start_again, slot, self._door.random() * 2)

        process.on_death = died
        self.note(process.name, "starts")
        try:
            await process.call(desk.start)
        except Gone:
            pass
        except (StoreError, Mistake) as error:
            self.note(process.name, f"could not start: {error}")
            process.die()
        else:
            self.note(process.name, "is ready")
        assert node is not None

    def start_again(self, slot: int, after: float) -> None:
        """Start a process in the place of one that is dead."""
        if not self.is_over:
            self.loop.call_later(after, lambda: self.loop.create_task(self._start(slot)))

    def door(self) -> Node | None:
        """A process that takes HTTP, as a balancer would choose it."""
        found = [node for node in self.nodes if node is not None and node.is_open and node.role != "worker"]
        return self._door.choice(found) if found else None

    async def post(self, channel: str, body: bytes) -> int:
        """A webhook's way to the desk: the status, or 0 where nobody answered."""
        node = self.door()
        self.ledger.deliveries += 1
        await asyncio.sleep(self.wire.delay())
        if node is None:
            return 0
        request = _request(channel, body)
        patience = ANSWER_WITHIN
        if self._door.random() < 0.04:
            patience *= self._door.random() ** 8
        try:
            response = await asyncio.wait_for(
                node.process.call(lambda: node.webhooks.webhook(request)), patience
            )
        except Gone:
            return 0
        except TimeoutError:
            self.count("hung up")
            return 0
        except Mistake:
            return 500
        await asyncio.sleep(self.wire.delay())
        return response.status_code

    # --- who works on which users --------------------------------------------------------------

    def _works_for(self, process: Process, words: str) -> bool:
        """Whether a process works for the user whose words these are."""
        address = words.split()[1]
        [user] = [f"{channel}:{known}" for channel, known, _ in self.plan.users if known == address]
        return self.storage.works_for(process, user)

    def _look_at_owners(self) -> None:
        """No user may have two processes that both believe, by their leases, to be the one."""
        owners: dict[int, str] = {}
        for node in self.nodes:
            if node is None or node.process.is_dead or node.process.is_stopped:
                continue
            if node.desk.store.lease_left() <= 0:
                continue
            for shard in node.desk.shards.owned:
                if shard in owners:
                    both = f"{owners[shard]} and {node.process.name}"
                    self.owners.append(f"at {self.loop.time():.3f} s {both} own shard {shard}")
                    return
                owners[shard] = node.process.name

    async def _watch_owners(self) -> None:
        while not self.owners:
            self._look_at_owners()
            await asyncio.sleep(0.2)

    def _badly_shared(self) -> int:
        """Shards that nobody works on, and those that somebody has beyond a fair share."""
        workers = [
            len(node.desk.shards.owned)
            for node in self.nodes
            if node is not None and not node.process.is_dead and node.role != "web"
        ]
        share = -(-SHARDS // max(len(workers), 1))
        return SHARDS - sum(workers) + sum(max(0, owned - share) for owned in workers)

    # --- the run -----------------------------------------------------------------------------

    async def run(self) -> Verdict:
        await asyncio.gather(*map(self._start, range(len(self.nodes))))
        watching = asyncio.create_task(self._watch_owners()) if len(self.nodes) > 1 else None
        wrong = asyncio.create_task(Faults(self).happen())
        rep = asyncio.create_task(Rep(self, self.plan.chance("rep")).work())
        people = [
            Customer(self, channel, address, self.plan.chance(address)).talk(steps)
            for channel, address, steps in self.plan.users
        ]
        await asyncio.gather(wrong, *people)
        crash.disarm()
        for node in self.nodes:
            if node is not None:
                node.process.dies_at = 0
        await asyncio.sleep(3)  # for the rep, and for what is still on its way
        rep.cancel()
        for weather in (self.wire, self.server_wire, self.disk):
            weather.rate = 0.0
        self.hub.is_bad = False
        self.note("world", "nothing goes wrong any more")
        left = await self._rest()
        if watching is not None:
            watching.cancel()
        verdict = Verdict(seed=self.plan.seed)
        if left:
            verdict.wrong.append(f"after {DRAINS_WITHIN:g} s there are still {left}")
        verdict.wrong += self.owners
        judge(self.storage.kept(), self, verdict)
        await self._end(verdict)
        return verdict

    async def _rest(self) -> dict[str, int]:
        """Wait until nothing is on its way; what is left if that never comes."""
        until = self.loop.time() + DRAINS_WITHIN
        while True:
            left = {name: count for name, count in self.storage.left().items() if count}
            if shards := self._badly_shared():
                left["shards badly shared"] = shards
            if not left or self.loop.time() > until:
                return left
            await asyncio.sleep(1)

    async def _end(self, verdict: Verdict) -> None:
        """A desk at rest stops at once and without a word."""
        self.is_over = True
        for node in self.nodes:
            if node is not None and not node.process.is_dead:
                try:
                    await asyncio.wait_for(node.process.call(node.desk.stop), 30)
                except Exception as error:
                    verdict.wrong.append(f"{node.process.name} did not stop: {error!r}")

    def close(self) -> None:
        """Let go of everything, the dead last."""
        self.is_over = True
        for node in self.nodes:
            if node is not None:
                node.process.die()
        asyncio.events._set_running_loop(self.loop)
        try:
            for process in self._graves:
                process.close()
        finally:
            asyncio.events._set_running_loop(None)
        self.storage.close()
        self.loop.close()


class Listener(logging.Handler):
    """Hears what the desk logs: its errors belong to the trace, and unexpected ones to the verdict."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.INFO)
        self._world = world
        self.unexpected: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        process = current_process()
        if process is not None and process.is_dead:
            return
        self._world.note(process.name if process else "world", f"says: {record.getMessage()}")
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, EXPECTED):
            self.unexpected.append(f"{record.getMessage()}: {error!r}")


@contextlib.contextmanager
def _heard(world: World) -> Any:
    log = logging.getLogger("frontdesk")
    listener = Listener(world)
    before = log.level, log.propagate
    log.addHandler(listener)
    log.propagate = False
    log.setLevel(logging.INFO)
    try:
        yield listener
    finally:
        log.removeHandler(listener)
        log.level, log.propagate = before


def simulate(plan: Plan) -> tuple[Verdict, World]:
    """Run one seed; what was found, and the world with its trace."""
    random.seed(plan.seed)  # what the desk itself leaves to chance
    world = World(plan)
    loaded().registry.override(Server, world.server)
    with _heard(world) as listener:
        try:
            verdict = world.loop.run_until_complete(world.run())
        except Stuck as error:
            verdict = Verdict(seed=plan.seed, wrong=[str(error)])
        except Exception:  # the seed prints itself, whatever it was
            verdict = Verdict(seed=plan.seed, wrong=[traceback.format_exc()])
        finally:
            crash.disarm()
            steps = world.loop.steps
            world.close()
    verdict.steps = steps
    verdict.wrong += world.loop.troubles + listener.unexpected
    return verdict, world


def _request(channel: str, body: bytes) -> Request:
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/webhooks/{channel}",
        "query_string": b"",
        "headers": [(SIGNATURE.encode(), sign(SECRET, body).encode()), (b"host", b"desk")],
        "path_params": {"channel": channel},
        "client": ("127.0.0.1", 1),
        "server": ("desk", 80),
        "scheme": "http",
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    return Request(scope, cast(Any, receive))
