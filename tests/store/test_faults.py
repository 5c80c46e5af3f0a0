"""What every store does when a step or a server is wrong."""

from __future__ import annotations

import asyncio

from frontdesk.store.base import Store
from tests.store.rows import USER, a_turn, an_event, an_intake


async def test_one_bad_step_does_not_take_the_others_with_it(store: Store) -> None:
    """They share a transaction: a turn whose event is there already fails alone."""
    await store.fused(an_intake("m1"), a_turn("s-m1", 1, is_new_session=True))
    bad = a_turn("s-m1", 2, events=[an_event(1)])
    others = [store.intake(an_intake(f"o{n}", user=f"phone:{n}")) for n in range(30)]
    results = await asyncio.gather(
        *others[:15], store.fused(an_intake("m2"), bad), *others[15:], return_exceptions=True
    )
    failed = [one for one in results if isinstance(one, BaseException)]
    assert len(failed) == 1
    assert len(await store.pending_users()) == 30
    known = await store.conversation(USER)
    assert (known.last_in, list(known.pending)) == (1, [])  # of the bad one nothing is left
    assert (await store.fused(an_intake("m2"), a_turn("s-m1", 2))).is_committed


async def test_a_hot_session_is_numbered_without_gaps_beside_others(store: Store) -> None:
    """Its messages share commits, its turns do not pass them."""
    await store.fused(an_intake("first"), a_turn("s-first", 1, is_new_session=True))
    hot = [store.intake(an_intake(f"m{number}")) for number in range(60)]
    others = [store.intake(an_intake(f"o{number}", user=f"phone:{number}")) for number in range(20)]
    stale = store.fused(an_intake("late"), a_turn("s-first", 2))
    taken = await asyncio.gather(*hot[:30], *others, stale, *hot[30:])
    mine = [one.n for one in taken if one.session == "s-first"]
    assert sorted(mine) == list(range(2, 63))
    assert [n for _, n, _ in (await store.conversation(USER)).pending] == list(range(2, 63))
