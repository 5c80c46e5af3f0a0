"""The chat protocol over a real socket, and by long-poll."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from websockets.exceptions import ConnectionClosed

from frontdesk.desk import chat
from frontdesk.desk.security import RateLimiter
from frontdesk.errors import StoreUnavailable
from tests.patience import until
from tests.way.conftest import Served, Talker

pytestmark = pytest.mark.slow


def send(client: str, text: str = "", **more: object) -> dict[str, object]:
    return {"type": "send", "id": client, "text": text, **more}


async def test_a_customer_writes_and_the_bot_answers(served: Served) -> None:
    async with served.socket() as socket:
        customer = Talker(socket)
        welcome = await customer.greet()
        assert welcome["name"] == "Example shop"
        await customer.send(send("c1", "I want to return my order 1042"))
        assert (await customer.next("ack"))["id"] == "c1"
        asked = await customer.next("event", kind="outbound")
        assert asked["component"]["kind"] == "choices"
        assert asked["author"]["kind"] == "bot"
        assert "reading" not in asked["component"]
        await customer.send(send("c2", reply={"to": asked["message"], "choose": "too_small"}))
        inbound = await customer.next("event", kind="inbound")
        assert inbound["client"] == "c2"
        assert inbound["reply"]["label"] == "It is too small"
        answered = await customer.next("event", kind="answered")
        assert (answered["message"], answered["choose"]) == (asked["message"], "too_small")
        picker = await customer.next("event", kind="outbound")
        assert picker["component"]["kind"] == "date_picker"


async def test_a_cut_socket_goes_on_where_it_was_and_nothing_comes_twice(served: Served) -> None:
    async with served.socket() as socket:
        customer = Talker(socket)
        token = (await customer.greet())["token"]
        await customer.send(send("c1", "hi"))
        await customer.next("event", kind="outbound")
        last = customer.last
    async with served.socket() as socket:
        customer = Talker(socket)
        await customer.greet(token=token, last=last)
        await customer.send(send("c1", "hi"))  # not acknowledged as far as the client knows
        assert (await customer.next("ack"))["id"] == "c1"
        await customer.send(send("c2", "hi again"))  # events come in order: before this there is none
        frames = await customer.before("event", kind="inbound", client="c2")
        assert [frame for frame in frames if frame["type"] == "event"] == []
    async with served.socket() as socket:
        customer = Talker(socket)
        await customer.greet(token=token, last=0)
        await customer.send(send("c3", "and again"))
        frames = await customer.before("event", kind="inbound", client="c3")
        ids = [frame["id"] for frame in frames if frame["type"] == "event"]
        assert ids == sorted(set(ids))
        assert ids[-1] >= last


async def test_two_tabs_of_one_customer_see_the_same(served: Served) -> None:
    async with served.socket() as one, served.socket() as other:
        first, second = Talker(one), Talker(other)
        token = (await first.greet())["token"]
        await second.greet(token=token)
        await first.send(send("c1", "hi"))
        seen = [await tab.next("event", kind="outbound") for tab in (first, second)]
        assert seen[0] == seen[1]


async def test_a_cursor_from_another_life_is_reset(served: Served) -> None:
    async with served.socket() as socket:
        customer = Talker(socket)
        await customer.greet(last=7 << 32)
        await customer.next("reset")


async def test_a_message_too_long_or_empty_is_refused_kindly_and_the_talk_goes_on(served: Served) -> None:
    async with served.socket() as socket:
        customer = Talker(socket)
        await customer.greet(language="fr")
        await customer.send(send("c1", "x" * 4_001))
        refused = await customer.next("refused")
        assert refused["code"] == "too_long"
        assert "4" in refused["text"]
        await customer.send(send("c2", "   "))
        assert (await customer.next("refused"))["code"] == "empty"
        await customer.send(send("c3", "hi"))
        await customer.next("event", kind="outbound")


async def test_too_many_messages_a_minute_are_refused(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "RateLimiter", partial(RateLimiter, now=lambda: 0.0))  # in one moment
    async with served.socket() as socket:
        customer = Talker(socket)
        await customer.greet()
        for n in range(21):
            await customer.send(send(f"c{n}", f"hi {n}"))
        assert (await customer.next("refused"))["code"] == "too_fast"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("no json", 1008),
        ("[]", 1008),
        ('{"type": "unheard of"}', 1008),
        ('{"type": "send", "id": 7, "text": "x"}', 1008),
        ('{"type": "send", "id": "c", "text": {}}', 1008),
        ('{"type": "send", "id": "c", "reply": []}', 1008),
        ('{"type": "send", "id": "c", "text": "' + "x" * 70_000 + '"}', 1009),
    ],
)
async def test_a_bad_frame_ends_the_connection_and_nothing_else(
    served: Served, frame: str, code: int
) -> None:
    async with served.socket() as socket:
        customer = Talker(socket)
        await customer.greet()
        await customer.send(frame)
        await customer.next("bye")
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code
    assert (await served.say("alice", "hi")).status_code == 200


async def test_a_foreign_page_and_a_forged_token_are_turned_away(served: Served) -> None:
    async with served.socket(origin="https://evil.example") as socket:
        await Talker(socket).send({"type": "hello", "channel": "site", "token": None})
        assert (await Talker(socket).next("bye"))["code"] == "origin"
    for token in ("someone.0000", "no-dot", "é.é", "." * 50):
        async with served.socket() as socket:
            await Talker(socket).send({"type": "hello", "channel": "site", "token": token})
            assert (await Talker(socket).next("bye"))["code"] == "token"


async def test_a_choice_that_never_existed_and_a_reply_to_an_old_question_are_asked_again(
    served: Served,
) -> None:
    async with served.socket() as socket:
        customer = Talker(socket)
        await customer.greet()
        await customer.send(send("c1", "I want to return my order 1042"))
        asked = await customer.next("event", kind="outbound")
        await customer.send(send("c2", reply={"to": asked["message"], "choose": "never_existed"}))
        again = await customer.next("event", kind="outbound")
        assert again["component"] is None
        reasked = await customer.next("event", kind="outbound")
        assert reasked["component"]["name"] == "return_reason"
        await customer.send(send("c3", reply={"to": reasked["message"], "choose": "too_small"}))
        await customer.next("event", kind="answered")
        await customer.next("event", kind="outbound")
        await customer.send(send("c4", reply={"to": asked["message"], "choose": "too_large"}))
        await customer.next("event", kind="outbound")
        assert (await customer.next("event", kind="outbound"))["component"]["kind"] == "date_picker"


async def test_the_customer_ends_and_writes_again_in_a_new_session(served: Served) -> None:
    async with served.socket() as socket:
        customer = Talker(socket)
        await customer.greet()
        await customer.send(send("c1", "hi"))
        await customer.next("event", kind="outbound")
        await customer.send({"type": "end", "id": "c2"})
        ended = await customer.next("event", kind="session", status="ended")
        assert ended["by"] == "user"
        await customer.send(send("c3", "hi again"))
        answer = await customer.next("event", kind="outbound")
        assert answer["id"] > ended["id"]
    user = customer.welcome["user"]
    assert [row.status for row in await served.desk.store.sessions(user=user)] == ["ended", "active"]


async def test_a_wrong_client_clock_changes_nothing(served: Served) -> None:
    async with served.socket() as socket:
        customer = Talker(socket)
        await customer.greet()
        for n, at in enumerate(("1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "yesterday")):
            await customer.send(send(f"c{n}", "hi", at=at))
            inbound = await customer.next("event", kind="inbound")
            assert inbound["at"][:4] not in ("1970", "2999")


async def test_without_sockets_the_same_frames_go_by_long_poll(served: Served) -> None:
    async def poll(*frames: dict[str, object], wait: float = 0.2, **hello: object) -> list[dict[str, object]]:
        first = {"type": "hello", "channel": "site", "language": "en", **hello}
        answer = await served.http.post(
            "/webhooks/site/poll",
            json={"frames": [first, *frames], "wait": wait},
            headers={"origin": "http://localhost:8000"},
        )
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "http://localhost:8000"
        return list(answer.json()["frames"])

    welcome, ack, *events = await poll(send("c1", "hi"), token=None, last=0)
    assert (welcome["type"], ack["type"]) == ("welcome", "ack")
    token, last = welcome["token"], max(int(str(event["id"])) for event in events)
    waiting = asyncio.create_task(poll(token=token, last=last, wait=5))
    await asyncio.sleep(0.1)
    told = await poll(send("c2", "I want to return my order 1042"), token=token, last=last)
    assert [frame["id"] for frame in told if frame["type"] == "ack"] == ["c2"]
    heard = [frame for frame in await waiting if frame["type"] == "event"]
    while "outbound" not in (frame["kind"] for frame in heard):  # "is typing" may have come by itself
        behind = heard[-1]["id"] if heard else last
        heard += [frame for frame in await poll(token=token, last=behind, wait=5) if frame["type"] == "event"]
    again = [frame for frame in await poll(token=token, last=last) if frame["type"] == "event"]
    assert len(heard) > 1
    assert again == heard
    waiting = asyncio.create_task(poll(token=token, last=heard[-1]["id"], wait=25))
    await until(lambda: bool(served.desk.waits))
    served.desk.send_away()
    assert [frame["type"] for frame in await waiting] == ["welcome"], "a desk that stops waits for nobody"


async def test_a_long_poll_from_a_foreign_page_is_refused(served: Served) -> None:
    answer = await served.http.post(
        "/webhooks/site/poll",
        json={"frames": [{"type": "hello", "channel": "site"}]},
        headers={"origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


async def test_who_reads_too_slowly_is_cut_and_resumes(served: Served) -> None:
    async with served.socket() as socket:
        customer = Talker(socket)
        welcome = await customer.greet()
        topic = f"typing:{welcome['user']}"
        served.desk.bus.tell(topic, {"author": {}, "on": False})
        await customer.next("typing", on=False)  # what comes now has not been read with what came before
        for _ in range(chat.WAITING + 1):
            served.desk.bus.tell(topic, {"author": {}, "on": True})
        assert (await customer.next("bye"))["code"] == "restart"
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012


async def test_who_cannot_be_told_what_is_new_is_sent_away(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served.socket() as socket:
        customer = Talker(socket)
        welcome = await customer.greet()
        await customer.send({"type": "ping"})
        await customer.next("pong")

        async def away(*_: object) -> None:
            raise StoreUnavailable("the database is away")

        monkeypatch.setattr(served.desk.store, "conversation_events", away)
        served.desk.bus.tell(f"user:{welcome['user']}", None)
        assert (await customer.next("bye"))["code"] == "unavailable"
        with pytest.raises(ConnectionClosed):
            await socket.recv()
