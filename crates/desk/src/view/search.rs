//! Search: what is asked for and what was found.

use relu_record::{DocumentState, PartialDate, Private};
use serde::{Deserialize, Serialize};

use super::ListItem;

/// What is searched for. Words may name a patient: they print as nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SearchRequest {
    /// The line as typed.
    pub words: Private,
    /// Words of the sender's name.
    pub sender: Private,
    /// Documents in that state.
    pub state: Option<DocumentState>,
    /// JDV_J07 code.
    pub type_code: Option<String>,
    /// Id of a patient.
    pub patient: Option<String>,
    /// Documents of that day or later.
    pub from: Option<PartialDate>,
    /// Documents of that day or earlier.
    pub to: Option<PartialDate>,
    /// Page, from 0.
    pub page: usize,
}

/// A document found.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchItem {
    /// Its line.
    pub item: ListItem,
    /// Words of it in order, and whether they were asked for.
    pub snippet: Vec<(String, bool)>,
    /// Whether its source masks it.
    pub masked: bool,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchAnswer {
    /// How many documents.
    pub total: u64,
    /// Those of this page, the best first.
    pub items: Vec<SearchItem>,
    /// Lines per page.
    pub page_size: usize,
    /// How many in each state.
    pub states: Vec<(DocumentState, u64)>,
    /// How many of each type: code, label.
    pub types: Vec<(String, String, u64)>,
    /// Documents received that cannot be found yet.
    pub behind: u64,
}
