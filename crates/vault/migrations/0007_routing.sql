-- Routing: sets of rules, what rules look at in each document, the team with its queues (bannettes),
-- where each filed document stands, who has a copy, and what is to be done. Content that belongs to a
-- document is sealed with its key, so that it goes with it.

CREATE TABLE rule_set (
  tenant TEXT NOT NULL,
  version BIGINT NOT NULL,
  state TEXT NOT NULL,
  changes BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  decided_by TEXT,
  decided_at BIGINT,
  dek BYTEA NOT NULL,
  content BYTEA NOT NULL,
  PRIMARY KEY (tenant, version)
);

CREATE TABLE routing (
  tenant TEXT NOT NULL,
  document TEXT NOT NULL,
  rules BIGINT NOT NULL,
  set_token TEXT,
  updated_at BIGINT NOT NULL,
  content BYTEA NOT NULL,
  PRIMARY KEY (tenant, document),
  FOREIGN KEY (tenant, document) REFERENCES document (tenant, id)
);

CREATE TABLE team (
  tenant TEXT PRIMARY KEY,
  version BIGINT NOT NULL,
  updated_by TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  dek BYTEA NOT NULL,
  content BYTEA NOT NULL
);

CREATE TABLE placement (
  tenant TEXT NOT NULL,
  document TEXT NOT NULL,
  queued_at BIGINT NOT NULL,
  claimed_at BIGINT,
  escalated_at BIGINT,
  done_at BIGINT,
  content BYTEA NOT NULL,
  PRIMARY KEY (tenant, document),
  FOREIGN KEY (tenant, document) REFERENCES document (tenant, id)
);
CREATE INDEX document_by_queue ON document (tenant, queue);

CREATE TABLE document_copy (
  tenant TEXT NOT NULL,
  document TEXT NOT NULL,
  owner TEXT NOT NULL,
  since BIGINT NOT NULL,
  seen_by TEXT,
  seen_at BIGINT,
  PRIMARY KEY (tenant, document, owner),
  FOREIGN KEY (tenant, document) REFERENCES document (tenant, id)
);
CREATE INDEX document_copy_by_owner ON document_copy (tenant, owner);

CREATE TABLE task (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  document TEXT NOT NULL,
  state TEXT NOT NULL,
  due_at BIGINT,
  created_at BIGINT NOT NULL,
  done_by TEXT,
  done_at BIGINT,
  content BYTEA NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, document) REFERENCES document (tenant, id)
);
CREATE INDEX task_by_document ON task (tenant, document);
CREATE INDEX task_by_due ON task (tenant, state, due_at);
