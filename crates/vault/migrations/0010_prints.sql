-- What is to be put on paper: marked by a rule or a person, until somebody printed it.

CREATE TABLE print_mark (
  tenant TEXT NOT NULL,
  document TEXT NOT NULL,
  by_rule BIGINT NOT NULL,
  marked_by TEXT NOT NULL,
  marked_at BIGINT NOT NULL,
  printed_by TEXT,
  printed_at BIGINT,
  PRIMARY KEY (tenant, document),
  FOREIGN KEY (tenant, document) REFERENCES document (tenant, id)
);
CREATE INDEX print_mark_by_state ON print_mark (tenant, printed_at, marked_at);
