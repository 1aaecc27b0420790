-- What the full-text index follows, and the views that people save.

CREATE INDEX document_by_change ON document (tenant, updated_at, id);

CREATE TABLE saved_view (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  account TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  content BYTEA NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX saved_view_by_account ON saved_view (tenant, account, id);
