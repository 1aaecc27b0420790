//! For every stored column: plain, blind token or sealed. A test holds this table against the
//! schema of a fresh database, so that no column is forgotten.

/// How a column is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// In clear: ids of our own making, instants, states, stable codes, sizes.
    Plain,
    /// A keyed hash: equal values can be recognised, not read.
    BlindToken,
    /// Encrypted and authenticated, bound to its row and column.
    Sealed,
}

/// A stored column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Table.
    pub table: &'static str,
    /// Column.
    pub column: &'static str,
    /// How it is kept.
    pub protection: Protection,
    /// What is in it.
    pub holds: &'static str,
}

impl Protection {
    /// The word used in the documentation.
    pub fn as_str(self) -> &'static str {
        match self {
            Protection::Plain => "plain",
            Protection::BlindToken => "blind token",
            Protection::Sealed => "sealed",
        }
    }
}

const fn column(
    table: &'static str,
    column: &'static str,
    protection: Protection,
    holds: &'static str,
) -> Column {
    Column { table, column, protection, holds }
}

const fn plain(table: &'static str, name: &'static str, holds: &'static str) -> Column {
    column(table, name, Protection::Plain, holds)
}

const fn token(table: &'static str, name: &'static str, holds: &'static str) -> Column {
    column(table, name, Protection::BlindToken, holds)
}

const fn sealed(table: &'static str, name: &'static str, holds: &'static str) -> Column {
    column(table, name, Protection::Sealed, holds)
}

/// Every column of the schema, in the order of the migrations.
#[rustfmt::skip]
pub const COLUMNS: &[Column] = &[
    plain("schema_version", "version", "number of the migration"),
    plain("schema_version", "digest", "SHA-256 of the migration text"),
    plain("tenant", "id", "id of the legal entity, made here"),
    token("tenant", "key_check", "proof that the key file belongs to this entity"),
    plain("tenant", "created_at", "instant"),
    plain("blob", "tenant", "id of the legal entity"),
    token("blob", "id", "keyed hash of the content: the name of the blob"),
    token("blob", "file", "name of the file: the same and a random suffix"),
    plain("blob", "size", "bytes of content"),
    sealed("blob", "dek", "data key of the blob, wrapped by the key encryption key"),
    sealed("blob", "sha256", "plain hash of the content, for the wire"),
    plain("blob", "created_at", "instant"),
    plain("document", "tenant", "id of the legal entity"),
    plain("document", "id", "id made here"),
    token("document", "blob", "name of its bytes"),
    plain("document", "parent", "id of the document that holds it"),
    token("document", "identity_token", "bytes, parent and place together: the same is received once"),
    plain("document", "source_kind", "code of how it came"),
    plain("document", "received_at", "instant"),
    plain("document", "updated_at", "instant"),
    plain("document", "version", "number of changes"),
    plain("document", "state", "code of the state"),
    plain("document", "format", "code of the format"),
    plain("document", "media_type", "media type"),
    plain("document", "refusal_code", "code of the reason for quarantine"),
    token("document", "text_token", "text version"),
    token("document", "set_token", "hash of the current proposal set"),
    plain("document", "patient", "id of the patient, made here"),
    token("document", "type_token", "code of the document type"),
    plain("document", "queue", "code of the team queue"),
    plain("document", "assigned_role", "code of a role"),
    plain("document", "assigned_to", "id of an account"),
    plain("document", "destroyed_at", "instant"),
    sealed("document", "dek", "data key of the document, wrapped by the key encryption key"),
    sealed("document", "details", "hash, size, source name, part, text version, refusal, headline, filing"),
    plain("reading", "tenant", "id of the legal entity"),
    plain("reading", "document", "id of the document"),
    token("reading", "text_token", "text version"),
    plain("reading", "created_at", "instant"),
    sealed("reading", "content", "text, header, entries, words"),
    plain("proposal_set", "tenant", "id of the legal entity"),
    plain("proposal_set", "document", "id of the document"),
    token("proposal_set", "set_token", "hash of the set"),
    token("proposal_set", "text_token", "text version"),
    plain("proposal_set", "created_at", "instant"),
    sealed("proposal_set", "content", "the proposals with their evidence"),
    plain("decision", "tenant", "id of the legal entity"),
    plain("decision", "id", "id made here"),
    plain("decision", "document", "id of the document"),
    token("decision", "set_token", "hash of the set decided on"),
    plain("decision", "proposal", "place of the proposal in its set"),
    plain("decision", "verdict", "code of the verdict"),
    plain("decision", "actor", "id of an account or name of a part of the program"),
    plain("decision", "at", "instant"),
    sealed("decision", "content", "the decision with its value and reason"),
    plain("patient", "tenant", "id of the legal entity"),
    plain("patient", "id", "id made here"),
    plain("patient", "created_at", "instant"),
    plain("patient", "updated_at", "instant"),
    plain("patient", "version", "number of changes"),
    sealed("patient", "dek", "data key of the patient, wrapped by the key encryption key"),
    sealed("patient", "identity", "names, dates, INS, identifiers, address"),
    sealed("patient", "record", "other identities, master, death, médecin traitant, last stay"),
    sealed("patient", "applied", "by sender: time and id of the last message applied"),
    plain("patient", "merged_into", "id of the patient that replaces this one"),
    plain("patient_merge", "tenant", "id of the legal entity"),
    plain("patient_merge", "id", "id made here"),
    plain("patient_merge", "source", "id of the patient no longer used"),
    plain("patient_merge", "target", "id of the patient that stays"),
    plain("patient_merge", "document", "id of the message that asked for it"),
    plain("patient_merge", "made_at", "instant"),
    plain("patient_merge", "made_by", "id of an account or name of a part of the program"),
    plain("patient_merge", "undone_at", "instant"),
    plain("patient_merge", "undone_by", "id of an account or name of a part of the program"),
    sealed("patient_merge", "content", "ids of what followed"),
    plain("blind_token", "tenant", "id of the legal entity"),
    token("blind_token", "token", "prefix of a name, date of birth, INS, identifier or traits"),
    plain("blind_token", "subject_kind", "code: document, patient or opposition"),
    plain("blind_token", "subject", "id of the document, patient or opposition"),
    plain("account", "tenant", "id of the legal entity"),
    plain("account", "id", "id made here"),
    token("account", "login_token", "login"),
    plain("account", "role", "code of the role; the sealed copy decides"),
    plain("account", "active", "1 or 0; the sealed copy decides"),
    plain("account", "created_at", "instant"),
    sealed("account", "details", "login, name, role, activity, Argon2 hash of the password"),
    plain("session", "tenant", "id of the legal entity"),
    token("session", "session_token", "random token of the session"),
    plain("session", "account", "id of the account"),
    plain("session", "created_at", "instant"),
    plain("session", "expires_at", "instant"),
    plain("function_state", "tenant", "id of the legal entity"),
    plain("function_state", "function", "id of the function"),
    plain("function_state", "active", "1 or 0; the sealed copy decides"),
    plain("function_state", "updated_at", "instant"),
    sealed("function_state", "details", "switch, overseer, local evaluation"),
    plain("job", "tenant", "id of the legal entity"),
    plain("job", "id", "id made here"),
    plain("job", "lane", "code: work or outbox"),
    plain("job", "kind", "code of the work"),
    plain("job", "document", "id of the document"),
    token("job", "unique_token", "key by which the same work is queued once"),
    plain("job", "state", "code of the state"),
    plain("job", "run_at", "instant"),
    plain("job", "attempts", "number of times it was taken"),
    plain("job", "worker", "name of the worker"),
    plain("job", "lease_until", "instant"),
    plain("job", "last_error_code", "stable code"),
    plain("job", "created_at", "instant"),
    plain("job", "updated_at", "instant"),
    sealed("job", "payload", "what the worker needs beside the document"),
    plain("seen_file", "tenant", "id of the legal entity"),
    token("seen_file", "file_token", "path, size and time of change of a file taken in"),
    plain("seen_file", "document", "id of the document"),
    plain("seen_file", "seen_at", "instant"),
    plain("ledger", "tenant", "id of the legal entity"),
    plain("ledger", "seq", "number of the event"),
    plain("ledger", "at", "instant"),
    plain("ledger", "kind", "code of what happened"),
    plain("ledger", "actor", "id of an account or name of a part of the program"),
    plain("ledger", "actor_kind", "code: person, system or connector"),
    plain("ledger", "actor_role", "code of the role at the time"),
    plain("ledger", "document", "id of the document"),
    plain("ledger", "patient", "id of the patient"),
    plain("ledger", "subject", "id or token of another thing"),
    plain("ledger", "detail", "stable code"),
    token("ledger", "content", "keyed hash of what the event tells of"),
    token("ledger", "prev", "chain value of the event before"),
    token("ledger", "mac", "chain value"),
    plain("ledger_head", "tenant", "id of the legal entity"),
    plain("ledger_head", "seq", "number of the last event"),
    token("ledger_head", "mac", "its chain value"),
    plain("ledger_head", "at", "instant"),
    token("ledger_head", "seal", "keyed hash of the head"),
    plain("export", "tenant", "id of the legal entity"),
    plain("export", "id", "id made here"),
    plain("export", "state", "code of the state"),
    plain("export", "policy", "name of the policy"),
    plain("export", "policy_version", "version of the policy"),
    plain("export", "created_by", "id of an account"),
    plain("export", "created_at", "instant"),
    plain("export", "updated_at", "instant"),
    plain("export", "version", "number of changes"),
    token("export", "archive", "name of the bytes of the archive"),
    plain("export", "key_destroyed_at", "instant"),
    sealed("export", "dek", "data key of the export, wrapped by the key encryption key"),
    sealed("export", "stand_in_key", "secret of the stand-ins; none once destroyed"),
    sealed("export", "content", "project record, selection, sample, decision"),
    plain("export_document", "tenant", "id of the legal entity"),
    plain("export_document", "export", "id of the export"),
    plain("export_document", "document", "id of the document"),
    plain("export_document", "patient", "id of the patient, made here"),
    plain("export_document", "state", "code of the state"),
    plain("export_document", "version", "number of changes"),
    plain("export_document", "updated_at", "instant"),
    sealed("export_document", "content", "candidates, decisions, hashes in and out, what is left; under the document's key"),
    plain("opposition", "tenant", "id of the legal entity"),
    plain("opposition", "id", "id made here"),
    plain("opposition", "recorded_by", "id of an account"),
    plain("opposition", "recorded_at", "instant"),
    plain("opposition", "withdrawn_by", "id of an account"),
    plain("opposition", "withdrawn_at", "instant"),
    sealed("opposition", "dek", "data key of the objection, wrapped by the key encryption key"),
    sealed("opposition", "identity", "who objects"),
    plain("delivery", "tenant", "id of the legal entity"),
    plain("delivery", "id", "id made here: what the other side knows it by"),
    plain("delivery", "document", "id of the document"),
    plain("delivery", "patient", "id of the patient, made here"),
    plain("delivery", "destination", "name of the destination in the settings"),
    plain("delivery", "purpose", "code: new, replacement, recall"),
    plain("delivery", "replaces", "id of the delivery that is replaced or recalled"),
    plain("delivery", "state", "code of the state"),
    plain("delivery", "reason", "stable code of the refusal or delay"),
    plain("delivery", "created_by", "id of an account or name of a part of the program"),
    plain("delivery", "created_at", "instant"),
    plain("delivery", "updated_at", "instant"),
    plain("delivery", "version", "number of changes"),
    sealed("delivery", "content", "receipt, words of the other side; under the document's key"),
];
