"""A customer at the widget's socket and a rep at the console's, through the desk between them."""

from __future__ import annotations

import orjson

from tests.desk.conftest import RepPage, Running
from tests.patience import patient_socket


async def test_a_customer_and_a_rep_talk(running_desk: Running) -> None:
    url = f"ws://127.0.0.1:{running_desk.port}/ws/chat"
    async with patient_socket(url, origin=running_desk.url) as socket:
        ann = RepPage(socket)  # it only reads frames, so it will do for a customer
        await ann.send("hello", channel="site", token=None, last=0, language="en")
        welcome = await ann.next("welcome")
        await ann.send("send", id="1", text="person")
        assert (await ann.next("queue"))["position"] == 1
        mia = await running_desk.page("mia")
        session = mia.begun["sessions"][0]["id"]
        assert mia.begun["sessions"][0]["user"] == welcome["user"]
        await mia.open(session)
        await mia.do("accept", session)
        assert (await ann.next("queue"))["position"] == 0
        assert (await ann.next("event", kind="owner", owner={"kind": "rep", "name": "Mia"}))["id"]
        await mia.row(session, owner="rep:mia")
        await mia.send("typing", session=session)
        assert await ann.next("typing", on=True, author={"kind": "rep", "name": "Mia"})
        await mia.do("component", session, name="size")
        assert await ann.next("typing", on=False, author={"kind": "rep", "name": "Mia"})
        asked = await ann.next("event", kind="outbound", text="Which size fits?")
        await ann.send("typing")
        assert (await mia.next("typing"))["session"] == session
        await ann.send("send", id="2", reply={"to": asked["message"], "choose": "l"})
        assert (await mia.event("answered"))["label"] == "Large"
        assert (await mia.row(session, unread=1))["preview"] == "Large"
        await ann.send("end", id="3")
        assert (await mia.event("session", status="ended"))["by"] == "user"
        assert (await mia.next("gone"))["session"] == session


async def test_a_customer_who_comes_back_is_told_the_place_again(running_desk: Running) -> None:
    url = f"ws://127.0.0.1:{running_desk.port}/ws/chat"
    await running_desk.waits("bob")
    async with patient_socket(url, origin=running_desk.url) as socket:
        ann = RepPage(socket)
        await ann.send("hello", channel="site", token=None, last=0)
        token = (await ann.next("welcome"))["token"]
        await ann.send("send", id="1", text="person")
        assert (await ann.next("queue"))["position"] == 2
    async with patient_socket(url, origin=running_desk.url) as socket:
        again = RepPage(socket)
        await again.send("hello", channel="site", token=token, last=0)
        place = await again.next("queue")
        assert orjson.dumps(place) == orjson.dumps({"type": "queue", "position": 2, "waiting": 2})
