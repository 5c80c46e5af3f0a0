"""What the way of a message is promised by every store."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from frontdesk.store.base import Step, Store, follower_of
from tests.store.conftest import OpenStore
from tests.store.rows import AT, USER, a_message, a_timer, a_turn, an_event, an_intake


# --- taking in -----------------------------------------------------------------------------------
async def test_the_first_message_opens_a_session_and_is_its_number_one(store: Store) -> None:
    taken = await store.intake(an_intake("m1"))
    assert (taken.session, taken.n, taken.ordinal) == ("s-m1", 1, 1)
    assert taken.is_new_session
    assert not taken.is_duplicate
    known = await store.conversation(USER)
    assert known.session == "s-m1"
    assert known.pending == [("s-m1", 1, b"m1")]


async def test_each_delivery_is_taken_once(store: Store) -> None:
    first = await store.intake(an_intake("m1"))
    again = await store.intake(an_intake("m1", body=b"other bytes"))
    assert again.is_duplicate
    assert (again.session, again.n) == (first.session, first.n)
    assert len((await store.conversation(USER)).pending) == 1


async def test_the_same_id_of_another_account_is_another_message(store: Store) -> None:
    await store.intake(an_intake("m1"))
    other = await store.intake(an_intake("m1", account="timer"))
    assert not other.is_duplicate
    assert other.n == 2


async def test_an_album_delivered_twice_at_once_is_numbered_without_gaps(store: Store) -> None:
    taken = await asyncio.gather(*(store.intake(an_intake(f"m{n % 20}")) for n in range(40)))
    numbers = [one.n for one in taken if not one.is_duplicate]
    assert sorted(numbers) == list(range(1, 21))
    assert [n for _, n, _ in (await store.conversation(USER)).pending] == list(range(1, 21))


async def test_what_is_meant_for_a_session_that_is_over_is_not_taken(store: Store) -> None:
    await store.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True, status="ended"))
    taken = await store.intake(an_intake("t1", account="timer", kind="timer", session="s-m1"))
    assert taken.n == 0
    assert (await store.conversation(USER)).session is None


async def test_users_with_waiting_messages_are_known(store: Store) -> None:
    await store.intake(an_intake("m1"))
    await store.intake(an_intake("m2", user="phone:ben", new_session="s-ben"))
    assert sorted(await store.pending_users()) == [USER, "phone:ben"]


# --- fused and queued ----------------------------------------------------------------------------
async def test_a_fused_turn_leaves_nothing_in_the_inbox(store: Store) -> None:
    taken = await store.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True))
    assert taken.is_committed
    known = await store.conversation(USER)
    assert (known.session, known.state, known.last_in, list(known.pending)) == ("s-m1", b"state 1", 1, [])
    assert [row.seq for row in await store.events("s-m1")] == [1]


async def test_fused_and_queued_turns_come_to_the_same(store: Store) -> None:
    fused = await store.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True))
    await store.intake(an_intake("q1", user="phone:b"))
    assert await store.commit(a_turn("s-q1", 1, user="phone:b"))
    one, other = await store.session(fused.session), await store.session("s-q1")
    assert one is not None
    assert other is not None
    assert replace(one, id="", user="") == replace(other, id="", user="")
    assert await store.events("s-m1") == await store.events("s-q1")


async def test_a_fused_duplicate_changes_nothing(store: Store) -> None:
    await store.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True))
    again = await store.fused(an_intake("m1"), a_turn("s-m1", 2))
    assert again.is_duplicate
    assert not again.is_committed
    assert (await store.conversation(USER)).last_in == 1


async def test_a_fused_turn_on_stale_memory_commits_the_inbound_alone(store: Store) -> None:
    await store.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True))
    await store.intake(an_intake("m2"))
    taken = await store.fused(an_intake("m3"), a_turn("s-m1", 2))  # does not know of m2
    assert not taken.is_committed
    assert taken.n == 3
    assert [n for _, n, _ in (await store.conversation(USER)).pending] == [2, 3]
    assert len(await store.events("s-m1")) == 1


async def test_a_fused_turn_that_guessed_a_new_session_finds_the_open_one(store: Store) -> None:
    await store.intake(an_intake("m1"))
    taken = await store.fused(an_intake("m2"), a_turn("s-m2", 1, is_new_session=True))
    assert (taken.session, taken.n, taken.is_committed) == ("s-m1", 2, False)


async def test_only_the_turn_that_follows_the_last_one_commits(store: Store) -> None:
    await store.intake(an_intake("m1"))
    await store.intake(an_intake("m2"))
    assert not await store.commit(a_turn("s-m1", 2, outbox=[a_message("s-m1", 2)]))
    assert await store.commit(a_turn("s-m1", 1))
    assert not await store.commit(a_turn("s-m1", 1, state=b"again"))
    known = await store.conversation(USER)
    assert (known.last_in, known.state) == (1, b"state 1")
    assert await store.unsent() == []


async def test_of_two_turns_of_one_inbound_at_once_one_commits(store: Store) -> None:
    await store.intake(an_intake("m1"))
    both = await asyncio.gather(*(store.commit(a_turn("s-m1", 1, state=state)) for state in (b"a", b"b")))
    assert sorted(both) == [False, True]


# --- the end of a session ------------------------------------------------------------------------
async def test_messages_behind_the_end_open_the_session_that_follows(store: Store) -> None:
    for name in ("m1", "m2", "m3"):
        await store.intake(an_intake(name))
    await store.commit(a_turn("s-m1", 1, status="ended"))
    known = await store.conversation(USER)
    follower = follower_of("s-m1")
    assert (known.session, known.ordinal, known.last_in) == (follower, 2, 0)
    assert known.pending == [(follower, 1, b"m2"), (follower, 2, b"m3")]
    taken = await store.intake(an_intake("m4"))
    assert (taken.session, taken.n, taken.ordinal) == (follower, 3, 2)


async def test_a_timer_and_a_rep_behind_the_end_do_not_act_on_another_session(store: Store) -> None:
    await store.intake(an_intake("m1"))
    await store.intake(an_intake("t1", account="timer", kind="timer", session="s-m1"))
    await store.intake(an_intake("m2"))
    await store.intake(an_intake("r1", account="desk", kind="rep", session="s-m1"))
    await store.intake(an_intake("m3"))
    await store.commit(a_turn("s-m1", 1, status="ended"))
    follower = follower_of("s-m1")
    assert (await store.conversation(USER)).pending == [(follower, 1, b"m2"), (follower, 2, b"m3")]


async def test_a_customer_who_ends_again_behind_the_end_ends_what_they_opened(store: Store) -> None:
    for name, kind in (("m1", "end"), ("e2", "end"), ("m3", "message"), ("e4", "end"), ("m5", "message")):
        await store.intake(an_intake(name, kind=kind))
    await store.commit(a_turn("s-m1", 1, status="ended"))
    follower = follower_of("s-m1")
    pending = [(follower, 1, b"m3"), (follower, 2, b"e4"), (follower, 3, b"m5")]
    assert (await store.conversation(USER)).pending == pending


async def test_only_a_timer_behind_the_end_opens_nothing(store: Store) -> None:
    await store.intake(an_intake("m1"))
    await store.intake(an_intake("t1", account="timer", kind="timer", session="s-m1"))
    await store.commit(a_turn("s-m1", 1, status="ended"))
    known = await store.conversation(USER)
    assert (known.session, list(known.pending)) == (None, [])


async def test_a_repeated_message_is_found_in_the_session_it_was_moved_to(store: Store) -> None:
    for name in ("m1", "m2", "m3"):
        await store.intake(an_intake(name))
    await store.commit(a_turn("s-m1", 1, status="ended"))
    second = follower_of("s-m1")
    assert (await store.intake(an_intake("m2"))).session == second
    await store.commit(a_turn(second, 1, ordinal=2, status="ended"))
    again = await store.intake(an_intake("m3"))
    assert (again.session, again.n, again.ordinal, again.is_duplicate) == (follower_of(second), 1, 3, True)


async def test_who_writes_after_the_end_gets_the_next_session(store: Store) -> None:
    await store.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True, status="ended"))
    taken = await store.fused(an_intake("m2"), a_turn("s-m2", 1, ordinal=2, is_new_session=True))
    assert (taken.is_committed, taken.ordinal) == (True, 2)


# --- journal -------------------------------------------------------------------------------------
async def test_a_begun_step_is_completed_and_goes_with_its_turn(store: Store) -> None:
    await store.intake(an_intake("m1"))
    await store.journal("s-m1", 1, [Step(n=0, body=b"given"), Step(n=1, body=b"effect")])
    assert [step.result for step in await store.steps("s-m1", 1)] == [None, None]
    await store.journal("s-m1", 1, [Step(n=1, body=b"effect", result=b"done")])
    assert await store.steps("s-m1", 1) == [
        Step(n=0, body=b"given"),
        Step(n=1, body=b"effect", result=b"done"),
    ]
    await store.commit(a_turn("s-m1", 1, had_steps=True))
    assert await store.steps("s-m1", 1) == []


# --- outbox and timers ---------------------------------------------------------------------------
async def test_messages_wait_in_the_order_they_were_decided(store: Store) -> None:
    await store.fused(
        an_intake("z"),
        a_turn(
            "s-z", 1, is_new_session=True, status="ended", outbox=[a_message("s-z", 1), a_message("s-z", 3)]
        ),
    )
    await store.fused(
        an_intake("a"), a_turn("s-a", 1, ordinal=2, is_new_session=True, outbox=[a_message("s-a", 1)])
    )
    assert [(row.session, row.seq) for row in await store.unsent()] == [("s-z", 1), ("s-z", 3), ("s-a", 1)]


async def test_what_became_of_a_message_is_kept(store: Store) -> None:
    rows = [a_message("s-m1", seq) for seq in (1, 2, 3, 4, 5)]
    await store.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True, outbox=rows))
    await store.mark_sent([("s-m1", 1)])
    await store.mark_failed("s-m1", 2, status="failed", attempts=1, next_at=AT)
    await store.mark_failed("s-m1", 3, status="in_doubt", attempts=1, next_at=AT)
    await store.mark_failed("s-m1", 4, status="retry", attempts=2, next_at="2026-03-11T09:00:01.000Z")
    await store.mark_sending("s-m1", 5)
    left = await store.unsent()
    assert [(row.seq, row.attempts, row.is_on_its_way) for row in left] == [(4, 2, False), (5, 0, True)]
    assert left[0].next_at == "2026-03-11T09:00:01.000Z"
    await store.mark_failed("s-m1", 5, status="retry", attempts=1, next_at=AT)
    assert not (await store.unsent())[1].is_on_its_way


async def test_timers_are_set_replaced_cancelled_and_go_with_the_session(store: Store) -> None:
    first = [a_timer("s-m1", "ask"), a_timer("s-m1", "idle")]
    await store.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True, timers=first))
    assert sorted(row.name for row in await store.timers()) == ["ask", "idle"]
    second = [a_timer("s-m1", "ask", gen=2), a_timer("s-m1", "idle", due=None)]
    await store.fused(an_intake("m2"), a_turn("s-m1", 2, timers=second))
    assert [(row.name, row.gen) for row in await store.timers()] == [("ask", 2)]
    await store.fused(an_intake("m3"), a_turn("s-m1", 3, status="ended"))
    assert await store.timers() == []


async def test_slots_of_a_user_outlive_the_session(store: Store) -> None:
    turn = a_turn("s-m1", 1, is_new_session=True, status="ended", user_slots=b'{"name":"Anna"}')
    await store.fused(an_intake("m1"), turn)
    assert (await store.conversation(USER)).slots == {"name": "Anna"}


# --- the next process ----------------------------------------------------------------------------
async def test_everything_is_there_when_the_store_is_opened_again(make_store: OpenStore) -> None:
    first = make_store()
    await first.open()
    turn = a_turn("s-m1", 1, is_new_session=True, outbox=[a_message("s-m1", 1)], timers=[a_timer("s-m1")])
    await first.fused(an_intake("m1"), turn)
    await first.intake(an_intake("m2"))
    await first.journal("s-m1", 2, [Step(n=0, body=b"given")])
    await first.close()
    second = make_store()
    await second.open()
    known = await second.conversation(USER)
    assert (known.state, known.pending) == (b"state 1", [("s-m1", 2, b"m2")])
    assert [row.seq for row in await second.unsent()] == [1]
    assert len(await second.timers()) == 1
    assert len(await second.steps("s-m1", 2)) == 1
    assert (await second.intake(an_intake("m1"))).is_duplicate
    assert await second.events("s-m1") == [an_event(1)]
    await second.close()
