"""The log is kept for ever: what any version ever wrote can be read, and what a newer one wrote does no harm.

`tests/golden/events/KIND.json` has an example of each version of a kind. `pytest --update` adds the
version that is new, and never changes what an earlier one wrote.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import apsw
import orjson
import pytest

from frontdesk.agents import happened as _happened  # noqa: F401  registers its events
from frontdesk.desk.transcript import Transcript
from frontdesk.events import EVENT_KINDS, Event, MessageSent, UnknownEvent, load_event
from frontdesk.insights.log import session_events
from frontdesk.insights.report import report
from frontdesk.insights.why import why
from frontdesk.private import PrivateValues
from frontdesk.sessions import SessionState
from frontdesk.store.sqlite import SqliteStore
from frontdesk.upcasters import UPCASTERS, upcast, upcaster
from tests.way.conftest import Served, Talker, folder, serve, served

__all__ = ["folder", "serve", "served"]

GOLDEN = Path(__file__).parents[1] / "golden" / "events"
SOURCE = Path(__file__).parents[2] / "runtime" / "frontdesk"


# --- every version there ever was ----------------------------------------------------------------
@pytest.mark.parametrize("kind", sorted(EVENT_KINDS))
def test_every_version_of_an_event_reads_today(kind: str, pytestconfig: pytest.Config) -> None:
    cls = EVENT_KINDS[kind]
    path = GOLDEN / f"{kind}.json"
    kept = orjson.loads(path.read_bytes()) if path.is_file() else {}
    if pytestconfig.getoption("--update"):
        kept.setdefault(str(cls.VERSION), {"fields": shape(cls), "body": example(cls)})
        for version, one in kept.items():
            one["reads"] = orjson.loads(load_event(kind, int(version), one["body"]).dump())
        GOLDEN.mkdir(exist_ok=True)
        path.write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2) + b"\n")
    assert list(kept) == [str(version) for version in range(1, cls.VERSION + 1)], (
        f"{path.name} has an example of each version: `pytest {__file__} --update` writes a new one's"
    )
    assert kept[str(cls.VERSION)]["fields"] == shape(cls), (
        f"the fields of `{kind}` changed: desks have version {cls.VERSION} in their logs. Make this version "
        f"{cls.VERSION + 1} (`event_kind({kind!r}, version={cls.VERSION + 1})`), say in upcasters.py how "
        f"{cls.VERSION} reads in it, and run this with --update"
    )
    for version, one in kept.items():
        assert orjson.loads(load_event(kind, int(version), one["body"]).dump()) == one["reads"]


def test_every_kind_there_ever_was_is_known_and_every_upcaster_is_needed() -> None:
    """A kind that nothing writes any more stays, because logs have it."""
    written = {
        kind
        for path in SOURCE.rglob("*.py")
        for kind in re.findall(r'^@event_kind\(\s*"(\w+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {path.stem for path in GOLDEN.glob("*.json")} == written == set(EVENT_KINDS)
    needed = {(kind, version) for kind, cls in EVENT_KINDS.items() for version in range(1, cls.VERSION)}
    assert set(UPCASTERS) == needed


def shape(cls: type[Event]) -> dict[str, str]:
    """An event's fields and their types, as the class says them."""
    return {one.name: str(one.type) for one in fields(cls)}


def example(cls: type[Event]) -> dict[str, Any]:
    """A body with something in every field."""
    hints = typing.get_type_hints(cls)
    return {one.name: a_value(hints[one.name], one.name) for one in fields(cls)}


def a_value(hint: Any, name: str) -> Any:
    origin, of = typing.get_origin(hint) or hint, typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return a_value(of[0], name)
    if origin in (Mapping, dict):
        return {"name": f"a {name}"}
    if origin in (tuple, list, Sequence):
        return [a_value(one, name) for one in of if one is not ...]
    return {bool: True, int: 7, float: 0.5}.get(origin, f"a {name}")


# --- reading -------------------------------------------------------------------------------------
def test_upcasters_make_a_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.upcasters.UPCASTERS", {})
    upcaster("note", 1)(lambda body: {"words": body["text"]})
    upcaster("note", 2)(lambda body: {**body, "by": "desk"})
    assert upcast("note", {"text": "x"}, 1, 3) == {"words": "x", "by": "desk"}
    assert upcast("note", {"words": "x"}, 2, 3) == {"words": "x", "by": "desk"}
    assert upcast("note", {"words": "x", "by": "mia"}, 3, 3) == {"words": "x", "by": "mia"}
    with pytest.raises(AssertionError, match="note 1 has an upcaster"):
        upcaster("note", 1)(dict)


def test_what_a_newer_version_wrote_is_kept_as_it_is() -> None:
    body = b'{"text":"hi","mood":{"joy":0.9}}'
    for kind, version in (("outbound", MessageSent.VERSION + 1), ("from_tomorrow", 1)):
        event = load_event(kind, version, body)
        assert isinstance(event, UnknownEvent)
        assert (event.kind, event.version, event.dump()) == (kind, version, body)
        state = SessionState(id="s", user="u", channel="c", channel_kind="web")
        before = state.dump()
        event.apply(state)
        assert state.dump() == before


def test_a_snapshot_of_a_newer_version_is_read_without_what_is_new() -> None:
    state = SessionState(id="s", user="u", channel="c", channel_kind="web", preview="hi")
    newer = {**orjson.loads(state.dump()), "mood": "joy"}
    assert SessionState.load(orjson.dumps(newer)) == state
    del newer["id"]
    with pytest.raises(TypeError):
        SessionState.load(orjson.dumps(newer))


async def test_old_and_unknown_events_are_read_wherever_the_log_is(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a message once had `words` in place of its `text`, and two events were a newer version's."""
    await served.say("alice", "I want to return my order 1042")
    await served.say("alice", "human")
    store = served.desk.store
    [row] = await store.sessions(user="rest:alice")
    before = await session_events(store, row)
    rewrite(store)
    monkeypatch.setattr(MessageSent, "VERSION", 2)
    monkeypatch.setitem(UPCASTERS, ("outbound", 1), lambda body: {**body, "text": body["words"]})
    after = await session_events(store, row)
    assert [one["kind"] for one in after] == [
        "from_tomorrow" if one["kind"] == "understood" else one["kind"] for one in before
    ]
    texts = [one["text"] for one in before if one["kind"] == "outbound"]
    assert [one["text"] for one in after if one["kind"] == "outbound"] == texts
    unknown = [one for one in after if "unknown_version" in one]
    assert {(one["kind"], one["unknown_version"]) for one in unknown} == {("from_tomorrow", 1), ("place", 99)}
    assert unknown[0]["rule"]  # as it was written
    assert len(why(after)) == 2
    transcript = Transcript(row.id, store, {}, PrivateValues(frozenset()))
    await transcript.read()
    shown = [orjson.loads(frame) for frame in transcript.after(0, 100)[1]]
    assert [one["text"] for one in shown if one["kind"] == "outbound"] == texts
    made = (await report(store, now=served.desk.clock.now(), days=7)).to_json()
    assert made["messages"] == {"inbound": 2, "outbound": len(texts)}
    answer = await served.say("alice", "hello?")  # and the session goes on
    assert answer.status_code == 200


async def test_a_page_reads_old_messages_too(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async with served.socket() as socket:
        customer = Talker(socket)
        token = (await customer.greet())["token"]
        await customer.send({"type": "send", "id": "c1", "text": "hi"})
        said = await customer.next("event", kind="outbound")
    rewrite(served.desk.store)
    monkeypatch.setattr(MessageSent, "VERSION", 2)
    monkeypatch.setitem(UPCASTERS, ("outbound", 1), lambda body: {**body, "text": body["words"]})
    async with served.socket() as socket:
        again = Talker(socket)
        await again.greet(token=token)
        assert await again.next("event", kind="outbound") == said


def rewrite(store: object) -> None:
    """What another version would have written, in place of what is there."""
    assert isinstance(store, SqliteStore)
    file = apsw.Connection(str(store.path))
    file.set_busy_timeout(60_000)
    with file:
        for session, seq, body in list(
            file.execute("SELECT session, seq, body FROM event WHERE kind='outbound'")
        ):
            values = orjson.loads(body)
            values["words"] = values.pop("text")
            changed = (orjson.dumps(values), session, seq)
            file.execute("UPDATE event SET body=? WHERE session=? AND seq=?", changed)
        file.execute("UPDATE event SET kind='from_tomorrow' WHERE kind='understood'")
        file.execute("UPDATE event SET version=99 WHERE kind='place'")
    file.close()
