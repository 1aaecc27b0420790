-- Exports without identities: what is exported for which purpose, what was decided on each document,
-- and the persons who object. Candidates and decisions are sealed with the key of their document, so
-- that they go with it.

CREATE TABLE export (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  state TEXT NOT NULL,
  policy TEXT NOT NULL,
  policy_version TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  archive TEXT,
  key_destroyed_at BIGINT,
  dek BYTEA NOT NULL,
  stand_in_key BYTEA,
  content BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
);

CREATE TABLE export_document (
  tenant TEXT NOT NULL,
  export TEXT NOT NULL,
  document TEXT NOT NULL,
  patient TEXT,
  state TEXT NOT NULL,
  version BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  content BYTEA,
  PRIMARY KEY (tenant, export, document),
  FOREIGN KEY (tenant, export) REFERENCES export (tenant, id),
  FOREIGN KEY (tenant, document) REFERENCES document (tenant, id)
);
CREATE INDEX export_document_by_document ON export_document (tenant, document);

CREATE TABLE opposition (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  recorded_by TEXT NOT NULL,
  recorded_at BIGINT NOT NULL,
  withdrawn_by TEXT,
  withdrawn_at BIGINT,
  dek BYTEA NOT NULL,
  identity BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
);
