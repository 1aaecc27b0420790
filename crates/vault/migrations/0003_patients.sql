-- What the software that masters patients says of them beside their identity, and which record of a
-- person was merged into which other one.
ALTER TABLE patient ADD COLUMN record BYTEA;
ALTER TABLE patient ADD COLUMN applied BYTEA;
ALTER TABLE patient ADD COLUMN merged_into TEXT;

CREATE TABLE patient_merge (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  source TEXT NOT NULL,
  target TEXT NOT NULL,
  document TEXT,
  made_at BIGINT NOT NULL,
  made_by TEXT NOT NULL,
  undone_at BIGINT,
  undone_by TEXT,
  content BYTEA NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, source) REFERENCES patient (tenant, id),
  FOREIGN KEY (tenant, target) REFERENCES patient (tenant, id)
);
CREATE INDEX patient_merge_by_source ON patient_merge (tenant, source);
CREATE INDEX patient_merge_by_target ON patient_merge (tenant, target);
