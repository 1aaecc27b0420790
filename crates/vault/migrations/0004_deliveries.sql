-- What was handed to other software, or is to be: one row a delivery, whose id is what the other
-- side knows it by. The content (receipt, words of a refusal) is sealed with the document's key.

CREATE TABLE delivery (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  document TEXT NOT NULL,
  patient TEXT,
  destination TEXT NOT NULL,
  purpose TEXT NOT NULL,
  replaces TEXT,
  state TEXT NOT NULL,
  reason TEXT,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  content BYTEA,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, document) REFERENCES document (tenant, id)
);
CREATE INDEX delivery_by_document ON delivery (tenant, document, id);
CREATE INDEX delivery_by_state ON delivery (tenant, state, id);
CREATE INDEX delivery_by_destination ON delivery (tenant, destination, id);
