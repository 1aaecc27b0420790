//! Two documents side by side.

use relu_record::Private;
use serde::{Deserialize, Serialize};

use super::ListItem;

/// Two documents side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SideBySide {
    /// The one it was asked from, then the other.
    pub sides: [SideView; 2],
}

/// One of two documents side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SideView {
    /// The document, as in lists.
    pub item: ListItem,
    /// Its text in pieces, each with whether it differs from the other's.
    pub pieces: Vec<(Private, bool)>,
}

impl SideView {
    /// How many passages differ.
    pub fn different(&self) -> usize {
        self.pieces.iter().filter(|(_, differs)| *differs).count()
    }
}
