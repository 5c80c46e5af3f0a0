"""`frontdesk bench agents`: what an agent's turns cost, what a long session keeps, when the first word comes.

The model's endpoint answers in process with bytes made beforehand, so that nothing of it is measured. What
the openai SDK alone costs for the same requests is measured beside it, in the same minute.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from typing import Any

import orjson

from frontdesk.app import RunningDesk, settle_memory
from frontdesk.bench.desk import register
from frontdesk.bench.words import Endpoint, first_words
from frontdesk.effect import Effect
from frontdesk.effects.models import Models
from frontdesk.messages import ComponentReply, Inbound
from frontdesk.sessions import SessionState
from frontdesk.settings import Settings

TURNS = 60  # of the long session
CONVERSATIONS = 160  # measured, after as many to warm up as a tenth
AT_ONCE = 16  # customers who talk at the same time
ROUNDS = 5  # long sessions
URL = "http://model.invalid/v1"
ANSWER = "Order 1042 was delivered on Monday. If something is wrong with it, I can have it collected for you."
ASKED = "Could you tell me where my order 1042 is, please? I am waiting for it."
TIMES = 200  # answers whose first word is timed
WARM = 10  # before them
Tell = Callable[[str], None]
"""Told what is measured now."""
FILES = {
    "frontdesk.yml": """
        name: Measured
        languages: [en]
        channels: {wire: {kind: bench}, site: {kind: web, per_minute: 100000}}
        queues: {general: {}}
        routing:
        - {else: {bot: helper}, fallback: {queue: general}}
        """,
    "bots/helper/bot.yml": f"""
        kind: agent
        prompt: helper
        model: {{name: m, base_url: "{URL}"}}
        tools: [find_order]
        components: [colour]
        """,
    "bots/helper/prompts/helper.j2": """
        You are the assistant of {{ desk }}. Today is {{ today()|date("EEEE d MMMM yyyy") }}.
        Answer in the language "{{ language }}", in one or two short sentences. Look an order up before you
        say anything about it; ask with the form when a colour is needed; hand over when you cannot help.
        """,
    "bots/helper/components/colour.yml": """
        component: colour
        kind: choices
        ask: {en: Which colour?}
        options: [{id: red, label: {en: Red}}, {id: blue, label: {en: Blue}}]
        """,
    "bots/helper/tools.py": '''
        from frontdesk import tool


        @tool
        async def find_order(order_number: str) -> dict[str, str]:
            """Look an order up by its number."""
            return {"id": order_number, "status": "delivered", "day": "2026-03-09", "item": "wool jumper"}
        ''',
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything `bench agents` says."""

    conversation_cpu_ms: float  # 3 model calls, a tool, a pause for choices: the whole process, disk included
    sdk_cpu_ms: float  # the same three requests through the openai SDK alone
    our_cpu_ms: float  # the difference
    session_kib: float  # state and log of a session of 60 messages
    turn_60_over_1: float
    first_word_p50_ms: float  # from the model's endpoint to the widget's socket
    first_word_p99_ms: float

    def to_json(self) -> dict[str, Any]:
        return {name: round(one, 3) for name, one in asdict(self).items()}


def measure(
    store: str = "",
    *,
    tell: Tell,
    conversations: int = CONVERSATIONS,
    rounds: int = ROUNDS,
    times: int = TIMES,
) -> Measured:
    """Measure on desks made for it, in a folder or a database schema of their own."""
    register()
    with TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        return asyncio.run(_measure(Path(folder), store, tell, conversations, rounds, times))


async def _measure(
    root: Path, store: str, tell: Tell, conversations: int, rounds: int, times: int
) -> Measured:
    async with _place(store) as own:
        costs = await _costs(Settings(root=_written(root / "costs"), store=own), tell, conversations, rounds)
    tell("first words")
    async with _place(store) as own:
        took = await _first_words(Settings(root=_written(root / "words"), store=own), times)
    took.sort()
    return Measured(
        **costs, first_word_p50_ms=statistics.median(took), first_word_p99_ms=took[len(took) * 99 // 100]
    )


@asynccontextmanager
async def _place(store: str) -> AsyncIterator[str]:
    """Where a desk keeps its data: in its folder, or in a schema of this database."""
    if not store:
        yield ""
        return
    from frontdesk.bench.database import Database

    database = Database(store)
    await database.open()
    try:
        yield database.store
    finally:
        await database.close()


def _written(root: Path) -> Path:
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip(), encoding="utf-8")
    return root


async def _first_words(settings: Settings, times: int) -> list[float]:
    endpoint = Endpoint()
    async with endpoint.serving() as url:
        bot = settings.root / "bots" / "helper" / "bot.yml"
        bot.write_text(bot.read_text(encoding="utf-8").replace(URL, url), encoding="utf-8")
        desk = RunningDesk(settings, models=Models({}))
        await desk.start()
        try:
            return (await first_words(desk, endpoint, times + WARM))[WARM:]
        finally:
            await desk.stop()


async def _costs(settings: Settings, tell: Tell, conversations: int, rounds: int) -> dict[str, float]:
    endpoint = _Endpoint()
    models = Models({}, transport=endpoint.transport())
    desk = RunningDesk(settings, models=models)
    await desk.start()
    settle_memory()
    try:
        tell(f"{conversations:,} conversations")
        talks = _Talks(desk, endpoint)
        for number in range(max(conversations // 10, 1)):
            await talks.with_choices(f"warm{number}")
        asked = endpoint.taken()
        began = time.process_time()
        for first in range(0, conversations, AT_ONCE):
            await asyncio.gather(*(talks.with_choices(f"ana{first + one}") for one in range(AT_ONCE)))
        whole = (time.process_time() - began) / conversations * 1000
        tell("the openai SDK alone")
        sdk = await _sdk(endpoint, asked[:3], conversations)
        tell(f"{rounds} long sessions")
        sessions = [await talks.long(f"long{number}") for number in range(rounds)]
    finally:
        await desk.stop()
    return {
        "conversation_cpu_ms": whole,
        "sdk_cpu_ms": sdk,
        "our_cpu_ms": whole - sdk,
        "session_kib": max(kept for kept, _ in sessions) / 1024,
        "turn_60_over_1": statistics.median(ratio for _, ratio in sessions),
    }


class _Endpoint:
    """Chat completions from prepared bytes: which one is told by how often tools have answered."""

    def __init__(self) -> None:
        self.answers = {0: _calls("find_order", order_number="1042"), 1: _calls("show_colour")}
        self._asked: list[bytes] = []

    def transport(self) -> Any:
        import httpx2

        headers = {"content-type": "application/json"}

        def respond(request: httpx2.Request) -> httpx2.Response:
            self._asked.append(request.content)
            answer = self.answers.get(request.content.count(b'"role":"tool"'), SAYS)
            return httpx2.Response(200, content=answer, headers=headers)

        return httpx2.MockTransport(respond)

    def taken(self) -> list[bytes]:
        """What was asked since the last time."""
        asked, self._asked = self._asked, []
        return asked


class _Talks:
    """Customers of the measured desk."""

    def __init__(self, desk: RunningDesk, endpoint: _Endpoint) -> None:
        self._desk = desk
        self._endpoint = endpoint
        self._count = 0

    async def with_choices(self, sender: str) -> None:
        """Three model calls: a tool, a component that waits, the answer."""
        await self._take(sender, text="I want another colour for order 1042")
        await self._take(sender, reply=ComponentReply(choose="red"))

    async def long(self, sender: str) -> tuple[int, float]:
        """The bytes a session of 60 messages keeps, and what the last ones cost over the first ones."""
        took = []
        for number in range(TURNS):
            self._endpoint.answers = {number: _calls("find_order", order_number="1042")}
            began = time.process_time()
            await self._take(sender, text=ASKED)
            took.append(time.process_time() - began)
        store = self._desk.store
        [row] = await store.sessions(user=f"wire:{sender}")
        events = await store.events(row.id)
        state: SessionState | None = self._desk.turns._actors.of(f"wire:{sender}").state
        assert state is not None
        kept = sum(len(event.body) + len(event.kind) + len(event.at) for event in events) + len(state.dump())
        return kept, statistics.median(took[-5:]) / statistics.median(took[:5])

    async def _take(self, sender: str, **fields: Any) -> None:
        self._count += 1
        inbound = Inbound(channel="wire", sender=sender, external_id=f"m{self._count}", **fields)
        ticket = await self._desk.inbox.receive(inbound, wants_turn=True)
        assert ticket.done is not None
        done = await ticket.done
        assert not any(event.KIND == "error" for event in done.events), done.events


async def _sdk(endpoint: _Endpoint, asked: list[bytes], times: int) -> float:
    """CPU milliseconds of these requests through the SDK alone."""
    models = Models({}, transport=endpoint.transport())
    bodies = [orjson.loads(one) for one in asked]
    effects = [
        Effect(
            kind="model",
            name=body["model"],
            args={"base_url": URL, "key": "", "stream": False, **body},
        )
        for body in bodies
    ]
    began = 0.0
    for number in range(times + 1):
        if number == 1:  # the first makes the client
            began = time.process_time()
        for effect in effects:
            result = await models.answer(effect)
            assert result.ok, result
    took = (time.process_time() - began) / times * 1000
    await models.close()
    return took


def _calls(name: str, **arguments: str) -> bytes:
    function = {"name": name, "arguments": orjson.dumps(arguments).decode()}
    call = {"id": "call_1", "type": "function", "function": function}
    return _body({"content": None, "tool_calls": [call]}, "tool_calls")


def _body(message: dict[str, Any], finish: str) -> bytes:
    return orjson.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": finish,
                    "message": {"role": "assistant", "refusal": None} | message,
                }
            ],
            "usage": {"prompt_tokens": 200, "completion_tokens": 20, "total_tokens": 220},
        }
    )


SAYS = _body({"content": ANSWER}, "stop")
