//! The vault: where everything is kept, sealed, found again and accounted for.
//!
//! - [`Vault::open`] opens a data folder (blobs, the SQLite file, the ledger's head) and its
//!   database; the master key comes from a file kept elsewhere.
//! - [`Vault::begin`] starts one act: a transaction with who acts and when. Every method of [`Tx`]
//!   that changes something writes its ledger event in the same transaction, so that the change,
//!   the event and the queued work are there together or not at all.
//! - Reads are methods of [`Vault`]; documents come as records of `relu_record`.
//! - [`COLUMNS`] says for every stored column whether it is plain, a blind token or sealed.
//!
//! Time is an argument ([`relu_record::Instant`]); ids are UUIDv7 made here. Errors are
//! [`VaultError`]. Sources: RFC 5869 (HKDF), RFC 2104 (HMAC), STREAM over XChaCha20-Poly1305.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod accounts;
mod blind;
mod blob;
mod blob_rows;
mod changes;
mod columns;
mod contents;
mod db;
mod decisions;
mod deliveries;
mod destroy;
mod document;
mod documents;
mod error;
mod exports;
mod follow;
mod functions;
mod head;
mod index;
mod jobs;
mod key;
mod ledger;
mod lists;
mod merges;
mod oppositions;
mod patients;
mod placements;
mod prints;
mod readings;
mod resource_proof;
mod resource_search;
mod resources;
mod routings;
mod rule_sets;
mod saved;
mod seal;
mod search;
mod seen;
mod stored;
mod tx;
mod vault;
mod verify;

pub use accounts::{Account, AccountId, NewAccount, Session};
pub use blind::{MAX_PREFIX, MIN_PREFIX, Term, fold, terms_of};
pub use blob::{BlobReader, Blobs, PutBlob, StoredBlob};
pub use changes::DocumentRow;
pub use columns::{COLUMNS, Column, Protection};
pub use contents::Contents;
pub use db::Dialect;
pub use decisions::NewDecision;
pub use deliveries::{
    DELIVERY_JOB, Delivery, DeliveryFilter, DeliveryId, DeliveryState, NewDelivery,
};
pub use document::{Detached, Document, DocumentChange, Filing, Headline, Inserted, NewDocument};
pub use error::{Result, VaultError};
pub use exports::{
    Export, ExportChange, ExportDocument, ExportDocumentState, ExportId, ExportState, NewExport,
};
pub use follow::{Followed, Moved, ResourcesFollow};
pub use head::LedgerHead;
pub use jobs::{Job, JobCount, JobId, JobState, Lane, NewJob};
pub use key::default_key_path;
pub use ledger::{Event, EventKind, LedgerEntry};
pub use lists::{Cursor, DocumentFilter, DocumentPage, Order, Sight};
pub use merges::{Merge, MergeId};
pub use oppositions::{Opposition, OppositionId};
pub use patients::{Patient, PatientId, PatientRecord, Stamp};
pub use placements::{Copied, Placed, Placement, QueueCount, StoredTeam, Task};
pub use prints::PrintMark;
pub use resource_search::{ResourceClause, ResourceQuery};
pub use resources::{Former, MAX_RESOURCES, NewResource, Resource, ResourceTerm, WrittenResource};
pub use routings::{RoutedDocument, Routing};
pub use rule_sets::{RuleSetState, StoredRules};
pub use saved::SavedViewId;
pub use search::{
    Found, FoundDocument, IndexDocument, IndexEntry, SearchIndex, TermClause, TermPhrase,
};
pub use tx::Tx;
pub use vault::{Vault, VaultSettings};
pub use verify::{LedgerProblem, LedgerReport};
