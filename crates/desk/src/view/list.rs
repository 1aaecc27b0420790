//! The list of documents: what it is asked for, its lines and its counts.

use relu_record::{Check, DocumentId, DocumentState, Instant};
use serde::{Deserialize, Serialize};

/// Which documents a list shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListFilter {
    /// One state, or all that wait for somebody when absent.
    pub state: Option<DocumentState>,
    /// Beginning of a patient's or file's name; words in any order.
    pub query: String,
    /// JDV_J07 code.
    pub type_code: Option<String>,
    /// The newest received first, rather than the oldest.
    pub newest: bool,
    /// Page of the list, from 0.
    pub page: usize,
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListItem {
    /// Document.
    pub id: DocumentId,
    /// File name, or where it lay in its container.
    pub name: String,
    /// When it came in.
    pub received: Instant,
    /// Where it stands.
    pub state: DocumentState,
    /// Wire name of the format.
    pub format: String,
    /// `DUPONT Jeanne, née MARTIN · F · 12/03/1950`, as decided or else as proposed.
    pub patient: Option<String>,
    /// Type label, as decided or else as proposed.
    pub document_type: Option<String>,
    /// Date of the document, French.
    pub date: Option<String>,
    /// Author.
    pub author: Option<String>,
    /// Whether something asks to be looked at before filing.
    pub checks: Vec<Check>,
    /// Code and sentence of the quarantine.
    pub refusal: Option<(String, String)>,
    /// Whether the text comes from character recognition.
    pub ocr: bool,
    /// Whether its source masks it from professionals.
    #[serde(default)]
    pub masked: bool,
}

/// A list with its counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inbox {
    /// The lines of this page.
    pub items: Vec<ListItem>,
    /// How many documents the filter finds.
    pub total: u64,
    /// Lines per page.
    pub page_size: usize,
    /// How many documents stand in each state, whatever the filter.
    pub counts: Vec<(DocumentState, u64)>,
    /// Documents received and not read yet.
    pub pending: u64,
}
