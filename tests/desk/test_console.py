"""A rep's day at the console, over the real socket."""

from __future__ import annotations

from tests.desk.conftest import Running


async def test_a_rep_sees_who_waits_accepts_talks_and_ends(running_desk: Running) -> None:
    session = await running_desk.waits("ann")
    mia = await running_desk.page("mia")
    row = mia.frames[0]["sessions"][0]
    assert (row["id"], row["owner"], row["queue"], row["because"]) == (
        session,
        "queue:general",
        "general",
        "asked for a person",
    )
    await mia.send("open", session=session, after=0)
    opened = await mia.next("session")
    assert opened["package"]["from"] == "bot:hello"
    heard = await mia.event("inbound")
    assert heard["text"] == "person"
    assert (await mia.do("accept", session))["type"] == "ack"
    assert (await mia.event("owner", was="queue:general"))["owner"] == {
        "kind": "rep",
        "name": "Mia",
        "login": "mia",
    }
    await mia.do("say", session, text="Hello, this is Mia")
    said = await mia.event("outbound", text="Hello, this is Mia")
    assert said["author"]["name"] == "Mia"
    await mia.do("component", session, name="hello/size")
    asked = await mia.event("outbound", text="Which size fits?")
    assert [option["label"] for option in asked["component"]["options"]] == ["Small", "Large"]
    await running_desk.says("ann", "large")
    assert (await mia.event("answered"))["label"] == "Large"
    await mia.do("end", session)
    assert (await mia.next("gone"))["session"] == session
    assert (await running_desk.texts(session))[-3:-1] == ["Hello, this is Mia", "Which size fits?"]
