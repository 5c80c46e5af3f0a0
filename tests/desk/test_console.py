"""A rep's day at the console, over the real socket."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.desk.conftest import Running
from tests.patience import until

pytestmark = pytest.mark.slow


async def test_a_rep_sees_who_waits_accepts_talks_and_ends(running_desk: Running) -> None:
    session = await running_desk.waits("ann")
    mia = await running_desk.page("mia")
    row = mia.begun["sessions"][0]
    assert (row["id"], row["owner"], row["queue"]) == (session, "queue:general", "general")
    assert (row["because"], row["preview"], row["preview_from"]) == ("asked for a person", "person", "user")
    opened = await mia.open(session)
    assert opened["package"]["from"] == "bot:hello"
    assert opened["package"]["digest"] == "Wants: Person. The bot asked nothing."
    assert (await mia.event("inbound"))["text"] == "person"
    assert await mia.do("accept", session) == {"type": "ack", "id": "c0"}
    accepted = await mia.event("owner", was="queue:general")
    assert accepted["owner"] == {"kind": "rep", "name": "Mia", "login": "mia"}
    await mia.do("say", session, text="Hello, this is Mia")
    said = await mia.event("outbound", text="Hello, this is Mia")
    assert said["author"]["name"] == "Mia"
    await mia.do("component", session, name="hello/size")
    asked = await mia.event("outbound", text="Which size fits?")
    assert [option["label"] for option in asked["component"]["options"]] == ["Small", "Large"]
    await running_desk.says("ann", "large")
    assert (await mia.event("answered"))["label"] == "Large"
    await mia.do("end", session)
    assert (await mia.event("session", status="ended"))["by"] == "rep"
    assert (await mia.next("gone"))["session"] == session
    assert (await running_desk.texts(session))[-3:-1] == ["Hello, this is Mia", "Which size fits?"]


async def test_the_first_frame_says_what_the_desk_offers(running_desk: Running) -> None:
    await running_desk.accounts.add("lou", password="correct horse", role="supervisor", languages=["fr"])
    lou = await running_desk.page("lou")
    begun = lou.begun
    assert begun["rep"] == {"login": "lou", "name": "Lou", "role": "supervisor", "languages": ["fr"]}
    assert (begun["name"], begun["languages"], begun["sessions"]) == ("Example shop", ["en", "fr"], [])
    assert begun["queues"][0] == {"name": "general", "label": "Tout"}
    assert begun["queues"][1] == {"name": "returns", "label": "returns"}
    assert begun["labels"]["slots"]["email"] == "E-mail address"
    assert begun["components"][0] == {
        "name": "size",
        "kind": "choices",
        "bot": "hello",
        "title": "Quelle taille ?",
    }
    assert {"bot": None, "name": "csat"}.items() <= begun["components"][1].items()


async def test_two_reps_accept_at_once_and_one_of_them_gets_it(running_desk: Running) -> None:
    session = await running_desk.waits("ann")
    mia, tom = await running_desk.page("mia"), await running_desk.page("tom")
    answers = await asyncio.gather(mia.do("accept", session, id="x"), tom.do("accept", session, id="x"))
    assert sorted(answer["type"] for answer in answers) == ["ack", "refused"]
    refused = next(answer for answer in answers if answer["type"] == "refused")
    winner = "Mia" if answers[0]["type"] == "ack" else "Tom"
    assert refused["code"] == "taken"
    assert winner in refused["text"]
    for page in (mia, tom):
        row = await page.row(session, owner_name=winner)
        assert row["since"] is None


async def test_a_repeated_command_is_done_once(running_desk: Running) -> None:
    session = await running_desk.waits("ann")
    mia = await running_desk.page("mia")
    for _ in range(2):
        assert (await mia.do("accept", session, id="one"))["type"] == "ack"
    for _ in range(3):
        assert (await mia.do("say", session, id="two", text="Once"))["type"] == "ack"
    assert (await running_desk.texts(session)).count("Once") == 1
    tom = await running_desk.page("tom")
    for _ in range(2):  # refused then, refused now
        assert (await tom.do("accept", session, id="one"))["code"] == "taken"


async def test_a_refusal_is_told_in_the_reps_language(running_desk: Running) -> None:
    session = await running_desk.waits("ann")
    await running_desk.accounts.add("lou", password="correct horse", languages=["fr"])
    lou = await running_desk.page("lou")
    assert (await lou.do("say", session, text="Salut"))["text"].startswith("Cette session n’est pas la vôtre")
    assert (await lou.do("say", session, text="  "))["code"] == "empty"
    assert (await lou.do("say", session, text="a" * 4001))["code"] == "too_long"
    assert (await lou.do("say", "nowhere", text="Salut"))["code"] == "unknown"
    await lou.do("accept", session)
    assert (await lou.do("component", session, name="no/such"))["code"] == "no_component"
    await lou.do("end", session)
    assert (await lou.do("say", session, text="Encore"))["code"] == "ended"


async def test_a_page_that_comes_back_misses_nothing_and_sees_nothing_twice(running_desk: Running) -> None:
    session = await running_desk.waits("ann")
    cookie = ""
    mia = await running_desk.page("mia")
    await mia.do("accept", session)
    await mia.open(session)
    seen = await mia.until_event("inbound", text="person")
    cookie = await running_desk.cookie("mia")
    for number in range(10):
        await running_desk.says("ann", f"message {number}")
        if number % 3 == 0:
            await mia.socket.close()
            mia = await running_desk.page("mia", cookie=cookie)
            await mia.open(session, after=seen[-1]["seq"] if seen else 0)
        if number % 2 == 0:
            seen += await mia.until_event("inbound", text=f"message {number}")
    await running_desk.says("ann", "over")  # events come in order: before it, everything there is
    seen += await mia.until_event("inbound", text="over")
    seqs = [frame["seq"] for frame in seen]
    assert seqs == sorted(set(seqs))
    texts = [frame["text"] for frame in seen if frame["kind"] == "inbound"]
    assert texts == ["person", *(f"message {number}" for number in range(10)), "over"]


async def test_the_board_follows_what_happens(running_desk: Running) -> None:
    mia = await running_desk.page("mia")
    assert mia.begun["sessions"] == []
    await running_desk.says("bob", "hello")  # a bot's session is not on the board
    session = await running_desk.waits("ann")
    row = await mia.row(session)
    assert (row["name"][:8], row["unread"], row["status"]) == ("Visitor ", 0, "waiting")
    await running_desk.says("ann", "is anybody there?")
    row = await mia.row(session, unread=1)
    assert (row["preview"], row["preview_from"]) == ("is anybody there?", "user")
    await mia.do("accept", session)
    await running_desk.says("ann", "good")
    row = await mia.row(session, unread=2)
    await mia.send("seen", session=session, seq=row["version"])
    assert (await mia.row(session, unread=0))["owner"] == "rep:mia"
    await running_desk.says("ann", "and now?")
    await mia.row(session, unread=1)
    await mia.do("say", session, text="Now I look")
    row = await mia.row(session, unread=0)
    assert (row["preview"], row["preview_from"]) == ("Now I look", "rep")


async def test_a_restarted_board_counts_what_nobody_has_read(running_desk: Running) -> None:
    session = await running_desk.waits("ann")
    await running_desk.says("ann", "one")
    await running_desk.says("ann", "two")
    mia = await running_desk.page("mia")  # the board is read from the store now at the latest
    assert [row["unread"] for row in mia.begun["sessions"]] == [2]
    assert running_desk.board.position(session) == (1, 1)


async def test_a_session_that_no_bot_had_begins_unread(running_desk: Running) -> None:
    routing = running_desk.desk.settings.root / "frontdesk.yml"
    routing.write_text(routing.read_text().replace("{else: {bot: hello}", "{else: {queue: returns}"))
    desk = running_desk.desk
    await desk.releases.make(desk.releases.read_folder())
    mia = await running_desk.page("mia")
    session = (await running_desk.says("ann", "hello")).session
    row = await mia.row(session)
    assert (row["queue"], row["unread"]) == ("returns", 1)


async def test_a_new_release_is_told_to_open_pages(running_desk: Running) -> None:
    mia = await running_desk.page("mia")
    config = running_desk.desk.settings.root / "frontdesk.yml"
    config.write_text(config.read_text().replace("Example shop", "Another shop"))
    await running_desk.desk.releases.make(running_desk.desk.releases.read_folder())
    assert (await mia.next("desk"))["name"] == "Another shop"


async def test_another_rep_may_read_along_but_not_answer(running_desk: Running) -> None:
    session = await running_desk.waits("ann")
    mia, tom = await running_desk.page("mia"), await running_desk.page("tom")
    await mia.do("accept", session)
    await tom.open(session)
    await mia.do("say", session, text="Hello")
    assert (await tom.event("outbound", text="Hello"))["author"]["login"] == "mia"
    assert (await tom.do("say", session, text="Me too"))["code"] == "not_yours"
    assert (await tom.do("end", session))["code"] == "not_yours"


async def test_a_session_that_a_bot_owns_can_be_looked_at(running_desk: Running) -> None:
    session = (await running_desk.says("bob", "help")).session
    mia = await running_desk.page("mia")
    opened = await mia.open(session)
    assert (opened["row"]["owner"], opened["package"]) == ("bot:hello", None)
    assert opened["open_question"]["text"] == "What is your e-mail address?"
    await mia.send("open", session="nowhere", after=0)
    assert (await mia.next("gone"))["session"] == "nowhere"


async def test_typing_goes_both_ways(running_desk: Running) -> None:
    session = await running_desk.waits("ann")
    told: list[Any] = []
    running_desk.desk.bus.listen("typing:site:ann", lambda topic, hint: told.append(hint))
    mia = await running_desk.page("mia")
    await mia.open(session)
    await mia.send("typing", session=session)  # not hers yet: the customer is told nothing
    await mia.do("accept", session)
    await mia.row(session, owner="rep:mia")
    await mia.send("typing", session=session)
    await mia.do("say", session, text="Hello")
    author = {"kind": "rep", "name": "Mia"}
    assert told == [{"author": author, "on": True}, {"author": author, "on": False}]
    running_desk.desk.bus.publish(f"customer-typing:{session}", {"on": True})
    assert (await mia.next("typing"))["on"] is True


async def test_customers_who_wait_are_told_their_place(running_desk: Running) -> None:
    told: list[Any] = []
    running_desk.desk.bus.listen(
        "*",
        lambda topic, hint: told.append((topic, hint["position"])) if topic.startswith("queue:") else None,
    )
    mia = await running_desk.page("mia")
    sessions = {who: await running_desk.waits(who) for who in ("ann", "bob", "cem")}
    other = (await running_desk.says("dee", "returns")).session
    for session in (*sessions.values(), other):
        await mia.row(session)
    assert told == [
        ("queue:site:ann", 1),
        ("queue:site:bob", 2),
        ("queue:site:cem", 3),
        ("queue:site:dee", 1),
    ]
    assert running_desk.board.position(sessions["bob"]) == (2, 3)
    told.clear()
    await mia.do("accept", sessions["ann"])
    await mia.row(sessions["ann"], owner="rep:mia")
    assert sorted(told) == [("queue:site:ann", 0), ("queue:site:bob", 1), ("queue:site:cem", 2)]
    told.clear()
    running_desk.desk.bus.publish("queue-wanted", "site:cem")
    await until(lambda: bool(told))
    assert told == [("queue:site:cem", 2)]


async def test_private_values_are_shown_to_nobody(running_desk: Running) -> None:
    await running_desk.says("ann", "help")
    await running_desk.says("ann", "Ann@Shop.example")
    session = (await running_desk.says("ann", "large")).session
    mia = await running_desk.page("mia")
    opened = await mia.open(session)
    await mia.do("accept", session)
    await running_desk.says("ann", "did you note ann@shop.example?")
    heard = await mia.event("inbound", text="did you note •••?")
    assert heard["seq"]
    row = await mia.row(session, preview="did you note •••?")
    await mia.do("say", session, text="I did")  # events come in order: before it, everything there is
    await mia.event("outbound", text="I did")
    last = await mia.row(session, preview="I did")
    frames = [mia.begun, opened, row, last, *mia.kept]
    assert "shop.example" not in str(frames).lower()
    email = next(slot for slot in opened["slots"] if slot["name"] == "email")
    assert (email["value"], email["private"], email["label"]) == ("•••", True, "E-mail address")
    slot = next(frame for frame in frames if frame.get("kind") == "slot" and frame["name"] == "email")
    assert (slot["value"], slot["private"]) == ("•••", True)
    assert {slot["name"]: slot["value"] for slot in opened["package"]["slots"]} == {
        "email": "•••",
        "reason": "Large",
    }
