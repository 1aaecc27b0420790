-- The FHIR record: every version of every resource, sealed with the key of its patient (or of the
-- house when it belongs to no patient), and the blind tokens by which current versions are found.
-- `num` is the number of the ledger event that tells of the version, times 65536, plus its place in
-- that event: numbers rise in the order of the changes and name their event. A token is keyed with
-- this entity's key, so that the token table needs no tenant of its own.

CREATE TABLE resource (
  tenant TEXT NOT NULL,
  num BIGINT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  version BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  live BIGINT NOT NULL,
  deleted BIGINT NOT NULL,
  masked BIGINT NOT NULL,
  patient TEXT,
  author TEXT NOT NULL,
  content BYTEA,
  PRIMARY KEY (tenant, num)
) /* sqlite: WITHOUT ROWID */;
CREATE UNIQUE INDEX resource_by_id ON resource (tenant, kind, id, version);
CREATE INDEX resource_by_date ON resource (tenant, updated_at);
CREATE INDEX resource_masked ON resource (tenant, num) WHERE masked = 1;

CREATE TABLE resource_token (
  token BIGINT NOT NULL,
  num BIGINT NOT NULL,
  PRIMARY KEY (token, num)
) /* sqlite: WITHOUT ROWID */;

-- Version of the patient that the resource Patient shows; the index holds those that lag behind.
ALTER TABLE patient ADD COLUMN shown_version BIGINT NOT NULL DEFAULT 0;
CREATE INDEX patient_to_show ON patient (tenant, id) WHERE shown_version <> version;
