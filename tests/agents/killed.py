"""Kills a desk within an agent's turn, once at each point, and lets it go on: run as a process of its own.

    python -m tests.agents.killed FOLDER STORE TALK POINT:COUNT...

STORE is sqlite or postgres; each desk has a file or a schema of its own.

It imports everything once and forks for each life of a desk, so that a life costs milliseconds. What the
tools and the model did stands in `ledger.jsonl` of each desk, on disk before they answer; the judge reads it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import asyncpg
import orjson

from frontdesk.app import RunningDesk
from frontdesk.effect import Effect, EffectResult
from frontdesk.effects.models import Models, Wrote
from frontdesk.messages import ComponentReply, Inbound
from frontdesk.settings import Settings
from frontdesk.testing.desks import open_desk
from tests.agents.desk import FILES, write_files
from tests.database import new_place
from tests.torture.process import be_patient

TOOLS = '''
import os
from pathlib import Path

import orjson

from frontdesk import IdempotencyKey, tool

LEDGER = Path(__file__).resolve().parents[2] / "ledger.jsonl"


def note(name, key=""):
    with LEDGER.open("ab") as file:
        file.write(orjson.dumps([name, str(key)]) + b"\\n")
        file.flush()
        os.fsync(file.fileno())


@tool
async def find_order(order_number: str) -> dict:
    """Look an order up."""
    note("find_order")
    return {"id": order_number}


@tool
async def find_day() -> str:
    """The first free day."""
    note("find_day")
    return "2026-03-17"


@tool(effect="write", key="idempotency")
async def book(order_number: str, day: str, key: IdempotencyKey) -> str:
    """Book a pickup."""
    note("book", key)
    return "booked"


@tool(effect="write", confirm="customer")
async def wire(amount: int) -> str:
    """Send money; nobody can know whether it went."""
    note("wire")
    return "sent"
'''
DESK = {
    **{name: FILES[name] for name in ("frontdesk.yml", "bots/helper/prompts/helper.j2")},
    "bots/helper/bot.yml": """
        kind: agent
        prompt: helper
        model: {name: "scripted:helper"}
        tools: [find_order, find_day, book, wire]
        """,
    "bots/helper/tools.py": TOOLS,
    "bots/helper/models/helper.yml": """
        - when: called == "wire"
          say: "It is sent."
        - when: "'wire' in said"
          call: wire
          with: {amount: "12"}
        - when: called == "book"
          say: "All is booked."
        - when: called == "find_day"
          call: book
          with: {order_number: number, day: result}
        - when: called == "find_order"
          call: find_day
        - call: find_order
          with: {order_number: number}
        """,
}
BOOKS = [Inbound(channel="rest", sender="ana", external_id="m1", text="collect 1042")]
WIRES = [
    Inbound(channel="rest", sender="ana", external_id="m1", text="wire it"),
    Inbound(channel="rest", sender="ana", external_id="m2", reply=ComponentReply(choose="yes")),
]


async def live(root: Path, store: str, inbounds: list[Inbound], crash: str = "") -> None:
    """One life of a desk: take what comes, finish it, stop; or die on the way."""
    environ = {"FRONTDESK_CRASH": crash} if crash else {}
    desk = RunningDesk(Settings(root=root, store=store, environ=environ))
    await desk.start()
    for inbound in inbounds:
        await desk.inbox.receive(inbound)
        await finished(desk)
    await finished(desk)
    rows = await desk.store.sessions(user="rest:ana")
    events = [row for one in rows for row in await desk.store.events(one.id)]
    log = [{"kind": row.kind, **orjson.loads(row.body)} for row in events]
    (root / "log.json").write_bytes(orjson.dumps({"events": log, "owner": rows[0].owner}))
    await desk.stop()


async def finished(desk: RunningDesk) -> None:
    async with asyncio.timeout(120):
        while desk.turns.busy or await desk.store.pending_users():
            await asyncio.sleep(0.005)


def noting(answer: Callable[..., object], root: Path) -> Callable[..., object]:
    """A model that notes in the ledger that it was asked."""

    async def noted(self: Models, effect: Effect, wrote: Wrote | None = None) -> EffectResult:
        with (root / "ledger.jsonl").open("ab") as file:
            file.write(b'["model", ""]\n')
            file.flush()
            os.fsync(file.fileno())
        result: EffectResult = await answer(self, effect, wrote)  # type: ignore[misc]
        return result

    return noted


def in_a_child(work: Callable[[], None]) -> int:
    """How a forked process ended: 0, or the signal that killed it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


_SEEN = """
SELECT EXISTS (SELECT 1 FROM pg_stat_activity a JOIN worker w
  ON starts_with(a.application_name, split_part(w.id, '/', 1)))
"""


async def lapse(store: str) -> None:
    """Let the lease of whoever was killed be over, once the server knows: nobody waits for it here."""
    connection = await asyncpg.connect(store)
    while await connection.fetchval(_SEEN):
        await asyncio.sleep(0.005)
    await connection.execute("UPDATE worker SET until = now() - interval '1 minute' WHERE over IS NULL")
    await connection.close()


def main(folder: Path, kind: str, talk: str, points: list[str]) -> None:
    inbounds = BOOKS if talk == "books" else WIRES
    answer = Models.answer
    open_desk(write_files(folder / "first", DESK), {}, is_to_talk=False)  # imports what every life needs
    for point in points:
        root = write_files(folder / point.replace(":", "-"), DESK)
        Models.answer = noting(answer, root)  # type: ignore[method-assign,assignment]
        store = new_place() if kind == "postgres" else ""
        if store:
            be_patient()
        killed = in_a_child(partial(_live, root, store, inbounds, point))
        again = inbounds if killed == signal.SIGKILL else []
        if store:
            asyncio.run(lapse(store))
        ended = in_a_child(partial(_live, root, store, again))
        print(orjson.dumps({"point": point, "killed": killed, "ended": ended}).decode(), flush=True)


def _live(root: Path, store: str, inbounds: list[Inbound], crash: str = "") -> None:
    asyncio.run(live(root, store, inbounds, crash))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:])
