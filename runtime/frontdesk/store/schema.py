"""The tables, once, for every dialect. Imported only to create or migrate a store.

Every table on a turn's path is keyed by session or user, so that a distributed database can hold it.
A change here needs a step in `migrations.py` for the stores there are.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateColumn

metadata = MetaData()

# Compared byte by byte, as SQLite does: ids and times must sort the same in every database.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
NUMBER = BigInteger().with_variant(Integer, "sqlite")
ONLY_POSTGRESQL = {"dialect": "postgresql"}  # what several processes on one database need


def _table(name: str, *columns: Column[object] | PrimaryKeyConstraint) -> Table:
    return Table(name, metadata, *columns, sqlite_with_rowid=False)


def _text(name: str, *, null: bool = False, **more: object) -> Column[object]:
    return Column(name, TEXT, nullable=null, **more)  # type: ignore[arg-type]


def _number(name: str, **more: object) -> Column[object]:
    return Column(name, NUMBER, nullable=False, **more)  # type: ignore[arg-type]


def _bytes(name: str, *, null: bool = False) -> Column[object]:
    return Column(name, LargeBinary, nullable=null)


def _shard() -> Column[object]:
    """The shard of the row's user, so that each process reads its own."""
    return Column("shard", SmallInteger, nullable=False, info=ONLY_POSTGRESQL)


def _moment(name: str, *, null: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=null)


@compiles(CreateColumn)
def _create_column(element: CreateColumn, compiler: Any, **more: Any) -> str | None:
    """A column's part of its table, where the dialect has the column."""
    dialect = element.element.info.get("dialect", compiler.dialect.name)
    return compiler.visit_create_column(element, **more) if dialect == compiler.dialect.name else None


setting = _table("setting", _text("name", primary_key=True), _text("value"))
dedupe = _table(
    "dedupe",
    _text("account"),
    _text("external_id"),
    _text("session"),
    _number("n"),
    _text("at"),
    PrimaryKeyConstraint("account", "external_id"),
)
Index("dedupe_at", dedupe.c.at)  # the sweep must not read what it keeps
person = _table(
    "messaging_user",
    _text("user", primary_key=True),
    _number("ordinal"),
    _text("session", null=True),
    _bytes("slots", null=True),
)
head = _table("head", _text("session", primary_key=True), _number("n"))
session = _table(
    "session",
    _text("id", primary_key=True),
    _text("user"),
    _text("channel"),
    _number("ordinal"),
    _number("last_in"),
    _number("last_event"),
    _text("status"),
    _text("owner"),
    _text("waiting_since", null=True),
    _text("last_at"),
    _bytes("state"),
)
Index("session_user", session.c.user, session.c.ordinal)
Index(
    "session_open",
    session.c.owner,
    sqlite_where=text("status <> 'ended'"),
    postgresql_where=text("status <> 'ended'"),
)
inbox = _table(
    "inbox",
    _text("session"),
    _number("n"),
    _text("user"),
    _text("kind"),
    _bytes("body"),
    _shard(),
    PrimaryKeyConstraint("session", "n"),
)
Index("inbox_user", inbox.c.user)
Index("inbox_shard", inbox.c.shard, info=ONLY_POSTGRESQL)
event = _table(
    "event",
    _text("session"),
    _number("seq"),
    _text("kind"),
    _number("version"),
    _text("at"),
    _bytes("body"),
    PrimaryKeyConstraint("session", "seq"),
)
outbox = _table(
    "outbox",
    _text("session"),
    _number("seq"),
    _text("user"),
    _text("channel"),
    _bytes("body"),
    _number("attempts"),
    _text("next_at"),
    _text("status"),
    _shard(),
    PrimaryKeyConstraint("session", "seq"),
)
Index(
    "outbox_shard",
    outbox.c.shard,
    postgresql_where=text("status IN ('ready', 'retry', 'sending')"),
    info=ONLY_POSTGRESQL,
)
timer = _table(
    "timer",
    _text("session"),
    _text("name"),
    _text("user"),
    _number("gen"),
    _text("due"),
    _shard(),
    PrimaryKeyConstraint("session", "name"),
)
Index("timer_shard", timer.c.shard, timer.c.due, info=ONLY_POSTGRESQL)
step = _table(
    "step",
    _text("session"),
    _number("n_inbound"),
    _number("n"),
    _bytes("body"),
    _bytes("result", null=True),
    PrimaryKeyConstraint("session", "n_inbound", "n"),
)
problem = Table(
    "problem",
    metadata,
    Column("id", NUMBER, primary_key=True),
    _text("at"),
    _text("channel"),
    _text("what"),
    _text("error"),
    _bytes("headers"),
    _bytes("body"),
    _text("status"),
)
release = _table("release", _text("id", primary_key=True), _text("at"), _number("number"))
# Two processes that make a release at once: the second one takes the next number.
Index("release_number", release.c.number, unique=True, info=ONLY_POSTGRESQL)
content = _table("content", _text("sha", primary_key=True), _bytes("body"))
release_file = _table(
    "release_file",
    _text("release", info={"of": "release"}),
    _text("path"),
    Column("sha", TEXT, ForeignKey("content.sha"), nullable=False),
    PrimaryKeyConstraint("release", "path"),
)
rep = _table(
    "rep",
    _text("login", primary_key=True),
    _text("name"),
    _text("role"),
    _text("password"),
    _text("languages"),
)
rep_session = _table(
    "rep_session",
    _text("token_sha", primary_key=True),  # the token itself is nowhere but in the rep's cookie
    _text("login"),
    _text("expires"),
)
Index("rep_session_login", rep_session.c.login)
# A process that writes. Its row is its fence: each of its batches changes it and must find it not over.
worker = Table(
    "worker",
    metadata,
    _text("id", primary_key=True),
    _text("batch"),  # the last one: after a lost connection it is read here whether that was committed
    Column(
        "takes", Boolean, nullable=False
    ),  # whether it works on users, rather than taking messages in only
    _moment("until"),  # then its lease is over
    _moment("over", null=True),  # when others took over, or it ended
    info=ONLY_POSTGRESQL,
)
shard = Table(
    "shard",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    _text("owner", null=True),  # a worker that is not over; none: free
    _moment("doubtful_until", null=True),  # it was taken from one that may still be running
    info=ONLY_POSTGRESQL,
)
