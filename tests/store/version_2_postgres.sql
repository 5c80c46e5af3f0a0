CREATE TABLE content (
  sha TEXT COLLATE "C" NOT NULL,
  body BYTEA NOT NULL,
  PRIMARY KEY (sha)
);

CREATE TABLE dedupe (
  account TEXT COLLATE "C" NOT NULL,
  external_id TEXT COLLATE "C" NOT NULL,
  session TEXT COLLATE "C" NOT NULL,
  n BIGINT NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (account, external_id)
);

CREATE INDEX dedupe_at ON dedupe (at);

CREATE TABLE event (
  session TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  body BYTEA NOT NULL,
  PRIMARY KEY (session, seq)
);

CREATE TABLE head (
  session TEXT COLLATE "C" NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (session)
);

CREATE TABLE inbox (
  session TEXT COLLATE "C" NOT NULL,
  n BIGINT NOT NULL,
  "user" TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  body BYTEA NOT NULL,
  PRIMARY KEY (session, n)
);

CREATE INDEX inbox_user ON inbox ("user");

CREATE TABLE messaging_user (
  "user" TEXT COLLATE "C" NOT NULL,
  ordinal BIGINT NOT NULL,
  session TEXT COLLATE "C",
  slots BYTEA,
  PRIMARY KEY ("user")
);

CREATE TABLE outbox (
  session TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL,
  "user" TEXT COLLATE "C" NOT NULL,
  channel TEXT COLLATE "C" NOT NULL,
  body BYTEA NOT NULL,
  attempts BIGINT NOT NULL,
  next_at TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (session, seq)
);

CREATE TABLE problem (
  id BIGSERIAL NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  channel TEXT COLLATE "C" NOT NULL,
  what TEXT COLLATE "C" NOT NULL,
  error TEXT COLLATE "C" NOT NULL,
  headers BYTEA NOT NULL,
  body BYTEA NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE release (
  id TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  number BIGINT NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE rep (
  login TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  role TEXT COLLATE "C" NOT NULL,
  password TEXT COLLATE "C" NOT NULL,
  languages TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (login)
);

CREATE TABLE rep_session (
  token_sha TEXT COLLATE "C" NOT NULL,
  login TEXT COLLATE "C" NOT NULL,
  expires TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (token_sha)
);

CREATE INDEX rep_session_login ON rep_session (login);

CREATE TABLE session (
  id TEXT COLLATE "C" NOT NULL,
  "user" TEXT COLLATE "C" NOT NULL,
  channel TEXT COLLATE "C" NOT NULL,
  ordinal BIGINT NOT NULL,
  last_in BIGINT NOT NULL,
  last_event BIGINT NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  owner TEXT COLLATE "C" NOT NULL,
  waiting_since TEXT COLLATE "C",
  last_at TEXT COLLATE "C" NOT NULL,
  state BYTEA NOT NULL,
  PRIMARY KEY (id)
);

CREATE INDEX session_open ON session (owner) WHERE status <> 'ended';

CREATE INDEX "session_user" ON session ("user", ordinal);

CREATE TABLE setting (
  name TEXT COLLATE "C" NOT NULL,
  value TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (name)
);

CREATE TABLE step (
  session TEXT COLLATE "C" NOT NULL,
  n_inbound BIGINT NOT NULL,
  n BIGINT NOT NULL,
  body BYTEA NOT NULL,
  result BYTEA,
  PRIMARY KEY (session, n_inbound, n)
);

CREATE TABLE timer (
  session TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  "user" TEXT COLLATE "C" NOT NULL,
  gen BIGINT NOT NULL,
  due TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (session, name)
);

CREATE TABLE worker (
  id TEXT COLLATE "C" NOT NULL,
  batch TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE release_file (
  release TEXT COLLATE "C" NOT NULL,
  path TEXT COLLATE "C" NOT NULL,
  sha TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (release, path),
  FOREIGN KEY(sha) REFERENCES content (sha)
);

INSERT INTO setting VALUES ('schema_version', '2');
