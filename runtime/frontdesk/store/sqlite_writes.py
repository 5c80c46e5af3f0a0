"""Every statement that writes to SQLite. Each function is one step inside the writer's transaction.

A step checks before it writes: one that raises rolls the whole batch back, and the batch is then
tried one by one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, cast

import apsw
import orjson

from frontdesk.store.base import OPENS_SESSION, Intake, NewProblem, Step, Taken, Turn, follower_of

# Each delivery once: the row is the promise.
_SEEN = "INSERT INTO dedupe VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING"
_UNSEEN = "DELETE FROM dedupe WHERE account=? AND external_id=?"
_SEEN_BEFORE = (
    "SELECT d.session, d.n, s.ordinal, s.status='ended' AND d.n>s.last_in"
    " FROM dedupe d JOIN session s ON s.id=d.session WHERE d.account=? AND d.external_id=?"
)
_FOLLOWER = (
    "SELECT ?2-b.last_in, s.ordinal, s.status='ended' AND ?2-b.last_in>s.last_in"
    " FROM session s JOIN session b ON b.id=?1 WHERE s.id=?3"
)
_OPEN = "SELECT session, ordinal FROM messaging_user WHERE user=?"
_NEW_USER = (
    "INSERT INTO messaging_user VALUES (?,?,?,NULL)"
    " ON CONFLICT (user) DO UPDATE SET ordinal=excluded.ordinal, session=excluded.session"
)
# The sequence is given here and nowhere else, so it has no gaps.
_NEXT = "UPDATE head SET n=n+1 WHERE session=? RETURNING n"
_NEW_SESSION = "INSERT INTO session VALUES (?,?,?,?,0,0,'new','none',NULL,?,?)"
_WHOLE_SESSION = "INSERT INTO session VALUES (?,?,?,?,?,?,?,?,?,?,?)"
# Compare and set: only the turn that follows the last one consumed may commit.
_MOVE_SESSION = (
    "UPDATE session SET last_in=?, last_event=?, status=?, owner=?, waiting_since=?, last_at=?, state=?"
    " WHERE id=? AND last_in=?"
)
_MOVE_IDLE_SESSION = (
    f"{_MOVE_SESSION} AND EXISTS (SELECT 1 FROM head h JOIN messaging_user u ON u.session=h.session"
    " WHERE h.session=id AND h.n=last_in AND u.user=session.user)"
)
_EVENT = "INSERT INTO event VALUES (?,?,?,?,?,?)"
_OUTBOX = "INSERT INTO outbox VALUES (?,?,?,?,?,0,?,'ready')"
_TIMER = "INSERT OR REPLACE INTO timer VALUES (?,?,?,?,?)"
_NO_TIMER = "DELETE FROM timer WHERE session=? AND name=?"
_FORGET = (
    "DELETE FROM dedupe WHERE (account, external_id) IN"
    " (SELECT account, external_id FROM dedupe WHERE at<? LIMIT ?)"
)
FORGET_AT_ONCE = 5_000  # delivery ids: some 20 ms of the writer's time


def intake(cursor: apsw.Cursor, one: Intake) -> Taken:
    """Commit an inbound; open a session when the user has none."""
    seen = _seen(cursor, one)
    if seen is not None:
        return seen
    session, ordinal, is_new = _session_for(cursor, one)
    if session is None:
        return Taken(session=one.session or "", n=0)
    n = _only(cursor, _NEXT, (session,))
    cursor.execute(_SEEN, (one.account, one.external_id, session, n, one.at))
    cursor.execute("INSERT INTO inbox VALUES (?,?,?,?,?)", (session, n, one.user, one.kind, one.body))
    return Taken(session=session, n=n, is_new_session=is_new, ordinal=ordinal)


def _only(cursor: apsw.Cursor, sql: str, values: tuple[Any, ...]) -> int:
    """The one number a statement gives back."""
    row = cast("tuple[int]", cursor.execute(sql, values).fetchone())
    return row[0]


def _seen(cursor: apsw.Cursor, one: Intake) -> Taken | None:
    row = cursor.execute(_SEEN_BEFORE, (one.account, one.external_id)).fetchone()
    if row is None:
        return None
    session, n, ordinal, is_moved = row
    while is_moved:  # it was committed behind the session's end: the one that follows has it
        before, follower = session, follower_of(session)
        row = cursor.execute(_FOLLOWER, (before, n, follower)).fetchone()
        if row is None:
            break
        session = follower
        n, ordinal, is_moved = row
    return Taken(session=session, n=n, ordinal=ordinal, is_duplicate=True)


def _session_for(cursor: apsw.Cursor, one: Intake) -> tuple[str | None, int, bool]:
    row = cursor.execute(_OPEN, (one.user,)).fetchone()
    open_session, ordinal = row if row is not None else (None, 0)
    if one.session is not None:
        return (one.session, ordinal, False) if open_session == one.session else (None, ordinal, False)
    if open_session is not None:
        return open_session, ordinal, False
    _open_session(cursor, one.user, one.new_session, ordinal + 1)
    channel = one.user.partition(":")[0]
    cursor.execute(_NEW_SESSION, (one.new_session, one.user, channel, ordinal + 1, one.at, b""))
    return one.new_session, ordinal + 1, True


def _open_session(cursor: apsw.Cursor, user: str, session: str, ordinal: int, n: int = 0) -> None:
    cursor.execute(_NEW_USER, (user, ordinal, session))
    cursor.execute("INSERT INTO head VALUES (?,?)", (session, n))


def fused(cursor: apsw.Cursor, one: Intake, turn: Turn) -> Taken:
    """Inbound and turn in one. A wrong guess about the session commits the inbound alone."""
    cursor.execute(_SEEN, (one.account, one.external_id, turn.session, turn.n, one.at))
    if not cursor.connection.changes():
        return cast("Taken", _seen(cursor, one))
    if not (_write_first if turn.is_new_session else _write_next)(cursor, turn):
        cursor.execute(_UNSEEN, (one.account, one.external_id))
        return intake(cursor, one)
    _write_rest(cursor, turn)
    return Taken(
        session=turn.session,
        n=turn.n,
        is_new_session=turn.is_new_session,
        is_committed=True,
        ordinal=turn.ordinal,
    )


def _write_first(cursor: apsw.Cursor, turn: Turn) -> bool:
    """The session that a turn opens, unless the user has one, or has had more than the turn knows."""
    row = cursor.execute(_OPEN, (turn.user,)).fetchone()
    open_session, ordinal = row if row is not None else (None, 0)
    if open_session is not None or ordinal + 1 != turn.ordinal:
        return False
    _open_session(cursor, turn.user, turn.session, turn.ordinal, turn.n)
    return _write_session(cursor, turn)


def _write_next(cursor: apsw.Cursor, turn: Turn) -> bool:
    """The session of a turn, if nothing has come in since the one before, and it is still open."""
    cursor.execute(_MOVE_IDLE_SESSION, _moved(turn))
    if not cursor.connection.changes():
        return False
    cursor.execute("UPDATE head SET n=? WHERE session=?", (turn.n, turn.session))
    return True


def commit(cursor: apsw.Cursor, turn: Turn) -> bool:
    """A turn whose inbound is in the inbox."""
    if not _write_session(cursor, turn):
        return False
    cursor.execute("DELETE FROM inbox WHERE session=? AND n=?", (turn.session, turn.n))
    if turn.had_steps:
        cursor.execute("DELETE FROM step WHERE session=? AND n_inbound=?", (turn.session, turn.n))
    _write_rest(cursor, turn)
    if turn.status == "ended":
        _follow(cursor, turn)
    return True


def _follow(cursor: apsw.Cursor, turn: Turn) -> None:
    """What was committed behind the end of a session: its messages open the next one."""
    rest = cursor.execute("SELECT n, kind FROM inbox WHERE session=? ORDER BY n", (turn.session,)).fetchall()
    if not rest:
        return
    cursor.execute("UPDATE head SET n=? WHERE session=?", (turn.n, turn.session))
    follower, ordinal = follower_of(turn.session), turn.ordinal + 1
    # Timers, reps and receipts meant the session that is over; they must not act on another.
    moved: list[Any] = []
    for n, kind in rest:
        if kind in OPENS_SESSION or (kind == "end" and moved):
            moved.append(n)
    if moved:
        _open_session(cursor, turn.user, follower, ordinal)
        cursor.execute(_NEW_SESSION, (follower, turn.user, turn.channel, ordinal, turn.last_at, b""))
        cursor.execute("UPDATE head SET n=? WHERE session=?", (len(moved), follower))
        cursor.executemany(
            "UPDATE inbox SET session=?, n=? WHERE session=? AND n=?",
            [(follower, place, turn.session, n) for place, n in enumerate(moved, 1)],
        )
    cursor.execute("DELETE FROM inbox WHERE session=?", (turn.session,))


def _write_session(cursor: apsw.Cursor, turn: Turn) -> bool:
    if turn.is_new_session:
        cursor.execute(
            _WHOLE_SESSION,
            (
                turn.session,
                turn.user,
                turn.channel,
                turn.ordinal,
                turn.n,
                turn.last_event,
                turn.status,
                turn.owner,
                turn.waiting_since,
                turn.last_at,
                turn.state,
            ),
        )
        return True
    cursor.execute(_MOVE_SESSION, _moved(turn))
    return cursor.connection.changes() == 1


def _moved(turn: Turn) -> tuple[Any, ...]:
    return (
        turn.n,
        turn.last_event,
        turn.status,
        turn.owner,
        turn.waiting_since,
        turn.last_at,
        turn.state,
        turn.session,
        turn.n - 1,
    )


def _write_rest(cursor: apsw.Cursor, turn: Turn) -> None:
    session = turn.session
    cursor.executemany(
        _EVENT, [(session, row.seq, row.kind, row.version, row.at, row.body) for row in turn.events]
    )
    for sent in turn.outbox:
        cursor.execute(_OUTBOX, (session, sent.seq, sent.user, sent.channel, sent.body, sent.next_at))
    for timer in turn.timers:
        if timer.due is None:
            cursor.execute(_NO_TIMER, (session, timer.name))
        else:
            cursor.execute(_TIMER, (session, timer.name, timer.user, timer.gen, timer.due))
    if turn.problem is not None:
        keep_problem(cursor, turn.problem)
    if turn.user_slots is not None:
        cursor.execute("UPDATE messaging_user SET slots=? WHERE user=?", (turn.user_slots, turn.user))
    if turn.status == "ended":
        cursor.execute(
            "UPDATE messaging_user SET session=NULL WHERE user=? AND session=?", (turn.user, session)
        )
        cursor.execute("DELETE FROM timer WHERE session=?", (session,))


def run(cursor: apsw.Cursor, sql: str, values: tuple[Any, ...]) -> None:
    """One plain statement."""
    cursor.execute(sql, values)


def journal(cursor: apsw.Cursor, session: str, n_inbound: int, steps: Sequence[Step]) -> None:
    """Keep steps of a running turn."""
    cursor.executemany(
        "INSERT INTO step VALUES (?,?,?,?,?)"
        " ON CONFLICT (session, n_inbound, n) DO UPDATE SET result=excluded.result",
        [(session, n_inbound, step.n, step.body, step.result) for step in steps],
    )


def mark_sending(cursor: apsw.Cursor, session: str, seq: int) -> None:
    """Note that a message is about to leave."""
    cursor.execute("UPDATE outbox SET status='sending' WHERE session=? AND seq=?", (session, seq))


def mark_sent(cursor: apsw.Cursor, rows: Sequence[tuple[str, int]]) -> None:
    """Messages a provider has taken."""
    cursor.executemany("DELETE FROM outbox WHERE session=? AND seq=?", rows)


def mark_failed(cursor: apsw.Cursor, values: tuple[Any, ...], problem: NewProblem | None) -> None:
    """A message that was not taken, for now or for good."""
    cursor.execute("UPDATE outbox SET status=?, attempts=?, next_at=? WHERE session=? AND seq=?", values)
    if problem is not None:
        keep_problem(cursor, problem)


def sweep(cursor: apsw.Cursor, before: str) -> bool:
    """Forget what is too old to matter, a part at a time: turns go on between; whether that was all."""
    cursor.execute(_FORGET, (before, FORGET_AT_ONCE))
    if cursor.connection.changes() == FORGET_AT_ONCE:
        return False
    cursor.execute("DELETE FROM problem WHERE at<?", (before,))
    cursor.execute("DELETE FROM outbox WHERE status IN ('failed', 'in_doubt') AND next_at<?", (before,))
    cursor.execute("DELETE FROM rep_session WHERE expires<?", (before,))
    return True


def keep_problem(cursor: apsw.Cursor, problem: NewProblem) -> int:
    """Keep what could not be processed; gives its number."""
    return _only(
        cursor,
        "INSERT INTO problem (at, channel, what, error, headers, body, status)"
        " VALUES (?,?,?,?,?,?,'open') RETURNING id",
        (
            problem.at,
            problem.channel,
            problem.what,
            problem.error,
            orjson.dumps(dict(problem.headers)),
            problem.body,
        ),
    )


def put_release(cursor: apsw.Cursor, release: str, files: Mapping[str, bytes], at: str) -> None:
    """Keep the content of a release; a file that did not change is kept once."""
    # Numbered in the order they went live, which a clock set back cannot change.
    cursor.execute(
        "INSERT INTO release SELECT ?, ?, COALESCE(MAX(number), 0) + 1 FROM release WHERE true"
        " ON CONFLICT (id) DO UPDATE SET at=excluded.at, number=excluded.number",
        (release, at),
    )
    for path, body in files.items():
        sha = hashlib.sha256(body).hexdigest()
        cursor.execute("INSERT INTO content VALUES (?,?) ON CONFLICT DO NOTHING", (sha, body))
        cursor.execute("INSERT INTO release_file VALUES (?,?,?) ON CONFLICT DO NOTHING", (release, path, sha))


def remove_rep(cursor: apsw.Cursor, login: str) -> bool:
    """Take an account away, and every sign-in with it."""
    cursor.execute("DELETE FROM rep_session WHERE login=?", (login,))
    cursor.execute("DELETE FROM rep WHERE login=?", (login,))
    return cursor.connection.changes() == 1


def put_rep_session(cursor: apsw.Cursor, values: tuple[str, str, str]) -> None:
    """Only for a rep there is: one who was removed in the same moment is not signed in again."""
    cursor.execute(
        "INSERT OR REPLACE INTO rep_session"
        " SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM rep WHERE login=?2)",
        values,
    )


def extend_rep_session(cursor: apsw.Cursor, token_sha: str, expires: str) -> None:
    """Not an upsert: who signed out or was removed meanwhile stays out."""
    cursor.execute("UPDATE rep_session SET expires=? WHERE token_sha=?", (expires, token_sha))


def remove_rep_session(cursor: apsw.Cursor, token_sha: str) -> None:
    """The rep signed out in one browser."""
    cursor.execute("DELETE FROM rep_session WHERE token_sha=?", (token_sha,))
