"""Who works on which users: what every store says of it, and several processes on one PostgreSQL database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from frontdesk.errors import ShardsLost, StoreInUse
from frontdesk.store.base import ALL_SHARDS, ORDINAL_STEP, SHARDS, NewProblem, Step, Store, shard_of
from frontdesk.store.postgres import PostgresStore
from frontdesk.store.postgres_connect import LEASE
from tests.store.cutting import Wire
from tests.store.processes import MakeStore, kill, name_of, say, says_nothing_for, taken_over
from tests.store.rows import AT, USER, a_message, a_timer, a_turn, an_intake

WITHIN = 60.0  # seconds
# And waited for: what is ended goes on for a moment.
ENDED = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE application_name=$1"


# --- every store ---------------------------------------------------------------------------------
async def test_who_is_alone_works_on_everything(store: Store) -> None:
    await store.set_setting("release", "r1")
    lease = await store.beat(takes=True)
    assert (lease.shards, lease.share, lease.processes, lease.release) == (ALL_SHARDS, SHARDS, 1, "r1")
    began = asyncio.get_running_loop().time()
    assert (await store.beat(takes=True)).shards == ALL_SHARDS
    assert lease_ends(store) >= began + LEASE


def lease_ends(store: Store) -> float:
    """When, by the loop's clock, which a machine that takes its time does not change."""
    return asyncio.get_running_loop().time() + store.lease_left()


async def test_who_takes_messages_in_only_works_on_nothing(store: Store) -> None:
    lease = await store.beat(takes=False)
    assert (lease.shards, lease.share) == (frozenset(), 0)
    assert (await store.intake(an_intake("m1"))).n == 1


async def test_what_waits_is_read_by_shard(store: Store) -> None:
    users = [f"phone:{number}" for number in range(20)]
    for user in users:
        turn = a_turn(
            f"s-{user}",
            1,
            user=user,
            is_new_session=True,
            outbox=[a_message(f"s-{user}", 1, user=user)],
            timers=[a_timer(f"s-{user}", user=user, due=f"2026-03-{int(user[6:]) + 10}")],
        )
        await store.fused(an_intake(user, user=user), turn)
        await store.intake(an_intake(f"{user} again", user=user))
    mine = {shard_of(user) for user in users[:7]}
    expected = sorted(user for user in users if shard_of(user) in mine)
    assert sorted(await store.pending_users(mine)) == expected
    assert sorted(row.user for row in await store.unsent(mine)) == expected
    assert sorted(row.user for row in await store.timers(mine)) == expected
    assert len(await store.pending_users()) == len(await store.unsent()) == len(await store.timers()) == 20
    assert sorted(row.user for row in await store.timers(mine, until="2026-03-13")) == [
        user for user in expected if int(user[6:]) < 3
    ]
    assert await store.pending_users(()) == []


async def test_the_newest_event_of_many_users_is_read_at_once(store: Store) -> None:
    await store.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True, status="ended"))
    await store.fused(an_intake("m2"), a_turn("s-m2", 1, ordinal=2, is_new_session=True, last_event=7))
    ben = a_turn("s-b1", 1, is_new_session=True, user="phone:ben")
    await store.fused(an_intake("b1", user="phone:ben"), ben)
    found = await store.latest([USER, "phone:ben", "phone:nobody"])
    assert found == {USER: 2 * ORDINAL_STEP + 7, "phone:ben": ORDINAL_STEP + 1}


# --- several processes on one database -----------------------------------------------------------
async def test_two_processes_share_the_users(process: MakeStore) -> None:
    first, second = await process(), await process()
    assert (await first.beat(takes=True)).shards == ALL_SHARDS
    lease = await second.beat(takes=True)
    assert (lease.shards, lease.share, lease.processes) == (frozenset(), SHARDS // 2, 2)
    lease = await first.beat(takes=True)
    assert (len(lease.shards), lease.share) == (SHARDS, SHARDS // 2)
    lease = await first.beat(takes=True, giving=range(SHARDS // 2))
    assert lease.shards == frozenset(range(SHARDS // 2, SHARDS))
    assert (await second.beat(takes=True)).shards == frozenset(range(SHARDS // 2))


async def test_processes_that_start_together_take_everything_once(process: MakeStore) -> None:
    processes = await asyncio.gather(*(process() for _ in range(5)))
    door = await process()
    for _ in range(3):
        beats = asyncio.gather(*(one.beat(takes=True) for one in processes))
        writes = asyncio.gather(*(one.intake(an_intake(name_of(one))) for one in processes))
        leases, at_door, _ = await asyncio.gather(beats, door.beat(takes=False), writes)
        held = [lease.shards for lease in leases]
        assert sum(map(len, held)) == len(frozenset().union(*held))
        excess = [sorted(lease.shards)[lease.share :] for lease in leases]
        await asyncio.gather(
            *(one.beat(takes=True, giving=more) for one, more in zip(processes, excess, strict=True))
        )
    assert sum(map(len, held)) == SHARDS
    assert max(map(len, held)) <= 52
    assert (at_door.shards, at_door.processes) == (frozenset(), 6)


async def test_who_closes_gives_everything_back(process: MakeStore) -> None:
    first, second = await process(), await process()
    await first.beat(takes=True)
    await first.close()
    lease = await second.beat(takes=True)
    assert (lease.shards, lease.share, lease.processes) == (ALL_SHARDS, SHARDS, 1)


async def test_who_is_killed_is_taken_over_from_when_it_says_nothing(process: MakeStore, url: str) -> None:
    first, second = await process(), await process()
    await first.beat(takes=True)
    name = await kill(first)
    lease = await second.beat(takes=True)
    assert (lease.shards, lease.share) == (frozenset(), SHARDS // 2)  # it may be back in a moment
    await says_nothing_for(url, name, 2.5)
    lease = await second.beat(takes=True)
    assert (lease.shards, lease.share, lease.doubtful) == (ALL_SHARDS, SHARDS, frozenset())


async def test_who_has_not_come_back_since_the_server_went_down_may_still_run(
    process: MakeStore, url: str
) -> None:
    first, second = await process(), await process()
    await first.beat(takes=True)
    name = await kill(first)
    await say(url, "UPDATE worker SET until=pg_postmaster_start_time() WHERE id=$1", name)
    lease = await second.beat(takes=True)
    assert lease.shards == lease.doubtful == ALL_SHARDS


async def test_what_one_that_still_runs_had_begun_is_doubtful(process: MakeStore, url: str) -> None:
    first, second, third = await process(), await process(), await process()
    await first.beat(takes=True)
    await taken_over(url, first, second)
    lease = await second.beat(takes=True)
    assert lease.doubtful == ALL_SHARDS
    await second.beat(takes=True, giving=range(100))
    lease = await third.beat(takes=True)
    assert lease.doubtful == lease.shards != frozenset(), "whoever has them next may find what was begun"
    await say(url, "UPDATE shard SET doubtful_until = now() - interval '1 s'")
    assert (await third.beat(takes=True)).doubtful == frozenset()


async def test_who_only_pauses_keeps_its_users(process: MakeStore, url: str) -> None:
    first, second = await process(), await process()
    await first.beat(takes=True)
    await says_nothing_for(url, name_of(first), LEASE - 1)
    assert (await second.beat(takes=True)).shards == frozenset()
    await first.intake(an_intake("m1"))  # every commit renews the lease
    await says_nothing_for(url, name_of(first), LEASE - 1)
    assert (await first.beat(takes=True)).shards == ALL_SHARDS


async def test_who_was_cut_off_renews_its_lease_before_it_counts_on_it(process: MakeStore, url: str) -> None:
    one = await process()
    await one.beat(takes=True)
    await says_nothing_for(url, name_of(one), LEASE - 0.5)
    began = asyncio.get_running_loop().time()
    ending = asyncio.create_task(say(url, ENDED, name_of(one)))
    async with asyncio.timeout(WITHIN):
        while one._writes._away_since is None:
            await asyncio.sleep(0)
        assert one.lease_left() <= 2
        while not one.is_available:
            await asyncio.sleep(0)
    assert lease_ends(one) > began + LEASE
    await ending
    [(there,)] = await one._read("SELECT extract(epoch FROM until - now())::float8 FROM worker")
    assert there == LEASE, "others may have judged it while it was away"


async def test_who_was_away_itself_judges_nobody(
    process: MakeStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await process(), await process()
    await first.beat(takes=True)
    monkeypatch.setattr("frontdesk.store.postgres_writer.LEASE", 600.0)  # however slow the machine is
    await say(url, ENDED, name_of(second))
    await second.intake(an_intake("m1"))
    await says_nothing_for(url, name_of(first), LEASE + 1)
    assert (await second.beat(takes=True)).shards == frozenset()
    assert (await first.beat(takes=True)).shards == ALL_SHARDS


async def test_of_who_was_taken_over_from_nothing_is_written(process: MakeStore, url: str) -> None:
    stale, other = await process(), await process()
    await stale.beat(takes=True)
    first = a_turn("s-m1", 1, is_new_session=True, outbox=[a_message("s-m1", 1)])
    await stale.fused(an_intake("m1"), first)
    await stale.intake(an_intake("m2"))
    await taken_over(url, stale, other)
    of_ben = a_turn("s-b1", 1, user="phone:ben", is_new_session=True)
    results = await asyncio.gather(
        stale.commit(a_turn("s-m1", 2, outbox=[a_message("s-m1", 2)])),
        stale.journal("s-m1", 2, [Step(n=0, body=b"given")]),
        stale.mark_sending("s-m1", 1),
        stale.mark_failed("s-m1", 1, status="failed", attempts=1, next_at=""),
        stale.mark_sent([("s-m1", 1)]),
        stale.fused(an_intake("b1", user="phone:ben"), of_ben),
        stale.intake(an_intake("m3")),
        stale.keep_problem(NewProblem(at=AT, channel="phone", what="x", error="", headers={}, body=b"")),
        return_exceptions=True,
    )
    assert [type(one) for one in results[:6]] == [ShardsLost] * 6
    assert results[6].n == 3  # type: ignore[union-attr]
    assert results[7] == 1
    assert stale.lease_left() == 0
    with pytest.raises(ShardsLost):  # and what comes later
        await stale.commit(a_turn("s-m1", 2))
    known = await other.conversation(USER)
    assert (known.last_in, [n for _, n, _ in known.pending]) == (1, [2, 3])
    assert await other.steps("s-m1", 2) == []
    assert [(row.seq, row.is_on_its_way, row.attempts) for row in await other.unsent()] == [(1, False, 0)]
    assert (await other.conversation("phone:ben")).ordinal == 0
    assert await other.commit(a_turn("s-m1", 2))


async def test_who_was_taken_over_from_is_told_once_and_begins_anew(process: MakeStore, url: str) -> None:
    stale, other = await process(), await process()
    await stale.beat(takes=True)
    before = name_of(stale)
    await taken_over(url, stale, other)
    with pytest.raises(ShardsLost):
        await stale.beat(takes=True)
    lease = await stale.beat(takes=True)
    assert (lease.shards, lease.share, name_of(stale) != before) == (frozenset(), SHARDS // 2, True)
    assert stale.lease_left() > 0
    await other.beat(takes=True, giving=range(100))
    assert len((await stale.beat(takes=True)).shards) == 100
    assert (await stale.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True))).is_committed
    await taken_over(url, other, stale)
    with pytest.raises(ShardsLost):
        await other.commit(a_turn("s-m1", 2))
    with pytest.raises(ShardsLost):
        await other.beat(takes=True)
    assert (await other.beat(takes=False)).processes == 2


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_commit_nobody_heard_of_is_known_although_others_took_over(
    process: MakeStore, url: str, tmp_path: Path, where: str
) -> None:
    other = await process()
    wire = Wire(url, tmp_path)
    await wire.open()
    cut = PostgresStore(wire.url)
    await cut.open()
    await cut.beat(takes=True)
    await cut.intake(an_intake("m1"))
    wire.shut()
    wire.cut_at = where
    turn = asyncio.create_task(cut.commit(a_turn("s-m1", 1)))
    async with asyncio.timeout(WITHIN):
        while cut.is_available:
            await asyncio.sleep(0.01)
    assert cut.lease_left() <= 2
    await taken_over(url, cut, other)
    await wire.open()
    if where == "after":
        assert await turn
    else:
        with pytest.raises(ShardsLost):
            await turn
    with pytest.raises(ShardsLost):
        await cut.beat(takes=True)
    assert (await other.conversation(USER)).last_in == (where == "after")
    await cut.close()
    await wire.close()


async def test_who_hangs_inside_a_transaction_keeps_nobody_from_its_rows(
    process: MakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # as it is outside of tests
    connection = (await process())._writes._connection
    assert connection is not None
    assert await connection.fetchval("SHOW idle_in_transaction_session_timeout") == f"{LEASE:.0f}s"


async def test_data_that_is_served_is_not_changed_as_a_whole(process: MakeStore, url: str) -> None:
    one = await process()
    with pytest.raises(StoreInUse, match=rf"served by {name_of(one)}\. Stop it first"):
        await PostgresStore(url).migrate()
    name = await kill(one)
    await says_nothing_for(url, name, 2.5)
    assert await PostgresStore(url).migrate() == 3


async def test_the_rows_of_processes_that_ended_are_swept_after_a_day(process: MakeStore, url: str) -> None:
    first, second, third = await process(), await process(), await process()
    await first.close()
    await second.close()
    await say(url, "UPDATE worker SET over=over - interval '25 h' WHERE id=$1", await kept(url, 0))
    await third.sweep(AT)
    assert len(await workers(url)) == 2


async def workers(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch("SELECT id FROM worker ORDER BY over NULLS LAST")]
    finally:
        await connection.close()


async def kept(url: str, place: int) -> str:
    return (await workers(url))[place]
