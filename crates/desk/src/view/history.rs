//! What was done: on one document, by one person, and what a recall took back.

use relu_record::Instant;
use serde::{Deserialize, Serialize};

use super::ListItem;

/// One line of the document's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// When.
    pub at: Instant,
    /// Who.
    pub by: String,
    /// What, a French sentence.
    pub what: String,
}

/// One act of a person on a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActLine {
    /// When.
    pub at: Instant,
    /// A sentence.
    pub what: String,
    /// The document as it stands now.
    pub item: ListItem,
    /// The act in words, when this person can still take it back.
    pub undo: Option<String>,
}

/// What was recalled with a document taken off a patient, and what had left by then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recalled {
    /// The patient it was taken off, when it still is.
    pub patient: Option<String>,
    /// How many decisions on its facts and summary no longer stand.
    pub facts: usize,
    /// Name of the team queue it was taken from.
    pub queue: Option<String>,
    /// Seen, exported, sent: what and to whom, newest first.
    pub left: Vec<HistoryLine>,
}
