//! What comes in, told while it happens.

use relu_record::{DocumentId, DocumentState};
use serde::{Deserialize, Serialize};

/// What came in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Received {
    /// The document.
    pub document: DocumentId,
    /// Whether the same bytes were already there.
    pub duplicate: bool,
}

/// What happened, told live to open pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum DeskEvent {
    /// A document's state changed (received, read, filed…).
    Document {
        /// Which.
        id: DocumentId,
        /// Its state now.
        state: DocumentState,
    },
    /// Progress of what is coming in: read so far out of received.
    Progress {
        /// Waiting to be read.
        pending: u64,
    },
}
