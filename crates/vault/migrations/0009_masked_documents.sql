-- Whether the source masks a document from professionals: it is then left out of lists and counts of
-- those who may not see it.
ALTER TABLE document ADD COLUMN masked BIGINT NOT NULL DEFAULT 0;
