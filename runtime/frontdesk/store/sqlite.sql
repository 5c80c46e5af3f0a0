CREATE TABLE content (
  sha TEXT NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (sha)
) WITHOUT ROWID;

CREATE TABLE dedupe (
  account TEXT NOT NULL,
  external_id TEXT NOT NULL,
  session TEXT NOT NULL,
  n INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (account, external_id)
) WITHOUT ROWID;

CREATE INDEX dedupe_at ON dedupe (at);

CREATE TABLE event (
  session TEXT NOT NULL,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  version INTEGER NOT NULL,
  at TEXT NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (session, seq)
) WITHOUT ROWID;

CREATE TABLE head (
  session TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (session)
) WITHOUT ROWID;

CREATE TABLE inbox (
  session TEXT NOT NULL,
  n INTEGER NOT NULL,
  user TEXT NOT NULL,
  kind TEXT NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (session, n)
) WITHOUT ROWID;

CREATE INDEX inbox_user ON inbox (user);

CREATE TABLE messaging_user (
  user TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  session TEXT,
  slots BLOB,
  PRIMARY KEY (user)
) WITHOUT ROWID;

CREATE TABLE outbox (
  session TEXT NOT NULL,
  seq INTEGER NOT NULL,
  user TEXT NOT NULL,
  channel TEXT NOT NULL,
  body BLOB NOT NULL,
  attempts INTEGER NOT NULL,
  next_at TEXT NOT NULL,
  status TEXT NOT NULL,
  PRIMARY KEY (session, seq)
) WITHOUT ROWID;

CREATE TABLE problem (
  id INTEGER NOT NULL,
  at TEXT NOT NULL,
  channel TEXT NOT NULL,
  what TEXT NOT NULL,
  error TEXT NOT NULL,
  headers BLOB NOT NULL,
  body BLOB NOT NULL,
  status TEXT NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE release (
  id TEXT NOT NULL,
  at TEXT NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;

CREATE TABLE rep (
  login TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  password TEXT NOT NULL,
  languages TEXT NOT NULL,
  PRIMARY KEY (login)
) WITHOUT ROWID;

CREATE TABLE rep_session (
  token_sha TEXT NOT NULL,
  login TEXT NOT NULL,
  expires TEXT NOT NULL,
  PRIMARY KEY (token_sha)
) WITHOUT ROWID;

CREATE INDEX rep_session_login ON rep_session (login);

CREATE TABLE session (
  id TEXT NOT NULL,
  user TEXT NOT NULL,
  channel TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  last_in INTEGER NOT NULL,
  last_event INTEGER NOT NULL,
  status TEXT NOT NULL,
  owner TEXT NOT NULL,
  waiting_since TEXT,
  last_at TEXT NOT NULL,
  state BLOB NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;

CREATE INDEX session_open ON session (owner) WHERE status <> 'ended';

CREATE INDEX session_user ON session (user, ordinal);

CREATE TABLE setting (
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (name)
) WITHOUT ROWID;

CREATE TABLE step (
  session TEXT NOT NULL,
  n_inbound INTEGER NOT NULL,
  n INTEGER NOT NULL,
  body BLOB NOT NULL,
  result BLOB,
  PRIMARY KEY (session, n_inbound, n)
) WITHOUT ROWID;

CREATE TABLE timer (
  session TEXT NOT NULL,
  name TEXT NOT NULL,
  user TEXT NOT NULL,
  gen INTEGER NOT NULL,
  due TEXT NOT NULL,
  PRIMARY KEY (session, name)
) WITHOUT ROWID;

CREATE TABLE release_file (
  release TEXT NOT NULL,
  path TEXT NOT NULL,
  sha TEXT NOT NULL,
  PRIMARY KEY (release, path),
  FOREIGN KEY(sha) REFERENCES content (sha)
) WITHOUT ROWID;
