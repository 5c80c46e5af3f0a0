"""What PostgreSQL's store does when the connection or the server goes, and beside others on the same data."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from frontdesk.errors import StoreUnavailable
from frontdesk.store import postgres_writer
from frontdesk.store.postgres import PostgresStore
from tests.database import new_place, server
from tests.store.cutting import COMMIT, Wire
from tests.store.rows import USER, a_message, a_turn, an_intake

pytestmark = pytest.mark.slow

WITHIN = 60.0  # seconds


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    opened = PostgresStore(url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def wire(url: str, tmp_path: Path) -> AsyncIterator[Wire]:
    made = Wire(url, tmp_path)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def cut(wire: Wire) -> AsyncIterator[PostgresStore]:
    """A store whose wire can be cut."""
    opened = PostgresStore(wire.url)
    await opened.open()
    yield opened
    await opened.close()


# --- a commit nobody heard of --------------------------------------------------------------------
@pytest.mark.parametrize("where", ["before", "after"])
async def test_an_inbound_whose_commit_was_not_answered_is_taken_once(
    wire: Wire, cut: PostgresStore, where: str
) -> None:
    wire.cut_at = where
    taken = await asyncio.gather(*(cut.intake(an_intake(f"m{number}")) for number in range(5)))
    assert [(one.n, one.is_duplicate) for one in taken] == [(n, False) for n in range(1, 6)]
    assert wire.cuts == 1
    assert [n for _, n, _ in (await cut.conversation(USER)).pending] == [1, 2, 3, 4, 5]
    assert (await cut.intake(an_intake("m0"))).is_duplicate


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_turn_whose_commit_was_not_answered_is_committed_once(
    wire: Wire, cut: PostgresStore, where: str
) -> None:
    await cut.intake(an_intake("m1"))
    wire.cut_at = where
    assert await cut.commit(a_turn("s-m1", 1, outbox=[a_message("s-m1", 1)]))
    wire.cut_at = where
    assert (await cut.fused(an_intake("m2"), a_turn("s-m1", 2))).is_committed
    wire.cut_at = where
    await cut.mark_failed("s-m1", 1, status="retry", attempts=1, next_at="")
    assert wire.cuts == 3
    assert [row.seq for row in await cut.events("s-m1")] == [1, 2]
    assert [(row.seq, row.attempts) for row in await cut.unsent()] == [(1, 1)]


async def test_marking_what_was_sent_waits_for_no_disk_of_its_own(wire: Wire, cut: PostgresStore) -> None:
    async def is_waited_for(*steps: Awaitable[object]) -> bool:
        wire.said = b""
        await asyncio.gather(*steps)
        assert COMMIT in wire.said
        return b"synchronous_commit TO off" not in wire.said

    rows = [a_message("s-m1", seq) for seq in (1, 2)]
    assert await is_waited_for(
        cut.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True, outbox=rows))
    )
    assert not await is_waited_for(cut.mark_sent([("s-m1", 1)]))
    assert await is_waited_for(cut.mark_sent([("s-m1", 2)]), cut.intake(an_intake("m2")))
    assert await cut.unsent() == []


async def test_a_connection_that_is_ended_while_nothing_happens_is_opened_again(
    store: PostgresStore, url: str
) -> None:
    other = await asyncpg.connect(url)
    ended = await other.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE application_name LIKE $1 AND pid <> pg_backend_pid()",
        f"frontdesk % {os.getpid()} %",
    )
    await other.close()
    assert ended == 1
    assert (await store.intake(an_intake("m1"))).n == 1
    assert store.is_available


# --- a database that is away ---------------------------------------------------------------------
needs_own_server = pytest.mark.skipif(
    "FRONTDESK_TEST_POSTGRES" in os.environ, reason="a server that others use is not stopped"
)


@needs_own_server
async def test_while_the_database_is_away_the_door_is_shut_and_turns_wait(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.intake(an_intake("m1"))
    monkeypatch.setattr(postgres_writer, "HURRIED", 0.2)
    other = PostgresStore(new_place())
    await other.open()
    await asyncio.to_thread(server().stop)
    try:
        await asyncio.wait_for(other.close(), WITHIN)  # a desk without a database can still be stopped
        turn = asyncio.create_task(store.commit(a_turn("s-m1", 1)))
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            await store.intake(an_intake("m2"))
        assert not store.is_available
        at_once = store._writes.intake(an_intake("m2"))
        assert at_once.done(), "nobody waits any more"
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            await at_once
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            await store.conversation(USER)
        assert not turn.done()
    finally:
        await asyncio.to_thread(server().start)
    assert await asyncio.wait_for(turn, WITHIN)
    assert (await store.intake(an_intake("m2"))).n == 2
    assert store.is_available


@needs_own_server
async def test_a_database_that_crashes_under_load_loses_and_doubles_nothing(store: PostgresStore) -> None:
    acknowledged: dict[str, list[int]] = {}

    async def write(number: int) -> None:
        user = f"phone:{number}"
        got = acknowledged.setdefault(user, [])
        while len(got) < 40:
            try:
                name = f"{number}.{len(got)}"
                taken = await store.intake(an_intake(name, user=user, new_session=f"s{number}"))
            except StoreUnavailable:
                await asyncio.sleep(0.05)
            else:
                got.append(taken.n)

    writing = asyncio.gather(*(write(number) for number in range(30)))
    for count in (300, 700):  # of 1200
        while sum(map(len, acknowledged.values())) < count:
            await asyncio.sleep(0.001)
        await asyncio.to_thread(server().stop)
        await asyncio.to_thread(server().start)
    await writing
    for user, numbers in acknowledged.items():
        assert numbers == list(range(1, 41))
        assert [n for _, n, _ in (await store.conversation(user)).pending] == numbers


async def test_a_writer_that_a_mistake_of_ours_has_stopped_says_what_helps(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken() -> None:
        raise TypeError("mistaken")

    monkeypatch.setattr(store._writes._jobs, "take", mistaken)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="must be started again: mistaken"):
            await store.intake(an_intake("m1"))


# --- many at once --------------------------------------------------------------------------------
async def test_many_steps_at_once_are_a_few_transactions(store: PostgresStore) -> None:
    writer = store._writes
    before = writer._batches
    await asyncio.gather(*(store.intake(an_intake(f"o{n}", user=f"phone:{n}")) for n in range(200)))
    assert writer._batches - before < 5


async def test_many_users_are_read_in_a_few_statements(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = [f"phone:{number}" for number in range(50)]
    await asyncio.gather(*(store.intake(an_intake(user, user=user)) for user in users))
    read, statements = store._read, 0

    async def counted(*values: Any) -> Any:
        nonlocal statements
        statements += 1
        return await read(*values)

    monkeypatch.setattr(store, "_read", counted)
    found = await asyncio.gather(*(store.conversation(user) for user in (*users, "phone:nobody", users[0])))
    assert [(one.user, one.session) for one in found[:50]] == [(user, f"s-{user}") for user in users]
    assert (found[50].ordinal, found[51].session) == (0, f"s-{users[0]}")
    assert statements <= 2


async def test_who_only_reads_is_not_refused_and_cannot_write(store: PostgresStore, url: str) -> None:
    await store.intake(an_intake("m1"))
    reader = PostgresStore(url, read_only=True)
    await reader.open()
    assert (await reader.conversation(USER)).session == "s-m1"
    with pytest.raises(StoreUnavailable, match="for reading only"):
        await reader.intake(an_intake("m2"))
    assert reader._pool is not None
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await reader._pool.execute("DELETE FROM event")
    await reader.close()


# --- what an operator is told --------------------------------------------------------------------
@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://anna:geheim@127.0.0.1:1/desk", r"postgresql://127.0.0.1:1/desk cannot be reached"),
        ("postgresql://anna:geheim@127.0.0.1:x/desk", "is no address of a PostgreSQL database"),
    ],
)
async def test_a_database_that_is_not_there_is_named_without_its_password(url: str, told: str) -> None:
    with pytest.raises(Exception, match=told) as caught:
        await PostgresStore(url).open()
    assert "geheim" not in f"{caught.value} {caught.value!r}"


async def test_a_database_or_schema_that_does_not_exist_is_said_so() -> None:
    url = new_place()
    with pytest.raises(StoreUnavailable, match="no such schema"):
        await PostgresStore(url.replace("search_path=t", "search_path=none")).open()
    with pytest.raises(StoreUnavailable, match=r"cannot be used: database .* does not exist"):
        await PostgresStore(url.replace("/postgres?", "/none?")).open()
