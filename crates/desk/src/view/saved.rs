//! What a person has saved of a list or a search.

use serde::{Deserialize, Serialize};

use super::{ListFilter, SearchRequest};

/// What a saved view shows. The names are in what is stored.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Shows {
    /// What a search found.
    #[serde(rename = "asked")]
    Search(SearchRequest),
    /// The documents of a list.
    #[serde(rename = "list")]
    List(ListFilter),
}

impl Shows {
    /// The same from its first page.
    pub fn first_page(&self) -> Shows {
        match self {
            Shows::Search(asked) => Shows::Search(SearchRequest { page: 0, ..asked.clone() }),
            Shows::List(filter) => Shows::List(ListFilter { page: 0, ..filter.clone() }),
        }
    }
}

/// Its words may name a patient: it prints as nothing.
impl std::fmt::Debug for Shows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shows(…)")
    }
}

/// What a person has saved under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it shows.
    pub shows: Shows,
}
