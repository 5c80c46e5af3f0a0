"""What a batch writes, as SQL: one part a table and kind of change, all parts of a batch in one statement.

Rows come as arrays, one a column, so that a batch of many sessions costs one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from frontdesk.store.postgres_connect import LEASE

PartRows = Sequence[tuple[Any, ...]]
Rows = Mapping[str, PartRows]
"""The rows of each part, by the part's name."""


@dataclass(frozen=True, slots=True)
class Part:
    """One change of many rows. `{rows}` stands for them."""

    columns: str  # name:type, in the order of a row
    sql: str

    @property
    def names(self) -> str:
        return ", ".join(f'"{one.partition(":")[0]}"' for one in self.columns.split())

    @property
    def types(self) -> list[str]:
        return [one.partition(":")[2] for one in self.columns.split()]


_SESSION = (
    "id:text user:text channel:text ordinal:int8 last_in:int8 last_event:int8 status:text owner:text"
    " waiting_since:text last_at:text state:bytea"
)

PARTS: dict[str, Part] = {
    # Each delivery once: the row is the promise.
    "seen": Part(
        "account:text external_id:text session:text n:int8 at:text",
        "INSERT INTO dedupe SELECT * FROM {rows}",
    ),
    "new_user": Part(
        "user:text ordinal:int8 session:text slots:bytea",
        "INSERT INTO messaging_user SELECT * FROM {rows}",
    ),
    "user": Part(
        "user:text ordinal:int8 session:text slots:bytea",
        "UPDATE messaging_user u SET ordinal=t.ordinal, session=t.session, slots=COALESCE(t.slots, u.slots)"
        ' FROM {rows} WHERE u."user"=t."user"',
    ),
    "new_head": Part("session:text n:int8", "INSERT INTO head SELECT * FROM {rows}"),
    "head": Part("session:text n:int8", "UPDATE head h SET n=t.n FROM {rows} WHERE h.session=t.session"),
    "new_session": Part(_SESSION, "INSERT INTO session SELECT * FROM {rows}"),
    # Compare and set: only the turn that follows the last one consumed may commit.
    "moved": Part(
        _SESSION,
        "UPDATE session s SET last_in=t.last_in, last_event=t.last_event, status=t.status, owner=t.owner,"
        " waiting_since=t.waiting_since, last_at=t.last_at, state=t.state"
        " FROM {rows} WHERE s.id=t.id AND s.last_in=t.last_in-1 RETURNING 1",
    ),
    "inbox": Part(
        "session:text n:int8 user:text kind:text body:bytea shard:int2",
        "INSERT INTO inbox SELECT * FROM {rows}",
    ),
    "consumed": Part(
        "session:text n:int8", "DELETE FROM inbox i USING {rows} WHERE i.session=t.session AND i.n=t.n"
    ),
    "event": Part(
        "session:text seq:int8 kind:text version:int8 at:text body:bytea",
        "INSERT INTO event SELECT * FROM {rows}",
    ),
    "outbox": Part(
        "session:text seq:int8 user:text channel:text body:bytea next_at:text shard:int2",
        'INSERT INTO outbox SELECT t.session, t.seq, t."user", t.channel, t.body, 0, t.next_at,'
        " 'ready', t.shard FROM {rows}",
    ),
    "problem": Part(
        "at:text channel:text what:text error:text headers:bytea body:bytea",
        "INSERT INTO problem (at, channel, what, error, headers, body, status)"
        " SELECT t.*, 'open' FROM {rows}",
    ),
    "sending": Part(
        "session:text seq:int8",
        "UPDATE outbox o SET status='sending' FROM {rows} WHERE o.session=t.session AND o.seq=t.seq",
    ),
    "sent": Part(
        "session:text seq:int8", "DELETE FROM outbox o USING {rows} WHERE o.session=t.session AND o.seq=t.seq"
    ),
    "failed": Part(
        "session:text seq:int8 status:text attempts:int8 next_at:text",
        "UPDATE outbox o SET status=t.status, attempts=t.attempts, next_at=t.next_at"
        " FROM {rows} WHERE o.session=t.session AND o.seq=t.seq",
    ),
    "timer": Part(
        "session:text name:text user:text gen:int8 due:text shard:int2",
        "INSERT INTO timer SELECT * FROM {rows} ON CONFLICT (session, name)"
        ' DO UPDATE SET "user"=excluded."user", gen=excluded.gen, due=excluded.due',
    ),
    "no_timer": Part(
        "session:text name:text",
        "DELETE FROM timer o USING {rows} WHERE o.session=t.session AND o.name=t.name",
    ),
    "no_timers": Part("session:text", "DELETE FROM timer o USING {rows} WHERE o.session=t.session"),
    "step": Part(
        "session:text n_inbound:int8 n:int8 body:bytea result:bytea",
        "INSERT INTO step SELECT * FROM {rows}"
        " ON CONFLICT (session, n_inbound, n) DO UPDATE SET result=excluded.result",
    ),
    "no_steps": Part(
        "session:text n:int8", "DELETE FROM step o USING {rows} WHERE o.session=t.session AND o.n_inbound=t.n"
    ),
    # The fence: of a process that others have taken over from, nothing is committed any more.
    "worker": Part(
        "id:text batch:text",
        f"UPDATE worker w SET batch=t.batch, until=now() + interval '{LEASE} s'"
        " FROM {rows} WHERE w.id=t.id AND w.over IS NULL RETURNING 1",
    ),
}


@lru_cache(maxsize=1_000)
def statement(names: tuple[str, ...]) -> str:
    """The statement that writes these parts; gives how many sessions moved, and how many workers."""
    written, number = [], 0
    for name in names:
        part = PARTS[name]
        arrays = [f"${number + place}::{kind}[]" for place, kind in enumerate(part.types, 1)]
        number += len(arrays)
        rows = f"unnest({', '.join(arrays)}) AS t({part.names})"
        written.append(f"w_{name} AS ({part.sql.format(rows=rows)})")
    moved = "(SELECT count(*) FROM w_moved)" if "moved" in names else "0"
    return f"WITH {', '.join(written)} SELECT {moved}, (SELECT count(*) FROM w_worker)"


def arrays(rows: Rows) -> Iterable[list[Any]]:
    """The statement's values: an array a column."""
    for one in rows.values():
        yield from (list(column) for column in zip(*one, strict=True))
