"""What two processes do to the same user at the same moment: each decides on what it saw, one is first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import asyncpg
import pytest

from frontdesk.errors import ShardsLost
from frontdesk.store import postgres_known
from frontdesk.store.base import RepRow, RepSession, Step, Taken, follower_of
from frontdesk.store.postgres import PostgresStore
from frontdesk.store.postgres_known import read_behind, read_turns
from tests.store.processes import MakeStore, taken_over
from tests.store.rows import AT, USER, a_message, a_turn, an_event, an_intake

TOGETHER = 60.0  # seconds; far more than they need


@pytest.fixture
async def first(process: MakeStore) -> PostgresStore:
    return await process()


@pytest.fixture
async def second(process: MakeStore) -> PostgresStore:
    return await process()


@pytest.fixture
def seen_before(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The next batch of each of two processes is decided before either of them has written."""

    def prepare() -> None:
        barrier, passed = asyncio.Barrier(2), 0

        async def behind(*values: Any) -> Any:
            nonlocal passed
            found = await read_behind(*values)
            passed += 1
            if passed <= 2:
                async with asyncio.timeout(TOGETHER):
                    await barrier.wait()
            return found

        monkeypatch.setattr(postgres_known, "read_behind", behind)

    return prepare


def batches(*stores: PostgresStore) -> int:
    return sum(store._writes._batches for store in stores)


async def test_two_processes_open_a_users_first_session(
    first: PostgresStore, second: PostgresStore, seen_before: Callable[[], None]
) -> None:
    seen_before()
    one, other = await asyncio.gather(first.intake(an_intake("a")), second.intake(an_intake("b")))
    assert one.session == other.session
    assert sorted([one.n, other.n]) == [1, 2]
    assert [one.is_new_session, other.is_new_session].count(True) == 1
    assert len((await first.conversation(USER)).pending) == 2


async def test_a_fused_first_turn_meets_another_processs_first_message(
    first: PostgresStore, second: PostgresStore, seen_before: Callable[[], None]
) -> None:
    seen_before()
    one, other = await asyncio.gather(
        first.fused(an_intake("a"), a_turn("s-a", 1, is_new_session=True)), second.intake(an_intake("b"))
    )
    assert one.session == other.session
    assert sorted([one.n, other.n]) == [1, 2]
    assert one.is_committed == (one.n == 1)
    assert len(await first.events(one.session)) == one.is_committed


async def test_a_message_meets_the_end_of_its_session(
    first: PostgresStore, second: PostgresStore, seen_before: Callable[[], None]
) -> None:
    """Whoever is first: it is behind the end and opens what follows, or finds no session and opens one."""
    for name in ("m1", "m2", "m3", "m4"):
        user = f"phone:{name}"
        await first.intake(an_intake(name, user=user))
        seen_before()
        taken, is_ended = await asyncio.gather(
            first.intake(an_intake(f"{name} behind", user=user, new_session=f"new-{name}")),
            second.commit(a_turn(f"s-{name}", 1, user=user, status="ended")),
        )
        assert is_ended
        known = await first.conversation(user)
        is_moved = (taken.session, taken.n) == (f"s-{name}", 2)
        assert known.session == (follower_of(f"s-{name}") if is_moved else f"new-{name}")
        assert [(n, body) for _, n, body in known.pending] == [(1, f"{name} behind".encode())]
        again = await second.intake(an_intake(f"{name} behind", user=user))
        assert (again.is_duplicate, again.session, again.n) == (True, known.session, 1)


async def test_a_session_that_another_process_ends_meanwhile_takes_no_message(
    first: PostgresStore, second: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await first.intake(an_intake("m1"))
    is_ended = False

    async def ended_meanwhile(*values: Any) -> Any:
        nonlocal is_ended
        if not is_ended:
            is_ended = True
            assert await second.commit(a_turn("s-m1", 1, status="ended"))
        return await read_behind(*values)

    monkeypatch.setattr(postgres_known, "read_behind", ended_meanwhile)
    taken = await first.intake(an_intake("m2"))
    assert is_ended
    assert (taken.session, taken.n, taken.ordinal) == ("s-m2", 1, 2)


async def test_a_delivery_that_reaches_both_processes_is_taken_once(
    first: PostgresStore, second: PostgresStore, seen_before: Callable[[], None]
) -> None:
    seen_before()
    one, other = await asyncio.gather(first.intake(an_intake("m1")), second.intake(an_intake("m1")))
    assert (one.session, one.n) == (other.session, other.n) == ("s-m1", 1)
    assert [one.is_duplicate, other.is_duplicate].count(True) == 1
    seen_before()
    turn = a_turn("s-m2", 1, user="phone:ben", is_new_session=True)
    one, other = await asyncio.gather(
        first.fused(an_intake("m2", user="phone:ben"), turn), second.intake(an_intake("m2", user="phone:ben"))
    )
    assert (one.session, one.n) == (other.session, other.n) == ("s-m2", 1)
    assert [one.is_duplicate, other.is_duplicate].count(True) == 1


async def test_a_message_is_added_behind_a_turn_that_is_committed(
    first: PostgresStore, second: PostgresStore, seen_before: Callable[[], None]
) -> None:
    """They touch no row of each other's: neither has to try again."""
    await first.intake(an_intake("m1"))
    seen_before()
    before = batches(first, second)
    taken, is_committed = await asyncio.gather(
        first.intake(an_intake("m2")), second.commit(a_turn("s-m1", 1))
    )
    assert (taken.n, is_committed) == (2, True)
    assert batches(first, second) - before == 2
    known = await second.conversation(USER)
    assert (known.last_in, [n for _, n, _ in known.pending]) == (1, [2])


async def test_a_fused_turn_that_another_processs_message_came_before_commits_the_inbound_alone(
    first: PostgresStore, second: PostgresStore, seen_before: Callable[[], None]
) -> None:
    await first.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True))
    for n in range(2, 8, 2):
        seen_before()
        one, other = await asyncio.gather(
            first.intake(an_intake(f"a{n}")), second.fused(an_intake(f"b{n}"), a_turn("s-m1", n))
        )
        assert sorted([one.n, other.n]) == [n, n + 1]
        assert other.is_committed == (other.n == n)
        for rest in range(n, n + 2):
            assert await second.commit(a_turn("s-m1", rest)) == (rest != n or not other.is_committed)
    assert [row.seq for row in await first.events("s-m1")] == list(range(1, 8))


# --- what was found in the first clustered prototype, each as it happened ------------------------
async def test_a_shard_changes_hands_while_a_turn_of_its_old_owner_is_being_written(
    first: PostgresStore, second: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await first.beat(takes=True)
    await first.intake(an_intake("m1"))
    await first.intake(an_intake("m2", user="phone:ben"))
    is_first = True

    async def taken_meanwhile(*values: Any) -> Any:
        nonlocal is_first
        found = await read_turns(*values)
        if is_first:
            is_first = False
            await taken_over(first.place.url, first, second)
        return found

    monkeypatch.setattr(postgres_known, "read_turns", taken_meanwhile)
    results = await asyncio.gather(
        first.commit(a_turn("s-m1", 1, outbox=[a_message("s-m1", 1)])),
        first.journal("s-m2", 1, [Step(n=0, body=b"given")]),
        first.intake(an_intake("m3")),
        return_exceptions=True,
    )
    assert [type(one) for one in results] == [ShardsLost, ShardsLost, Taken]
    assert not await second.events("s-m1")
    assert not await second.unsent()
    assert not await second.steps("s-m2", 1)
    assert await second.commit(a_turn("s-m1", 1))
    assert [n for _, n, _ in (await second.conversation(USER)).pending] == [2]


async def test_two_turns_of_one_session_at_once_do_not_fail_those_beside_them(first: PostgresStore) -> None:
    for number in range(20):
        await first.intake(an_intake(f"o{number}", user=f"phone:{number}"))
    await first.intake(an_intake("m1"))
    await first.intake(an_intake("m2"))
    before = batches(first)
    committed = await asyncio.gather(
        first.commit(a_turn("s-m1", 1)),
        first.commit(a_turn("s-m1", 2)),
        *(first.commit(a_turn(f"s-o{number}", 1, user=f"phone:{number}")) for number in range(20)),
    )
    assert all(committed)
    assert batches(first) - before == 2


async def test_messages_committed_through_two_processes_are_numbered_in_one_sequence(
    first: PostgresStore, second: PostgresStore
) -> None:
    """The owner that hears of the later one first sees the gap, and reads what is before it."""
    await first.beat(takes=True)
    await second.intake(an_intake("through the other"))
    taken = await first.fused(an_intake("through the owner"), a_turn("s-owner", 1, is_new_session=True))
    assert (taken.n, taken.is_committed) == (2, False)
    pending = (await first.conversation(USER)).pending
    assert [(n, body) for _, n, body in pending] == [(1, b"through the other"), (2, b"through the owner")]


# --- many at once --------------------------------------------------------------------------------
async def test_many_that_stand_in_each_others_way_do_not_become_a_transaction_each(
    first: PostgresStore, second: PostgresStore, seen_before: Callable[[], None]
) -> None:
    users = [f"phone:{number}" for number in range(400)]
    seen_before()
    before = batches(first, second)
    taken = await asyncio.gather(
        *(
            store.intake(an_intake(f"{name} {user}", user=user, new_session=f"{name}-{user}"))
            for store, name, ordered in ((first, "a", users), (second, "b", users[::-1]))
            for user in ordered
        )
    )
    assert sorted(one.n for one in taken) == [1] * 400 + [2] * 400
    assert batches(first, second) - before < 12


async def test_what_cannot_be_written_is_found_in_a_few_transactions(first: PostgresStore) -> None:
    await first.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True))
    bad = first.fused(an_intake("m2"), a_turn("s-m1", 2, events=[an_event(1)]))
    before = batches(first)
    others = [first.intake(an_intake(f"o{number}", user=f"phone:{number}")) for number in range(300)]
    *taken, failed = await asyncio.gather(*others, bad, return_exceptions=True)
    assert isinstance(failed, asyncpg.UniqueViolationError)
    assert all(isinstance(one, Taken) for one in taken)
    assert batches(first) - before < 24


async def test_two_processes_that_write_the_same_users_number_without_gaps(
    first: PostgresStore, second: PostgresStore
) -> None:
    taken: list[Taken] = []

    async def write(which: PostgresStore, name: str) -> None:
        for number in range(30):
            user = f"phone:{number // 2 % 2}"
            intake = an_intake(f"{name}{number}", user=user, new_session=f"s{name}{number}")
            if number % 2:
                taken.append(await which.intake(intake))
            else:
                known = await which.conversation(user)
                n = known.last_in + 1
                session = known.session or intake.new_session
                is_new = known.session is None
                turn = a_turn(session, n, user=user, is_new_session=is_new, ordinal=known.ordinal + is_new)
                taken.append(await which.fused(intake, turn))

    await asyncio.gather(
        *(write(one, f"{name}{lane}-") for lane in range(4) for one, name in ((first, "a"), (second, "b")))
    )
    assert len({one.session for one in taken}) == 2
    for number in range(2):
        user = f"phone:{number}"
        known = await first.conversation(user)
        numbers = sorted(one.n for one in taken if one.session == known.session)
        assert numbers == list(range(1, len(numbers) + 1))
        consumed = [row.seq for row in await first.events(str(known.session))]
        assert consumed == list(range(1, known.last_in + 1))
        assert [n for _, n, _ in known.pending] == list(range(known.last_in + 1, len(numbers) + 1))


# --- what does not belong to one session ---------------------------------------------------------
async def test_releases_made_at_once_have_an_order(first: PostgresStore, second: PostgresStore) -> None:
    await asyncio.gather(
        *(store.put_release(f"r{number}", {}, AT) for number in range(6) for store in (first, second))
    )
    assert sorted(name for name, _ in await first.releases()) == [f"r{number}" for number in range(6)]
    numbers = await first._read("SELECT count(DISTINCT number) FROM release")
    assert numbers[0][0] == 6


async def test_a_rep_who_is_removed_while_signing_in_is_not_signed_in(
    first: PostgresStore, second: PostgresStore
) -> None:
    for number in range(10):
        await first.put_rep(RepRow(login="mia", name="Mia", role="rep", password=""))
        sign_in = RepSession(token_sha=f"t{number}", login="mia", expires="9")
        pair: Sequence[Any] = [first.put_rep_session(sign_in), second.remove_rep("mia")]
        await asyncio.gather(*(pair if number % 2 else reversed(pair)))
        assert await first.rep_session(f"t{number}") is None
