"""What customers see of an answer that is being written, and when it is withdrawn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from frontdesk.app import RunningDesk
from frontdesk.bus import EVERYTHING
from frontdesk.channels.web import Web
from frontdesk.desk.sweep import Sweep
from frontdesk.desk.visitor import Visitor
from frontdesk.effects.models import Models
from frontdesk.errors import StoreError
from frontdesk.messages import Inbound
from frontdesk.settings import Settings
from frontdesk.store.base import Turn
from tests.agents.desk import FILES, write_desk
from tests.way.phone import FlakyStore, failing

URL = "http://llm.test/v1"
REAL = FILES["bots/helper/bot.yml"].replace('{name: "scripted:helper"}', f'{{name: m, base_url: "{URL}"}}')


class Endpoint:
    """Chat completions, each piece of a stream when the test says so."""

    def __init__(self) -> None:
        self.answers: list[list[Any]] = []  # pieces: text, a call, an event to wait for, or an error
        self.asked: list[dict[str, Any]] = []

    def transport(self) -> httpx2.AsyncBaseTransport:
        async def respond(request: httpx2.Request) -> httpx2.Response:
            self.asked.append(orjson.loads(request.content))
            answer = self.answers.pop(0)
            if not self.asked[-1].get("stream"):
                message = {"role": "assistant", "content": "".join(map(str, answer))}
                return httpx2.Response(200, json={"choices": [{"message": message, "finish_reason": "stop"}]})
            headers = {"content-type": "text/event-stream"}
            return httpx2.Response(200, content=_events(answer), headers=headers)

        return httpx2.MockTransport(respond)


async def _events(pieces: list[Any]) -> AsyncIterator[bytes]:
    for piece in pieces:
        if isinstance(piece, asyncio.Event):
            await piece.wait()
        elif isinstance(piece, Exception):
            raise piece
        else:
            delta = {"content": piece} if isinstance(piece, str) else {"tool_calls": [piece]}
            yield _event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    is_call = isinstance(pieces[-1], dict)
    finish = "tool_calls" if is_call else "stop"
    yield _event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})


def _event(body: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(body) + b"\n\n"


def call(name: str, **arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": orjson.dumps(arguments).decode()}
    return {"index": 0, "id": "call_1", "type": "function", "function": function}


class Site:
    """A running desk, and a customer who looks at the widget."""

    def __init__(self, desk: RunningDesk, endpoint: Endpoint, *, watches: bool = True) -> None:
        self.desk = desk
        self.endpoint = endpoint
        self.hints: list[str] = []
        desk.bus.listen(EVERYTHING, lambda topic, hint: self.hints.append(topic))
        channel = desk.channels["site"]
        assert isinstance(channel, Web)
        hello = {"type": "hello", "channel": "site"}
        self.visitor = Visitor(desk, channel, hello, Sweep(desk))
        if watches:
            self.visitor.listen(drafts=True)

    async def write(self, text: str, *answers: list[Any]) -> None:
        self.endpoint.answers += answers
        inbound = Inbound(
            channel="site", sender=self.visitor.address, external_id=f"{len(self.hints)}", text=text
        )
        await self.desk.inbox.receive(inbound)

    async def sees(
        self, *wanted: tuple[str, str | None], within: float = 5, in_any_order: bool = False
    ) -> None:
        """The next drafts and messages of the agent; typing and the rest are passed over.

        So is a draft of what is then said: whether it comes first is a matter of milliseconds.
        """
        found: list[tuple[str, str | None]] = []
        async with asyncio.timeout(within):
            while len(found) < len(wanted):
                self.visitor.wake.clear()
                for frame in await self.visitor.news():
                    if frame["type"] == "draft" and ("said", frame["text"]) not in wanted:
                        assert frame["author"] == {"kind": "bot", "name": "Helper"}
                        found.append(("draft", frame["text"]))
                    elif frame["type"] == "event" and frame["kind"] == "outbound":
                        found.append(("said", frame["text"]))
                if len(found) < len(wanted):
                    await self.visitor.wake.wait()
        if in_any_order:
            assert sorted(found, key=str) == sorted(wanted, key=str)
        else:
            assert found == list(wanted)


Open = Callable[..., Awaitable[Site]]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Open]:
    opened: list[Site] = []

    async def start(bot: str = REAL, **more: Any) -> Site:
        endpoint = Endpoint()
        settings = Settings(root=write_desk(tmp_path / "desk", {"bots/helper/bot.yml": bot}))
        models = Models({}, pause=0, transport=endpoint.transport())
        desk = RunningDesk(settings, models=models, store=FlakyStore(settings.database))
        desk.turns.retry = 0.01
        await desk.start()
        opened.append(Site(desk, endpoint, **more))
        return opened[-1]

    yield start
    for one in opened:
        await one.desk.stop()


async def test_words_are_seen_while_they_are_written(site: Open) -> None:
    customer = await site()
    first, second = asyncio.Event(), asyncio.Event()
    await customer.write("hi", ["Hel", first, "lo, how", second, " can I help?"])
    await customer.sees(("draft", "Hel"))
    first.set()
    await customer.sees(("draft", "Hello, how"))
    second.set()
    # the committed message stands in the draft's place: what was written last is not shown any more
    await customer.sees(("said", "Hello, how can I help?"), ("draft", None))
    assert customer.endpoint.asked[0]["stream_options"] == {"include_usage": True}


async def test_words_that_become_a_call_are_withdrawn(site: Open) -> None:
    customer = await site()
    seen, last = asyncio.Event(), asyncio.Event()
    looks = ["Let me look.", seen, call("find_order", order_number="1042")]
    await customer.write("where is 1042?", looks, [last, "It was delivered."])
    await customer.sees(("draft", "Let me look."))
    seen.set()
    await customer.sees(("draft", None))
    last.set()
    await customer.sees(("said", "It was delivered."), ("draft", None))


async def test_a_stream_that_is_cut_is_written_anew(site: Open) -> None:
    customer = await site()
    cut, goes_on = asyncio.Event(), asyncio.Event()
    broken = ["Hello the", cut, httpx2.ReadError("cut")]
    await customer.write("hi", broken, ["Good day", goes_on, "."])
    await customer.sees(("draft", "Hello the"))
    cut.set()
    await customer.sees(("draft", "Good day"))
    goes_on.set()
    await customer.sees(("said", "Good day."), ("draft", None))


async def test_when_nobody_answers_the_draft_goes_and_a_person_comes(site: Open) -> None:
    customer = await site()
    cut = asyncio.Event()
    await customer.write("hi", *[["Hel", cut, httpx2.ReadError("cut")]] * 3)
    await customer.sees(("draft", "Hel"))
    cut.set()
    apology = "Sorry, something went wrong on our side."
    passed = "I am passing you to a colleague, who can see everything you have written here."
    await customer.sees(("said", apology), ("said", passed), ("draft", None))


async def test_where_nobody_watches_nothing_is_streamed_or_told(site: Open) -> None:
    customer = await site(watches=False)
    await customer.write("hi", ["Hello"])
    async with asyncio.timeout(5):
        while f"user:{customer.visitor.user}" not in customer.hints:
            await asyncio.sleep(0.005)
    assert "stream" not in customer.endpoint.asked[0]
    assert not [topic for topic in customer.hints if topic.startswith("draft:")]


async def test_an_author_can_switch_it_off(site: Open) -> None:
    customer = await site(REAL.replace("name: m,", "name: m, stream: false,"))
    await customer.write("hi", ["Hello"])
    await customer.sees(("said", "Hello"))
    assert "stream" not in customer.endpoint.asked[0]


async def test_a_turn_that_is_run_again_withdraws_what_was_told_before(site: Open) -> None:
    customer = await site()
    store = customer.desk.store
    assert isinstance(store, FlakyStore)
    commits: list[Turn] = []

    async def away(turn: Turn) -> None:
        commits.append(turn)
        customer.desk.drafts._open.clear()  # as if another process had written it
        await failing(StoreError("away"))()

    store.before["commit"] = [away]
    seen = asyncio.Event()
    await customer.write("hi", ["Hello", seen])
    await customer.sees(("draft", "Hello"))
    seen.set()
    await customer.sees(("draft", None), ("said", "Hello"), in_any_order=True)
    assert len(commits) == 1
    assert len(customer.endpoint.asked) == 1


async def test_a_scripted_model_writes_word_by_word(site: Open) -> None:
    customer = await site(FILES["bots/helper/bot.yml"])
    await customer.write("hi")
    drafts: list[str] = []
    async with asyncio.timeout(5):
        while not drafts or drafts[-1] != "Hello from the":
            customer.visitor.wake.clear()
            drafts += [one["text"] for one in await customer.visitor.news() if one["type"] == "draft"]
            await customer.visitor.wake.wait()
    assert drafts[0] == "Hello"


async def test_a_late_draft_of_a_turn_that_was_read_is_not_shown(site: Open) -> None:
    customer = await site()
    told: list[dict[str, Any]] = []
    customer.desk.bus.listen(f"draft:{customer.visitor.user}", lambda topic, hint: told.append(hint))
    seen = asyncio.Event()
    await customer.write("hi", ["Hello", seen])
    await customer.sees(("draft", "Hello"))
    seen.set()
    await customer.sees(("said", "Hello"), ("draft", None))
    customer.desk.bus.publish(f"draft:{customer.visitor.user}", told[0])
    assert await customer.visitor.news() == []
