"""The tables, once, for every dialect. Imported only to create or migrate a store.

Every table on a turn's path is keyed by session or user, so that a distributed database can hold it.
A change here needs a step in `migrations.py` for the stores there are.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

metadata = MetaData()

# Compared byte by byte, as SQLite does: ids and times must sort the same in every database.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
NUMBER = BigInteger().with_variant(Integer, "sqlite")


def _table(name: str, *columns: Column[object] | PrimaryKeyConstraint) -> Table:
    return Table(name, metadata, *columns, sqlite_with_rowid=False)


def _text(name: str, *, null: bool = False, **more: object) -> Column[object]:
    return Column(name, TEXT, nullable=null, **more)  # type: ignore[arg-type]


def _number(name: str, **more: object) -> Column[object]:
    return Column(name, NUMBER, nullable=False, **more)  # type: ignore[arg-type]


def _bytes(name: str, *, null: bool = False) -> Column[object]:
    return Column(name, LargeBinary, nullable=null)


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
    PrimaryKeyConstraint("session", "n"),
)
Index("inbox_user", inbox.c.user)
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
    PrimaryKeyConstraint("session", "seq"),
)
timer = _table(
    "timer",
    _text("session"),
    _text("name"),
    _text("user"),
    _number("gen"),
    _text("due"),
    PrimaryKeyConstraint("session", "name"),
)
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
# What a process wrote last: after a lost connection it reads here whether its commit took place.
worker = _table("worker", _text("id", primary_key=True), _text("batch"))
worker.info["dialect"] = "postgresql"
