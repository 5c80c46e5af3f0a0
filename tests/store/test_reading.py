"""Reading a store, and what does not belong to one session."""

from __future__ import annotations

import asyncio

import pytest

from frontdesk.store import postgres, sqlite_writes
from frontdesk.store.base import ORDINAL_STEP, Conversation, NewProblem, RepRow, Store
from tests.store.rows import AT, USER, a_message, a_turn, an_event, an_intake

LATER = "2026-03-12T09:00:00.000Z"


async def test_events_are_read_behind_a_number(store: Store) -> None:
    events = [an_event(seq) for seq in range(1, 6)]
    await store.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True, events=events, last_event=5))
    assert await store.events("s-m1", after=3) == events[3:]
    assert await store.events("s-m1", limit=2) == events[:2]
    assert await store.events("s-other") == []


async def test_a_conversation_is_read_over_its_sessions(store: Store) -> None:
    await store.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True, status="ended"))
    await store.fused(an_intake("m2"), a_turn("s-m2", 1, ordinal=2, is_new_session=True))
    await store.fused(an_intake("m3"), a_turn("s-m2", 2, ordinal=2))
    ids = [ORDINAL_STEP + 1, 2 * ORDINAL_STEP + 1, 2 * ORDINAL_STEP + 2]
    found = await store.conversation_events(USER, after=0, limit=10)
    assert [(number, session) for number, session, _ in found] == list(
        zip(ids, ("s-m1", "s-m2", "s-m2"), strict=True)
    )
    for place, number in enumerate(ids):
        behind = await store.conversation_events(USER, after=number, limit=10)
        assert [one for one, _, _ in behind] == ids[place + 1 :]


async def test_sessions_are_listed_by_user_status_and_time(store: Store) -> None:
    await store.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True, status="ended"))
    await store.fused(an_intake("m2"), a_turn("s-m2", 1, ordinal=2, is_new_session=True, last_at=LATER))
    ben = a_turn("s-b1", 1, is_new_session=True, user="phone:ben")
    await store.fused(an_intake("b1", user="phone:ben"), ben)
    assert {row.id for row in await store.sessions()} == {"s-m1", "s-m2", "s-b1"}
    assert {row.id for row in await store.sessions(user=USER)} == {"s-m1", "s-m2"}
    assert {row.id for row in await store.sessions(is_open=True)} == {"s-m2", "s-b1"}
    assert {row.id for row in await store.sessions(is_open=False)} == {"s-m1"}
    assert {row.id for row in await store.sessions(since=LATER)} == {"s-m2"}
    row = await store.session("s-m2")
    assert row is not None
    assert (row.ordinal, row.owner, row.state) == (2, "bot:shop", b"state 1")
    assert await store.session("s-none") is None


async def test_sessions_that_people_have_to_do_with_are_found_among_all(store: Store) -> None:
    for number, owner in enumerate(("bot:shop", "queue:returns", "rep:ana", "none", "queues")):
        await store.fused(
            an_intake(f"m{number}", user=f"phone:{number}"),
            a_turn(f"s{number}", 1, user=f"phone:{number}", is_new_session=True, owner=owner),
        )
    ended = a_turn("s9", 1, user="phone:9", is_new_session=True, owner="rep:ana", status="ended")
    await store.fused(an_intake("m9", user="phone:9"), ended)
    found = await store.sessions(is_open=True, with_people=True)
    assert {row.owner for row in found} == {"queue:returns", "rep:ana"}


async def test_unreadable_payloads_are_kept_until_they_are_closed(store: Store) -> None:
    number = await store.keep_problem(
        NewProblem(
            at=AT, channel="phone", what="unreadable", error="not JSON", headers={"a": "b"}, body=b"\x00\xff"
        )
    )
    kept = (await store.problems())[0]
    assert (kept.id, kept.body, kept.headers, kept.status) == (number, b"\x00\xff", {"a": "b"}, "open")
    await store.close_problem(number, "replayed")
    assert (await store.problems())[0].status == "replayed"


async def test_what_a_turn_or_a_message_broke_on_is_kept_with_its_commit_and_only_then(store: Store) -> None:
    def broke(what: str) -> NewProblem:
        return NewProblem(
            at=AT, channel="phone", what=what, error="b\x00d", headers={"a": what}, body=b"\x00"
        )

    first = a_turn("s-m1", 1, is_new_session=True, outbox=[a_message("s-m1", 1)], problem=broke("fused"))
    assert (await store.fused(an_intake("m1"), first)).is_committed
    assert (await store.fused(an_intake("m1"), first)).is_duplicate
    assert not (await store.fused(an_intake("m2"), a_turn("s-m1", 5, problem=broke("stale")))).is_committed
    assert not await store.commit(a_turn("s-m1", 7, problem=broke("stale")))
    assert await store.commit(a_turn("s-m1", 2, problem=broke("commit")))
    assert not await store.commit(a_turn("s-m1", 2, problem=broke("commit")))
    await store.mark_failed("s-m1", 1, status="retry", attempts=1, next_at=AT)
    gone = broke("message")
    await store.mark_failed("s-m1", 1, status="failed", attempts=2, next_at=AT, problem=gone)
    kept = await store.problems()
    assert [(row.what, row.headers["a"]) for row in kept] == [
        (what, what) for what in ("fused", "commit", "message")
    ]
    assert {(row.error.replace("\ufffd", "\x00"), row.body, row.status) for row in kept} == {
        ("b\x00d", b"\x00", "open")
    }


async def test_sweeping_forgets_what_is_old_and_nothing_else(store: Store) -> None:
    await store.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True))
    await store.fused(an_intake("m2", at=LATER), a_turn("s-m1", 2))
    await store.keep_problem(NewProblem(at=AT, channel="phone", what="x", error="", headers={}, body=b""))
    await store.sweep(LATER)
    assert await store.problems() == []
    assert (await store.intake(an_intake("m2"))).is_duplicate
    assert not (await store.intake(an_intake("m1"))).is_duplicate  # after 8 days it is another message
    assert len(await store.events("s-m1")) == 2


async def test_messages_that_were_given_up_are_forgotten_and_those_that_wait_are_not(store: Store) -> None:
    messages = [a_message("s-m1", seq) for seq in (1, 2, 3, 4)]
    await store.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True, outbox=messages))
    for seq, status in ((1, "failed"), (2, "in_doubt"), (3, "retry")):
        await store.mark_failed("s-m1", seq, status=status, attempts=1, next_at=AT)
    await store.sweep(LATER)
    for seq in (1, 2):  # what is there no more cannot be sent again
        await store.mark_failed("s-m1", seq, status="retry", attempts=0, next_at=AT)
    assert [row.seq for row in await store.unsent()] == [3, 4]


async def test_much_is_forgotten_a_part_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (postgres, sqlite_writes):
        monkeypatch.setattr(module, "FORGET_AT_ONCE", 3)
    for number in range(9):
        await store.intake(an_intake(f"m{number}", user=f"phone:{number}"))
    await store.intake(an_intake("last", at=LATER))
    await store.sweep(LATER)
    again = [await store.intake(an_intake(f"m{number}", user=f"phone:{number}")) for number in range(9)]
    assert not any(one.is_duplicate for one in again)
    assert (await store.intake(an_intake("last"))).is_duplicate


async def test_releases_share_their_content(store: Store) -> None:
    await store.put_release("one", {"a.yml": b"a", "b.yml": b"b"}, AT)
    await store.put_release("two", {"a.yml": b"a", "b.yml": b"other"}, LATER)
    assert await store.release_files("one") == {"a.yml": b"a", "b.yml": b"b"}
    assert await store.release_files("two") == {"a.yml": b"a", "b.yml": b"other"}
    assert await store.release_files("none") is None
    assert [name for name, _ in await store.releases()] == ["two", "one"]


async def test_settings_are_kept(store: Store) -> None:
    assert await store.setting("release") is None
    await store.set_setting("release", "one")
    await store.set_setting("release", "two")
    await store.set_setting("release", "three", replace=False)
    await store.set_setting("secret", "ab", replace=False)
    assert await store.setting("secret") == "ab"
    assert await store.setting("release") == "two"


async def test_reps_come_change_and_go(store: Store) -> None:
    mia = RepRow(login="mia", name="Mia", role="rep", password="hash", languages=("en", "fr"))
    await store.put_rep(mia)
    await store.put_rep(RepRow(login="ben", name="Ben", role="rep", password="hash"))
    names = [(rep.login, list(rep.languages)) for rep in await store.reps()]
    assert names == [("ben", []), ("mia", ["en", "fr"])]
    assert await store.remove_rep("mia")
    assert not await store.remove_rep("mia")


async def test_who_cannot_be_read_keeps_nobody_else_waiting(store: Store) -> None:
    broken = a_turn("s-m1", 1, is_new_session=True, user_slots=b"{")
    await store.fused(an_intake("m1"), broken)
    await store.fused(
        an_intake("b1", user="phone:ben"), a_turn("s-b1", 1, is_new_session=True, user="phone:ben")
    )
    for _ in range(2):
        async with asyncio.timeout(60):
            found = await asyncio.gather(
                *(store.conversation(user) for user in (USER, "phone:ben", "phone:\x00")),
                return_exceptions=True,
            )
        assert isinstance(found[0], ValueError)
        assert isinstance(found[1], Conversation)
        assert found[1].session == "s-b1"
