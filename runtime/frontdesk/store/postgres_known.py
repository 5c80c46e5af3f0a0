"""What is read of the users and sessions of a batch before it is decided: one query a kind of step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from frontdesk.store.base import Intake, Taken, Turn, follower_of
from frontdesk.store.postgres_batch import Behind, Decided, Known, known_of
from frontdesk.store.postgres_connect import Connection
from frontdesk.store.postgres_queue import Job

# One row for each inbound of a batch: whether it came before, and how its user stands.
READ_INTAKES = """
SELECT t.i, d.session AS seen_in, d.n AS seen_n, ds.ordinal AS seen_ordinal,
  ds.status = 'ended' AND d.n > ds.last_in AS is_moved,
  u."user" IS NOT NULL AS is_kept, u.ordinal, u.session, h.n AS head, s.last_in
FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS t(account, external_id, "user", i)
LEFT JOIN dedupe d ON d.account = t.account AND d.external_id = t.external_id
LEFT JOIN session ds ON ds.id = d.session
LEFT JOIN messaging_user u ON u."user" = t."user"
LEFT JOIN head h ON h.session = u.session
LEFT JOIN session s ON s.id = u.session
"""
# One row for each queued turn of a batch.
READ_TURNS = """
SELECT t.i, s.last_in, u."user" IS NOT NULL AS is_kept, u.ordinal, u.session, h.n AS head
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS t(session, "user", i)
LEFT JOIN session s ON s.id = t.session
LEFT JOIN messaging_user u ON u."user" = t."user"
LEFT JOIN head h ON h.session = t.session
"""
# What is committed behind the turns that end their sessions.
READ_BEHIND = """
SELECT i.session, i.n, i."user", i.kind, i.body
FROM unnest($1::text[], $2::int8[]) AS t(session, n)
JOIN inbox i ON i.session = t.session AND i.n <> t.n
ORDER BY i.session, i.n
"""
# A repeated inbound that was committed behind its session's end: where the session that follows has it.
READ_FOLLOWER = """
SELECT $2 - b.last_in AS n, s.ordinal, s.status = 'ended' AND $2 - b.last_in > s.last_in AS is_moved
FROM session s JOIN session b ON b.id = $1 WHERE s.id = $3
"""


async def decide(connection: Connection, jobs: Sequence[Job]) -> tuple[Decided, dict[int, Any]]:
    """Read what the steps of a batch need, and decide them: what is to be written, and their results."""
    intakes = [(job, job.intake) for job in jobs if job.intake is not None]
    turns = [(job, job.turn) for job in jobs if job.intake is None and job.turn is not None]
    users: dict[str, Known] = {}
    seen = await read_intakes(connection, [one for _, one in intakes], users)
    last_ins = await read_turns(connection, [turn for _, turn in turns], users)
    behind = await read_behind(connection, [turn for _, turn in turns if turn.status == "ended"])
    decided = Decided(users, seen)
    results: dict[int, Any] = {}
    for job, one in intakes:
        results[id(job)] = decided.intake(one) if job.turn is None else decided.fused(one, job.turn)
    for (job, turn), last_in in zip(turns, last_ins, strict=True):
        results[id(job)] = decided.commit(turn, last_in, behind.get(turn.session, ()))
    for job in jobs:
        if job.steps is not None:
            decided.journal(*job.steps)
        for part, rows in job.rows.items():
            decided.add(part, rows)
    return decided, results


async def read_intakes(
    connection: Connection, intakes: Sequence[Intake], users: dict[str, Known]
) -> dict[tuple[str, str], Taken]:
    """What is known of inbounds: their users, and those that came before."""
    seen: dict[tuple[str, str], Taken] = {}
    if not intakes:
        return seen
    columns = zip(*((one.account, one.external_id, one.user) for one in intakes), strict=True)
    for row in await connection.fetch(READ_INTAKES, *map(list, columns)):
        one = intakes[row["i"] - 1]
        users.setdefault(one.user, known_of(row))
        if row["seen_in"] is not None:
            seen[one.account, one.external_id] = await _seen(connection, row)
    return seen


async def _seen(connection: Connection, row: Any) -> Taken:
    session, n, ordinal = row["seen_in"], row["seen_n"], row["seen_ordinal"]
    is_moved = row["is_moved"]
    while is_moved:  # it was committed behind the session's end: the one that follows has it
        before, follower = session, follower_of(session)
        found = await connection.fetchrow(READ_FOLLOWER, before, n, follower)
        if found is None:
            break
        session, n, ordinal, is_moved = follower, found["n"], found["ordinal"], found["is_moved"]
    return Taken(session=session, n=n, ordinal=ordinal, is_duplicate=True)


async def read_turns(
    connection: Connection, turns: Sequence[Turn], users: dict[str, Known]
) -> list[int | None]:
    """What the sessions of queued turns have consumed."""
    if not turns:
        return []
    columns = zip(*((turn.session, turn.user) for turn in turns), strict=True)
    rows = await connection.fetch(READ_TURNS, *map(list, columns))
    found: list[int | None] = [None] * len(turns)
    for row in rows:
        place = row["i"] - 1
        found[place] = row["last_in"]
        users.setdefault(turns[place].user, known_of(row))
    return found


async def read_behind(connection: Connection, ending: Sequence[Turn]) -> dict[str, list[Behind]]:
    """What was committed behind turns that end their sessions, by session."""
    behind: dict[str, list[Behind]] = {}
    if ending:
        columns = zip(*((turn.session, turn.n) for turn in ending), strict=True)
        for session, *values in await connection.fetch(READ_BEHIND, *map(list, columns)):
            behind.setdefault(session, []).append(Behind(*values))
    return behind
