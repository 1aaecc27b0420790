-- Version of the document that the record shows; the index holds those that lag behind.
ALTER TABLE document ADD COLUMN shown_version BIGINT NOT NULL DEFAULT 0;
CREATE INDEX document_to_show ON document (tenant, id) WHERE shown_version <> version;
