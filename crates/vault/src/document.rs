//! A document as the vault keeps it: its columns, its sealed details, and what a caller hands in.

use relu_record::{
    BlobId, Coding, DecisionId, DocumentId, DocumentState, Format, Instant, Moment, Organization,
    Practitioner, Private, Refusal, Role, Sha256Hex, TextVersion,
};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use crate::blob::PutBlob;
use crate::db::col;
use crate::error::{Result, VaultError};
use crate::key::Secret;
use crate::patients::PatientId;
use crate::vault::{Vault, from_json};

/// A document to record. Its blob is written already and is registered with it.
#[derive(Clone, Debug)]
pub struct NewDocument {
    /// The bytes.
    pub blob: PutBlob,
    /// The document that holds it, for a part.
    pub parent: Option<DocumentId>,
    /// Where in the parent it was.
    pub part: Option<String>,
    /// How it came (`upload`, `folder`, `api`, `mail`, `part`…), a plain code.
    pub source_kind: String,
    /// File name or sender's reference.
    pub source_name: Option<Private>,
    /// Kind of file, when known already.
    pub format: Option<Format>,
    /// Media type, when known already.
    pub media_type: Option<String>,
}

/// What became of a [`NewDocument`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// It is recorded.
    New(DocumentId),
    /// The same bytes were received before, at the same place.
    Duplicate(DocumentId),
}

impl Inserted {
    /// The document, new or not.
    pub fn id(&self) -> &DocumentId {
        match self {
            Inserted::New(id) | Inserted::Duplicate(id) => id,
        }
    }
}

/// The few words a list shows without opening the document. All sealed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Headline {
    /// Patient as proposed or filed.
    pub patient: Option<Private>,
    /// Date of birth, French form.
    pub birth_date: Option<Private>,
    /// Title.
    pub title: Option<Private>,
    /// Type as proposed or filed.
    pub document_type: Option<Coding>,
    /// Date of the document.
    pub date: Option<Moment>,
    /// Author or sending structure.
    pub sender: Option<Private>,
    /// Codes of the checks to look at.
    pub checks: Vec<String>,
    /// Whether its source masks it from professionals.
    pub masked: bool,
}

/// Where a document was filed. All sealed, except the patient's id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filing {
    /// The patient.
    pub patient: Option<PatientId>,
    /// The type.
    pub document_type: Option<Coding>,
    /// The date.
    pub date: Option<Moment>,
    /// The author.
    pub author: Option<Practitioner>,
    /// The sending structure.
    pub organization: Option<Organization>,
    /// Title on the screen.
    pub title: Option<Private>,
    /// Where it goes.
    pub destination: Option<String>,
}

/// What a document was before it was taken off a patient. All sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detached {
    /// Where it was filed.
    pub filing: Filing,
    /// The state it had.
    pub state: DocumentState,
    /// Its team queue, role and account.
    pub queue: Option<String>,
    /// Role that was to see it.
    pub role: Option<Role>,
    /// Account that had taken it.
    pub account: Option<String>,
    /// The decisions that took back what had been decided of it.
    pub recalled: Vec<DecisionId>,
}

/// A document as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// Name of its bytes.
    pub blob: BlobId,
    /// Hash of its bytes.
    pub sha256: Sha256Hex,
    /// Bytes.
    pub size: u64,
    /// The document that holds it.
    pub parent: Option<DocumentId>,
    /// Where in the parent.
    pub part: Option<String>,
    /// How it came.
    pub source_kind: String,
    /// File name or sender's reference.
    pub source_name: Option<Private>,
    /// When it came.
    pub received_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Counts changes, from 1; for `ETag`.
    pub version: u64,
    /// Where it stands.
    pub state: DocumentState,
    /// Kind of file.
    pub format: Option<Format>,
    /// Media type.
    pub media_type: Option<String>,
    /// Text it was read as, last.
    pub text_version: Option<TextVersion>,
    /// Hash of its current proposal set.
    pub proposal_set: Option<Sha256Hex>,
    /// Why it is in quarantine.
    pub refusal: Option<Refusal>,
    /// For lists.
    pub headline: Headline,
    /// Where it was filed.
    pub filing: Option<Filing>,
    /// What it was before it was detached, while it may be given back.
    pub detached: Option<Detached>,
    /// Team queue (*bannette*).
    pub queue: Option<String>,
    /// Role that is to see it.
    pub assigned_role: Option<Role>,
    /// Account that took it (*je m'en occupe*).
    pub assigned_to: Option<String>,
    /// When its content was destroyed.
    pub destroyed_at: Option<Instant>,
}

/// A change to a document; what is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct DocumentChange {
    /// Kind of file.
    pub format: Option<Format>,
    /// Media type.
    pub media_type: Option<String>,
    /// Why it is in quarantine; `Some(None)` lifts it.
    pub refusal: Option<Option<Refusal>>,
    /// For lists.
    pub headline: Option<Headline>,
}

// The sealed part of a row.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Details {
    pub(crate) sha256: String,
    pub(crate) size: u64,
    pub(crate) part: Option<String>,
    pub(crate) source_name: Option<Private>,
    pub(crate) text_version: Option<TextVersion>,
    pub(crate) proposal_set: Option<Sha256Hex>,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) headline: Headline,
    pub(crate) filing: Option<Filing>,
    pub(crate) detached: Option<Detached>,
}

impl Vault {
    // The sealed details of a row, with the key to seal them again.
    pub(crate) fn details(&self, row: &AnyRow, id: &str) -> Result<(Secret, Details)> {
        let dek = self.dek(row, "document", id)?;
        let sealed: Option<Vec<u8>> = col(row, "details")?;
        let gone = || VaultError::Destroyed { what: "document", id: id.to_owned() };
        let details =
            self.unseal_json(&dek, ("document", id, "details"), &sealed.ok_or_else(gone)?)?;
        Ok((dek, details))
    }

    pub(crate) fn document_from_row(&self, row: &AnyRow) -> Result<Document> {
        let id: String = col(row, "id")?;
        let destroyed_at: Option<i64> = col(row, "destroyed_at")?;
        let details = match destroyed_at {
            Some(_) => Details::default(),
            None => self.details(row, &id)?.1,
        };
        let role: Option<String> = col(row, "assigned_role")?;
        let format: Option<String> = col(row, "format")?;
        Ok(Document {
            id: DocumentId(id),
            blob: BlobId(col(row, "blob")?),
            sha256: Sha256Hex(details.sha256),
            size: details.size,
            parent: col::<Option<String>>(row, "parent")?.map(DocumentId),
            part: details.part,
            source_kind: col(row, "source_kind")?,
            source_name: details.source_name,
            received_at: Instant(col(row, "received_at")?),
            updated_at: Instant(col(row, "updated_at")?),
            version: u64::try_from(col::<i64>(row, "version")?).unwrap_or(0),
            state: state_of(&col::<String>(row, "state")?)?,
            format: format.map(|f| format_of(&f)).transpose()?,
            media_type: col(row, "media_type")?,
            text_version: details.text_version,
            proposal_set: details.proposal_set,
            refusal: details.refusal,
            headline: details.headline,
            filing: details.filing,
            detached: details.detached,
            queue: col(row, "queue")?,
            assigned_role: role.and_then(|r| Role::parse(&r)),
            assigned_to: col(row, "assigned_to")?,
            destroyed_at: destroyed_at.map(Instant),
        })
    }
}

pub(crate) fn state_of(name: &str) -> Result<DocumentState> {
    DocumentState::parse(name)
        .ok_or_else(|| VaultError::integrity("document state", "is not one of this version"))
}

// The wire name of a format is also its serialised form.
fn format_of(name: &str) -> Result<Format> {
    from_json(format!("\"{name}\"").as_bytes(), "document format")
}
