-- One text for SQLite and PostgreSQL: TEXT, BIGINT and BYTEA only. Ids are UUIDv7, instants are
-- milliseconds since 1970. Which column is plain, a blind token or sealed: src/columns.rs.

CREATE TABLE tenant (
  id TEXT PRIMARY KEY,
  key_check TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL
);

CREATE TABLE blob (
  tenant TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  file TEXT NOT NULL,
  size BIGINT NOT NULL,
  dek BYTEA,
  sha256 BYTEA,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);

CREATE TABLE document (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  blob TEXT NOT NULL,
  parent TEXT,
  identity_token TEXT NOT NULL,
  source_kind TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  state TEXT NOT NULL,
  format TEXT,
  media_type TEXT,
  refusal_code TEXT,
  text_token TEXT,
  set_token TEXT,
  patient TEXT,
  type_token TEXT,
  queue TEXT,
  assigned_role TEXT,
  assigned_to TEXT,
  destroyed_at BIGINT,
  dek BYTEA,
  details BYTEA,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, identity_token),
  FOREIGN KEY (tenant, blob) REFERENCES blob (tenant, id),
  FOREIGN KEY (tenant, parent) REFERENCES document (tenant, id)
);
CREATE INDEX document_by_state ON document (tenant, state, received_at, id);
CREATE INDEX document_by_date ON document (tenant, received_at, id);
CREATE INDEX document_by_parent ON document (tenant, parent);
CREATE INDEX document_by_patient ON document (tenant, patient);
CREATE INDEX document_by_blob ON document (tenant, blob);

CREATE TABLE reading (
  tenant TEXT NOT NULL,
  document TEXT NOT NULL,
  text_token TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  content BYTEA NOT NULL,
  PRIMARY KEY (tenant, document, text_token),
  FOREIGN KEY (tenant, document) REFERENCES document (tenant, id)
);

CREATE TABLE proposal_set (
  tenant TEXT NOT NULL,
  document TEXT NOT NULL,
  set_token TEXT NOT NULL,
  text_token TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  content BYTEA NOT NULL,
  PRIMARY KEY (tenant, document, set_token),
  FOREIGN KEY (tenant, document) REFERENCES document (tenant, id)
);

CREATE TABLE decision (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  document TEXT NOT NULL,
  set_token TEXT NOT NULL,
  proposal TEXT NOT NULL,
  verdict TEXT NOT NULL,
  actor TEXT NOT NULL,
  at BIGINT NOT NULL,
  content BYTEA NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, document, set_token) REFERENCES proposal_set (tenant, document, set_token)
);
CREATE INDEX decision_by_document ON decision (tenant, document, id);

CREATE TABLE patient (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  dek BYTEA NOT NULL,
  identity BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
);

CREATE TABLE blind_token (
  tenant TEXT NOT NULL,
  token TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (tenant, token, subject_kind, subject)
);
CREATE INDEX blind_token_by_subject ON blind_token (tenant, subject_kind, subject);

CREATE TABLE account (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  login_token TEXT NOT NULL,
  role TEXT NOT NULL,
  active BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  details BYTEA NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, login_token)
);

CREATE TABLE session (
  tenant TEXT NOT NULL,
  session_token TEXT NOT NULL,
  account TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, session_token),
  FOREIGN KEY (tenant, account) REFERENCES account (tenant, id)
);

CREATE TABLE function_state (
  tenant TEXT NOT NULL,
  function TEXT NOT NULL,
  active BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  details BYTEA NOT NULL,
  PRIMARY KEY (tenant, function)
);

-- Queued work. The lane "outbox" holds what leaves the machine, committed with the act itself.
CREATE TABLE job (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  lane TEXT NOT NULL,
  kind TEXT NOT NULL,
  document TEXT,
  unique_token TEXT,
  state TEXT NOT NULL,
  run_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  worker TEXT,
  lease_until BIGINT,
  last_error_code TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  payload BYTEA,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX job_due ON job (tenant, lane, state, run_at, id);
CREATE INDEX job_by_document ON job (tenant, document);
CREATE UNIQUE INDEX job_once ON job (tenant, unique_token) WHERE state IN ('queued', 'running');

CREATE TABLE seen_file (
  tenant TEXT NOT NULL,
  file_token TEXT NOT NULL,
  document TEXT,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, file_token)
);

CREATE TABLE ledger (
  tenant TEXT NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_role TEXT,
  document TEXT,
  patient TEXT,
  subject TEXT,
  detail TEXT,
  content TEXT,
  prev TEXT NOT NULL,
  mac TEXT NOT NULL,
  PRIMARY KEY (tenant, seq)
);
CREATE INDEX ledger_by_document ON ledger (tenant, document, seq);

CREATE TABLE ledger_head (
  tenant TEXT PRIMARY KEY,
  seq BIGINT NOT NULL,
  mac TEXT NOT NULL,
  at BIGINT NOT NULL,
  seal TEXT NOT NULL
);
