"""Whatever an endpoint sends, whatever a tool does: a useful answer or a person, no exception's text."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import respx
from respx.mocks import HTTPCoreMocker

from frontdesk.clock import FixedClock
from frontdesk.effects.models import Models
from frontdesk.effects.perform import Effects
from frontdesk.testing.desks import OpenDesk, open_desk
from frontdesk.testing.talk import Talk, TalkBegin
from tests.agents.conftest import obeys_the_rule
from tests.agents.desk import FILES, write_desk

URL = "https://llm.test/v1"
KEY = {"OPENAI_API_KEY": "sk-test"}
REAL = FILES["bots/helper/bot.yml"].replace(
    '{name: "scripted:helper"}', f"{{name: m, base_url: {URL}, fallback: [m2]}}"
)
STREAMED = REAL.replace("fallback: [m2]", "stream: true")
PERSON = "I am passing you to a colleague"


class HTTPCore2Mocker(HTTPCoreMocker):
    """respx for the openai SDK, which speaks httpx2."""

    name = "httpcore2"
    targets = [target.replace("httpcore.", "httpcore2.") for target in HTTPCoreMocker.targets]  # noqa: RUF012


class Wire:
    """A talk with the helper, whose model is behind a mocked endpoint."""

    def __init__(self, desk: OpenDesk, route: respx.Route) -> None:
        self.route = route
        self.clock = FixedClock()
        self.effects = Effects(desk.registry, clock=self.clock, models=Models(KEY, pause=0))
        self.talk = Talk(desk.content, self.effects, clock=self.clock, begin=TalkBegin(bot="helper"))
        self.out: dict[str, Any] = {}

    async def say(self, text: str, *answers: Any) -> list[str]:
        """The customer writes; the endpoint answers so."""
        before = self.route.call_count
        self.route.mock(side_effect=[*answers])
        self.out = await self.talk.take({"text": text})
        assert self.route.call_count - before == len(answers)
        for body in self.bodies:
            obeys_the_rule(body["messages"])
        texts = [reply["text"] for reply in self.out["replies"]]
        assert texts, "silence"
        for word in ("Error", "Traceback", "Exception", "sk-test", "httpx"):
            assert word not in " ".join(texts)
        return texts

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [orjson.loads(call.request.content) for call in self.route.calls]

    @property
    def owner(self) -> str:
        return str(self.out["owner"])

    @property
    def logged(self) -> list[str]:
        return [event.get("error", "") for event in self.out["events"] if event["kind"] == "model"]

    @property
    def told(self) -> list[str]:
        return [one["content"] for one in self.bodies[-1]["messages"] if one["role"] == "tool"]


@pytest.fixture
def llm() -> Iterator[respx.Route]:
    with respx.mock(using="httpcore2", assert_all_called=False) as router:
        yield router.post(f"{URL}/chat/completions")


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, OpenDesk]:
    """The same desk with two ways to ask its model."""
    return {
        bot: open_desk(
            write_desk(tmp_path_factory.mktemp("desk"), {"bots/helper/bot.yml": bot}), {}, is_to_talk=False
        )
        for bot in (REAL, STREAMED)
    }


@pytest.fixture
async def wire(llm: respx.Route, desks: dict[str, OpenDesk]) -> AsyncIterator[Any]:
    opened: list[Wire] = []

    def start(bot: str = REAL) -> Wire:
        opened.append(Wire(desks[bot], llm))
        return opened[-1]

    yield start
    for one in opened:
        await one.effects.close()


def message(content: str | None, finish: str = "stop", **more: Any) -> httpx.Response:
    body = {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": content, **more},
            }
        ],
        "usage": {"prompt_tokens": 20, "completion_tokens": 3, "total_tokens": 23},
    }
    headers = {"content-type": "application/json"}
    return httpx.Response(200, content=json.dumps(body), headers=headers)  # \\ud83d as providers write it


def asks(*wanted: tuple[str, str, str], finish: str = "tool_calls") -> httpx.Response:
    made = [
        {"id": call, "type": "function", "function": {"name": name, "arguments": arguments}}
        for call, name, arguments in wanted
    ]
    return message(None, finish, tool_calls=made)


def error(status: int, code: str | None, **headers: str) -> httpx.Response:
    body = {"error": {"message": "no", "type": "t", "param": None, "code": code}}
    return httpx.Response(status, json=body, headers=headers)


def stream(*chunks: Any, done: bool = True) -> httpx.Response:
    lines = [
        b": keepalive\n\n",
        *(b"data: " + json.dumps(one).encode() + b"\n\n" for one in chunks),
        *([b"data: [DONE]\n\n"] if done else []),
    ]
    headers = {"content-type": "text/event-stream"}
    return httpx.Response(200, content=b"".join(lines), headers=headers)


def piece(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], "usage": None}


USAGE = {"id": "c", "choices": [], "usage": {"prompt_tokens": 20, "completion_tokens": 3, "total_tokens": 23}}


# --- answers ------------------------------------------------------------------------------------------


async def test_a_whole_answer(wire: Any) -> None:
    talk = wire()
    assert await talk.say("hi", message("Hello")) == ["Hello"]
    (body,) = talk.bodies
    assert body["model"] == "m"
    assert body["tool_choice"] == "auto"
    assert "stream" not in body
    assert talk.route.calls[0].request.headers["authorization"] == "Bearer sk-test"


async def test_a_character_that_comes_in_two_pieces_is_one(wire: Any) -> None:
    talk = wire(STREAMED)
    chunks = [piece(content="One \ud83d"), piece(content="\ude00"), piece("stop")]
    assert await talk.say("hi", stream(*chunks, USAGE)) == ["One 😀"]


async def test_a_streamed_answer(wire: Any) -> None:
    talk = wire(STREAMED)
    chunks = [piece(role="assistant", content=""), piece(content="Hel"), piece(content="lo"), piece("stop")]
    assert await talk.say("hi", stream(*chunks, USAGE)) == ["Hello"]
    assert talk.bodies[0]["stream_options"] == {"include_usage": True}
    (logged,) = [event for event in talk.out["events"] if event["kind"] == "model"]
    assert logged["tokens_in"] == 20


async def test_streamed_calls_interleave(wire: Any) -> None:
    talk = wire(STREAMED)

    def part(index: int, arguments: str, name: str | None = None) -> dict[str, Any]:
        function = {"arguments": arguments} | ({"name": name} if name else {})
        return {"index": index, "id": f"call_{index}" if name else None, "function": function}

    chunks = [
        piece(tool_calls=[part(0, "", "find_order")]),
        piece(tool_calls=[part(1, '{"order_', "find_order")]),
        piece(tool_calls=[part(0, '{"order_number": "1042"}')]),
        piece(tool_calls=[part(1, 'number": "1043"}')]),
        piece("tool_calls"),
    ]
    said = stream(piece(content="Both were delivered."), piece("stop"))
    assert await talk.say("both", stream(*chunks), said) == ["Both were delivered."]
    assert [one[:12] for one in talk.told] == ['{"id":"1042"', '{"id":"1043"']


async def test_a_server_without_index_usage_or_ids(wire: Any) -> None:
    talk = wire(STREAMED)
    whole = {"function": {"name": "find_order", "arguments": {"order_number": "1042"}}}
    got = await talk.say(
        "x", stream(piece(tool_calls=[whole]), piece("stop")), stream(piece("stop", content="Ok"))
    )
    assert got == ["Ok"]
    logged = [event for event in talk.out["events"] if event["kind"] == "model"]
    assert all(one["estimated"] for one in logged)


# --- trouble on the way -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first",
    [
        error(429, "rate_limit_exceeded", **{"retry-after": "0"}),
        error(500, None),
        error(503, None),
        error(408, None),
        httpx.ConnectTimeout("slow"),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("dropped"),
        httpx.RemoteProtocolError("dropped"),
        httpx.Response(200, content=b"not json", headers={"content-type": "application/json"}),
        httpx.Response(200, json={"choices": []}),
        httpx.Response(200, json=[]),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else str(one.status_code),
)
async def test_it_is_tried_again(wire: Any, first: Any) -> None:
    talk = wire()
    assert await talk.say("hi", first, message("Hello")) == ["Hello"]
    assert talk.logged == [""]


async def test_a_quota_is_not_tried_again_but_the_fallback_is(wire: Any) -> None:
    talk = wire()
    assert await talk.say("hi", error(429, "insufficient_quota"), message("Hello")) == ["Hello"]
    assert [body["model"] for body in talk.bodies] == ["m", "m2"]
    assert "insufficient_quota" in talk.logged[0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_what_no_repeating_mends_goes_to_the_fallback(wire: Any, status: int) -> None:
    talk = wire()
    assert await talk.say("hi", error(status, None), message("Hello")) == ["Hello"]


async def test_a_server_that_asks_to_wait_long_is_not_waited_for(wire: Any) -> None:
    talk = wire()
    busy = error(429, "rate_limit_exceeded", **{"retry-after": "90"})
    assert await talk.say("hi", busy, message("Hello")) == ["Hello"]
    assert [body["model"] for body in talk.bodies] == ["m", "m2"]


async def test_when_every_model_is_away_a_person_comes(wire: Any) -> None:
    talk = wire()
    got = await talk.say("hi", *[error(500, None)] * 6)
    assert got[0] == "Sorry, something went wrong on our side."
    assert got[1].startswith(PERSON)
    assert talk.owner == "queue:general"
    (handoff,) = [event for event in talk.out["events"] if event["kind"] == "handoff"]
    assert handoff["package"]["because"] == "the agent could not answer"


@pytest.mark.parametrize(
    "broken",
    [
        stream(piece(content="Hel"), done=False),
        stream(piece(content="Hel"), {"error": {"message": "overloaded", "code": None}}, done=False),
        stream(piece(content="Hel")),
    ],
    ids=["cut", "error event", "no finish"],
)
async def test_a_broken_stream_is_asked_for_again(wire: Any, broken: httpx.Response) -> None:
    talk = wire(STREAMED)
    assert await talk.say("hi", broken, stream(piece("stop", content="Hello"))) == ["Hello"]


async def test_a_conversation_that_is_too_long_is_shortened_once(wire: Any) -> None:
    talk = wire()
    for number in range(6):
        await talk.say(f"message {number}", message("Ok"))
    too_long = error(400, "context_length_exceeded")
    notes = message("They only counted.")
    assert await talk.say("one more", too_long, notes, message("Still here")) == ["Still here"]
    refused, asked, last = talk.bodies[-3:]
    assert asked["messages"][-1]["content"].startswith("Customer: message 0\nAssistant: Ok\n")
    assert "tools" not in asked
    assert len(last["messages"]) < len(refused["messages"])
    assert "Notes: They only counted." in last["messages"][1]["content"]
    assert last["messages"][-1] == {"role": "user", "content": "one more"}


async def test_a_conversation_that_stays_too_long_goes_to_a_person(wire: Any) -> None:
    talk = wire()
    for number in range(6):
        await talk.say(f"message {number}", message("Ok"))
    too_long = error(400, "context_length_exceeded")
    no_notes = [error(400, None)]
    of_each_model = [too_long, *no_notes, too_long]
    await talk.say("one more", *of_each_model, *of_each_model)
    assert talk.owner == "queue:general"


async def test_one_message_that_is_too_long_goes_to_a_person(wire: Any) -> None:
    talk = wire()
    too_long = error(400, "context_length_exceeded")
    await talk.say("x", too_long, too_long)
    assert talk.owner == "queue:general"


async def test_a_model_that_hangs_leaves_time_for_the_fallback(wire: Any) -> None:
    talk = wire()
    asked: list[float | None] = []
    perform = talk.effects.perform

    async def noted(effect: Any, **more: Any) -> Any:
        asked.append(effect.timeout if effect.kind == "model" else None)
        return await perform(effect, **more)

    talk.effects.perform = noted
    await talk.say("hi", error(404, "model_not_found"), message("Hello"))
    assert asked == [30.0, 60.0]


async def test_without_a_key_no_endpoint_of_openais_is_called(tmp_path: Path, llm: respx.Route) -> None:
    bot = FILES["bots/helper/bot.yml"].replace('"scripted:helper"', "m")
    desk = open_desk(write_desk(tmp_path, {"bots/helper/bot.yml": bot}), {}, is_to_talk=False)
    effects = Effects(desk.registry, clock=FixedClock(), models=Models({}))
    talk = Talk(desk.content, effects, clock=FixedClock(), begin=TalkBegin(bot="helper"))
    out = await talk.take({"text": "hi"})
    assert out["owner"] == "queue:general"
    assert not llm.calls


async def test_a_test_never_calls_a_real_model(tmp_path: Path, llm: respx.Route) -> None:
    desk = open_desk(write_desk(tmp_path, {"bots/helper/bot.yml": REAL}), {}, is_to_talk=False)
    effects = Effects(desk.registry, clock=FixedClock())
    talk = Talk(desk.content, effects, clock=FixedClock(), begin=TalkBegin(bot="helper"))
    out = await talk.take({"text": "hi"})
    assert out["owner"] == "queue:general"
    assert not llm.calls


# --- answers that are none ----------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", ["{bad", "", "[]", '"1042"', "null", '{"order": "1042"}'])
async def test_bad_arguments_are_told_to_the_model(wire: Any, arguments: str) -> None:
    talk = wire()
    got = await talk.say("x", asks(("call_1", "find_order", arguments)), message("Which order?"))
    assert got == ["Which order?"]
    assert "order_number" in talk.told[0] or "JSON" in talk.told[0]


async def test_an_unknown_tool_is_told_to_the_model(wire: Any) -> None:
    talk = wire()
    got = await talk.say("x", asks(("call_1", "drop table!", "{}")), message("I cannot do that."))
    assert got == ["I cannot do that."]
    assert talk.told[0].startswith("There is no tool `drop_table_`. There are: find_order, ")


async def test_two_parallel_calls_with_the_same_id(wire: Any) -> None:
    talk = wire()
    twice = asks(
        ("call_1", "find_order", '{"order_number": "1042"}'),
        ("call_1", "find_order", '{"order_number": "1043"}'),
    )
    assert await talk.say("x", twice, twice, message("Both.")) == ["Both."]
    assert len(talk.told) == 4


async def test_calls_with_finish_stop_are_calls(wire: Any) -> None:
    talk = wire()
    one = asks(("call_1", "find_order", '{"order_number": "1042"}'), finish="stop")
    assert await talk.say("x", one, message("Found.")) == ["Found."]


async def test_a_refusal_is_said(wire: Any) -> None:
    talk = wire()
    assert await talk.say("x", message(None, refusal="I cannot help with that.")) == [
        "I cannot help with that."
    ]


async def test_a_filtered_answer_goes_to_a_person(wire: Any) -> None:
    talk = wire()
    got = await talk.say("x", message("something unspeak", "content_filter"))
    assert "something unspeak" not in " ".join(got)
    assert talk.owner == "queue:general"


async def test_an_empty_answer_is_asked_for_once_more(wire: Any) -> None:
    talk = wire()
    assert await talk.say("x", message(""), message("Yes?")) == ["Yes?"]
    await talk.say("y", message("  "), message(None))
    assert talk.owner == "queue:general"


async def test_half_a_character_and_a_zero_are_taken_out(wire: Any) -> None:
    talk = wire()
    assert await talk.say("x", message("One \ud83d and \0two")) == ["One ? and two"]


async def test_an_endless_answer_is_cut_at_a_sentence(wire: Any) -> None:
    talk = wire()
    (text,) = await talk.say("x", message("A sentence of mine. " * 2000))
    assert 7_900 < len(text) <= 8_000
    assert text.endswith("mine.")


async def test_an_answer_cut_by_its_length_ends_with_a_sentence(wire: Any) -> None:
    talk = wire()
    assert await talk.say("x", message("One thing. And the oth", "length")) == ["One thing."]


# --- tools --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ("raise", "It failed: ValueError: the order system is down"),
        ("big", "It failed: find_order: the result has 9765 KiB as JSON; at most 256 are kept"),
        ("bytes", "It failed: find_order: result.raw is a bytes, which is no JSON"),
        ("nan", "It failed: find_order: result.price is nan, which is no JSON"),
        ("long", '{"text":"xxxx'),
    ],
)
async def test_what_a_tool_does_wrong_is_told_to_the_model(wire: Any, order: str, told: str) -> None:
    talk = wire()
    one = asks(("call_1", "find_order", orjson.dumps({"order_number": order}).decode()))
    assert await talk.say("x", one, message("Let me see.")) == ["Let me see."]
    assert talk.told[0].startswith(told)
    assert len(talk.told[0]) < 8_200


async def test_a_tool_that_hangs_ends_with_its_time(wire: Any) -> None:
    talk = wire()
    one = asks(("call_1", "hang", "{}"))
    assert await talk.say("x", one, message("It takes too long.")) == ["It takes too long."]
    assert talk.told == ["It failed: hang gave no result in 0.2 s"]
