"""The REST channel, as a program uses it."""

from __future__ import annotations

import asyncio

from tests.way.conftest import Serve, Served


async def test_a_message_is_answered_with_the_replies_of_its_turn(served: Served) -> None:
    answer = await served.say("alice", "I want to return my order 1042")
    assert answer.status_code == 200
    [reply] = answer.json()
    assert reply["recipient_id"] == "alice"
    assert "winter jacket" in reply["text"]
    assert [button["title"] for button in reply["buttons"]][0] == "It is too small"
    chosen = await served.say("alice", reply["buttons"][0]["payload"])
    assert chosen.json()[0]["custom"]["kind"] == "date_picker"


async def test_a_whole_return_over_rest_books_once(served: Served) -> None:
    await served.say("alice", "I want to return my order 1042")
    await served.say("alice", "2")
    await served.say("alice", "tomorrow")
    [booked] = (await served.say("alice", "yes")).json()
    assert "P-1042" in booked["text"]


async def test_the_same_message_id_is_processed_once_and_answered_the_same(served: Served) -> None:
    first = await served.say("alice", "I want to return my order 1042", message_id="m1")
    again = await served.say("alice", "I want to return my order 1042", message_id="m1")
    assert again.json() == first.json()
    by_header = await served.http.post(
        "/webhooks/rest/webhook",
        json={"sender": "alice", "message": "whatever"},
        headers={"idempotency-key": "m1"},
    )
    assert by_header.json() == first.json()
    [session] = await served.desk.store.sessions(user="rest:alice")
    kinds = [row.kind for row in await served.desk.store.events(session.id)]
    assert kinds.count("inbound") == 1


async def test_ids_of_two_senders_are_two_messages(served: Served) -> None:
    for sender in ("alice", "bob"):
        assert (await served.say(sender, "hi", message_id="1")).json()
    assert len(await served.desk.store.sessions()) == 2


async def test_messages_at_once_are_answered_in_order_one_turn_each(served: Served) -> None:
    answers = await asyncio.gather(*(served.say("alice", f"hello {n}", message_id=str(n)) for n in range(20)))
    assert all(answer.status_code == 200 for answer in answers)
    [session] = await served.desk.store.sessions(user="rest:alice")
    rows = await served.desk.store.events(session.id)
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert sum(row.kind == "inbound" for row in rows) == 20


async def test_a_wrong_body_gets_a_problem_and_is_kept_for_replay(served: Served) -> None:
    for body in (
        b'{"sender": "alice", "mess',
        b"[]",
        b'{"message": "no sender"}',
        b'{"sender": 7}',
        b"\xff\xfe",
    ):
        answer = await served.http.post("/webhooks/rest/webhook", content=body)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["title"]
    assert len(await served.desk.store.problems()) == 5
    assert not await served.desk.store.sessions()


async def test_with_a_token_only_who_knows_it_is_heard(serve: Serve, folder) -> None:  # type: ignore[no-untyped-def]
    config = folder / "frontdesk.yml"
    text = config.read_text().replace("rest: {kind: rest}", 'rest: {kind: rest, token: "${REST_TOKEN}"}')
    config.write_text(text)
    served = await serve(environ={"REST_TOKEN": "s3cret"})
    assert (await served.say("alice", "hi")).status_code == 401
    served.http.headers["authorization"] = "Bearer wrong"
    assert (await served.say("alice", "hi")).status_code == 401
    served.http.headers["authorization"] = "Bearer s3cret"
    assert (await served.say("alice", "hi")).status_code == 200
    assert not await served.desk.store.problems()  # who is not proven keeps nothing here


async def test_strange_texts_are_taken_as_they_are(served: Served) -> None:
    for n, text in enumerate(
        ("", "🦊", "a\x00b", "مرحبا", "x" * 100_000, "{{ 7 * 7 }}", "<script>alert(1)</script>")
    ):
        answer = await served.say(f"strange{n}", text)
        assert answer.status_code == 200
        assert answer.json()
        assert "49" not in answer.text
    [session] = await served.desk.store.sessions(user="rest:strange4")
    rows = await served.desk.store.events(session.id)
    assert any(len(row.body) > 100_000 for row in rows), "the log keeps the whole message"
